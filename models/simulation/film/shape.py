"""The figure's outer shape: which spheres hang on which points, and their colours.

Every part is the convex hull of a few spheres; a limb is a tapered capsule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.simulation.curves import Floats
from models.simulation.figure import POINT, POINTS, SIDES

Colour = tuple[float, float, float]
"""Blue, green, red, 0...255."""


@dataclass(frozen=True)
class Look:
    """Colours (blue, green, red) of the athlete."""

    skin: Colour
    hair: Colour
    shirt: Colour
    shorts: Colour
    shoes: Colour
    socks: Colour = (228.0, 230.0, 232.0)
    rope: Colour = (70.0, 60.0, 200.0)


_SKINS: tuple[Colour, ...] = ((150, 180, 228), (120, 152, 205), (92, 124, 178))
_HAIRS: tuple[Colour, ...] = ((30, 36, 44), (38, 60, 92), (70, 110, 150))
_SHIRTS: tuple[Colour, ...] = ((60, 52, 190), (190, 92, 40), (70, 140, 40), (150, 60, 130))
_SHORTS: tuple[Colour, ...] = ((60, 48, 40), (110, 60, 36), (52, 52, 58))
_SHOES: tuple[Colour, ...] = ((60, 200, 235), (240, 240, 240), (200, 90, 60))


def draw_look(rng: np.random.Generator) -> Look:
    """Colours of a random athlete."""
    choices = (_SKINS, _HAIRS, _SHIRTS, _SHORTS, _SHOES)
    return Look(*(options[int(rng.integers(len(options)))] for options in choices))


@dataclass(frozen=True)
class Part:
    """The hull of spheres; `spheres` are rows of the sphere table."""

    colour: str
    spheres: tuple[int, ...]


class _Table:
    """Spheres as weights over the figure's points, radii as fractions of stature."""

    def __init__(self) -> None:
        self.weights: list[Floats] = []
        self.radii: list[float] = []

    def part(self, colour: str, *spheres: tuple[dict[str, float], float]) -> Part:
        first = len(self.radii)
        for points, radius in spheres:
            row = np.zeros(len(POINTS))
            for name, weight in points.items():
                row[POINT[name]] = weight
            self.weights.append(row)
            self.radii.append(radius)
        return Part(colour, tuple(range(first, len(self.radii))))


def _between(a: str, b: str, share: float) -> dict[str, float]:
    return {a: 1 - share, b: share}


def _on_head(up: float, ahead: float) -> dict[str, float]:
    """A place on the head: `up` in neck-to-head lengths, `ahead` in head-to-nose lengths."""
    return {"head": 1 + up - ahead, "neck": -up, "nose": ahead}


def _arm(table: _Table, s: str) -> list[list[Part]]:
    shoulder, elbow, wrist, hand = (f"{s}_{p}" for p in ("shoulder", "elbow", "wrist", "hand"))
    upper = [
        table.part("skin", ({shoulder: 1}, 0.029), ({elbow: 1}, 0.023)),
        table.part("shirt", ({shoulder: 1}, 0.036), (_between(shoulder, elbow, 0.5), 0.032)),
    ]
    lower = [
        table.part("skin", ({elbow: 1}, 0.024), ({wrist: 1}, 0.016)),
        table.part("skin", ({wrist: 1}, 0.016), ({hand: 1}, 0.020)),
    ]
    return [upper, lower]


def _leg(table: _Table, s: str) -> list[list[Part]]:
    hip, knee, ankle, heel, toe = (f"{s}_{p}" for p in ("hip", "knee", "ankle", "heel", "toe"))
    thigh = [
        table.part("skin", ({hip: 1}, 0.048), ({knee: 1}, 0.032)),
        table.part("shorts", ({hip: 1}, 0.056), (_between(hip, knee, 0.42), 0.050)),
    ]
    shank = [
        table.part(
            "skin", ({knee: 1}, 0.031), (_between(knee, ankle, 0.3), 0.034), ({ankle: 1}, 0.019)
        ),
        table.part("socks", (_between(knee, ankle, 0.96), 0.0205), ({ankle: 1}, 0.0205)),
        table.part(
            "shoes", ({heel: 1}, 0.016), (_between(ankle, heel, 0.6), 0.017), ({toe: 1}, 0.014)
        ),
    ]
    return [thigh, shank]


def _trunk(table: _Table) -> list[Part]:
    shorts, shirt = [], []
    for s in SIDES:
        hip, shoulder = f"{s}_hip", f"{s}_shoulder"
        shorts += [({hip: 1.0}, 0.058), (_between(hip, shoulder, 0.22), 0.052)]
        shirt += [
            ({hip: 0.62, shoulder: 0.22, "waist": 0.16}, 0.053),
            ({hip: 0.15, shoulder: 0.55, "neck": 0.3}, 0.064),
            (_between(shoulder, "neck", 0.15), 0.038),
        ]
    return [
        table.part("shorts", *shorts),
        table.part("shirt", *shirt),
    ]


_TABLE = _Table()
GROUPS = [
    *(group for side in SIDES for limb in (_arm, _leg) for group in limb(_TABLE, side)),
    _trunk(_TABLE),
]
FACE = _TABLE.part(
    "skin", (_on_head(0.10, 0.10), 0.052), (_on_head(-0.28, 0.36), 0.032), (_on_head(0, 1), 0.009)
)
NECK = _TABLE.part(
    "skin", (_between("neck", "head", 0.28), 0.028), (_between("neck", "head", 0.7), 0.027)
)
HAIR_CAP = _TABLE.part(
    "hair",
    (_on_head(0.20, -0.14), 0.059),
    (_on_head(0.26, 0.28), 0.048),
    (_on_head(-0.2, -0.5), 0.036),
)
WEIGHTS = np.array(_TABLE.weights)
RADII = np.array(_TABLE.radii)


def _ellipse(middle: tuple[float, float, float], wide: Floats, high: float) -> Floats:
    """Outline (N, 3) of a facial feature: forward, left, up from the head's middle, in stature."""
    angle = np.linspace(0, 2 * np.pi, 10, False)[:, None]
    ring: Floats = np.cos(angle) * wide + np.sin(angle) * np.array([0.0, 0.0, high])
    outline: Floats = ring + np.array(middle)
    return outline


def _both_sides(
    colour: Colour, middle: tuple[float, float, float], wide: tuple[float, float], high: float
) -> tuple[tuple[Colour, Floats], ...]:
    """A pair of features; `wide` is half their width (forward, to the outside)."""
    ahead, aside, up = middle
    return tuple(
        (colour, _ellipse((ahead, sign * aside, up), np.array([wide[0], sign * wide[1], 0]), high))
        for sign in (1.0, -1.0)
    )


FACE_FEATURES: tuple[tuple[Colour, Floats], ...] = (
    *_both_sides((235, 238, 240), (0.047, 0.023, 0.008), (-0.004, 0.0080), 0.0050),
    *_both_sides((52, 40, 36), (0.050, 0.022, 0.008), (-0.002, 0.0042), 0.0046),
    *_both_sides((44, 52, 66), (0.048, 0.024, 0.019), (-0.005, 0.0110), 0.0024),
    *_both_sides((104, 132, 182), (-0.004, 0.053, -0.004), (0.0075, 0.0), 0.0125),
    ((84, 84, 176), _ellipse((0.049, 0.0, -0.030), np.array([0.0, 0.0130, 0.0]), 0.0035)),
)
"""Eyes, irises, brows, ears, mouth."""
