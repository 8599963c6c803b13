"""Backflip and back handspring: key postures, planted feet and hands, ballistic flight between.

A skill is a chain of phases. While feet or hands are planted the hips follow a curve through the
key postures and the supporting limbs follow by inverse kinematics. In the air the centre of mass
follows the parabola from the last supported posture to the next one; the hips hang from it by the
joint angles. Hip velocity is continuous across each change. Rotation is prescribed by the key
angles, not derived from the angular momentum.

The key postures are rounded medians over recordings of real athletes (BODY_25, 60 fps, side view),
completed by eye where the pose network loses an inverted body.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats, hermite, pchip_slopes
from models.simulation.figure import LATERAL, Build, Posture, assemble, centre_of_mass
from models.simulation.motion import GRAVITY, Element, Placement
from models.simulation.moves.move import Move, Stage
from models.simulation.sagittal import (
    FOOT,
    LEAN,
    STANDING,
    ankle_over_toe,
    sagittal_posture,
)
from models.simulation.truth import TrueEvent, Truth

Support = Literal["feet", "air", "hands"]

_FULL_TURN = np.where(np.isin(np.arange(8), (LEAN, FOOT)), 360.0, 0.0)


@dataclass(frozen=True)
class _Phase:
    """Key postures of one phase; `travel` is how far behind the start, in stature, it is planted.

    `keys` (K, 9): seconds from take-off, then the angle columns of `sagittal`. A phase on feet or
    hands begins and ends with a key; an air phase lies between its neighbours' keys.
    """

    support: Support
    keys: Floats
    travel: float = 0.0


def _key(t: float, *angles: float) -> tuple[float, ...]:
    return (t, *angles)


def _phase(support: Support, *keys: tuple[float, ...], travel: float = 0.0) -> _Phase:
    return _Phase(support, np.array(keys), travel)


# seconds, LEAN, SPINE, HEAD, HIP, KNEE, FOOT, SHOULDER, ELBOW
_BACKFLIP = (
    _phase(
        "feet",
        _key(-1.00, *STANDING),
        _key(-0.55, -26, 10, 14, 58, 50, 0, -55, 10),
        _key(-0.36, -30, 14, 16, 82, 78, 0, -50, 10),
        _key(-0.22, -14, 8, 10, 62, 76, 0, 30, 15),
        _key(-0.11, 4, 0, 8, 34, 60, -8, 120, 10),
        _key(0.00, 25, -10, 15, -8, 22, -45, 152, 5),
    ),
    _phase(
        "air",
        _key(0.075, 48, -5, 15, 5, 62, -40, 142, 10),
        _key(0.19, 98, 22, 0, 88, 118, 38, 84, 20),
        _key(0.30, 152, 32, -10, 108, 128, 105, 56, 22),
        _key(0.41, 210, 26, -5, 100, 112, 170, 54, 22),
        _key(0.505, 256, 14, 8, 84, 58, 258, 64, 18),
    ),
    _phase(
        "feet",
        _key(0.60, 302, 10, 14, 72, 24, 352, 80, 12),
        _key(0.70, 316, 12, 12, 84, 62, 360, 75, 15),
        _key(0.86, 326, 10, 12, 80, 78, 360, 62, 18),
        _key(1.45, *(STANDING + _FULL_TURN)),
        travel=0.17,
    ),
)
_HANDSPRING = (
    _phase(
        "feet",
        _key(-1.00, *STANDING),
        _key(-0.60, -24, 8, 14, 52, 48, 0, -45, 10),
        _key(-0.43, -28, 12, 16, 82, 78, 0, -48, 10),
        _key(-0.30, -6, 6, 10, 74, 88, 0, -5, 10),
        _key(-0.18, 18, 0, 8, 46, 80, 0, 90, 10),
        _key(-0.09, 38, -10, 15, 14, 58, -10, 140, 8),
        _key(0.00, 66, -25, 25, -24, 28, -42, 165, 5),
    ),
    _phase("air", _key(0.10, 116, -32, 30, -40, 38, -10, 172, 5)),
    _phase(
        "hands",
        _key(0.21, 166, -28, 30, -32, 14, 85, 166, 24),
        _key(0.34, 190, -12, 22, -6, 12, 140, 156, 32),
        _key(0.46, 206, 8, 10, 20, 12, 180, 150, 14),
        travel=0.46,
    ),
    _phase("air", _key(0.60, 244, 20, 5, 62, 8, 272, 142, 8)),
    _phase(
        "feet",
        _key(0.72, 290, 16, 10, 82, 12, 354, 118, 10),
        _key(0.86, 312, 16, 12, 84, 62, 360, 86, 14),
        _key(1.02, 330, 12, 12, 72, 66, 360, 55, 16),
        _key(1.60, *(STANDING + _FULL_TURN)),
        travel=0.73,
    ),
)


class _Skill:
    """A chain of phases solved for one build; times are seconds from take-off."""

    def __init__(self, build: Build, phases: tuple[_Phase, ...]) -> None:
        self._build = build
        self._phases = phases
        self.keys = np.concatenate([phase.keys for phase in phases])
        self._pelvis_keys = [self._planted_pelvis(p) for p in phases]
        self._flights = {
            i: self._flight(i) for i, phase in enumerate(phases) if phase.support == "air"
        }

    @property
    def supports(self) -> tuple[tuple[Support, float, float], ...]:
        """Each phase's support with its first and last time."""
        return tuple((p.support, *self._span(i)) for i, p in enumerate(self._phases))

    def posture(self, t: Floats) -> Posture:
        """Posture at times `t` (T,); held outside the keys."""
        angles = self._angles(t)
        pelvis = np.empty((len(t), 3))
        for i in range(len(self._phases)):
            now = self._during(i, t)
            pelvis[now] = self._pelvis(i, t[now])
        posture = sagittal_posture(self._build, angles, pelvis)
        return self._plant(posture, np.radians(angles[:, FOOT]), t)

    def _angles(self, t: Floats) -> Floats:
        return hermite(t, self.keys[:, 0], self.keys[:, 1:])

    def _span(self, i: int) -> tuple[float, float]:
        if self._phases[i].support == "air":
            return float(self._phases[i - 1].keys[-1, 0]), float(self._phases[i + 1].keys[0, 0])
        return float(self._phases[i].keys[0, 0]), float(self._phases[i].keys[-1, 0])

    def _during(self, i: int, t: Floats) -> NDArray[np.bool_]:
        begin, end = self._span(i)
        after = t >= begin if i else np.ones(len(t), dtype=bool)
        before = t < end if i + 1 < len(self._phases) else np.ones(len(t), dtype=bool)
        return after & before

    def _contact(self, phase: _Phase) -> Floats:
        """The planted point (3,): the toes or the wrists."""
        behind = -phase.travel * self._build.stature
        if phase.support == "hands":
            return np.array([behind, 0.0, self._build.hand])
        return np.array([behind + self._build.ankle_to_toe[0], 0.0, self._build.sole])

    def _planted_pelvis(self, phase: _Phase) -> Floats:
        """Pelvis (K, 3) at the keys of a supported phase (of no meaning in the air)."""
        posture = sagittal_posture(self._build, phase.keys[:, 1:])
        held: Floats
        if phase.support == "hands":
            held = posture.wrists.mean(axis=1)
        else:
            over_toe = ankle_over_toe(self._build, np.radians(phase.keys[:, 1 + FOOT]))
            held = posture.ankles.mean(axis=1) - over_toe
        return self._contact(phase) - held

    def _pelvis_to_mass(self, t: Floats) -> Floats:
        return centre_of_mass(assemble(self._build, sagittal_posture(self._build, self._angles(t))))

    def _flight(self, i: int) -> tuple[float, Floats, Floats]:
        """Begin, and the centre of mass's place and velocity (3,) there, of air phase `i`."""
        begin, end = self._span(i)
        offset = self._pelvis_to_mass(np.array([begin, end]))
        first = self._pelvis_keys[i - 1][-1] + offset[0]
        last = self._pelvis_keys[i + 1][0] + offset[1]
        velocity = (last - first) / (end - begin)
        velocity[2] += GRAVITY * (end - begin) / 2
        return begin, first, velocity

    def _pelvis(self, i: int, t: Floats) -> Floats:
        if i in self._flights:
            return self._flying_pelvis(i, t)
        knots, pelvis = self._phases[i].keys[:, 0], self._pelvis_keys[i]
        slopes = pchip_slopes(knots, pelvis)
        if i > 0:
            slopes[0] = self._flying_velocity(i - 1, knots[0])
        if i + 1 < len(self._phases):
            slopes[-1] = self._flying_velocity(i + 1, knots[-1])
        return hermite(t, knots, pelvis, slopes)

    def _flying_pelvis(self, i: int, t: Floats) -> Floats:
        begin, mass, velocity = self._flights[i]
        since = (t - begin)[:, None]
        fall = np.array([0.0, 0.0, -GRAVITY / 2])
        return mass + velocity * since + fall * since**2 - self._pelvis_to_mass(t)

    def _flying_velocity(self, i: int, t: float) -> Floats:
        """Velocity (3,) of the pelvis at `t` by a central difference of the flight `i`."""
        h = 1e-4
        before, after = self._flying_pelvis(i, np.array([t - h, t + h]))
        velocity: Floats = (after - before) / (2 * h)
        return velocity

    def _plant(self, posture: Posture, foot_pitch: Floats, t: Floats) -> Posture:
        """Put the supporting feet or hands exactly on their contact."""
        ankles, wrists = posture.ankles.copy(), posture.wrists.copy()
        left = np.array([0.0, 1.0, 0.0]) * LATERAL[:, None]
        over_toe = ankle_over_toe(self._build, foot_pitch)
        for i, phase in enumerate(self._phases):
            now, contact = self._during(i, t), self._contact(phase)
            if phase.support == "feet":
                foot = (contact + over_toe[now])[:, None]
                ankles[now] = foot + self._build.half_hips * left
            elif phase.support == "hands":
                wrists[now] = contact + self._build.half_shoulders * left
        return replace(posture, ankles=ankles, wrists=wrists)


