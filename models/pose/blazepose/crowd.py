"""Whose skeleton is whose, where people come close to one another.

The network draws whom it finds foremost in a crop. Where somebody passes in front of another, the
crops of both show the same body, and a crop that follows its own last skeleton goes along with the
wrong one. So a skeleton is only his whose motion it continues. Who has none waits, out of sight,
where he was going; a skeleton that continues nobody's motion is somebody new.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from models.pose.blazepose.landmarks import Landmarks
from models.pose.blazepose.person import Person

# Sides of the region from where somebody was expected, from which on a skeleton is not his: with
# another near, with nobody near, and when he comes out from behind another.
_ASTRAY, _ASTRAY_ALONE, _BACK = 0.075, 0.13, 0.12
_LEAST, _LEAST_NEW = 0.17, 0.25  # sharpness times the share that was not painted over
_NEAR = 0.35  # sides between the hips
_DOUBLE = 0.05  # median distance of joints, in sides, below which two skeletons are one
_PATIENCE = 45  # frames that somebody is waited for where another is seen
_EMPTY = 5  # of these for each frame in which nobody at all is seen there

Look = tuple[Person, Landmarks | None]
"""Somebody and his skeleton; None: he is not seen."""


def sort_out(looks: Sequence[Look]) -> list[Look]:
    """Everybody, in the same order, with the skeleton that is his among those that were found in
    the crops of all; then those who are new."""
    body = _bodies([seen for _, seen in looks])
    his: dict[int, int] = {}
    taken = set()
    for _, i, k in sorted(_pairs(looks)):
        if i not in his and body[k] not in taken:
            his[i] = k
            taken.add(body[k])
    sorted_out: list[Look] = []
    new: list[Look] = []
    for i, (person, seen) in enumerate(looks):
        sorted_out.append((person, looks[his[i]][1] if i in his else None))
        if seen is not None and body[i] not in taken:
            taken.add(body[i])
            new.append((person.successor(), seen))
    return sorted_out + new


def _pairs(looks: Sequence[Look]) -> Iterator[tuple[float, int, int]]:
    """Each person with each skeleton that may be his: how little it continues his motion."""
    for i, (person, own) in enumerate(looks):
        others = [seen for other, seen in looks if seen is not None and other is not person]
        limit = _ASTRAY if is_near(person, others) else _ASTRAY_ALONE
        for k, (_, seen) in enumerate(looks):
            if seen is None:
                continue
            if person.course is None:
                if seen is own:
                    yield 0.0, i, k
            elif person.course.astray(seen.body) < limit:
                yield person.course.unlike(seen.body), i, k


def comes_out(person: Person, seen: Landmarks, others: Sequence[Landmarks]) -> bool:
    """Whether this is the one who was hidden, and none of the others."""
    return (
        (person.course is None or person.course.astray(seen.body) < _BACK)
        and is_there(seen)
        and not coincides(seen, others)
    )


def waited_for(person: Person, *, empty: bool) -> bool:
    """Whether to wait on for somebody who is not seen in this frame; `empty`: nobody is there."""
    return person.wait(_EMPTY if empty else 1) <= _PATIENCE


def is_there(seen: Landmarks, *, new: bool = False) -> bool:
    """Whether somebody is seen without another, and not what is left of that one."""
    return seen.sharpness * (1 - seen.guessed) > (_LEAST_NEW if new else _LEAST)


def is_near(person: Person, others: Sequence[Landmarks]) -> bool:
    """Whether one of the others is so close that both are in one crop."""
    region = person.region
    return any(
        math.dist((region.x, region.y), other.body[:2]) < _NEAR * region.side for other in others
    )


def limited(looks: Sequence[Look], people: int) -> list[Look]:
    """Not more than so many who are seen, and who wait in the places that these leave, at least
    one: those who were followed first."""
    seen = [k for k, (_, seen) in enumerate(looks) if seen is not None][:people]
    waiting = [k for k, (_, seen) in enumerate(looks) if seen is None]
    return [looks[k] for k in sorted(seen + waiting[: max(people - len(seen), 1)])]


def coincides(seen: Landmarks, others: Sequence[Landmarks]) -> bool:
    """Whether one of the others is the same body."""
    return any(_coincide(seen, other) for other in others)


def _bodies(skeletons: Sequence[Landmarks | None]) -> list[int]:
    """For each skeleton the first that is the same body."""
    bodies: list[int] = []
    for k, seen in enumerate(skeletons):
        same = (
            j
            for j, other in enumerate(skeletons[:k])
            if seen is not None and other is not None and _coincide(seen, other)
        )
        bodies.append(next(same, k))
    return bodies


def _coincide(a: Landmarks, b: Landmarks) -> bool:
    apart = np.hypot(*(a.joints[:, :2] - b.joints[:, :2]).T)
    return float(np.median(apart)) < _DOUBLE * a.region.side
