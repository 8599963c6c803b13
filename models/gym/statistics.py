"""What a recording is like: how well it is seen, and what its pose network got wrong."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.gym.dataset import Recording
from models.gym.preparation import JOINTS
from models.skeleton import BODY_25, convert

Floats = NDArray[np.float64]
Facing = Literal["left", "right", "unclear"]

_TURNED_OVER = 90.0  # degrees from one frame to the next, and
_TURNED_OVER_PER_S = 1500.0  # three times as fast as anybody turns
_SWAPPED = 0.5  # of the way that the joints go as they are called, they go exchanged
_APART = 0.25  # trunk lengths between left and right, or one cannot tell
_ELSEWHERE = 1.5  # trunk lengths, the whole body in one frame, and
_ELSEWHERE_PER_S = 20.0  # as fast as that: about 10 m/s
_REPEATED, _MOVING = 0.002, 0.02  # trunk lengths, the middle joint
_LEAST_SHARED = 5  # joints
_SIDE_ON = 0.25  # trunk lengths
_UPRIGHT = 45.0  # degrees
_ARM = ("shoulder", "elbow", "wrist")
_LEG = ("hip", "knee", "ankle")


@dataclass(frozen=True)
class Measures:
    """Of one recording. The counts are of steps from one frame to the next.

    `confidence` is the mean of the key points that are seen, `unseen` the share (15,) of frames in
    which each of `JOINTS` is not, `lost` the number of frames without anybody. `turned_over`: the
    head goes where the feet were; `swapped`: left and right are exchanged, arms or legs;
    `elsewhere`: the whole body is somewhere else, so most likely another person; `repeated`: the
    same picture again, in the middle of a movement. `facing` is that of who stands upright.
    """

    frames: int
    seconds: float
    fps: float
    confidence: float
    unseen: tuple[float, ...]
    lost: int
    turned_over: int
    swapped: int
    elsewhere: int
    repeated: int
    facing: Facing


def measure(recording: Recording) -> Measures:
    """`Measures` of a recording of any skeleton."""
    body = convert(recording.keypoints, recording.skeleton, BODY_25)
    seen = body[..., 2] > 0
    points = np.where(seen[..., None], body[..., :2], np.nan).astype(np.float64)
    here = np.flatnonzero(seen.any(axis=1))
    confidences = recording.keypoints[..., 2][recording.keypoints[..., 2] > 0]
    steps = _Steps(points[here], recording.t[here])
    return Measures(
        frames=len(recording),
        seconds=float(recording.t[-1] - recording.t[0]),
        fps=recording.fps,
        confidence=float(confidences.mean()) if len(confidences) else 0.0,
        unseen=tuple((1 - seen[:, : len(JOINTS)].mean(axis=0)).tolist()),
        lost=len(recording) - len(here),
        turned_over=steps.turned_over(),
        swapped=steps.swapped(_ARM) + steps.swapped(_LEG),
        elsewhere=steps.elsewhere(),
        repeated=steps.repeated(),
        facing=steps.facing(),
    )


def trunk(points: Floats) -> Floats:
    """(..., 2) from the mid-hip to the middle of the shoulders, in the image, y down; the neck
    where one of them is not seen."""
    left, right = (points[..., BODY_25.index(f"{s}_shoulder"), :] for s in ("left", "right"))
    middle = (left + right) / 2
    top = np.where(np.isfinite(middle), middle, points[..., BODY_25.index("neck"), :])
    return np.asarray(top - points[..., BODY_25.index("mid_hip"), :])


class _Steps:
    """From one frame in which somebody is seen to the next: `points` (T, 25, 2), NaN where not."""

    def __init__(self, points: Floats, t: Floats) -> None:
        self._points = points
        self._passed = np.diff(t)
        self._trunk = trunk(points)
        lengths = np.linalg.norm(self._trunk, axis=-1)
        known = lengths[np.isfinite(lengths)]
        # The upper quartile: a trunk is foreshortened more often than it is stretched.
        self._size = max(float(np.percentile(known, 75)), 1.0) if len(known) else np.nan
        self._ways = np.diff(points, axis=0) / self._size
        self._far = np.linalg.norm(self._ways, axis=-1)

    def turned_over(self) -> int:
        angle = np.degrees(np.arctan2(self._trunk[:, 0], -self._trunk[:, 1]))
        step = np.abs((np.diff(angle) + 180) % 360 - 180)
        return int(np.sum((step > _TURNED_OVER) & (step > _TURNED_OVER_PER_S * self._passed)))

    def swapped(self, parts: tuple[str, ...]) -> int:
        left, right = (
            self._points[:, [BODY_25.index(f"{side}_{part}") for part in parts]] / self._size
            for side in ("left", "right")
        )
        kept = _distance(left[1:], left[:-1]) + _distance(right[1:], right[:-1])
        crossed = _distance(left[1:], right[:-1]) + _distance(right[1:], left[:-1])
        apart = _mean(np.linalg.norm(left - right, axis=-1), axis=1)
        enough = np.minimum(apart[1:], apart[:-1]) > _APART
        known = np.isfinite(kept + crossed).sum(axis=1) >= 2
        less = _mean(crossed, axis=1) < _SWAPPED * _mean(kept, axis=1)
        return int(np.sum(less & enough & known))

    def elsewhere(self) -> int:
        way = np.linalg.norm(_median(self._ways, axis=1), axis=-1)
        shared = np.isfinite(self._far).sum(axis=1) >= _LEAST_SHARED
        return int(np.sum((way > np.maximum(_ELSEWHERE, _ELSEWHERE_PER_S * self._passed)) & shared))

    def repeated(self) -> int:
        middle = _median(self._far, axis=1)
        around = np.pad(middle, 1, constant_values=0.0)
        moving = np.fmax(around[:-2], around[2:]) > _MOVING
        shared = np.isfinite(self._far).sum(axis=1) >= _LEAST_SHARED
        return int(np.sum((middle < _REPEATED) & moving & shared))

    def facing(self) -> Facing:
        upright = np.abs(np.degrees(np.arctan2(self._trunk[:, 0], -self._trunk[:, 1]))) < _UPRIGHT
        x = self._points[upright, :, 0]

        def ahead(front: str, *behind: str) -> Floats:
            back = x[:, [BODY_25.index(joint) for joint in behind]].mean(axis=1)
            return np.asarray((x[:, BODY_25.index(front)] - back) / self._size)

        parts = [ahead("nose", "left_shoulder", "right_shoulder")]
        for side in ("left", "right"):
            parts.append(ahead(f"{side}_toe", f"{side}_heel"))
            parts.append(ahead(f"{side}_knee", f"{side}_hip", f"{side}_ankle"))
        total = np.nansum(np.array(parts), axis=0)
        if not len(total) or abs(float(np.median(total))) < _SIDE_ON:
            return "unclear"
        return "right" if np.median(total) > 0 else "left"


def _distance(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.linalg.norm(a - b, axis=-1))


def _median(values: Floats, axis: int) -> Floats:
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # nothing seen: NaN
        return np.asarray(np.nanmedian(values, axis=axis))


def _mean(values: Floats, axis: int) -> Floats:
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
        return np.asarray(np.nanmean(values, axis=axis))