def _element(build: Build, kind: Literal["backflip", "handspring"]) -> Element:
    phases = _BACKFLIP if kind == "backflip" else _HANDSPRING
    skill = _Skill(build, phases)
    first, last = float(skill.keys[0, 0]), float(skill.keys[-1, 0])
    landing = float(phases[-1].keys[0, 0])
    air = [end - begin for support, begin, end in skill.supports if support == "air"]
    event = TrueEvent(kind, 0.0, -first, landing - first, last - first, sum(air), 0.0, 360.0)
    return Element(
        duration_s=last - first,
        posture=lambda t: skill.posture(t + first),
        exit=Placement(x=-phases[-1].travel * build.stature),
        truth=Truth(events=(event,)),
    )


def backflip(build: Build) -> Element:
    """A standing back tuck: both feet leave the floor together and land behind the start."""
    return _element(build, "backflip")


def handspring(build: Build) -> Element:
    """A standing back handspring: feet, flight, hands, flight, feet."""
    return _element(build, "handspring")


class Backflip(Move, frozen=True, tag="backflip"):
    """A standing back tuck."""

    def element(self, stage: Stage) -> Element:
        return backflip(stage.build)


class Handspring(Move, frozen=True, tag="handspring"):
    """A standing back handspring."""

    def element(self, stage: Stage) -> Element:
        return handspring(stage.build)
