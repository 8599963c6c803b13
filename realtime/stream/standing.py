"""Who stands in the station: by where somebody's feet are on the floor, not by his box.

In the air nobody stands: what is low in the picture for a part of the last second is where he took
off or landed. So the distance from the camera comes from his lowest moments, and the direction from
the newest of them.
"""

from __future__ import annotations

import math
from collections import deque

from calibration.floor_zone import FloorZone, Place, Zone
from models.poses import Poses
from models.skeleton import Keypoints, Skeleton
from realtime.stream.tracking import Tracked, Tracker

LEAVE_M = 0.3
"""Who stands in the station belongs to it until he is this far outside."""
WINDOW_S = 1.2
"""Of this time, ..."""
STANDING = 0.25
"""... this share is spent on the floor: a flip takes 0.7 s from take-off to landing."""
LIFTED_M = 0.1
"""A foot that seems to be this high still says in which direction he is."""

_ABOVE_M = {"ankle": 0.09, "heel": 0.03, "toe": 0.03}  # of the joints, over the floor
_HAND_M = 0.05
_NEAREST_M = 1e-3
_SIDES = ("left", "right")


class StationTracker:
    """A tracker that knows only those who stand in the station: 1, 2, ... in the order of their
    coming. Somebody whose feet were never seen is not among them. Stateful, causal,
    deterministic."""

    def __init__(self, skeleton: Skeleton, station: FloorZone) -> None:
        self._tracker = Tracker(skeleton)
        self._station = station
        self._supports = [*_feet(skeleton), *_hands(skeleton)]
        self._stances: dict[int, _Stance] = {}
        self._numbers: dict[int, int] = {}
        self._last = 0

    @property
    def known(self) -> set[int]:
        """Those who stand in the station and those who may come back to it."""
        return set(self._numbers.values())

    def update(self, t: float, poses: Poses) -> list[Tracked]:
        """Those who stand in the station at `t` seconds, later than the last; by number."""
        found = []
        for person in self._tracker.update(t, poses):
            stance = self._stances.setdefault(person.id, _Stance(self._station))
            if lowest := self._lowest(person.keypoints):
                stance.update(t, *lowest)
            if stance.within:
                found.append(person._replace(id=self._number(person.id)))
        known = self._tracker.known
        self._stances = {one: stance for one, stance in self._stances.items() if one in known}
        self._numbers = {one: number for one, number in self._numbers.items() if one in known}
        return sorted(found, key=lambda person: person.id)

    def _number(self, one: int) -> int:
        if one not in self._numbers:
            self._last += 1
            self._numbers[one] = self._last
        return self._numbers[one]

    def _lowest(self, keypoints: Keypoints) -> tuple[float, Place] | None:
        """Of feet and hands (which stand, too, in a handspring) the one that is lowest in the view:
        how far away it would be on the floor, and where, from the camera's foot point. None of
        somebody whose feet are not seen."""
        places = []
        for k, (indices, above_m) in enumerate(self._supports):
            joints = [(x, y) for x, y, seen in keypoints[indices].tolist() if seen > 0]
            if joints:
                x, y = (sum(each) / len(joints) for each in zip(*joints, strict=True))
                places.append(self._station.beneath(x, y, above_m))
            if k == len(_SIDES) - 1 and not places:
                return None
        there = [(math.hypot(*place), place) for place in places if place is not None]
        return min(there, default=None)


class _Stance:
    """Where one person stands, from what was lowest in the picture of late."""

    def __init__(self, station: FloorZone) -> None:
        self._station = station
        reach = LIFTED_M / station.camera_m
        self._least = max(1 - reach, 0.5)
        self._lately: deque[tuple[float, float, float, float]] = deque()
        self.within = False

    def update(self, t: float, distance: float, place: Place) -> None:
        """Take a frame: what is lowest, and how far away that would be on the floor."""
        distance = max(distance, _NEAREST_M)
        self._lately.append((t, 1 / distance, place[0] / distance, place[1] / distance))
        while self._lately[0][0] < t - WINDOW_S:
            self._lately.popleft()
        outside = self._station.beyond(self._place())
        self.within = outside <= (LEAVE_M if self.within else 0.0)

    def _place(self) -> Place:
        """From the camera's foot point. The steepness of the view, 1 / distance, falls by the share
        of the camera's height by which a foot is lifted."""
        steep = sorted(each[1] for each in self._lately)
        level = steep[int((1 - STANDING) * len(steep))]
        newest = next(each for each in reversed(self._lately) if each[1] >= self._least * level)
        _, _, x, y = newest
        return x / level, y / level


def tracker_for(skeleton: Skeleton, zone: Zone | None) -> Tracker | StationTracker:
    """Who is who among those who count: with a station on the floor, who stands in it."""
    if isinstance(zone, FloorZone):
        return StationTracker(skeleton, zone)
    return Tracker(skeleton)


def _feet(skeleton: Skeleton) -> list[tuple[list[int], float]]:
    """Joints and mean height of each foot."""
    parts = [part for part in _ABOVE_M if f"left_{part}" in skeleton.indices]
    above = sum(_ABOVE_M[part] for part in parts) / len(parts)
    return [([skeleton.index(f"{side}_{part}") for part in parts], above) for side in _SIDES]


def _hands(skeleton: Skeleton) -> list[tuple[list[int], float]]:
    return [([skeleton.index(f"{side}_wrist")], _HAND_M) for side in _SIDES]
