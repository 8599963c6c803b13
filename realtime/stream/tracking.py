"""Who is who: keeps the identities of the people in view, from their poses alone.

People are matched from frame to frame by where they are going, by their size and by their posture.
Who is hidden is waited for where he was going; who left is known again where he was last seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.poses import Poses
from models.skeleton import Keypoints, Skeleton
from realtime.stream.ring import Floats

REACH = 0.4
"""Body sizes that somebody may be away from where he was expected in the next frame ..."""
REACH_PER_S = 1.5
"""... and how much more for each second that he was not seen, ..."""
HIDDEN_S = 2.0
"""... as long as it was not longer than this."""
RETURN_S = 30.0
"""Who is back within this time, `RETURN_REACH` body sizes from where he was lost, is the same."""
RETURN_REACH = 0.6
ALONE_S = 3.0
"""Who appears while nobody is in view is the last one who was, for this long, ..."""
ALONE_REACH = 1.0
"""... up to this many body sizes from where he was lost."""

_GROWTH = math.log(2.5)  # of the box: a tucked athlete's is less than half of a standing one's
_BLINK_S = 0.25  # for this long a skeleton may shrink to a few joints and grow again
_RETURN_GROWTH = math.log(1.5)
_COAST_S = 0.3  # expected to go on moving for this long
_STEADY_S = 0.15  # time constant of the velocity
_FAR_S = 1.0  # time constant of what tells how far away somebody is
_POSTURE_S = 0.25  # a posture older than this says nothing
_FAR_WEIGHT = 1.0
_UNKNOWN = 0.3  # more than two postures of one person differ
_TRUNK = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


class Tracked(NamedTuple):
    """Somebody in this frame: who it is, his (joints, 3) key points, and the diagonal of his box in
    pixels, smoothed over about a second."""

    id: int
    keypoints: Keypoints
    size: float


_Place = tuple[float, float]


class _Person(NamedTuple):
    """Somebody in a frame. In pixels: `place` is the middle of his trunk, `size` the diagonal of
    his box, `floor` its lower edge."""

    keypoints: Keypoints
    place: _Place
    size: float
    floor: float

    def posture(self) -> Floats:
        """(joints, 2) from `place` in sizes, NaN where not seen."""
        points = self.keypoints[:, :2].astype(np.float64)
        points[~(self.keypoints[:, 2] > 0)] = np.nan
        return (points - self.place) / self.size


@dataclass(slots=True, eq=False)
class _Track:
    id: int
    last: _Person
    velocity: _Place
    size: float
    floor: float
    t: float

    @property
    def place(self) -> _Place:
        return self.last.place

    def follow(self, t: float, person: _Person) -> None:
        dt = t - self.t
        share = -math.expm1(-dt / _STEADY_S)
        (x, y), (last_x, last_y), (v_x, v_y) = person.place, self.place, self.velocity
        self.velocity = (
            v_x + share * ((x - last_x) / dt - v_x),
            v_y + share * ((y - last_y) / dt - v_y),
        )
        slowly = -math.expm1(-dt / _FAR_S)
        self.size += slowly * (person.size - self.size)
        self.floor += slowly * (person.floor - self.floor)
        self.last, self.t = person, t

    def moved(self, t: float, person: _Person) -> float:
        """How far `person` is from going on as this track, and how much he has grown; infinite when
        he cannot be its continuation."""
        gap = t - self.t
        coast, (x, y), (v_x, v_y) = min(gap, _COAST_S), self.place, self.velocity
        distance = math.dist(person.place, (x + v_x * coast, y + v_y * coast)) / self.size
        growth = abs(math.log(person.size / self.size))
        if gap > HIDDEN_S or distance > REACH + REACH_PER_S * gap or growth > _GROWTH:
            return math.inf
        return distance + _FAR_WEIGHT * (growth + self._sunk(person))

    def cost(self, t: float, person: _Person) -> float:
        """How unlike a continuation of this track `person` is; infinite when it cannot be one."""
        moved = self.moved(t, person)
        if moved == math.inf:
            return moved
        # Whoever was hidden must not be likelier for being known less well.
        old = min((t - self.t) / _POSTURE_S, 1.0)
        unlike = _unlike(self.last.posture(), person.posture()) if old < 1 else 0.0
        return moved + (1 - old) * unlike + old * _UNKNOWN

    def _sunk(self, person: _Person) -> float:
        """How much lower or higher the person stands in the picture, in body sizes: like his size,
        it tells how far away he is, and that changes slowly."""
        return abs(person.floor - self.floor) / self.size

    def may_be(self, t: float, person: _Person) -> bool:
        """Whether `person`, alone in view, may be this one, whom the engine lost for a moment."""
        gap = t - self.t
        near = math.dist(person.place, self.place) <= ALONE_REACH * self.size
        growth = abs(math.log(person.size / self.size))
        return near and gap <= ALONE_S and (growth <= _GROWTH or gap <= _BLINK_S)

    def return_cost(self, t: float, person: _Person) -> float:
        """The same for somebody who was away for longer, by place and size alone."""
        distance = math.dist(person.place, self.place) / self.size
        growth = abs(math.log(person.size / self.size))
        away = distance > RETURN_REACH or growth > _RETURN_GROWTH or t - self.t > RETURN_S
        return math.inf if away else distance + growth + self._sunk(person)


class Tracker:
    """Gives everybody in view an identity: 1, 2, ... in the order of their coming. Stateful,
    causal, deterministic; its work grows with people times people."""

    def __init__(self, skeleton: Skeleton) -> None:
        self._trunk = [skeleton.index(joint) for joint in _TRUNK]
        self._tracks: list[_Track] = []
        self._last_id = 0

    @property
    def known(self) -> set[int]:
        """Those in view and those who may still come back."""
        return {track.id for track in self._tracks}

    def update(self, t: float, poses: Poses) -> list[Tracked]:
        """Everybody in this frame at `t` seconds, later than the last; by identity."""
        people = [p for keypoints in poses.keypoints if (p := self._person(keypoints))]
        alone = len(people) == len(self._tracks) == 1  # then nobody else can be likelier
        cost = _Track.moved if alone else _Track.cost
        followed = _match(people, self._tracks, lambda track, person: cost(track, t, person))
        self._recognise_again(t, people, followed)
        found = []
        for i, person in enumerate(people):
            track = followed.get(i) or self._begin(t, person)
            if track.t < t:
                track.follow(t, person)
            found.append(Tracked(track.id, person.keypoints, track.size))
        self._tracks = [track for track in self._tracks if t - track.t <= RETURN_S]
        return sorted(found, key=lambda tracked: tracked.id)

    def _recognise_again(
        self, t: float, people: list[_Person], followed: dict[int, _Track]
    ) -> None:
        """Add to `followed` those who were away and are back."""
        away = [track for track in self._tracks if track not in followed.values()]
        new = [i for i in range(len(people)) if i not in followed]
        if len(people) == len(new) == 1 and away:
            last = max(away, key=lambda track: track.t)
            if last.may_be(t, people[0]):
                followed[0] = last
                return
        strangers = [people[i] for i in new]
        back = _match(strangers, away, lambda track, person: track.return_cost(t, person))
        followed.update({new[i]: track for i, track in back.items()})

    def _begin(self, t: float, person: _Person) -> _Track:
        self._last_id += 1
        track = _Track(self._last_id, person, (0.0, 0.0), person.size, person.floor, t)
        self._tracks.append(track)
        return track

    def _person(self, keypoints: Keypoints) -> _Person | None:
        """None when no joint is seen."""
        joints: list[list[float]] = keypoints.tolist()  # plain Python is faster for so few
        known = [(x, y) for x, y, seen in joints if seen > 0]
        if not known:
            return None
        xs, ys = zip(*known, strict=True)
        low, high = (min(xs), min(ys)), (max(xs), max(ys))
        size = max(math.dist(low, high), 1.0)
        trunk = [joints[joint][:2] for joint in self._trunk if joints[joint][2] > 0] or (low, high)
        n = len(trunk)
        place = sum(x for x, _ in trunk) / n, sum(y for _, y in trunk) / n
        return _Person(keypoints, place, size, high[1])


def _match(
    people: list[_Person], tracks: list[_Track], cost: Callable[[_Track, _Person], float]
) -> dict[int, _Track]:
    """Track of each person that continues one, the likeliest pairs first."""
    pairs = sorted(
        (cost(track, person), i, k)
        for i, person in enumerate(people)
        for k, track in enumerate(tracks)
    )
    matched: dict[int, _Track] = {}
    taken: set[int] = set()
    for price, i, k in pairs:
        if price < math.inf and i not in matched and k not in taken:
            matched[i] = tracks[k]
            taken.add(k)
    return matched


def _unlike(one: Floats, other: Floats) -> float:
    """Mean distance of the joints that both postures have, in body sizes; 0 when there is none."""
    apart = np.hypot(*(one - other).T)
    known = apart[np.isfinite(apart)]
    return float(known.mean()) if len(known) else 0.0
