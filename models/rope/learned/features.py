"""What the network of steps is given of a body, on a fixed step of time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

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
_MOVED = slice(16, 18)
_MIDDLES = np.array([0, -0.95, 0, 0, 0, -0.45, 0, 0, 0, -0.5, 0, -0.5, 0, 0.6, 0, 0])
_SCALES = np.array([4, 4, 2, 2, 6, 4, 2, 2, 2, 2, 2, 2, 2, 2, 4, 4])
_SWINGING = np.array([0, 4, 14, 15, 2, 1, 5])
_HIPS_MOVE = 6.0
_FARTHEST = 0.3  # leg lengths in a step: further, it is somebody else


def _pairs(*parts: str) -> list[list[int]]:
    return [[BODY.index(f"{side}_{part}") for part in parts] for side in ("left", "right")]


_FEET = _pairs("ankle", "heel", "toe")
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


def body_row(points: Floats, hip: Floats, leg: float) -> Floats:
    """(18,) of one frame, as `body_rows` of many; of single numbers, plain Python is faster."""
    joints: list[list[float]] = points.tolist()
    left, right = ([joints[j] for j in side] for side in _FEET)
    shared = [i for i in range(len(left)) if not math.isnan(left[i][1] + right[i][1])]
    n = len(shared) or math.nan
    feet = [[sum(foot[i][axis] for i in shared) / n for axis in (0, 1)] for foot in (left, right)]
    limbs = [[joints[j] for j in side] for side in _LIMBS]
    (s_l, w_l, k_l), (s_r, w_r, k_r) = limbs
    return np.array(
        (
            *(feet[0][1], feet[1][1], feet[0][0], feet[1][0]),
            *(k_l[1], k_r[1], k_l[0], k_r[0]),
            *(w_l[0] - s_l[0], w_l[1] - s_l[1], w_r[0] - s_r[0], w_r[1] - s_r[1]),
            *((s_l[0] + s_r[0]) / 2, (s_l[1] + s_r[1]) / 2),
            *(left[0][1] - right[0][1], left[2][1] - right[2][1]),
            *(float(hip[0]) / leg, -float(hip[1]) / leg),
        )
    )


def _known(values: Floats) -> Floats:
    """With 0 for NaN."""
    return np.where(np.isnan(values), 0.0, values)


class StepFeatures:
    """Rows (18,) at steps of `STEP_S` in, features (27,) float32 out. Stateful, causal."""

    def __init__(self) -> None:
        self._swings = np.zeros((MEMORY, 7))
        self._taken = 0
        self._last: Floats | None = None
        self._level = np.nan

    def update(self, row: Floats) -> NDArray[np.float32]:
        """What is missing (NaN) is 0 in the features."""
        sides = row[:8].reshape(4, 2)
        plain = np.empty(16)
        plain[0:8:2] = sides[:, 0] - sides[:, 1]
        plain[1:8:2] = sides.mean(axis=1)
        plain[8:] = row[8:16]
        body = _known((plain - _MIDDLES) * _SCALES)
        swings = _known(plain[_SWINGING])
        known = np.isfinite(plain[0] + plain[4])
        features = np.concatenate((body, self._hips(row[_MOVED]), self._scaled(swings), [known]))
        features[:19] = np.clip(features[:19], -_LARGEST, _LARGEST)
        return features.astype(np.float32)

    def _hips(self, place: Floats) -> Floats:
        """How far they moved in this step, and their height over its slow mean."""
        moved = np.zeros(2) if self._last is None else _known(place - self._last)
        self._last = place
        height = place[1]
        if np.isnan(height):
            self._level = np.nan
            return np.append(np.clip(moved, -_FARTHEST, _FARTHEST), 0.0) * _HIPS_MOVE
        if np.isnan(self._level) or abs(height - self._level) > 1:
            self._level = height
        else:
            self._level += STEP_S / _FOLLOWING * (height - self._level)
        moved = np.clip(moved, -_FARTHEST, _FARTHEST)
        return np.append(moved, height - self._level) * _HIPS_MOVE

    def _scaled(self, swings: Floats) -> Floats:
        self._swings[self._taken % MEMORY] = swings
        self._taken += 1
        ordered = np.sort(self._swings[: self._taken], axis=0)
        last = len(ordered) - 1
        low, middle, high = (ordered[round(q * last)] for q in (0.05, 0.5, 0.95))
        spread = np.maximum((high - low) / 2, _LEAST_SPREAD)
        scaled: Floats = 2 * np.tanh(0.75 * (swings - middle) / spread)
        return scaled
