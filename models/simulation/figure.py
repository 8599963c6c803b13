"""The athlete's body: segment lengths and masses, and the step from a posture to points in space.

The world is right-handed, in metres, z up, the floor at z = 0. Lengths and masses are fractions of
stature and of body mass from D. A. Winter, "Biomechanics and Motor Control of Human Movement",
4th ed., fig. 4.1 (after Drillis & Contini) and table 4.1. Hip and shoulder *joints* lie inside the
body, so their spacing is narrower than the breadths given there. Both tables are of adults; what
children have different is in `Build`'s factors (`people.draw_person`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.simulation.curves import Floats

SIDES = ("left", "right")
_PAIRED = ("shoulder", "elbow", "wrist", "hand", "hip", "knee", "ankle", "heel", "toe")
POINTS = (
    *("pelvis", "waist", "neck", "head", "nose"),
    *(f"{side}_{part}" for part in _PAIRED for side in SIDES),
)
"""The points of the figure; "neck" is the middle of the shoulders, "hand" the knuckles."""
POINT = {name: i for i, name in enumerate(POINTS)}

UP = np.array([0.0, 0.0, 1.0])
LATERAL = np.array([1.0, -1.0])
"""Sign of the sideways offset of each side (the athlete's left is positive)."""


_HEAD_HEIGHT = 0.130
"""Chin to vertex."""
_FACTORS = 0.7, 1.4
GIRTHS = 0.7, 1.6
"""Thin to stout."""


@dataclass(frozen=True)
class Build:
    """Segment lengths in metres of somebody of `stature` metres.

    `legs`, `arms`, `shoulders`, `hips` and `head` are factors on the tables' fractions (of lengths;
    of the spacing of the joints; of the head's size); the trunk takes what legs and head leave, so
    that the stature holds. `girth` is a factor on how thick the body is drawn. ValueError for one
    outside its range.
    """

    stature: float = 1.72
    legs: float = 1.0
    arms: float = 1.0
    shoulders: float = 1.0
    hips: float = 1.0
    head: float = 1.0
    girth: float = 1.0

    def __post_init__(self) -> None:
        if not self.stature > 0:
            raise ValueError(f"stature: expected more than 0 m, got {self.stature}")
        for name in ("legs", "arms", "shoulders", "hips", "head", "girth"):
            low, high = GIRTHS if name == "girth" else _FACTORS
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name}: expected {low}...{high}, got {getattr(self, name)}")

    def _of(self, fraction: float) -> float:
        return fraction * self.stature

    @property
    def thigh(self) -> float:
        return self._of(0.245 * self.legs)

    @property
    def shank(self) -> float:
        return self._of(0.246 * self.legs)

    @property
    def leg(self) -> float:
        """Thigh and shank: the unit "leg length" of the recognisers."""
        return self.thigh + self.shank

    @property
    def upper_arm(self) -> float:
        return self._of(0.186 * self.arms)

    @property
    def forearm(self) -> float:
        return self._of(0.146 * self.arms)

    @property
    def hand(self) -> float:
        """Wrist to knuckles; about half of the hand's 0.108."""
        return self._of(0.055 * self.arms)

    @property
    def _trunk(self) -> float:
        """Factor on the trunk's 0.288."""
        return 1.0 - (0.491 * (self.legs - 1.0) + _HEAD_HEIGHT * (self.head - 1.0)) / 0.288

    @property
    def lower_trunk(self) -> float:
        return self._of(0.110 * self._trunk)

    @property
    def upper_trunk(self) -> float:
        return self._of(0.178 * self._trunk)

    @property
    def neck_to_head(self) -> float:
        """Middle of the shoulders to the middle of the head, half a head above the chin."""
        return self._of(0.050 + 0.5 * _HEAD_HEIGHT * self.head)

    @property
    def head_to_nose(self) -> float:
        return self._of(0.058 * self.head)

    @property
    def half_hips(self) -> float:
        return self._of(0.052 * self.hips)

    @property
    def half_shoulders(self) -> float:
        return self._of(0.112 * self.shoulders)

    @property
    def ankle_height(self) -> float:
        """Ankle above the floor when the foot is flat: 0.039 barefoot and the sole of a shoe."""
        return self._of(0.039 + 0.012)

    @property
    def sole(self) -> float:
        """Height of the points "heel" and "toe" inside a shoe that is flat on the floor."""
        return self._of(0.015)

    @property
    def ankle_to_toe(self) -> Floats:
        """(forward, up) of a flat foot; foot length 0.152 less the part behind the ankle."""
        return np.array([self._of(0.112), self.sole - self.ankle_height])

    @property
    def ankle_to_heel(self) -> Floats:
        return np.array([-self._of(0.030), self.sole - self.ankle_height])


