"""What truly happens in a simulated scene, in seconds from its beginning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

Limb = Literal["left_foot", "right_foot", "left_hand", "right_hand", "body"]
"""What touches the floor; "body" is the back, the seat or the knees."""
FEET: tuple[Limb, Limb] = ("left_foot", "right_foot")
HANDS: tuple[Limb, Limb] = ("left_hand", "right_hand")

Skill = Literal[
    "backflip",
    "handspring",
    "front_tuck",
    "forward_roll",
    "cartwheel",
    "round_off",
    "straight_jump",
    "aborted",
    "fall",
]
"""Gymnastics elements. "aborted": everything before the take-off of a backflip, then none."""

PhaseName = Literal["idle", "take-off", "skill", "landing"]


@dataclass(frozen=True, slots=True)
class Contact:
    """`limb` is on the floor from `begin_s` to `end_s`."""

    limb: Limb
    begin_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class TrueJump:
    """One jump over the rope, at the time in seconds at which `foot` touches the floor.

    It needs a rope that passed under the feet in the flight before this landing: hops beside a
    side swing, and what the feet do around a miss, are contacts only. A speed step is a foot
    switch, so the first lift of a foot is none; "both" is a two-footed jump. `turns` is how often
    the rope passed: 1, in a double under 2.
    """

    time_s: float
    foot: Literal["left", "right", "both"]
    turns: int = 1


@dataclass(frozen=True, slots=True)
class TrueMiss:
    """The rope stops at the toes at `time_s`, in mid-flight.

    The landing after it is a contact, no jump, and so is what untangles the rope and the first lift
    to start again. `resumed_s` is the first jump after that; None: the miss ends the attempt.
    """

    time_s: float
    resumed_s: float | None = None


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """One gymnastics element.

    `start_s` is the beginning of the counter-movement, `takeoff_s` the last moment on the feet,
    `landing_s` the first moment on the feet again, `end_s` when the athlete stands. `airtime_s` is
    how long nothing touches the floor in between, `rise_m` how far the centre of mass rises above
    standing, `rotation_deg` how far the trunk turns (backward or sideways; forward negative).
    An element that never leaves the feet has its take-off and landing at the same moment.
    """

    kind: Skill
    start_s: float
    takeoff_s: float
    landing_s: float
    end_s: float
    airtime_s: float
    rise_m: float
    rotation_deg: float


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of time in one phase; phases follow each other without gaps."""

    name: PhaseName
    begin_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Truth:
    """What one athlete truly does, each list in time order."""

    jumps: tuple[TrueJump, ...] = ()
    misses: tuple[TrueMiss, ...] = ()
    events: tuple[TrueEvent, ...] = ()
    contacts: tuple[Contact, ...] = ()

    def shifted(self, by_s: float) -> Truth:
        """The same, `by_s` seconds later."""
        return Truth(
            tuple(replace(j, time_s=j.time_s + by_s) for j in self.jumps),
            tuple(
                TrueMiss(m.time_s + by_s, None if m.resumed_s is None else m.resumed_s + by_s)
                for m in self.misses
            ),
            tuple(
                replace(
                    e,
                    start_s=e.start_s + by_s,
                    takeoff_s=e.takeoff_s + by_s,
                    landing_s=e.landing_s + by_s,
                    end_s=e.end_s + by_s,
                )
                for e in self.events
            ),
            tuple(Contact(c.limb, c.begin_s + by_s, c.end_s + by_s) for c in self.contacts),
        )

    def phases(self, duration_s: float) -> tuple[Phase, ...]:
        """Idle, take-off, skill and landing from 0 to `duration_s`. The landing of an element of a
        series ends where the next one starts."""
        marks: list[tuple[float, PhaseName]] = [(0.0, "idle")]
        for event in self.events:
            marks.append((event.start_s, "take-off"))
            if event.landing_s > event.takeoff_s:
                marks += [(event.takeoff_s, "skill"), (event.landing_s, "landing")]
            marks.append((event.end_s, "idle"))
        ends = [begin for begin, _ in marks[1:]] + [duration_s]
        spans = [
            Phase(name, a, min(b, duration_s)) for (a, name), b in zip(marks, ends, strict=True)
        ]
        return tuple(span for span in spans if span.end_s > span.begin_s)


NOTHING = Truth()
_TOUCHING_S = 1e-6


def joined(truths: Iterable[Truth]) -> Truth:
    """The truths of elements that follow each other, as one; a contact that lasts over a seam is
    one contact."""
    parts = list(truths)
    return Truth(
        tuple(chain.from_iterable(part.jumps for part in parts)),
        tuple(chain.from_iterable(part.misses for part in parts)),
        tuple(chain.from_iterable(part.events for part in parts)),
        _merged(chain.from_iterable(part.contacts for part in parts)),
    )


def _merged(contacts: Iterable[Contact]) -> tuple[Contact, ...]:
    merged: list[Contact] = []
    last: dict[Limb, int] = {}
    for contact in sorted(contacts, key=lambda c: (c.begin_s, c.limb)):
        before = last.get(contact.limb)
        if before is not None and contact.begin_s <= merged[before].end_s + _TOUCHING_S:
            end = max(contact.end_s, merged[before].end_s)
            merged[before] = replace(merged[before], end_s=end)
        else:
            last[contact.limb] = len(merged)
            merged.append(contact)
    return tuple(merged)
