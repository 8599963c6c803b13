"""The line of the rope in space, from hand to hand."""

from __future__ import annotations

import numpy as np

from models.simulation.curves import Floats
from models.simulation.figure import POINT, UP

_STATIONS = np.linspace(0, 1, 24)[:, None]
_BULGE = np.sin(np.pi * _STATIONS) ** 0.6
_ON_THE_FLOOR_M = 0.008
_LONGEST = 0.75  # of stature, from the hands to the middle of the loop
_BESIDE = 0.16  # of stature: how far outside the hands a swung loop is


def rope_line(points: Floats, rope: Floats, stature: float) -> Floats | None:
    """The rope (24, 3) in metres of the figure `points` (len(POINTS), 3), from the left hand to
    the right; `rope` (2,) is as in `motion.Element`, None without a rope.

    The loop reaches the floor below the hands; what is longer lies on it.
    """
    turns, side = float(rope[0]), float(rope[1])
    if np.isnan(turns):
        return None
    left, right = points[POINT["left_hand"]], points[POINT["right_hand"]]
    across = points[POINT["left_hip"]] - points[POINT["right_hip"]]
    aside = across * (1, 1, 0) / max(float(np.hypot(across[0], across[1])), 1e-9)
    forward = np.array([aside[1], -aside[0], 0.0])
    outward = -np.cos(2 * np.pi * turns) * UP - np.sin(2 * np.pi * turns) * forward
    length = min((left[2] + right[2]) / 2, _LONGEST * stature)
    line: Floats = left + _STATIONS * (right - left)
    line += _BULGE * (length * outward + side * _BESIDE * stature * aside)
    line[:, 2] = np.maximum(line[:, 2], _ON_THE_FLOOR_M)
    return line
