"""Where a network's joints lie on the simulated body, and which of them behave alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.figure import SIDES
from models.skeleton import BODY, Skeleton

GROUPS = (
    *("head", "eye", "ear", "shoulder", "elbow", "wrist"),
    *("hip", "knee", "ankle", "foot"),
)
"""Joints of a group have one distribution of errors, losses and confidence."""
LIMBS = ("trunk", "left_arm", "right_arm", "left_leg", "right_leg")

_GROUP_OF = {
    **dict.fromkeys(("nose", "mouth"), "head"),
    "neck": "shoulder",
    "mid_hip": "hip",
    **dict.fromkeys(("pinky", "index", "thumb"), "wrist"),
    **dict.fromkeys(("heel", "toe", "small_toe"), "foot"),
    **dict.fromkeys(("eye_inner", "eye", "eye_outer"), "eye"),
}
_FACE = ("head", "eye", "ear")
_ARM = ("elbow", "wrist")
_LEG = ("knee", "ankle", "foot")
_HAND = 0.35
"""Wrist to the fingers' joints, of the forearm's length."""

SWAPPED_ARMS, SWAPPED_LEGS, TURNED_OVER = (1 << bit for bit in range(3))
STATES = 8
"""A frame's state is the sum of those that hold."""


@dataclass(frozen=True, eq=False)
class Anchors:
    """Of a network's J joints: `weights` (J, 17), the combination of the joints of `BODY` it lies
    at; `group` (J,) of `GROUPS`; `limb` (J,) of `LIMBS`; `place` (J,), equal for the joints of a
    hand, a foot, the face; `side` (J,) 1 left, -1 right, 0 neither.
    """

    weights: Floats
    group: NDArray[np.intp]
    limb: NDArray[np.intp]
    place: NDArray[np.intp]
    side: NDArray[np.intp]


@lru_cache(maxsize=8)
def anchors(skeleton: Skeleton) -> Anchors:
    """The anchors of a network's joints. Face joints that the figure has not lie at the nose (their
    distance from it is fitted), fingers beyond the wrist, the small toe at the toe."""
    weights = np.zeros((len(skeleton), len(BODY)))
    groups, limbs, sides, places = [], [], [], []
    known: dict[tuple[str, str], int] = {}
    for row, name in zip(weights, skeleton.joints, strict=True):
        side, part = _split(name)
        group = _GROUP_OF.get(part, part)
        groups.append(GROUPS.index(group))
        limb = f"{side}_{'arm' if group in _ARM else 'leg'}" if group in _ARM + _LEG else "trunk"
        limbs.append(LIMBS.index(limb))
        sides.append({"left": 1, "right": -1, "": 0}[side])
        place = ("", "face") if group in _FACE else (side, group)
        places.append(known.setdefault(place, len(known)))
        for joint, weight in _at(side, part, group):
            row[BODY.index(joint)] += weight
    return Anchors(weights, *(np.array(part) for part in (groups, limbs, places, sides)))


def _split(name: str) -> tuple[str, str]:
    """Side and part of a joint's name; networks say left_eye and mouth_left."""
    words = name.split("_")
    for side in ("left", "right"):
        if side in words:
            words.remove(side)
            return side, "_".join(words)
    return "", name


def _at(side: str, part: str, group: str) -> list[tuple[str, float]]:
    if group in _FACE:
        return [("nose", 1.0)]
    if not side:
        return [(f"left_{group}", 0.5), (f"right_{group}", 0.5)]
    if part in ("pinky", "index", "thumb"):
        return [(f"{side}_wrist", 1 + _HAND), (f"{side}_elbow", -_HAND)]
    return [(f"{side}_{'toe' if part == 'small_toe' else part}", 1.0)]


def seen_as(body: Floats, state: int) -> Floats:
    """The joints (..., 17, 2) that a network in this state takes for those of `BODY`.

    Turned over, it takes legs for arms and arms for legs, hips for shoulders and the hips for the
    head: so OpenPose sees an athlete on his hands (docs/decisions/0010).
    """
    order = np.arange(len(BODY))
    if state & TURNED_OVER:
        order = order[_TURNED]
    if state & SWAPPED_ARMS:
        order = order[_ARMS_CROSSED]
    if state & SWAPPED_LEGS:
        order = order[_LEGS_CROSSED]
    return body[..., order, :]


def expected(true: Floats, state: NDArray[np.intp], body: Anchors) -> Floats:
    """Anchors (T, J, 2) px of the joints that a network in each frame's state takes for its own."""
    taken = np.empty(true.shape)
    for one in np.unique(state):
        taken[state == one] = seen_as(true[state == one], int(one))
    # A product with zero weights would spread NaN from joints that are not meant.
    known = np.isfinite(taken)
    points: Floats = body.weights @ np.where(known, taken, 0.0)
    points[np.abs(body.weights) @ ~known > 0] = np.nan
    return points


def _exchange(pairs: list[tuple[str, str]]) -> NDArray[np.intp]:
    order = np.arange(len(BODY))
    for one, other in pairs:
        i, j = BODY.index(one), BODY.index(other)
        order[i], order[j] = j, i
    return order


def _sides(*parts: str) -> list[tuple[str, str]]:
    return [(f"left_{part}", f"right_{part}") for part in parts]


_ARMS_CROSSED = _exchange(_sides("shoulder", "elbow", "wrist"))
_LEGS_CROSSED = _exchange(_sides("hip", "knee", "ankle", "heel", "toe"))


def _turned() -> NDArray[np.intp]:
    pairs = [("shoulder", "hip"), ("elbow", "knee"), ("wrist", "ankle")]
    order = _exchange([(f"{s}_{a}", f"{s}_{b}") for s in SIDES for a, b in pairs])
    for side in SIDES:
        for part in ("heel", "toe"):
            order[BODY.index(f"{side}_{part}")] = BODY.index(f"{side}_wrist")
    order[BODY.index("nose")] = BODY.index("left_hip")
    return order


_TURNED = _turned()
