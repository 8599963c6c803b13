"""A person's outer shape: which spheres hang on which of the figure's points, in which colour.

Every part is the convex hull of a few spheres; a limb is a tapered capsule. Clothes are parts over
the body's own, a little wider.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from models.simulation.curves import Floats
from models.simulation.figure import POINT, POINTS, SIDES, Build

Colour = tuple[float, float, float]
"""Blue, green, red, 0...255."""


def times(colour: Colour, factor: float) -> Colour:
    """A colour of another brightness."""
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


HairStyle = Literal["short", "long", "ponytail", "bun", "bald"]
Sleeves = Literal["none", "short", "long"]
Legwear = Literal["bare", "shorts", "leggings", "trousers"]


@dataclass(frozen=True)
class Look:
    """What a person wears, and all colours. With `leotard` the hips have the shirt's colour.
    `light` is the brightness of the light on it, 1 where it is as the colours say."""

    skin: Colour
    hair: Colour
    shirt: Colour
    legs: Colour
    shoes: Colour
    socks: Colour = (228.0, 230.0, 232.0)
    rope: Colour = (70.0, 60.0, 200.0)
    hair_style: HairStyle = "short"
    sleeves: Sleeves = "short"
    legwear: Legwear = "shorts"
    leotard: bool = False
    barefoot: bool = False
    light: float = 1.0

    def lit(self, light: float) -> Look:
        """The same under light of another brightness (1: as the colours say)."""
        return replace(
            self,
            skin=times(self.skin, light),
            hair=times(self.hair, light),
            shirt=times(self.shirt, light),
            legs=times(self.legs, light),
            shoes=times(self.shoes, light),
            socks=times(self.socks, light),
            rope=times(self.rope, light),
            light=self.light * light,
        )


@dataclass(frozen=True)
class Part:
    """The hull of the spheres `first`...`last` - 1."""

    colour: Colour
    first: int
    last: int


@dataclass(frozen=True)
class Group:
    """Parts that are drawn together, the outermost last. `nearer` metres tell groups at the same
    depth apart; the head's parts are turned round where the face looks away."""

    parts: tuple[Part, ...]
    nearer: float = 0.0
    is_head: bool = False


@dataclass(frozen=True, eq=False)
class Shape:
    """Spheres as weights (N, len(POINTS)) over the figure's points and radii (N,) in metres."""

    weights: Floats
    radii: Floats
    groups: tuple[Group, ...]


Sphere = tuple[dict[str, float], float]
"""Where (weights of points) and how wide, in statures."""


class _Tailor:
    """Collects the spheres of one person."""

    def __init__(self, build: Build, look: Look) -> None:
        self.build = build
        self.look = look
        self.weights: list[Floats] = []
        self.radii: list[float] = []

    def part(self, colour: Colour, *spheres: Sphere, soft: float = 0.0) -> Part:
        """`soft` is how much of the girth the part shows."""
        first = len(self.radii)
        for points, radius in spheres:
            row = np.zeros(len(POINTS))
            for name, weight in points.items():
                row[POINT[name]] = weight
            self.weights.append(row)
            thick = 1 + soft * (self.build.girth - 1)
            self.radii.append(radius * thick * self.build.stature)
        return Part(colour, first, len(self.radii))

    def on_head(self, up: float, ahead: float, radius: float) -> Sphere:
        """A sphere on the head, in units of an adult's neck-to-head, head-to-nose, and stature."""
        head = self.build.head
        rise = up * 0.115 * head * self.build.stature / self.build.neck_to_head
        return {"head": 1 + rise - ahead, "neck": -rise, "nose": ahead}, radius * head


def dress(build: Build, look: Look) -> Shape:
    """The outer shape of a person."""
    tailor = _Tailor(build, look)
    groups = [
        *(group for side in SIDES for group in (*_arm(tailor, side), *_leg(tailor, side))),
        *_trunk(tailor),
        *_head(tailor),
    ]
    return Shape(np.array(tailor.weights), np.array(tailor.radii), tuple(groups))


def _between(a: str, b: str, share: float) -> dict[str, float]:
    return {a: 1 - share, b: share}


