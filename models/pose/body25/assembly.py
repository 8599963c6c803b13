"""From scored connections between peaks to people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.pose.body25.peaks import Floats, Indices, Peaks
from models.skeleton import BODY_25

MIN_JOINTS = 4
MIN_SCORE = 0.4
"""Confidences of the joints and integrals of the limbs between them, per joint. Both limits are
those of the authors' first release."""

_TRUNK = 1 << BODY_25.index("neck") | 1 << BODY_25.index("mid_hip")


@dataclass(frozen=True, slots=True, eq=False)
class Connections:
    """Accepted limbs (n,): which limb, rows of the peaks at both ends, integral of the field."""

    limb: Indices
    first: Indices
    second: Indices
    integral: Floats


@dataclass(slots=True, eq=False)
class Person:
    """Peaks that belong together: their rows, their joints as a bit set, and the score so far."""

    score: float
    joints: int
    peaks: list[int]


def assemble(peaks: Peaks, connections: Connections) -> list[Person]:
    """The people, best (highest summed score) first; no peak is in two of them.

    Connections are taken clearest first. Each joins the two persons that its ends are in, unless
    they have a joint in common. That is the greedy bipartite matching of each limb (whoever has an
    elbow takes no second one) and the assembly in one, and it makes of the redundant limbs
    (shoulder to ear) a second way to hold a person together, with no rule of their own.
    """
    alone = zip(peaks.joint.tolist(), peaks.height.tolist(), strict=True)
    person_of = [Person(height, 1 << joint, [i]) for i, (joint, height) in enumerate(alone)]
    first, second, integral = connections.first, connections.second, connections.integral
    order = np.argsort(-_lead(peaks, connections), kind="stable")
    taken = zip(*(row[order].tolist() for row in (first, second, integral)), strict=True)
    for i, j, support in taken:
        one, other = person_of[i], person_of[j]
        if one.joints & other.joints:
            continue  # the same person, or two with a joint in common
        one.score += other.score + support
        one.joints |= other.joints
        one.peaks += other.peaks
        for peak in other.peaks:
            person_of[peak] = one
    found = filter(_is_person, dict.fromkeys(person_of))
    ranked = sorted(found, key=lambda person: (-person.score, min(person.peaks)))
    return _without_torn_off(ranked, peaks)


def _lead(peaks: Peaks, connections: Connections) -> Floats:
    """How far (n,) each connection is ahead of its rivals.

    Strength is the integral times the geometric mean of both heights, so that a bump on the slope
    of a peak does not win against its top; from it the strongest other connection of the same
    limb is taken at either end. Where people cross, a joint can lie on somebody else's limb by
    chance; strength alone would settle such a tie first, the lead settles it last.
    """
    ends = np.stack([connections.first, connections.second])
    strength = connections.integral * np.sqrt(peaks.height[ends].prod(axis=0))
    size = int(np.diff(peaks.starts).max(initial=0)) + 2  # always two to choose from
    table = np.zeros((connections.limb.max(initial=0) + 1, size, size))
    at = (connections.limb, *(ends - peaks.starts[peaks.joint[ends]]))
    table[at] = strength
    lead: Floats = strength.copy()
    for axis in (1, 2):
        second, best = np.split(np.partition(table, (-2, -1), axis), [-1], axis)
        second = second.take([-1], axis)
        lead -= np.where(table == best, second, best)[at]
    return lead


def _is_person(person: Person) -> bool:
    count = len(person.peaks)
    return count >= MIN_JOINTS and person.score >= MIN_SCORE * count


def _without_torn_off(ranked: Sequence[Person], peaks: Peaks) -> list[Person]:
    """Give up parts that a missed joint may have cut off a better person.

    Joining the two would be a guess that no field supports, and each a person of its own one
    too many.
    """
    kept: list[Person] = []
    for person in ranked:
        if not any(_may_be_of(person, better, peaks) for better in kept):
            kept.append(person)
    return kept


def _may_be_of(part: Person, better: Person, peaks: Peaks) -> bool:
    """Whether they have no joint in common, do not have a trunk joint each, and are no farther
    apart than the better one is long."""
    if part.joints & better.joints or (part.joints & _TRUNK and better.joints & _TRUNK):
        return False
    x, y = peaks.x[better.peaks], peaks.y[better.peaks]
    apart = np.hypot(peaks.x[part.peaks, None] - x, peaks.y[part.peaks, None] - y).min()
    return bool(apart <= np.hypot(np.ptp(x), np.ptp(y)))
