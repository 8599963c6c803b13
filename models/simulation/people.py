"""Who is in a scene: body and outside, drawn where the scene file leaves them open.

Statures are the WHO growth reference of 2007 (height for age, median of girls and boys, 6 to 19
years). Children's proportions are rounded: the head, chin to vertex, is 1/6.2 of stature at 6 years
and 1/7.7 in adults; sitting height is 0.55 of stature at 6 years and 0.52 in adults (after R. G.
Snyder et al., "Anthropometry of infants, children, and youths to age 18", UM-HSRI-77-17, 1977).
The rest of a child is to the adult's scale.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec
import numpy as np

from models.simulation.figure import GIRTHS, Build
from models.simulation.film.shape import Colour, HairStyle, Legwear, Look, Sleeves

Hex = Annotated[str, msgspec.Meta(pattern="^#[0-9a-fA-F]{6}$")]
Footwear = Annotated[str, msgspec.Meta(pattern="^(#[0-9a-fA-F]{6}|barefoot)$")]
Name = TypeVar("Name", bound=str)
Sex = Literal["woman", "man"]

_AGES = np.array([6.0, 8.0, 10.0, 12.0, 14.0])
_CHILD_STATURE_M = np.array([1.156, 1.270, 1.382, 1.502, 1.615])
_STATURE_M = {"woman": 1.632, "man": 1.765}
_STATURE_SPREAD = 0.04  # of the median: one standard deviation
_ADULT_AT = 16.0
_LEGS_AT_6, _HEAD_AT_6 = 0.945, 1.24
_BREADTHS = {"woman": (0.94, 1.06), "man": (1.03, 0.97)}  # of shoulders and hips
_SPREAD = {"legs": 0.018, "arms": 0.02, "shoulders": 0.03, "hips": 0.03, "head": 0.02}
_USUAL_GIRTHS = 0.86, 1.30

SKINS: tuple[str, ...] = (
    *("#f6dccb", "#ecc5a8", "#dfae8b", "#c99470", "#b07d57"),
    *("#98673f", "#7c5031", "#5f3c26", "#432a1d", "#2f1f18"),
)
"""From Fitzpatrick type I to VI."""
HAIRS: tuple[str, ...] = (
    *("#15110f", "#2b211b", "#4a3324", "#6b4a2e", "#8d6a43", "#b98f57", "#d9bd83"),
    *("#8a3b1c", "#9a9a98", "#dcdcd8"),
)
CLOTHES: tuple[str, ...] = (
    *("#17171a", "#2b2b30", "#4a4c52", "#8b8d90", "#bdb8b0", "#efefec"),  # bdb8b0: the gym's wall
    *("#1f2f5c", "#285ebe", "#7fb2dd", "#1f6b3a", "#468c3c", "#a8c23a"),
    *("#7a1f2b", "#be343c", "#e4752f", "#e8c53a", "#c4a078", "#823c96"),  # c4a078: the floor
    *("#d9669c", "#2d8f8f", "#5c4632", "#e9dcc4"),
)


class BodySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `body` of a person in a scene file; what is left out is drawn from the seed.

    Colours are "#rrggbb". A child is 6 to 14 years old, the age fitting `stature_m` where that is
    given. `legs` is the colour of what `legwear` says; `shoes` is a colour or "barefoot". A
    leotard leaves the legs bare unless `legwear` is given.
    """

    age: Literal["adult", "child"] = "adult"
    sex: Sex | None = None
    stature_m: Annotated[float, msgspec.Meta(ge=0.8, le=2.3)] | None = None
    girth: Annotated[float, msgspec.Meta(ge=GIRTHS[0], le=GIRTHS[1])] | None = None
    skin: Hex | None = None
    hair: Hex | None = None
    hair_style: HairStyle | None = None
    shirt: Hex | None = None
    sleeves: Sleeves | None = None
    leotard: bool | None = None
    legs: Hex | None = None
    legwear: Legwear | None = None
    shoes: Footwear | None = None