def _arm(tailor: _Tailor, s: str) -> Iterator[Group]:
    look = tailor.look
    shoulder, elbow, wrist, hand = (f"{s}_{p}" for p in ("shoulder", "elbow", "wrist", "hand"))
    middle = _between(shoulder, elbow, 0.5)
    upper = [tailor.part(look.skin, ({shoulder: 1}, 0.031), ({elbow: 1}, 0.023), soft=0.8)]
    lower = [tailor.part(look.skin, ({elbow: 1}, 0.024), ({wrist: 1}, 0.016), soft=0.6)]
    if look.sleeves == "short":
        sleeve = ({shoulder: 1.0}, 0.036), (middle, 0.033)
        upper.append(tailor.part(look.shirt, *sleeve, soft=0.8))
    elif look.sleeves == "long":
        # A whole sleeve covers the arm: no skin below it.
        sleeve = ({shoulder: 1.0}, 0.035), ({elbow: 1.0}, 0.027)
        upper = [tailor.part(look.shirt, *sleeve, soft=0.8)]
        cuff = ({elbow: 1.0}, 0.027), ({wrist: 1.0}, 0.020)
        lower = [tailor.part(look.shirt, *cuff, soft=0.6)]
    palm = ({wrist: 1.0}, 0.014), (_between(wrist, hand, 0.75), 0.019), ({hand: 1.0}, 0.017)
    lower.insert(0, tailor.part(look.skin, *palm, soft=0.2))
    nearer = 0.04 * tailor.build.stature
    yield Group(tuple(upper), nearer)
    yield Group(tuple(lower), nearer)


def _leg(tailor: _Tailor, s: str) -> Iterator[Group]:
    look = tailor.look
    hip, knee, ankle = (f"{s}_{p}" for p in ("hip", "knee", "ankle"))
    calf = _between(knee, ankle, 0.3)
    if look.legwear in ("leggings", "trousers"):
        wide = 0.007 if look.legwear == "trousers" else 0.001
        thigh = [
            tailor.part(
                look.legs, ({hip: 1.0}, 0.052 + wide), ({knee: 1.0}, 0.033 + wide), soft=0.8
            )
        ]
        leg = ({knee: 1.0}, 0.032 + wide), (calf, 0.035 + wide), ({ankle: 1.0}, 0.020 + wide)
        shank = [tailor.part(look.legs, *leg, soft=0.6)]
    else:
        bare = ({hip: 1.0}, 0.050), ({knee: 1.0}, 0.032)
        thigh = [tailor.part(look.skin, *bare, soft=0.8)]
        if look.legwear == "shorts":
            shorts = ({hip: 1.0}, 0.056), (_between(hip, knee, 0.42), 0.051)
            thigh.append(tailor.part(look.legs, *shorts, soft=0.8))
        leg = ({knee: 1.0}, 0.031), (calf, 0.034), ({ankle: 1.0}, 0.019)
        shank = [tailor.part(look.skin, *leg, soft=0.6)]
        if not look.barefoot:
            sock = (_between(knee, ankle, 0.94), 0.0205), ({ankle: 1.0}, 0.0205)
            shank.append(tailor.part(look.socks, *sock, soft=0.3))
    yield Group(tuple(thigh))
    yield Group((*shank, _foot(tailor, s)))


def _foot(tailor: _Tailor, s: str) -> Part:
    ankle, heel, toe = (f"{s}_{p}" for p in ("ankle", "heel", "toe"))
    if tailor.look.barefoot:
        bare = ({heel: 1.0}, 0.015), (_between(ankle, heel, 0.5), 0.016), ({toe: 1.0}, 0.012)
        return tailor.part(tailor.look.skin, *bare)
    shoe = ({heel: 1.0}, 0.016), (_between(ankle, heel, 0.6), 0.018), ({toe: 1.0}, 0.015)
    return tailor.part(tailor.look.shoes, *shoe)


def _trunk(tailor: _Tailor) -> Iterator[Group]:
    look = tailor.look
    hips: list[Sphere] = []
    chest: list[Sphere] = []
    for s in SIDES:
        hip, shoulder = f"{s}_hip", f"{s}_shoulder"
        hips += [({hip: 1.0}, 0.058), (_between(hip, shoulder, 0.22), 0.052)]
        chest += [
            ({hip: 0.62, shoulder: 0.22, "waist": 0.16}, 0.053),
            ({hip: 0.15, shoulder: 0.55, "neck": 0.3}, 0.064),
            (_between(shoulder, "neck", 0.15), 0.038),
        ]
    bare = look.legwear == "bare"
    pelvis = tailor.part(look.shirt if look.leotard or bare else look.legs, *hips, soft=1.0)
    # Bare thighs come out from under a leotard; all else has one colour with the pelvis.
    yield Group((pelvis,), (0.02 if bare else -0.02) * tailor.build.stature)
    chest.append((_between("neck", "head", 0.30), 0.031))
    # The shirt hangs over the hips, unless these are much nearer.
    yield Group((tailor.part(look.shirt, *chest, soft=1.0),), 0.03 * tailor.build.stature)


