"""Chains of supported phases and flights: key postures, planted limbs, ballistic flight between.

While limbs are planted the hips follow a curve through the key postures and the planted limbs
follow by inverse kinematics. In the air the centre of mass follows the parabola from the last
supported posture to the next one; the body hangs from it by its joint angles. The velocity of the
hips is continuous across each change. Rotation is prescribed by the key angles, not derived from
the angular momentum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Curve, Floats, hermite, ramp
from models.simulation.figure import Build, Posture, assemble, centre_of_mass
from models.simulation.motion import GRAVITY
from models.simulation.moves.skills.limbs import Hold, Limbs, in_reach, resting
from models.simulation.moves.skills.postures import body_posture
from models.simulation.truth import Limb

_GIVE_M = 0.03  # the trunk comes down on the floor this softly
_H = 1e-4  # seconds, of a one-sided difference


@dataclass(frozen=True, eq=False)
class Phase:
    """Key postures of a phase that `anchors` carry; without any it is a flight.

    `keys` (K, 1 + len(COLUMNS)): seconds, then the angles of `postures`. At the keys the anchored
    limbs, as the angles hold them, are where they are planted; that is where the hips are. A phase
    that lies on the "body" has the hips' `places` (K,) metres along x instead. A supported phase
    begins and ends with a key, a flight lies between its neighbours' keys.
    """

    anchors: tuple[Limb, ...]
    keys: Floats
    places: Floats | None = None


@dataclass(frozen=True, eq=False)
class _Flight:
    """A flight of the centre of mass from `place` (3,) with `velocity` (3,)."""

    begin: float
    end: float
    place: Floats
    velocity: Floats

    def at(self, t: Floats) -> Floats:
        since = (t - self.begin)[:, None]
        return self.place + self.velocity * since + np.array([0, 0, -GRAVITY / 2]) * since**2


class Chain:
    """Phases solved for one build. `holds` are what is on the floor when; their edges lie in
    supported phases."""

    def __init__(self, build: Build, phases: Sequence[Phase], holds: Sequence[Hold]) -> None:
        self._build = build
        self.holds = tuple(holds)
        self.keys = np.concatenate([phase.keys for phase in phases])
        self._limbs = Limbs(build, holds)
        self._curves = [self._curve(run) for run in _runs(phases)]
        self._flights: list[_Flight] = []
        # What is planted just after a flight shapes the end of the flight, which gives the hips'
        # velocity there: the third round has it right to mm/s.
        for _ in range(3):
            self._solve_flights()

    @property
    def begin_s(self) -> float:
        return float(self.keys[0, 0])

    @property
    def end_s(self) -> float:
        return float(self.keys[-1, 0])

    def angles(self, t: Floats) -> Floats:
        """Joint angles (T, len(COLUMNS)) in degrees at times `t` (T,)."""
        return hermite(t, self.keys[:, 0], self.keys[:, 1:])

    def posture(self, t: Floats) -> Posture:
        """Posture at times `t` (T,); held outside the keys."""
        t = np.clip(t, self.begin_s, self.end_s)
        hanging = self._hanging(t)
        pelvis = np.empty((len(t), 3))
        for curve in self._curves:
            now = (t >= curve.knots[0]) & (t <= curve.knots[-1])
            pelvis[now] = self._carried(curve, t[now], _rows(hanging, now))
        flying = np.zeros(len(t), dtype=bool)
        for flight in self._flights:
            now = (t > flight.begin) & (t < flight.end)
            pelvis[now] = flight.at(t[now]) - self._mass(_rows(hanging, now))
            flying |= now
        posture = self._limbs.planted(t, _moved(hanging, pelvis))
        if flying.any():
            posture = self._on_parabola(posture, t, flying)
        return posture

    def _on_parabola(self, posture: Posture, t: Floats, flying: NDArray[np.bool_]) -> Posture:
        """Feet that were kept off the floor have moved the centre of mass a little: put it back."""
        shift = np.zeros((len(t), 3))
        for flight in self._flights:
            now = (t > flight.begin) & (t < flight.end)
            shift[now] = flight.at(t[now]) - self._mass(_rows(posture, now))
        return _moved(posture, shift)

    def _mass(self, posture: Posture) -> Floats:
        return centre_of_mass(assemble(self._build, posture))

    def _curve(self, run: Sequence[Phase]) -> Curve:
        """The pelvis through supported phases without a flight between."""
        knots = np.concatenate([phase.keys[:, 0] for phase in run])
        pelvis = np.concatenate([self._anchored(phase) for phase in run])
        return Curve.through(knots, pelvis)

    def _anchored(self, phase: Phase) -> Floats:
        """Pelvis (K, 3) at the keys of a supported phase."""
        t, angles = phase.keys[:, 0], phase.keys[:, 1:]
        posture = body_posture(self._build, angles)
        if phase.places is not None:
            height = resting(self._build, posture)
            return np.stack([phase.places, np.zeros(len(t)), height], axis=-1)
        return self._limbs.pelvis_over(phase.anchors, t, posture, angles)

    def _carried(self, curve: Curve, t: Floats, hanging: Posture) -> Floats:
        """Pelvis (T, 3) on `curve`, not so low that the body is in the floor nor so far that a
        planted limb cannot reach."""
        pelvis = self._lying(curve, t, hanging)
        return in_reach(self._build, self._limbs.targets(t, hanging), hanging, pelvis)[0]

    def _lying(self, curve: Curve, t: Floats, hanging: Posture) -> Floats:
        pelvis = curve.at(t)
        lowest = resting(self._build, hanging)
        pelvis[:, 2] = lowest + ramp(pelvis[:, 2] - lowest, _GIVE_M)
        return pelvis

    def _hanging(self, t: Floats) -> Posture:
        angles = self.angles(t)
        return self._limbs.hanging(t, body_posture(self._build, angles), angles)

    def _remember_edges(self) -> None:
        """Note where the joints alone would have each limb as it leaves and reaches the floor."""
        self._limbs.forget()
        held = np.unique([edge for hold in self.holds for edge in (hold.begin, hold.end)])
        held = held[(held >= self.begin_s) & (held <= self.end_s)]
        bare = self._hanging(held)
        pelvis = np.zeros((len(held), 3))
        for curve in self._curves:
            now = (held >= curve.knots[0]) & (held <= curve.knots[-1])
            lying = self._lying(curve, held[now], _rows(bare, now))
            self._limbs.stretch(held[now], _rows(bare, now), lying)
            pelvis[now] = self._carried(curve, held[now], _rows(bare, now))
        self._limbs.remember(held, _moved(bare, pelvis))

    def _solve_flights(self) -> None:
        self._flights = []
        self._remember_edges()
        edges = np.concatenate([[c.knots[0], c.knots[-1]] for c in self._curves])
        ends = self._mass(self.posture(edges))
        for before, after, first, last in zip(
            self._curves, self._curves[1:], ends[1:-1:2], ends[2::2], strict=False
        ):
            begin, end = float(before.knots[-1]), float(after.knots[0])
            velocity = (last - first) / (end - begin)
            velocity[2] += GRAVITY * (end - begin) / 2
            self._flights.append(_Flight(begin, end, first, velocity))
            # What keeps limbs in reach moves the hips as well as their curve does.
            before.slopes[-1] += self._velocity(begin, _H) - self._velocity(begin, -_H)
            after.slopes[0] += self._velocity(end, -_H) - self._velocity(end, _H)

    def _velocity(self, t: float, h: float) -> Floats:
        """Velocity (3,) of the pelvis just after (h > 0) or just before (h < 0) `t`."""
        near = np.sort(t + h * np.array([1.0, 2.0, 3.0]))
        first, second, third = self.posture(near).pelvis[:: int(np.sign(h))]
        velocity: Floats = (-2.5 * first + 4 * second - 1.5 * third) / h
        return velocity


def _runs(phases: Sequence[Phase]) -> list[list[Phase]]:
    """Supported phases that follow each other without a flight."""
    runs: list[list[Phase]] = [[phases[0]]]
    for before, after in pairwise(phases):
        if after.anchors and before.anchors:
            runs[-1].append(after)
        elif after.anchors:
            runs.append([after])
    return runs


def _rows(posture: Posture, now: NDArray[np.bool_]) -> Posture:
    """The instants `now` of a posture."""
    return Posture(
        *(posture.pelvis[now], posture.trunk[now], posture.ankles[now]),
        *(posture.feet[now], posture.wrists[now], posture.elbow_pole[now]),
    )


def _moved(posture: Posture, by: Floats) -> Posture:
    """The same, moved by (T, 3) metres."""
    return replace(
        posture,
        pelvis=posture.pelvis + by,
        ankles=posture.ankles + by[:, None],
        wrists=posture.wrists + by[:, None],
    )
