"""A routine, one skill or several in a row, as an element of motion with its truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.simulation.curves import Floats
from models.simulation.figure import POINT, Build, Posture, assemble, centre_of_mass, turned
from models.simulation.motion import Element, Placement
from models.simulation.moves.skills.chain import Chain, Phase
from models.simulation.moves.skills.limbs import Hold
from models.simulation.truth import Contact, Skill, TrueEvent, Truth

_TRUTH_HZ = 480.0
_ROLLING_S = 0.1  # from one part of the back to the next
_HERE = Placement()
_FLESH = {
    **{"pelvis": 0.08, "waist": 0.08, "neck": 0.08, "head": 0.08},
    **{"left_knee": 0.05, "right_knee": 0.05},
}
"""Height of these points, of stature, when what is round them is on the floor."""


@dataclass(frozen=True, slots=True)
class Mark:
    """When one skill happens, as in `TrueEvent`, and by how much the trunk turns."""

    kind: Skill
    start: float
    takeoff: float
    landing: float
    end: float
    rotation_deg: float = 0.0


@dataclass(frozen=True, eq=False)
class Routine:
    """One skill, or several in a row, for one build: what `Chain` needs, and what happens when.

    It is told in axes in which the athlete first faces `heading` radians, with the point between
    his ankles at the origin, and stands on `exit` at the end. `gather` and `recover` are how many
    of the first and of the last keys a series leaves out.
    """

    phases: tuple[Phase, ...]
    holds: tuple[Hold, ...]
    marks: tuple[Mark, ...]
    exit: Placement = _HERE
    heading: float = 0.0
    gather: int = 0
    recover: int = 0

    @property
    def begin(self) -> float:
        return float(self.phases[0].keys[0, 0])

    @property
    def end(self) -> float:
        return float(self.phases[-1].keys[-1, 0])


def element(build: Build, routine: Routine) -> Element:
    """The motion of a routine with its truth."""
    chain = Chain(build, routine.phases, routine.holds)
    begin, duration = chain.begin_s, chain.end_s - chain.begin_s
    away = routine.exit
    start = Placement(heading=routine.heading)

    def posture(t: Floats) -> Posture:
        told = chain.posture(t + begin)
        back = np.full(len(t), -routine.heading)
        return Posture(
            *(turned(told.pelvis, back), turned(told.trunk, back), turned(told.ankles, back)),
            *(turned(told.feet, back), turned(told.wrists, back), turned(told.elbow_pole, back)),
        )

    t = np.arange(0.0, duration, 1 / _TRUTH_HZ)
    points = assemble(build, posture(t))
    limbs = (_contact(hold, begin, duration) for hold in routine.holds)
    contacts = tuple(sorted((*limbs, *_lying(build, t, points)), key=lambda c: (c.begin_s, c.limb)))
    height = centre_of_mass(points)[:, 2]
    events = tuple(_event(mark, begin, contacts, t, height) for mark in routine.marks)
    return Element(duration, posture, start.towards(away), Truth(events=events, contacts=contacts))


def _contact(hold: Hold, begin: float, duration: float) -> Contact:
    first, last = np.clip((hold.begin - begin, hold.end - begin), 0.0, duration).tolist()
    return Contact(hold.limb, first, last)


def _lying(build: Build, t: Floats, points: Floats) -> list[Contact]:
    """When the trunk or a knee is on the floor, which follows from the motion."""
    low = np.zeros(len(t), dtype=bool)
    for part, flesh in _FLESH.items():
        low |= points[:, POINT[part], 2] < flesh * build.stature
    edges = np.flatnonzero(np.diff(low.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    apart = np.append(edges[1:, 0] - edges[:-1, 1] > _ROLLING_S * _TRUTH_HZ, True)
    begins, ends = (
        edges[np.append(True, apart[:-1])[: len(edges)], 0],
        edges[apart[: len(edges)], 1],
    )
    return [
        Contact("body", float(t[first]), float(t[after - 1]))
        for first, after in zip(begins, ends, strict=True)
    ]


def _event(
    mark: Mark, begin: float, contacts: Sequence[Contact], t: Floats, height: Floats
) -> TrueEvent:
    during = (t >= mark.start - begin) & (t <= mark.end - begin)
    takeoff, landing = mark.takeoff - begin, mark.landing - begin
    return TrueEvent(
        kind=mark.kind,
        start_s=mark.start - begin,
        takeoff_s=takeoff,
        landing_s=landing,
        end_s=mark.end - begin,
        airtime_s=landing - takeoff - _covered(contacts, takeoff, landing),
        rise_m=max(0.0, float(height[during].max() - height[0])),
        rotation_deg=mark.rotation_deg,
    )


def _covered(contacts: Sequence[Contact], begin: float, end: float) -> float:
    """How long anything is on the floor between two moments."""
    covered, reached = 0.0, begin
    for contact in contacts:  # in order of their beginning
        until = min(contact.end_s, end)
        covered += max(0.0, until - max(contact.begin_s, reached))
        reached = max(reached, until)
    return covered
