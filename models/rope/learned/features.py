"""What the network of steps is given of a body, on a fixed step of time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.rope.trailing import TrailingOrder
from models.skeleton import BODY

Floats = NDArray[np.float64]

STEP_S = 1 / 60
"""The network's step in seconds; rows are interpolated onto this grid."""
ROW = 18
FEATURES = 27
MEMORY = 72
"""Steps (1.2 s) of the trailing median and spread by which what swings is centred and scaled."""

_LEAST_SPREAD = 0.06  # leg lengths, so that noise is not scaled up
_FOLLOWING = 0.5  # seconds in which the level of the hips is forgotten
_LARGEST = 4.0
_MIDDLES = (0, -0.95, 0, 0, 0, -0.45, 0, 0, 0, -0.5, 0, -0.5, 0, 0.6, 0, 0)
_SCALES = (4, 4, 2, 2, 6, 4, 2, 2, 2, 2, 2, 2, 2, 2, 4, 4)
_SWINGING = (0, 4, 14, 15, 2, 1, 5)
_HIPS_MOVE = 6.0
_FARTHEST = 0.3  # leg lengths in a step: further, it is somebody else


def _pairs(*parts: str) -> list[list[int]]:
    return [[BODY.index(f"{side}_{part}") for part in parts] for side in ("left", "right")]


_FEET = _pairs("ankle", "heel", "toe")
_PAIRS = list(zip(*_FEET, strict=True))
_LIMBS = _pairs("shoulder", "wrist", "knee")


def body_rows(points: Floats, hip: Floats, leg: Floats) -> Floats:
    """(T, 18) of points (T, 17, 2) in leg lengths, centred on the hips, y up, mid-hips (T, 2) in
    pixels and leg lengths (T,) in pixels; NaN where joints are missing.

    Feet, then knees: heights of left and right, places of left and right; left, then right wrist
    from its shoulder (x, y); middle of the shoulders (x, y); left minus right height of ankles and
    of toes; hips (x, y up) in leg lengths. A foot is the mean of those of ankle, heel and toe that
    both feet show.
    """
    parts = points[:, _FEET]
    shared = np.isfinite(parts.sum(axis=(1, 3)))
    known = shared.sum(axis=1)[:, None, None]
    feet = np.where(shared[:, None, :, None], parts, 0.0).sum(axis=2)
    feet /= np.where(known > 0, known, np.nan)
    limbs = points[:, _LIMBS]
    shoulders, wrists, knees = limbs[:, :, 0], limbs[:, :, 1] - limbs[:, :, 0], limbs[:, :, 2]
    differences = parts[:, 0, :, 1] - parts[:, 1, :, 1]
    columns = (
        *(feet[:, :, 1], feet[:, :, 0], knees[:, :, 1], knees[:, :, 0]),
        *(wrists.reshape(-1, 4), shoulders.mean(axis=1), differences[:, [0, 2]]),
        hip / leg[:, None] * (1, -1),
    )
    return np.concatenate(columns, axis=1)


def feet(joints: Sequence[Sequence[float]]) -> tuple[float, float, float, float]:
    """Where the left and the right foot are (x, y, x, y), of joints in the order of BODY; NaN where
    nobody knows."""
    left_x = left_y = right_x = right_y = 0.0
    n = 0
    for left, right in _PAIRS:
        (x, y), (other_x, other_y) = joints[left], joints[right]
        if not math.isnan(y + other_y):
            n += 1
            left_x += x
            left_y += y
            right_x += other_x
            right_y += other_y
    if not n:
        return math.nan, math.nan, math.nan, math.nan
    return left_x / n, left_y / n, right_x / n, right_y / n


def body_row(points: Floats, hip: Floats, leg: float) -> Floats:
    """(18,) of one frame, as `body_rows` of many."""
    joints: list[list[float]] = points.tolist()  # of single numbers, plain Python is faster
    hip_x, hip_y = hip.tolist()
    return np.array(body_values(joints, feet(joints), hip_x, hip_y, leg))


def body_values(
    joints: Sequence[Sequence[float]],
    where: tuple[float, float, float, float],
    hip_x: float,
    hip_y: float,
    leg: float,
) -> tuple[float, ...]:
    """`body_row` of joints in the order of BODY, with where their `feet` are."""
    left_x, left_y, right_x, right_y = where
    (s_l, w_l, k_l), (s_r, w_r, k_r) = ([joints[j] for j in side] for side in _LIMBS)
    (a_l, a_r), _, (t_l, t_r) = _PAIRS
    return (
        *(left_y, right_y, left_x, right_x),
        *(k_l[1], k_r[1], k_l[0], k_r[0]),
        *(w_l[0] - s_l[0], w_l[1] - s_l[1], w_r[0] - s_r[0], w_r[1] - s_r[1]),
        *((s_l[0] + s_r[0]) / 2, (s_l[1] + s_r[1]) / 2),
        *(joints[a_l][1] - joints[a_r][1], joints[t_l][1] - joints[t_r][1]),
        *(hip_x / leg, -hip_y / leg),
    )


class StepFeatures:
    """Rows (18,) at steps of `STEP_S` in, features (27,) float32 out. Stateful, causal."""

    def __init__(self) -> None:
        self._swings = [TrailingOrder() for _ in _SWINGING]
        self._taken = 0
        self._last: tuple[float, float] | None = None
        self._level = math.nan

    def update(self, row: Floats) -> NDArray[np.float32]:
        """What is missing (NaN) is 0 in the features."""
        values: list[float] = row.tolist()  # of single numbers, plain Python is faster
        plain: list[float] = []
        for left, right in zip(values[:8:2], values[1:8:2], strict=True):
            plain += (left - right, (left + right) / 2)
        plain += values[8:16]
        features = [
            0.0 if math.isnan(value) else (value - middle) * scale
            for value, middle, scale in zip(plain, _MIDDLES, _SCALES, strict=True)
        ]
        features += self._hips(values[16], values[17])
        features = [min(max(value, -_LARGEST), _LARGEST) for value in features]
        features += self._scaled([_known(plain[i]) for i in _SWINGING])
        features.append(float(math.isfinite(plain[0] + plain[4])))
        return np.array(features, np.float32)

    def _hips(self, x: float, y: float) -> tuple[float, float, float]:
        """How far they moved in this step, and their height over its slow mean."""
        last_x, last_y = self._last or (math.nan, math.nan)
        self._last = x, y
        moved = tuple(
            _clipped(_known(move), _FARTHEST) * _HIPS_MOVE for move in (x - last_x, y - last_y)
        )
        if math.isnan(y) or math.isnan(self._level) or abs(y - self._level) > 1:
            self._level = y
        else:
            self._level += STEP_S / _FOLLOWING * (y - self._level)
        return moved[0], moved[1], _known(y - self._level) * _HIPS_MOVE

    def _scaled(self, swings: list[float]) -> list[float]:
        self._taken += 1
        scaled = []
        for swing, past in zip(swings, self._swings, strict=True):
            past.push(self._taken, swing, self._taken - MEMORY)
            low, middle, high = past.extent()
            spread = max((high - low) / 2, _LEAST_SPREAD)
            scaled.append(2 * math.tanh(0.75 * (swing - middle) / spread))
        return scaled


def _known(value: float) -> float:
    """With 0 for NaN."""
    return 0.0 if math.isnan(value) else value


def _clipped(value: float, largest: float) -> float:
    return min(max(value, -largest), largest)
