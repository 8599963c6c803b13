"""A whole body over its footwork: trunk, head and arms follow keys, the pelvis follows the mass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from models.simulation.curves import NEVER, Curve, Floats
from models.simulation.figure import (
    LATERAL,
    Build,
    Posture,
    assemble,
    centre_of_mass,
    shoulders_of,
    turned,
)
from models.simulation.moves.balance import bounce, carried, sway
from models.simulation.moves.footwork import Footwork
from models.simulation.sagittal import (
    HEAD,
    HIP,
    KNEE,
    LEAN,
    SPINE,
    STANDING,
    sagittal_posture,
    standing_pelvis,
)

_FOLLOWING = 0.84
"""How far the mass moves with the hips while the feet stay; half of the legs' mass does not."""
ARM = 0.332
"""Shoulder to wrist in statures, for average arms."""
Hands = Callable[[Floats], Floats]
"""Extra movement (T, 2, 3) of the wrists in statures at times (T,)."""


def stance(lean: float = 2.0, spine: float = 4.0, head: float = 2.0, knee: float = 10.0) -> Floats:
    """A row of joint angles (8,): leaning forward by `lean` degrees, the trunk bent by `spine`, the
    knees by `knee`, the head lifted by `head`; the legs stay under the body."""
    row = STANDING.copy()
    row[[LEAN, SPINE, HEAD, KNEE, HIP]] = -lean, spine, head, knee, lean + 0.6 * knee
    return row


def arms(
    ahead: float, out: float, up: float, other: tuple[float, float, float] | None = None
) -> Floats:
    """Wrists (2, 3) against the shoulders in statures, ahead, outward and up of each; `other` is
    the right arm where it differs."""
    rows = np.array([(ahead, out, up), other or (ahead, out, up)])
    rows[:, 1] *= LATERAL
    return rows


def _standing_arms() -> Floats:
    one = Build(1.0)
    points = sagittal_posture(one, STANDING[None])
    hanging: Floats = (points.wrists - shoulders_of(one, points))[0]
    return hanging


NOWHERE = Curve.of((0.0, (0.0, 0.0)))
HANGING = _standing_arms()
"""The wrists (2, 3) of the standing athlete, as `arms` gives them."""


@dataclass(frozen=True, eq=False)
class Carriage:
    """What the body does over `footwork` for `duration_s`.

    `stances` are joint angles (8,) of `sagittal` at key times; they may only change while a foot is
    on the floor, as the height of the mass follows from them. `wrists` are as `arms` gives them,
    against the shoulders. `tiptoe` is the pitch of a foot on the floor in radians; it and `raised`,
    how many metres higher the mass is for it, are set apart because only the pitch may change in a
    flight. `shift` (2,) moves the mass ahead and to the left, in metres. `gaze` turns the head,
    `twist` the thorax to the left, in radians. `hands` and `nod` add small movements:
    of the wrists in statures and of the joint angles (T, 8) in degrees.
    """

    build: Build
    footwork: Footwork
    duration_s: float
    stances: Curve
    wrists: Curve
    tiptoe: Curve = NEVER
    raised: Curve = NEVER
    shift: Curve = NOWHERE
    gaze: Curve = NEVER
    twist: Curve = NEVER
    hands: Hands | None = None
    nod: Callable[[Floats], Floats] | None = None

    @cached_property
    def _standing_mass(self) -> Floats:
        standing = sagittal_posture(self.build, STANDING[None], standing_pelvis(self.build)[None])
        mass: Floats = centre_of_mass(assemble(self.build, standing))[0]
        return mass

    @cached_property
    def _stance_masses(self) -> tuple[Floats, Floats]:
        """Pelvis to centre of mass (K, 3) and the height (K,) of the latter over flat feet, for
        each of the stances."""
        posture = sagittal_posture(self.build, self.stances.values)
        mass = centre_of_mass(assemble(self.build, posture))
        ahead, down = posture.ankles[:, 0, 0], posture.ankles[:, 0, 2]
        # A bent trunk moves the hips back until the mass is over the feet: the legs slant.
        back = ahead - (self._standing_mass[0] + ahead - mass[:, 0]) / _FOLLOWING
        drop = np.sqrt(np.maximum(ahead**2 + down**2 - back**2, (0.3 * self.build.leg) ** 2))
        return mass, mass[:, 2] + self.build.ankle_height + drop

    @cached_property
    def _mass(self) -> Curve:
        return Curve.through(self.stances.knots, self._stance_masses[0])

    @cached_property
    def _level(self) -> Curve:
        return Curve.through(self.stances.knots, self._stance_masses[1])

    @cached_property
    def _bounce(self) -> Curve:
        return bounce(self.footwork.flights)

    @cached_property
    def _sway(self) -> Curve:
        return sway(self.footwork, self.duration_s)

    def posture(self, t: Floats) -> Posture:
        """The posture at times `t` (T,) from the beginning, as `motion.Element` wants it."""
        angles = self.stances.at(t)
        if self.nod is not None:
            angles = angles + self.nod(t)
        path = np.empty((len(t), 3))
        path[:, :2] = self._sway.at(t) + self._standing_mass[:2] + self.shift.at(t)
        path[:, 2] = self._level.at(t) + self._bounce.at(t) + self.raised.at(t)
        base = sagittal_posture(self.build, angles, path - self._mass.at(t))
        trunk = base.trunk.copy()
        trunk[:, 1:] = turned(trunk[:, 1:], self.twist.at(t))
        trunk[:, 2] = turned(trunk[:, 2], self.gaze.at(t))
        ankles, feet = self.footwork.ankles(t, self.tiptoe.at(t))
        posture = replace(base, trunk=trunk, ankles=ankles, feet=feet)
        wrists = self._wrists(t, posture)
        pole = self._poles(angles, wrists, posture)
        posture = replace(posture, wrists=wrists, elbow_pole=pole)
        return carried(self.build, posture, path)

    @property
    def _arm_scale(self) -> float:
        """Metres for what is given in statures of somebody with average arms."""
        return (self.build.upper_arm + self.build.forearm) / ARM

    def _wrists(self, t: Floats, posture: Posture) -> Floats:
        offset = self.wrists.at(t)
        if self.hands is not None:
            offset = offset + self.hands(t)
        wrists: Floats = shoulders_of(self.build, posture) + self._arm_scale * offset
        return wrists

    def _poles(self, angles: Floats, wrists: Floats, posture: Posture) -> Floats:
        """Elbows point back, and outward where the hands are neither hanging nor in front."""
        arm = wrists - shoulders_of(self.build, posture)
        back = np.cross(np.array([0.0, 1.0, 0.0]), arm)
        lifted = np.linalg.norm(arm - self._arm_scale * HANGING, axis=-1, keepdims=True)
        outward = LATERAL[:, None] * np.array([0.0, 1.0, -0.35])
        ahead = np.maximum(arm[..., :1], 0.0) / self._arm_scale
        pole: Floats = back + np.clip(2.5 - 15 * ahead, 0.3, 2.5) * lifted * outward
        return pole


def keys(*rows: tuple[float, Floats]) -> Curve:
    """A track through (time, row) in any order; of two at the same time the later one counts."""
    ordered: dict[float, Floats] = dict(sorted(rows, key=lambda row: row[0]))
    return Curve.of(*ordered.items())