@dataclass(frozen=True, slots=True, eq=False)
class Posture:
    """The free parameters of the figure at T instants; limbs between them follow by IK.

    Positions are metres: `pelvis` (T, 3) is the mid-hip, `ankles` and `wrists` are (T, 2, 3) with
    the left side first. Directions are unit vectors: `trunk` (T, 3, 3, 3) are the axes ahead, left
    and up of pelvis, thorax and head; `feet` (T, 2, 2, 3) are ahead and up of each foot.
    `elbow_pole` (T, 2, 3) points to the side on which the elbow is, of any length.
    """

    pelvis: Floats
    trunk: Floats
    ankles: Floats
    feet: Floats
    wrists: Floats
    elbow_pole: Floats


def turned(vectors: Floats, heading: Floats) -> Floats:
    """`vectors` (T, ..., 3) turned about the vertical by `heading` (T,) radians."""
    angle = heading.reshape(-1, *(1,) * (vectors.ndim - 2))
    cos, sin = np.cos(angle), np.sin(angle)
    x, y = vectors[..., 0], vectors[..., 1]
    return np.stack([cos * x - sin * y, sin * x + cos * y, vectors[..., 2]], axis=-1)


def ahead_of(heading: Floats) -> Floats:
    """Horizontal unit vectors (..., 3) in the directions `heading` (...) radians."""
    return np.stack([np.cos(heading), np.sin(heading), np.zeros_like(heading)], axis=-1)


def left_of(heading: Floats) -> Floats:
    """Horizontal unit vectors (..., 3) to the left of `heading` (...) radians."""
    return np.stack([-np.sin(heading), np.cos(heading), np.zeros_like(heading)], axis=-1)


def pitched(forward: Floats, angle: Floats) -> tuple[Floats, Floats]:
    """Forward and up (..., 3) of a part that leans back by `angle` (...) radians."""
    cos, sin = np.cos(angle)[..., None], np.sin(angle)[..., None]
    return cos * forward + sin * UP, cos * UP - sin * forward


def two_bones(
    root: Floats, target: Floats, pole: Floats, first: float, second: float
) -> tuple[Floats, Floats]:
    """Middle joint and end (..., 3) of two bones from `root` towards `target`.

    Law of cosines, bent towards `pole`. Bones keep their lengths: a target that is out of reach
    is pointed at with a straight limb, so the end returned may differ from the target.
    """
    across = target - root
    distance = np.linalg.norm(across, axis=-1, keepdims=True)
    direction = across / np.maximum(distance, 1e-9)
    reach = np.clip(distance, abs(first - second) + 1e-6, first + second)
    bend = pole - np.sum(pole * direction, axis=-1, keepdims=True) * direction
    bend /= np.maximum(np.linalg.norm(bend, axis=-1, keepdims=True), 1e-9)
    along = (reach**2 + first**2 - second**2) / (2 * reach)
    aside = np.sqrt(np.maximum(first**2 - along**2, 0.0))
    return root + along * direction + aside * bend, root + reach * direction


