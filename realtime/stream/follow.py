"""Which of the people in view is the athlete (one, for now)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calibration.zone import Zone
from models.poses import Poses
from models.skeleton import Keypoints

_FORGET_S = 1.0
_REACH = 0.5  # share of the body's own size that it may move from one frame to the next


class FollowOne:
    """Follows one person: the largest in view (in the zone, if there is one), until lost.

    Others are never taken for the athlete while he is gone for less than a second.
    """

    def __init__(self, zone: Zone | None = None) -> None:
        self._zone = zone
        self._place: NDArray[np.float64] | None = None
        self._last_t = 0.0

    def choose(self, t: float, poses: Poses) -> Keypoints | None:
        """The athlete's (joints, 3) key points in this frame, or None when he is not in it."""
        people = [p for p in poses.keypoints if np.any(p[:, 2] > 0)]
        boxes = [_box(person) for person in people]
        inside = [i for i, box in enumerate(boxes) if self._in_zone(box)]
        if self._place is not None and t - self._last_t > _FORGET_S:
            self._place = None
        if self._place is not None:
            place = self._place
            inside = [i for i in inside if _distance(boxes[i], place) < _REACH * _size(boxes[i])]
            best = min(inside, key=lambda i: _distance(boxes[i], place), default=None)
        else:
            best = max(inside, key=lambda i: _size(boxes[i]), default=None)
        if best is None:
            return None
        self._place = boxes[best].mean(axis=0)
        self._last_t = t
        chosen: Keypoints = people[best]
        return chosen

    def _in_zone(self, box: NDArray[np.float64]) -> bool:
        if self._zone is None:
            return True
        x, y = box.mean(axis=0)
        return self._zone.contains(float(x), float(y))


def _box(person: Keypoints) -> NDArray[np.float64]:
    """(2, 2): the corners, px, of the box round the joints that are seen."""
    seen = person[person[:, 2] > 0, :2].astype(np.float64)
    return np.stack([seen.min(axis=0), seen.max(axis=0)])


def _size(box: NDArray[np.float64]) -> float:
    return float(np.hypot(*(box[1] - box[0])))


def _distance(box: NDArray[np.float64], place: NDArray[np.float64]) -> float:
    return float(np.hypot(*(box.mean(axis=0) - place)))
