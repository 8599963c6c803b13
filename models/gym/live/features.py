"""What the live network sees of a body: 34 numbers at each step of a fixed grid of time.

Left and right joints enter as their middle and as the direction between them without its sign, so
exchanging left and right changes nothing. A picture and its mirror image differ in the signs of
`MIRRORED` only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.skeleton import BODY

Floats = NDArray[np.float64]
Features = NDArray[np.float32]

STEP_S = 1 / 30
"""Of the grid. Cameras of any rate are resampled to it, so the network need not know theirs."""
GAP_S = 0.5
"""Two frames further apart than this belong to different streams."""

JOINTS = 13
"""The joints of BODY that every skeleton has come first."""
HIP, LEG, UPRIGHT, HEIGHT, HIP_HEIGHT, FACING, SEEN = 26, 28, 29, 31, 32, 33, 34
COLUMNS = 35
"""Columns of a row: x, y of the 13 joints in leg lengths from the mid-hip, y up; HIP, two columns,
the mid-hip in px, y down; LEG, a leg length in px; UPRIGHT, two columns, cosine and sine of the
trunk's turn; HEIGHT, of the lowest joint above the floor, and HIP_HEIGHT, in leg lengths; FACING
-1...1; SEEN 0 or 1. NaN where unknown."""

_PAIRS = [
    tuple(2 * BODY.index(f"{side}_{part}") for side in ("left", "right"))
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
]
"""Columns of x of a left and a right joint."""
_FASTEST = 8.0  # leg lengths/s; what is faster is a jump in the track
_OUTERMOST = 3.0  # leg lengths

FEATURES = 4 * len(_PAIRS) + 10
MIRRORED = np.array(
    [-1, 1] * (len(_PAIRS))  # middles of pairs
    + [1, -1] * (len(_PAIRS))  # their spreads
    + [-1, 1]  # nose
    + [-1, 1]  # velocity of the hips
    + [1, 1, 1, -1, -1, 1],  # heights, turn, facing, seen
    np.float32,
)
"""Features of the mirror image: features times this."""


def row(points: Floats, hip: Floats, measures: Sequence[float]) -> Floats:
    """One frame (COLUMNS,) of `points` (17, 2) of BODY in leg lengths from the mid-hip, `hip` (2,)
    px, and `measures`: leg length in px, turn of the trunk in degrees, levels of the lowest joint
    and of the floor in leg lengths from the mid-hip, facing, and whether anybody is seen."""
    leg, turn, lowest, floor, facing, seen = measures
    angle = math.radians(turn)
    known = np.empty(COLUMNS)
    known[:HIP] = points[:JOINTS].reshape(-1)
    known[HIP:LEG] = hip
    known[LEG:] = (leg, math.cos(angle), math.sin(angle), lowest - floor, -floor, facing, seen)
    return known


def on_grid(t: Floats, rows: Floats, step_s: float = STEP_S) -> tuple[Floats, Floats]:
    """Rows (T, COLUMNS) at times `t` (T,) interpolated linearly at the multiples of `step_s` after
    the first: times (S,) and rows (S, COLUMNS). What is unknown on one side stays unknown."""
    steps = t[0] + step_s * np.arange(int((t[-1] - t[0]) / step_s + 1e-9) + 1)
    after = np.clip(np.searchsorted(t, steps), 1, len(t) - 1)
    part = ((steps - t[after - 1]) / (t[after] - t[after - 1]))[:, None]
    return steps, rows[after - 1] + (rows[after] - rows[after - 1]) * part


def features(before: Floats, now: Floats) -> Features:
    """Features (FEATURES,) of a row (COLUMNS,), STEP_S after the row `before`; 0 where unknown."""
    # Of single numbers, plain Python is faster than NumPy.
    values: list[float] = now.tolist()
    middles: list[float] = []
    spreads: list[float] = []
    for left, right in _PAIRS:
        x, y = values[left : left + 2]
        other_x, other_y = values[right : right + 2]
        if math.isnan(x):
            x, y = other_x, other_y
        elif math.isnan(other_x):
            other_x, other_y = x, y
        across, up = x - other_x, y - other_y
        length = math.hypot(across, up) + 1e-6
        middles += ((x + other_x) / 2, (y + other_y) / 2)
        # Twice the angle of a line, which has no direction.
        spreads += ((across * across - up * up) / length, 2 * across * up / length)
    rest = [*values[:2], *_velocity(before, values), *values[HEIGHT:FACING]]
    rest += [*values[UPRIGHT:HEIGHT], *values[FACING:]]
    seen = [*middles, *spreads, *rest]
    near = [
        0.0 if math.isnan(value) else min(max(value, -_OUTERMOST), _OUTERMOST) for value in seen
    ]
    return np.array(near, np.float32)


def _velocity(before: Floats, now: list[float]) -> tuple[float, float]:
    """Of the hips, x right and y up, in quarters of a leg length per second."""
    x, y = before[HIP:LEG].tolist()
    per_s = 1 / (STEP_S * now[LEG]) if now[LEG] > 0 else math.nan
    return _slow((now[HIP] - x) * per_s), _slow((y - now[HIP + 1]) * per_s)


def _slow(velocity: float) -> float:
    return velocity if math.isnan(velocity) else max(-_FASTEST, min(_FASTEST, velocity)) / 4


def all_features(rows: Floats) -> Features:
    """Features (S, FEATURES) of rows (S, COLUMNS) that are STEP_S apart."""
    befores = [rows[0], *rows[:-1]]
    return np.array([features(*pair) for pair in zip(befores, rows, strict=True)])