def _head(tailor: _Tailor) -> Iterator[Group]:
    look, at = tailor.look, tailor.on_head
    neck = tailor.part(
        look.skin, (_between("neck", "head", 0.28), 0.028), (_between("neck", "head", 0.7), 0.027)
    )
    thin = 0.93 if look.hair_style == "bald" else 1.0
    cap = tailor.part(
        look.skin if look.hair_style == "bald" else look.hair,
        *(at(0.20, -0.14, 0.059 * thin), at(0.26, 0.28, 0.048 * thin), at(-0.2, -0.5, 0.036)),
    )
    face = tailor.part(
        look.skin, at(0.10, 0.10, 0.052), at(-0.28, 0.36, 0.032), at(0.0, 1.0, 0.009)
    )
    yield Group((neck, cap, face), 0.035 * tailor.build.stature, is_head=True)
    loose: dict[str, tuple[Sphere, ...]] = {
        "long": (at(0.1, -0.5, 0.050), at(-0.6, -0.75, 0.048), at(-1.25, -0.75, 0.040)),
        "ponytail": (at(0.40, -1.0, 0.016), at(-0.1, -1.45, 0.019), at(-0.95, -1.35, 0.008)),
        "bun": (at(0.62, -0.85, 0.027),),
    }
    if look.hair_style in loose:
        yield Group((tailor.part(look.hair, *loose[look.hair_style]),))


def _ellipse(middle: tuple[float, float, float], wide: Floats, high: float) -> Floats:
    """Outline (N, 3) of a facial feature: forward, left, up from the head's middle, in stature."""
    angle = np.linspace(0, 2 * np.pi, 10, False)[:, None]
    ring: Floats = np.cos(angle) * wide + np.sin(angle) * np.array([0.0, 0.0, high])
    outline: Floats = ring + np.array(middle)
    return outline


def _both_sides(
    middle: tuple[float, float, float], wide: tuple[float, float], high: float
) -> tuple[Floats, Floats]:
    """A pair of features; `wide` is half their width (forward, to the outside)."""
    ahead, aside, up = middle
    left, right = (
        _ellipse((ahead, sign * aside, up), np.array([wide[0], sign * wide[1], 0]), high)
        for sign in (1.0, -1.0)
    )
    return left, right


_EYES = _both_sides((0.047, 0.023, 0.008), (-0.004, 0.0080), 0.0050)
_IRISES = _both_sides((0.050, 0.022, 0.008), (-0.002, 0.0042), 0.0046)
_BROWS = _both_sides((0.048, 0.024, 0.019), (-0.005, 0.0110), 0.0024)
_EARS = _both_sides((-0.004, 0.053, -0.004), (0.0075, 0.0), 0.0125)
_MOUTH = _ellipse((0.049, 0.0, -0.030), np.array([0.0, 0.0130, 0.0]), 0.0035)
FACE_OUTLINES: Floats = np.array([*_EYES, *_IRISES, *_BROWS, *_EARS, _MOUTH])
"""Features (F, N, 3) of an adult's face: forward, left and up from the head's middle, in stature,
in the order of `face_colours`."""


def face_colours(look: Look) -> list[Colour]:
    """Colours of eyes, irises, brows, ears and mouth."""
    skin, hair = np.array(look.skin), np.array(look.hair)
    white, iris = (look.light * np.array(one) for one in ((235, 238, 240), (52, 40, 36)))
    brow = 0.3 * skin + 0.5 * np.minimum(hair, skin)
    lips = skin * (0.62, 0.62, 0.84)
    pairs = (white, iris, brow, 0.92 * skin)
    colours = [colour for colour in pairs for _ in SIDES] + [lips]
    return [(float(b), float(g), float(r)) for b, g, r in colours]