def draw_person(settings: BodySettings, rng: np.random.Generator) -> tuple[Build, Look]:
    """The body and the outside of a person. What `settings` gives changes nothing else, except
    that woman and man, and adult and child, differ in more than one way."""
    body, outside = rng.spawn(2)
    sex: Sex = settings.sex or ("woman", "man")[int(rng.integers(2))]
    return _draw_build(settings, sex, body), _draw_look(settings, sex, outside)


def _draw_build(settings: BodySettings, sex: Sex, rng: np.random.Generator) -> Build:
    age = float(rng.uniform(_AGES[0], _AGES[-1]))
    taller = 1 + _STATURE_SPREAD * float(np.clip(rng.normal(), -2, 2))
    own = {name: 1 + s * float(np.clip(rng.normal(), -2, 2)) for name, s in _SPREAD.items()}
    girth = float(rng.triangular(_USUAL_GIRTHS[0], 1.0, _USUAL_GIRTHS[1]))
    if settings.age == "child":
        if settings.stature_m is not None:
            age = float(np.interp(settings.stature_m, _CHILD_STATURE_M, _AGES))
        stature = taller * float(np.interp(age, _AGES, _CHILD_STATURE_M))
        years = (0.0, float(_AGES[0]), _ADULT_AT)
        own["legs"] *= float(np.interp(age, years, (_LEGS_AT_6, _LEGS_AT_6, 1.0)))
        own["head"] *= float(np.interp(age, years, (_HEAD_AT_6, _HEAD_AT_6, 1.0)))
    else:
        stature = taller * _STATURE_M[sex]
        shoulders, hips = _BREADTHS[sex]
        own["shoulders"] *= shoulders
        own["hips"] *= hips
    return Build(
        stature=settings.stature_m or stature,
        girth=girth if settings.girth is None else settings.girth,
        **own,
    )


def _draw_look(settings: BodySettings, sex: Sex, rng: np.random.Generator) -> Look:
    skin, hair = _pick(rng, SKINS), _pick(rng, HAIRS)
    shirt, legs, shoes = (_pick(rng, CLOTHES) for _ in range(3))
    styles: dict[Sex, dict[HairStyle, float]] = {
        "woman": {"ponytail": 0.4, "bun": 0.25, "long": 0.2, "short": 0.15},
        "man": {"short": 0.75, "bald": 0.15, "long": 0.1},
    }
    style = _weighted(rng, styles[sex])
    sleeves: Sleeves = _weighted(rng, {"short": 0.6, "none": 0.25, "long": 0.15})
    legwear: Legwear = _weighted(rng, {"shorts": 0.55, "leggings": 0.25, "trousers": 0.2})
    leotard = bool(rng.random() < (0.3 if sex == "woman" else 0.0))
    barefoot = bool(rng.random() < 0.25)
    leotard = leotard if settings.leotard is None else settings.leotard
    if leotard:
        legwear = "bare"
    footwear = settings.shoes or ("barefoot" if barefoot else shoes)
    return Look(
        skin=_colour(settings.skin or skin),
        hair=_colour(settings.hair or hair),
        shirt=_colour(settings.shirt or shirt),
        legs=_colour(settings.legs or legs),
        shoes=_colour(shoes if footwear == "barefoot" else footwear),
        hair_style=settings.hair_style or style,
        sleeves=settings.sleeves or sleeves,
        legwear=settings.legwear or legwear,
        leotard=leotard,
        barefoot=footwear == "barefoot",
    )


def _pick(rng: np.random.Generator, colours: tuple[str, ...]) -> str:
    return colours[int(rng.integers(len(colours)))]


def _weighted(rng: np.random.Generator, weights: dict[Name, float]) -> Name:
    names = list(weights)
    return names[int(rng.choice(len(names), p=list(weights.values())))]


def _colour(code: str) -> Colour:
    """Blue, green, red of "#rrggbb"."""
    red, green, blue = bytes.fromhex(code[1:])
    return float(blue), float(green), float(red)
