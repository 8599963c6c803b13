"""Where the joints really were, from a recording alone: it is read both ways in time.

Skeletons that were turned over or exchanged left for right are put right (`states`), then hips and
shoulders and the directions of all segments are followed in axes that turn with the trunk: what
stands out is dropped, gaps are bridged, the rest is smoothed. Segments keep their median length, so
this is for a side view. Errors that last longer than the smoothing, and limbs that were wrong or
missing for long, count as truth: the noise measured against it is too small at low frequencies.
"""

from __future__ import annotations

import numpy as np

from models.simulation.curves import Floats, gaussian_mean
from models.simulation.figure import SIDES
from models.simulation.noise.states import followed_states, restored
from models.skeleton import BODY, Keypoints

SMOOTH_S = 0.03
"""Standard deviation of the Gaussian mean."""
_WINDOW_S = 0.2
_OUTLIER_LEGS = 0.2
_OUTLIER_RAD = np.radians(35.0)
_SHORT_TRUNK = 0.5

_PAIRS = {
    part: [BODY.index(f"left_{part}"), BODY.index(f"right_{part}")] for part in ("shoulder", "hip")
}

_SEGMENTS = [
    (_PAIRS["shoulder"], BODY.index("nose")),
    *(
        ([BODY.index(f"{side}_{begin}")], BODY.index(f"{side}_{end}"))
        for side in SIDES
        for begin, end in (
            *(("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle")),
            *(("ankle", "heel"), ("ankle", "toe")),
        )
    ),
]


def reference(body: Keypoints, fps: float) -> Floats:
    """The joints (T, 17, 2) px behind key points (T, 17, 3) in the order of `BODY`. NaN for joints
    that were never seen. Raises ValueError when no leg or no trunk was seen in any frame."""
    leg = seen_leg(body)
    states = followed_states(body, fps, leg)
    plain = body.copy()
    for state in np.unique(states):
        plain[states == state] = restored(body[states == state], int(state))
    points = np.where(plain[..., 2:] > 0, plain[..., :2], np.nan).astype(np.float64)
    hips = np.stack(
        [_clean(x, fps, _OUTLIER_LEGS * leg) for x in points[:, _PAIRS["hip"]].mean(axis=1).T], 1
    )
    trunk = points[:, _PAIRS["shoulder"]].mean(axis=1) - points[:, _PAIRS["hip"]].mean(axis=1)
    length = np.hypot(*trunk.T)
    if not np.isfinite(length).any():
        raise ValueError("recording: expected hips and shoulders in some frame, got none")
    trunk[length < _SHORT_TRUNK * np.nanmedian(length)] = np.nan
    lean = _clean(_unwrapped(np.arctan2(trunk[:, 0], -trunk[:, 1])), fps, _OUTLIER_RAD)
    own = _turned(points - hips[:, None], -lean)
    for joint in (*_PAIRS["hip"], *_PAIRS["shoulder"]):
        for axis in range(2):
            own[:, joint, axis] = _clean(own[:, joint, axis], fps, _OUTLIER_LEGS * leg)
    _lay_out(own, fps)
    joints: Floats = hips[:, None] + _turned(own, lean)
    return joints


def _lay_out(own: Floats, fps: float) -> None:
    """Put the limbs and the head of `own` (T, 17, 2) where their cleaned directions say."""
    given = own.copy()
    for begin, end in _SEGMENTS:
        across = given[:, end] - given[:, begin].mean(axis=1)
        angle = _clean(_unwrapped(np.arctan2(across[:, 1], across[:, 0])), fps, _OUTLIER_RAD)
        lengths = np.hypot(*across.T)
        length = np.nanmedian(lengths) if np.isfinite(lengths).any() else np.nan
        root = own[:, begin].mean(axis=1)
        own[:, end] = root + length * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def seen_leg(body: Keypoints) -> float:
    """Median over the frames of (T, 17, 3) of the longer leg that is wholly seen, px."""
    lengths = []
    for side in ("left", "right"):
        leg = body[:, [BODY.index(f"{side}_{part}") for part in ("hip", "knee", "ankle")]]
        across = np.linalg.norm(np.diff(leg[..., :2].astype(np.float64), axis=1), axis=-1)
        lengths.append(np.where((leg[..., 2] > 0).all(axis=1), across.sum(axis=1), 0.0))
    longer = np.max(lengths, axis=0)
    if not longer.any():
        raise ValueError("recording: expected hip, knee and ankle of a leg in some frame, got none")
    return float(np.median(longer[longer > 0]))


def _turned(points: Floats, angle: Floats) -> Floats:
    """Points (T, n, 2) px turned clockwise in the image by `angle` (T,) rad."""
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = points[..., 0], points[..., 1]
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)


def _unwrapped(angle: Floats) -> Floats:
    """Angles (T,) rad, unwrapped over gaps of NaN."""
    result = angle.copy()
    known = np.isfinite(angle)
    result[known] = np.unwrap(angle[known])
    return result


def _clean(values: Floats, fps: float, tolerance: float) -> Floats:
    """Values (T,) without outliers and gaps, smoothed; NaN if there is none."""
    kept = _without_outliers(values, max(round(_WINDOW_S * fps / 2), 1), tolerance)
    known = np.flatnonzero(np.isfinite(kept))
    if not len(known):
        return np.full(len(values), np.nan)
    filled = np.interp(np.arange(len(kept)), known, kept[known])
    return gaussian_mean(filled, SMOOTH_S * fps)


def _without_outliers(values: Floats, reach: int, tolerance: float) -> Floats:
    """NaN where a value (T,) is further than `tolerance` from the line through its neighbours."""
    kept = values.copy()
    index = np.arange(len(values), dtype=np.float64)
    finite = np.isfinite(values)
    for i in np.flatnonzero(finite):
        near = np.flatnonzero(finite & (np.abs(index - i) <= reach))
        middle = np.median(near) if len(near) else i
        early, late = near[near <= middle], near[near >= middle]
        gap = np.median(late) - np.median(early)
        slope = (np.median(values[late]) - np.median(values[early])) / gap if gap > 0 else 0.0
        expected = np.median(values[near] - slope * (near - i))
        if abs(values[i] - expected) > tolerance:
            kept[i] = np.nan
    return kept
