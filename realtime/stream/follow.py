"""Which of the people in view is the athlete (one, for now)."""

from __future__ import annotations

import math
from typing import NamedTuple

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
        self._place: tuple[float, float] | None = None
        self._last_t = 0.0

    def choose(self, t: float, poses: Poses) -> Keypoints | None:
        """The athlete's (joints, 3) key points in this frame, or None when he is not in it."""
        people = [person for keypoints in poses.keypoints if (person := _person(keypoints))]
        if self._zone is not None:
            people = [person for person in people if self._zone.contains(*person.place)]
        if self._place is not None and t - self._last_t > _FORGET_S:
            self._place = None
        if self._place is None:
            best = max(people, key=lambda person: person.size, default=None)
        else:
            place = self._place
            near = [p for p in people if math.dist(p.place, place) < _REACH * p.size]
            best = min(near, key=lambda person: math.dist(person.place, place), default=None)
        if best is None:
            return None
        self._place = best.place
        self._last_t = t
        return best.keypoints


class _Person(NamedTuple):
    """Somebody in view: the middle of his box, and its diagonal, px."""

    keypoints: Keypoints
    place: tuple[float, float]
    size: float


def _person(keypoints: Keypoints) -> _Person | None:
    """None when no joint is seen."""
    seen = [(x, y) for x, y, confidence in keypoints.tolist() if confidence > 0]
    if not seen:
        return None
    xs, ys = zip(*seen, strict=True)
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    place = ((left + right) / 2, (top + bottom) / 2)
    return _Person(keypoints, place, math.dist((left, top), (right, bottom)))