def shoulders_of(build: Build, posture: Posture) -> Floats:
    """The shoulders (T, 2, 3) of a posture, metres."""
    hips, thorax = posture.trunk[:, 0], posture.trunk[:, 1]
    neck = posture.pelvis + build.lower_trunk * hips[:, 2] + build.upper_trunk * thorax[:, 2]
    shoulders: Floats = neck[:, None] + build.half_shoulders * LATERAL[:, None] * thorax[:, None, 1]
    return shoulders


def foot_offset(build_offset: Floats, foot: Floats) -> Floats:
    """Ankle to heel or toe (..., 3) of feet with the axes ahead and up `foot` (..., 2, 3);
    `build_offset` is (ahead, up) of the flat foot."""
    offset: Floats = np.einsum("a,...ak->...k", build_offset, foot)
    return offset


def assemble(build: Build, posture: Posture) -> Floats:
    """All points of the figure, float64 (T, len(POINTS), 3) in metres."""
    hips, thorax, skull = (posture.trunk[:, part] for part in range(3))
    points = np.empty((len(posture.pelvis), len(POINTS), 3))

    def put(name: str, value: Floats) -> Floats:
        points[:, POINT[name]] = value
        return value

    pelvis = put("pelvis", posture.pelvis)
    waist = put("waist", pelvis + build.lower_trunk * hips[:, 2])
    neck = put("neck", waist + build.upper_trunk * thorax[:, 2])
    head = put("head", neck + build.neck_to_head * skull[:, 2])
    put("nose", head + build.head_to_nose * skull[:, 0])
    for i, side in enumerate(SIDES):
        shoulder = put(f"{side}_shoulder", neck + build.half_shoulders * LATERAL[i] * thorax[:, 1])
        elbow, wrist = two_bones(
            *(shoulder, posture.wrists[:, i], posture.elbow_pole[:, i]),
            *(build.upper_arm, build.forearm),
        )
        put(f"{side}_elbow", elbow)
        put(f"{side}_wrist", wrist)
        put(f"{side}_hand", wrist + build.hand / build.forearm * (wrist - elbow))
        hip = put(f"{side}_hip", pelvis + build.half_hips * LATERAL[i] * hips[:, 1])
        knee_pole = np.cross(posture.ankles[:, i] - hip, hips[:, 1])
        knee, ankle = two_bones(hip, posture.ankles[:, i], knee_pole, build.thigh, build.shank)
        put(f"{side}_knee", knee)
        put(f"{side}_ankle", ankle)
        put(f"{side}_heel", ankle + foot_offset(build.ankle_to_heel, posture.feet[:, i]))
        put(f"{side}_toe", ankle + foot_offset(build.ankle_to_toe, posture.feet[:, i]))
    return points


# Segment: proximal and distal point, fraction of body mass, centre of mass from the proximal end.
_SEGMENTS = (
    ("neck", "head", 0.081, 1.0),
    ("waist", "neck", 0.355, 0.5),
    ("pelvis", "waist", 0.142, 0.5),
    *(
        (f"{side}_{proximal}", f"{side}_{distal}", mass, centre)
        for side in SIDES
        for proximal, distal, mass, centre in (
            ("shoulder", "elbow", 0.028, 0.436),
            ("elbow", "wrist", 0.016, 0.430),
            ("wrist", "hand", 0.006, 1.0),
            ("hip", "knee", 0.100, 0.433),
            ("knee", "ankle", 0.0465, 0.433),
            ("heel", "toe", 0.0145, 0.5),
        )
    ),
)


def _mass_weights() -> Floats:
    weights = np.zeros(len(POINTS))
    for proximal, distal, mass, centre in _SEGMENTS:
        weights[POINT[proximal]] += mass * (1 - centre)
        weights[POINT[distal]] += mass * centre
    return weights


_WEIGHTS = _mass_weights()


def centre_of_mass(points: Floats) -> Floats:
    """Centre of mass (T, 3) of `points` (T, len(POINTS), 3), in metres, with the mass fractions of
    adults; in a child, whose head is heavier, it is truly a little higher."""
    mass: Floats = np.einsum("tpk,p->tk", points, _WEIGHTS)
    return mass
