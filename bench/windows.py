"""A stretch of key points as a classifier sees it: centred, scaled, resampled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.skeleton import BODY, Keypoints

Floats = NDArray[np.float64]

SAMPLES = 32
"""Instants of a window, evenly spaced."""
JOINTS = 13
"""The joints of BODY that every skeleton has come first."""
FEATURES = 2 * JOINTS

_HIPS = [BODY.index("left_hip"), BODY.index("right_hip")]
_LEGS = [
    [BODY.index(f"{side}_{part}") for part in ("hip", "knee", "ankle")]
    for side in ("left", "right")
]
_SWAPPED = {"left": "right", "right": "left"}
_OTHER_SIDE = [
    BODY.index("_".join(_SWAPPED.get(word, word) for word in name.split("_")))
    for name in BODY.joints[:JOINTS]
]


def filled(keypoints: Keypoints, t: Floats) -> Floats:
    """Places (T, 17, 2) px of key points (T, 17, 3) in the order of BODY at times `t` (T,), linear
    between the frames in which a joint was seen; NaN for a joint that never was."""
    places = np.full((*keypoints.shape[:2], 2), np.nan)
    for joint in range(keypoints.shape[1]):
        seen = keypoints[:, joint, 2] > 0
        if seen.any():
            for axis in range(2):
                places[:, joint, axis] = np.interp(t, t[seen], keypoints[seen, joint, axis])
    return places


def leg_length(places: Floats) -> float:
    """Thigh plus shank in px: the median over (T, 17, 2) of the longer leg, as a view only ever
    shortens. NaN where no leg is seen."""
    legs = places[:, _LEGS]
    lengths = np.linalg.norm(np.diff(legs, axis=2), axis=-1).sum(axis=-1)
    known = lengths[np.isfinite(lengths).any(axis=1)]
    return float(np.median(np.nanmax(known, axis=1))) if len(known) else float("nan")


def window(keypoints: Keypoints, t: Floats, begin_s: float, end_s: float) -> Floats:
    """(SAMPLES, FEATURES) of what key points (T, 17, 3) at times `t` (T,) show from `begin_s` to
    `end_s`: x, y of each joint in leg lengths, y up, from the middle of the hips. A joint that is
    never seen is put there too. Raises ValueError where neither hips nor a leg are seen."""
    places = filled(keypoints, t)
    leg = leg_length(places)
    hips = np.nanmean(places[:, _HIPS], axis=1) if np.isfinite(places[:, _HIPS]).any() else None
    if hips is None or not leg > 0:
        raise ValueError("window: expected key points with hips and a leg, got none; leave it out")
    centred = (places[:, :JOINTS] - hips[:, None]) / leg * (1, -1)
    flat = np.nan_to_num(centred).reshape(len(t), FEATURES)
    at = np.linspace(begin_s, end_s, SAMPLES)
    return np.stack([np.interp(at, t, column) for column in flat.T], axis=-1)


def mirrored(windows: Floats) -> Floats:
    """Windows (..., FEATURES) as a mirror shows them: x the other way, left and right exchanged."""
    joints = windows.reshape(*windows.shape[:-1], JOINTS, 2)
    turned: Floats = joints[..., _OTHER_SIDE, :] * (-1, 1)
    return turned.reshape(windows.shape)
