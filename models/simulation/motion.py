"""What an athlete does: elements that each begin and end standing, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from models.simulation.curves import Floats
from models.simulation.figure import POINTS, Build, Posture, assemble
from models.simulation.truth import NOTHING, Truth, joined

GRAVITY = 9.81
"""m/s²"""
NO_ROPE = np.array([np.nan, 0.0])


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
    """A piece of motion in its own axes: it begins and ends standing (`sagittal.STANDING`), first
    at the origin facing +x, last at `exit`. Times are seconds from its beginning.

    `posture` maps times (T,) to the posture. `rope` maps them to (T, 2): the turns of the rope
    (1 = once round, whole numbers = under the feet; NaN = no rope), and -1...1 how far the loop is
    beside the body instead of around it (1: on the left). None when there is no rope.
    """

    duration_s: float
    posture: Callable[[Floats], Posture]
    exit: Placement = Placement()
    truth: Truth = NOTHING
    rope: Callable[[Floats], Floats] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Instants:
    """An athlete at T instants: `points` float64 (T, len(POINTS), 3) in metres, and `rope` (T, 2)
    as in `Element`."""

    points: Floats
    rope: Floats


class Motion(Protocol):
    """Where an athlete is, at any time; before the beginning and after the end he is still."""

    def at(self, t: Floats) -> Instants:
        """The athlete at times `t` (T,), seconds in increasing order."""
        ...


class Performance:
    """`elements` one after the other from time 0, beginning at `start`."""

    def __init__(self, build: Build, elements: Sequence[Element], start: Placement) -> None:
        self._build = build
        self._parts: list[tuple[float, Placement, Element]] = []
        begin, place = 0.0, start
        for element in elements:
            self._parts.append((begin, place, element))
            begin, place = begin + element.duration_s, place.then(element.exit)
        self.duration_s = begin
        self.exit = place
        self.truth = joined(element.truth.shifted(begin) for begin, _, element in self._parts)

    def at(self, t: Floats) -> Instants:
        t = np.clip(t, 0.0, self.duration_s)
        points, rope = np.empty((len(t), len(POINTS), 3)), np.tile(NO_ROPE, (len(t), 1))
        begins = [begin for begin, _, _ in self._parts]
        which = np.searchsorted(begins, t, side="right") - 1
        for i in np.unique(which):
            begin, place, element = self._parts[i]
            now = which == i
            local = t[now] - begin
            points[now] = place.place(assemble(self._build, element.posture(local)))
            if element.rope is not None:
                rope[now] = element.rope(local)
        return Instants(points, rope)

    def rope(self, t: Floats) -> Floats:
        """The rope alone (T, 2) at times `t` (T,), as in `Element`: what `at` says of it, without
        the work for the body."""
        t = np.clip(t, 0.0, self.duration_s)
        rope = np.tile(NO_ROPE, (len(t), 1))
        which = np.searchsorted([begin for begin, _, _ in self._parts], t, side="right") - 1
        for i in np.unique(which):
            begin, _, element = self._parts[i]
            if element.rope is not None:
                rope[which == i] = element.rope(t[which == i] - begin)
        return rope


_SAMPLE_HZ = 480.0
_BLOCK = 240


class Sampled:
    """A motion that is computed in blocks when first needed, and interpolated between samples 1/480
    s apart: wrong by at most a(1/480 s)²/8, 0.1 mm where a point accelerates by 200 m/s²."""

    def __init__(self, motion: Motion) -> None:
        self._motion = motion
        self._block = lru_cache(maxsize=8)(self._compute)

    def at(self, t: Floats) -> Instants:
        parts = [self._one(float(time)) for time in t]
        return Instants(np.array([p for p, _ in parts]), np.array([r for _, r in parts]))

    def _one(self, t: float) -> tuple[Floats, Floats]:
        number, offset = divmod(max(t, 0.0) * _SAMPLE_HZ, _BLOCK)
        block, row = self._block(int(number)), int(offset)
        share = offset - row
        points = (1 - share) * block.points[row] + share * block.points[row + 1]
        return points, (1 - share) * block.rope[row] + share * block.rope[row + 1]

    def _compute(self, number: int) -> Instants:
        return self._motion.at((number * _BLOCK + np.arange(_BLOCK + 1)) / _SAMPLE_HZ)


class Recorded:
    """A motion given as samples at times `t` (T,) seconds: `points` (T, len(POINTS), 3) metres,
    interpolated linearly, without a rope."""

    def __init__(self, t: Floats, points: Floats) -> None:
        self._t = t
        self._points = points

    def at(self, t: Floats) -> Instants:
        row = np.interp(t, self._t, np.arange(len(self._t)))
        before = np.minimum(row.astype(np.intp), max(len(self._t) - 2, 0))
        after = np.minimum(before + 1, len(self._t) - 1)
        share = (row - before)[:, None, None]
        points = (1 - share) * self._points[before] + share * self._points[after]
        return Instants(points, np.tile(NO_ROPE, (len(t), 1)))
