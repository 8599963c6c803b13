"""Feet and hands that are planted on the floor, and that come off it and reach it smoothly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats, ramp, smooth_step
from models.simulation.figure import LATERAL, Build, Posture, foot_offset, shoulders_of, two_bones
from models.simulation.moves.skills.postures import FEET_APART, POINTED, between, body_posture
from models.simulation.sagittal import FOOT, foot_axes
from models.simulation.truth import FEET, HANDS, Limb

_REACH_S = 0.25  # a limb leaves what its joints say for its place on the floor within this time
_PULL_S = 0.15  # before and after it is planted, a limb draws the body within reach
_CLEAR_M, _CLEAR_S = 0.012, 0.05  # so far off the floor, so long before and after it is planted
_LEG_GIVE, _ARM_GIVE = 0.003, 0.007  # of its length: how softly the end of its reach comes
_STRAIGHT = 0.9995  # of a limb's length: IK needs a bend to have a direction
_FLESH = {"pelvis": 0.055, "waist": 0.05, "neck": 0.045, "head": 0.065}  # of stature
_ROUNDS = 4
_NO_TIME = 1e-9
LIMB_SIDE: dict[Limb, int] = {limb: i for pair in (FEET, HANDS) for i, limb in enumerate(pair)}

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Hold:
    """`limb` is on the floor from `begin` to `end` seconds: its toes or knuckles at `x`, `y`
    metres, a foot turned to `heading` radians."""

    limb: Limb
    begin: float
    end: float
    x: float = 0.0
    y: float = 0.0
    heading: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """The `place` (T, 3) for a limb's ankle or knuckles, and how far (T,) metres it may draw the
    hips to reach it: as far as it takes while it is planted."""

    limb: Limb
    stretch: Floats
    place: Floats


class Limbs:
    """The four limbs of one build with all their holds.

    A limb that is not planted hangs as its joints say, except near its holds: there what its place
    on the floor differs by fades in and out.
    """

    def __init__(self, build: Build, holds: Sequence[Hold]) -> None:
        self._build = build
        ordered = sorted(holds, key=lambda hold: hold.begin)
        self._holds = {
            limb: [hold for hold in ordered if hold.limb == limb] for limb in (*FEET, *HANDS)
        }
        self._differences: dict[tuple[Limb, float], Floats] = {}
        self._stretches: dict[tuple[Limb, float], float] = {}

    def hanging(self, t: Floats, posture: Posture, angles: Floats) -> Posture:
        """`posture` (pelvis at the origin) with feet in space, and each limb on its way between
        holds; `angles` (T, len(COLUMNS))."""
        feet = posture.feet.copy()
        pitch, pointed = np.radians(angles[:, [FOOT, FEET_APART]]), angles[:, POINTED]
        for i, limb in enumerate(FEET):
            flat = foot_axes(self._heading(limb, t), pitch @ [1.0, LATERAL[i]])
            feet[:, i] = between(flat, feet[:, i], pointed) if pointed.any() else flat
        ankles = posture.ankles + self._fading(FEET, t)
        tips = _tips(self._build, posture) + self._fading(HANDS, t)
        return _with_hands(self._build, replace(posture, feet=feet, ankles=ankles), tips)

    def planted(self, t: Floats, posture: Posture) -> Posture:
        """`posture` with the limbs of each hold exactly in place and the others off the floor."""
        ankles, tips = posture.ankles.copy(), _tips(self._build, posture)
        over_toe = self.over_toe(posture)
        low = np.minimum(0.0, self._toe_to_heel(posture))  # the lower of toe and heel against toe
        for i, limb in enumerate(FEET):
            free = self._clearance(limb, t)
            sunk = free - (ankles[:, i, 2] - over_toe[:, i, 2] + low[:, i] - self._build.sole)
            ankles[:, i, 2] += np.where(free > 0, np.maximum(sunk, 0.0), 0.0)
            for hold, now in self._during(limb, t):
                ankles[now, i] = self._point(hold) + over_toe[now, i]
        for i, limb in enumerate(HANDS):
            free = self._clearance(limb, t)
            sunk = free - (tips[:, i, 2] - self._build.sole)
            tips[:, i, 2] += np.where(free > 0, np.maximum(sunk, 0.0), 0.0)
            for hold, now in self._during(limb, t):
                tips[now, i] = self._point(hold)
        return _with_hands(self._build, replace(posture, ankles=ankles), tips)

    def pelvis_over(
        self, anchors: Sequence[Limb], t: Floats, posture: Posture, angles: Floats
    ) -> Floats:
        """Pelvis (T, 3) at which the limbs of `posture` are, on average, where they are planted."""
        hanging = self.hanging(t, posture, angles)
        tips, over_toe = _tips(self._build, hanging), self.over_toe(hanging)
        places = []
        for limb in anchors:
            i = LIMB_SIDE[limb]
            held = posture.ankles[:, i] - over_toe[:, i] if limb in FEET else tips[:, i]
            target = np.array([self._point(self._nearest(limb, float(time))) for time in t])
            places.append(target - held)
        pelvis: Floats = np.mean(places, axis=0)
        pelvis[:, 1] = 0.0  # a tumbling pass is straight
        return pelvis

    def targets(self, t: Floats, posture: Posture) -> list[Target]:
        """What pulls the body at any of `t`: what is planted, and what comes or goes just then."""
        result: list[Target] = []
        over_toe = self.over_toe(posture)
        for limb, holds in self._holds.items():
            for hold in holds:
                stretch = np.where((t >= hold.begin) & (t <= hold.end), np.inf, 0.0)
                for edge, away in ((hold.begin, hold.begin - t), (hold.end, t - hold.end)):
                    fading = self._stretches.get((limb, edge), 0.0) * smooth_step(
                        1 - away / _PULL_S
                    )
                    stretch = np.where(away > 0, fading, stretch)
                if stretch.any():
                    place = np.tile(self._point(hold), (len(t), 1))
                    if limb in FEET:
                        place += over_toe[:, LIMB_SIDE[limb]]
                    result.append(Target(limb, stretch, place))
        return result

    def stretch(self, t: Floats, posture: Posture, pelvis: Floats) -> None:
        """Note how far each limb draws the hips from `pelvis` (T, 3) at the edges `t` of holds."""
        targets = self.targets(t, posture)
        _, drawn = in_reach(self._build, targets, posture, pelvis)
        for limb, holds in self._holds.items():
            for edge in (edge for hold in holds for edge in (hold.begin, hold.end)):
                here = t == edge
                noted = [
                    float(far[here][0])
                    for target, far in zip(targets, drawn, strict=True)
                    if target.limb == limb and here.any() and np.isinf(target.stretch[here][0])
                ]
                if noted:
                    self._stretches[limb, edge] = max(noted)

    def forget(self) -> None:
        """Let the joints alone say where a limb is outside its holds."""
        self._differences = {}

    def remember(self, t: Floats, posture: Posture) -> None:
        """Take over at the edges of holds `t` (T,) what `posture`, given by the joints, differs by
        from the places on the floor."""
        tips, over_toe = _tips(self._build, posture), self.over_toe(posture)
        for limb, holds in self._holds.items():
            i = LIMB_SIDE[limb]
            for hold in holds:
                for edge in (hold.begin, hold.end):
                    row = int(np.searchsorted(t, edge))
                    if row == len(t) or t[row] != edge:
                        continue
                    foot = posture.ankles[row, i] - over_toe[row, i]
                    held = foot if limb in FEET else tips[row, i]
                    self._differences[limb, edge] = self._point(hold) - held

    def _fading(self, limbs: tuple[Limb, Limb], t: Floats) -> Floats:
        """What is added (T, 2, 3) to the places that the joints give."""
        added = np.zeros((len(t), 2, 3))
        for i, limb in enumerate(limbs):
            holds = self._holds[limb]
            for before, after in pairwise([None, *holds, None]):
                begin = -np.inf if before is None else before.end
                end = np.inf if after is None else after.begin
                gap = (t > begin) & (t < end)
                within = min(_REACH_S, end - begin)
                for edge, way in ((begin, 1.0), (end, -1.0)):
                    if (limb, edge) in self._differences:
                        share = smooth_step(1 - way * (t[gap] - edge) / within)
                        added[gap, i] += share[:, None] * self._differences[limb, edge]
        return added

    def _during(self, limb: Limb, t: Floats) -> Iterator[tuple[Hold, Flags]]:
        for hold in self._holds[limb]:
            now = (t >= hold.begin) & (t <= hold.end)
            if now.any():
                yield hold, now

    def _nearest(self, limb: Limb, t: float) -> Hold:
        return min(self._holds[limb], key=lambda hold: max(hold.begin - t, t - hold.end))

    def _clearance(self, limb: Limb, t: Floats) -> Floats:
        """How high (T,) above the floor a limb is at least; 0 while it is planted."""
        away = np.full(len(t), np.inf)
        for hold in self._holds[limb]:
            away = np.minimum(away, np.maximum(hold.begin - t, t - hold.end))
        clear: Floats = _CLEAR_M * np.clip(away / _CLEAR_S, 0.0, 1.0)
        return clear

    def _heading(self, limb: Limb, t: Floats) -> Floats:
        """Heading (T,) of a foot, turning between holds."""
        holds = self._holds[limb]
        heading = np.full(len(t), holds[0].heading if holds else 0.0)
        for before, after in pairwise(holds):
            share = smooth_step((t - before.end) / max(after.begin - before.end, _NO_TIME))
            heading += share * (after.heading - before.heading)
        return heading

    def _point(self, hold: Hold) -> Floats:
        return np.array([hold.x, hold.y, self._build.sole])

    def over_toe(self, posture: Posture) -> Floats:
        """Toe to ankle (T, 2, 3)."""
        return -foot_offset(self._build.ankle_to_toe, posture.feet)

    def _toe_to_heel(self, posture: Posture) -> Floats:
        """How much higher (T, 2) the heel is than the toe."""
        offset = self._build.ankle_to_heel - self._build.ankle_to_toe
        return foot_offset(offset, posture.feet)[..., 2]


def reached(
    build: Build, row: Floats, holds: Sequence[Hold], carrying: Sequence[Limb], limb: Limb
) -> float:
    """x at which `limb` is in the key posture `row` (as in `Phase.keys`) when `carrying` limbs are
    planted as `holds` say."""
    limbs, t, angles = Limbs(build, holds), row[:1], row[None, 1:]
    posture = limbs.hanging(t, body_posture(build, angles), angles)
    pelvis = limbs.pelvis_over(carrying, t, body_posture(build, angles), angles)
    ends = posture.ankles - limbs.over_toe(posture) if limb in FEET else _tips(build, posture)
    return float((pelvis + ends[:, LIMB_SIDE[limb]])[0, 0])


def resting(build: Build, posture: Posture) -> Floats:
    """Height (T,) of the pelvis at which the trunk or the head just lies on the floor."""
    hips, thorax, skull = (posture.trunk[:, part, 2, 2] for part in range(3))
    waist = build.lower_trunk * hips
    neck = waist + build.upper_trunk * thorax
    heights = np.stack([np.zeros_like(neck), waist, neck, neck + build.neck_to_head * skull])
    flesh = build.stature * np.array([*_FLESH.values()])[:, None]
    lowest: Floats = np.max(flesh - heights, axis=0)
    return lowest


def in_reach(
    build: Build, targets: Sequence[Target], posture: Posture, pelvis: Floats
) -> tuple[Floats, list[Floats]]:
    """`pelvis` (T, 3) moved just so far that every target is in reach of its limb, and how far (T,)
    each one draws it; `posture` has its pelvis at the origin."""
    pelvis = pelvis.copy()
    drawn = [np.zeros(len(pelvis)) for _ in targets]
    for _ in range(_ROUNDS):
        for target, far in zip(targets, drawn, strict=True):
            side = LIMB_SIDE[target.limb]
            if target.limb in FEET:
                root = build.half_hips * LATERAL[side] * posture.trunk[:, 0, 1]
                length, give = _STRAIGHT * build.leg, _LEG_GIVE
            else:
                root = shoulders_of(build, posture)[:, side]
                length = _STRAIGHT * (build.upper_arm + build.forearm + build.hand)
                give = _ARM_GIVE
            across = target.place - root - pelvis
            distance = np.linalg.norm(across, axis=-1)
            missing = np.minimum(ramp(distance - length, give * length), target.stretch - far)
            pelvis += (missing / np.maximum(distance, _NO_TIME))[:, None] * across
            np.add(far, missing, out=far)
    return pelvis, drawn


def _tips(build: Build, posture: Posture) -> Floats:
    """Knuckles (T, 2, 3): the hand goes on straight from the forearm."""
    elbow, wrist = two_bones(
        *(shoulders_of(build, posture), posture.wrists, posture.elbow_pole),
        *(build.upper_arm, build.forearm),
    )
    tips: Floats = wrist + build.hand / build.forearm * (wrist - elbow)
    return tips


def _with_hands(build: Build, posture: Posture, tips: Floats) -> Posture:
    """`posture` with its knuckles at `tips`, elbows bent as the joints bend them: wherever the hand
    is, so that an elbow never turns over."""
    shoulders = shoulders_of(build, posture)
    pole = np.cross(posture.trunk[:, None, 1, 1], tips - shoulders)
    elbow, tip = two_bones(shoulders, tips, pole, build.upper_arm, build.forearm + build.hand)
    wrists: Floats = elbow + build.forearm / (build.forearm + build.hand) * (tip - elbow)
    return replace(posture, wrists=wrists, elbow_pole=pole)
