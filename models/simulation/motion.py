"""What an athlete does: elements that each begin and end standing, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.simulation.curves import Floats
from models.simulation.figure import Build, Posture, assemble

GRAVITY = 9.81
"""m/s²"""


@dataclass(frozen=True, slots=True)
class TrueJump:
    """One foot switch: the time at which `foot` touches the floor."""

    time_s: float
    foot: Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """One gymnastics element: `start_s` is the beginning of the counter-movement."""

    kind: Literal["backflip", "handspring"]
    start_s: float
    takeoff_s: float
    landing_s: float


@dataclass(frozen=True, slots=True)
class Truth:
    """What really happened in a scene, in time order."""

    jumps: tuple[TrueJump, ...] = ()
    events: tuple[TrueEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Placement:
    """A standing place: x, y of the point between the ankles in metres, heading in radians."""

    x: float = 0.0
    y: float = 0.0
    heading: float = 0.0

    def then(self, step: Placement) -> Placement:
        """The place reached from here by `step`, which is given in this place's own axes."""
        cos, sin = np.cos(self.heading), np.sin(self.heading)
        return Placement(
            float(self.x + cos * step.x - sin * step.y),
            float(self.y + sin * step.x + cos * step.y),
            self.heading + step.heading,
        )

    def towards(self, goal: Placement) -> Placement:
        """The step from here to `goal`, in this place's own axes, turning the shorter way."""
        cos, sin = np.cos(self.heading), np.sin(self.heading)
        dx, dy = goal.x - self.x, goal.y - self.y
        turn = (goal.heading - self.heading + np.pi) % (2 * np.pi) - np.pi
        return Placement(float(cos * dx + sin * dy), float(cos * dy - sin * dx), float(turn))

    def place(self, points: Floats) -> Floats:
        """Points (..., 3) given in this place's axes, in the world's."""
        cos, sin = np.cos(self.heading), np.sin(self.heading)
        turn = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
        placed: Floats = points @ turn.T + np.array([self.x, self.y, 0.0])
        return placed


@dataclass(frozen=True)
class Element:
    """A piece of motion in its own axes: it begins and ends standing, first at the origin facing
    +x, last at `exit`. Times are seconds from its beginning.

    `posture` maps times (T,) to the posture; `rope` maps them to the turns of the rope (1 = once
    round, whole numbers = under the feet) and is None when there is no rope.
    """

    duration_s: float
    posture: Callable[[Floats], Posture]
    exit: Placement = Placement()
    truth: Truth = Truth()
    rope: Callable[[Floats], Floats] | None = None


@dataclass(frozen=True, eq=False)
class Motion:
    """The athlete at T instants: `points` float64 (T, len(POINTS), 3) in metres, `rope` (T,) turns
    of the rope, NaN where there is none."""

    t: Floats
    points: Floats
    rope: Floats
    truth: Truth


def _shifted(truth: Truth, by: float) -> Truth:
    return Truth(
        tuple(TrueJump(jump.time_s + by, jump.foot) for jump in truth.jumps),
        tuple(
            TrueEvent(e.kind, e.start_s + by, e.takeoff_s + by, e.landing_s + by)
            for e in truth.events
        ),
    )


def perform(build: Build, elements: Sequence[Element], t: Floats, start: Placement) -> Motion:
    """Play `elements` one after the other from time 0 and sample the athlete at times `t` (T,)."""
    chunks, ropes = [], []
    jumps: tuple[TrueJump, ...] = ()
    events: tuple[TrueEvent, ...] = ()
    place, begin = start, 0.0
    for i, element in enumerate(elements):
        end = begin + element.duration_s if i + 1 < len(elements) else np.inf
        local = t[(t >= begin) & (t < end)] - begin
        chunks.append(place.place(assemble(build, element.posture(local))))
        ropes.append(np.full(len(local), np.nan) if element.rope is None else element.rope(local))
        truth = _shifted(element.truth, begin)
        jumps, events = jumps + truth.jumps, events + truth.events
        place, begin = place.then(element.exit), end
    return Motion(t, np.concatenate(chunks), np.concatenate(ropes), Truth(jumps, events))
