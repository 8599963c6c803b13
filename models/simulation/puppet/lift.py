"""From directions in the picture to the figure's points in space.

How much a segment is shortened gives its depth up to the sign (Lee & Chen 1985, "Determination of
3D human body postures from a single view"); the signs are those with which joints bend as they
can, limbs stay near the athlete's own plane of motion and nothing jumps. The more a view is from
the side, the less its shortening means: there all is in the plane of motion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.simulation.curves import Floats
from models.simulation.figure import LATERAL, ahead_of, left_of
from models.simulation.puppet.track import FOREARM, SHANK, THIGH, UPPER_ARM, Segment
from models.simulation.puppet.view import View

_FROM_FRONT = 0.35
_MOST_BENT, _BENT_UNSEEN = 0.95, 0.2
_ASLANT = 0.2
"""Cosine of the heading from which a view says little about bending forward."""
_STEADY = 2.0
_KNEE_DEG = (0.0, 155.0)
_SIDE_LIMITS_DEG = {THIGH: (-60.0, 160.0), UPPER_ARM: (-80.0, 225.0)}
_ELBOW_DEG = (0.0, 150.0)


@dataclass(frozen=True, eq=False)
class Axes:
    """Ahead, left and up (T, 3) of the trunk."""

    ahead: Floats
    left: Floats
    up: Floats


def trunk_axes(view: View) -> Axes:
    """The trunk turned as the picture shows it, and bent forward as far as it is shortened.

    An athlete who turns over turns about his own left-right axis, or about the line of sight where
    he is seen from the front (a cartwheel).
    """
    heading, track = view.heading, view.track
    ahead, left, up = ahead_of(heading), left_of(heading), np.zeros((len(heading), 3))
    up[:, 2] = 1.0
    if view.turns_over and np.median(np.abs(np.cos(heading))) > _FROM_FRONT:
        back = track.lean * np.sign(np.cos(heading))
        shortened = np.maximum(np.abs(np.cos(heading)), _FROM_FRONT)
        own = np.arctan2(np.sin(back), np.cos(back) * shortened)
        bend = -(back + (own - back + np.pi) % (2 * np.pi) - np.pi)
        return Axes(*(about(left, bend, axis) for axis in (ahead, left, up)))
    if view.turns_over:
        sight = np.broadcast_to((0.0, -1.0, 0.0), up.shape)
        return Axes(*(about(sight, track.lean, axis) for axis in (ahead, left, up)))
    # Who bends forward in a three-quarter view leans in the picture as well.
    forward = np.maximum(-np.sin(track.lean) * np.sign(np.cos(heading)), 0.0)
    aslant = np.abs(np.cos(heading))
    most = forward / np.maximum(aslant, _ASLANT) + _BENT_UNSEEN
    most += np.clip(2 - aslant / _ASLANT, 0.0, 1.0)
    bent = view.counts * np.sqrt(1 - view.trunk_shown() ** 2)
    bent = np.sign(np.sin(heading)) * np.minimum(bent, np.minimum(most, _MOST_BENT))
    flat = np.sqrt(1 - bent**2)
    up = np.stack([-flat * np.sin(track.lean), bent, flat * np.cos(track.lean)], axis=1)
    left = left - np.sum(left * up, axis=1, keepdims=True) * up
    left /= np.linalg.norm(left, axis=1, keepdims=True)
    return Axes(np.cross(left, up), left, up)


def about(axis: Floats, angle: Floats, vectors: Floats) -> Floats:
    """`vectors` (T, 3) turned about unit axes (T, 3) by `angle` (T,) rad (Rodrigues)."""
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    along = np.sum(axis * vectors, axis=1, keepdims=True) * axis
    rotated: Floats = along + cos * (vectors - along) + sin * np.cross(axis, vectors)
    return rotated


_SIGNS = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
"""Of the depths of both segments of a limb."""


def _with_signs(first: Floats, second: Floats) -> Floats:
    """All four ways (4, T, 2, 3) to mirror two segments (T, 3) in the picture's plane."""
    mirror = np.ones((4, 1, 2, 3))
    mirror[:, 0, :, 1] = _SIGNS
    ways: Floats = mirror * np.stack([first, second], axis=1)
    return ways


def _steadiest(ways: Floats, cost: Floats) -> Floats:
    """Of ways (4, T, 2, 3) at a cost (4, T) each, the cheapest sequence (T, 2, 3) that does not
    jump (dynamic programming)."""
    depth = ways[..., 1]
    total, origins = cost[:, 0], []
    for i in range(1, cost.shape[1]):
        step = np.sum((depth[:, i] - depth[:, i - 1][:, None]) ** 2, axis=-1)
        reached = total[:, None] + _STEADY * step
        origins.append(reached.argmin(axis=0))
        total = reached.min(axis=0) + cost[:, i]
    best = int(total.argmin())
    chosen = np.empty(ways.shape[1:])
    for i in range(cost.shape[1] - 1, -1, -1):
        chosen[i] = ways[best, i]
        best = int(origins[i - 1][best]) if i else best
    return chosen


def _over(value: Floats, limit: float) -> Floats:
    return np.maximum(value - limit, 0.0) ** 2


def _leg_cost(ways: Floats, axes: Axes) -> Floats:
    """Thighs go forward rather than back, knees bend back, both near the plane of motion."""
    thigh, shank = ways[:, :, 0], ways[:, :, 1]
    flexion = np.sum(np.cross(thigh, shank) * axes.left, axis=-1)
    aside = np.sum(ways * axes.left[:, None], axis=-1) ** 2
    back: Floats = -np.sum(thigh * axes.ahead, axis=-1)
    aside_all: Floats = aside.sum(axis=-1)
    cost: Floats = aside_all + 4 * _over(back, 0.2) + 8 * _over(-flexion, 0.0) + 0.2 * back
    return cost


def _arm_cost(ways: Floats, axes: Axes, outward: Floats) -> Floats:
    """Elbows bend forward, and arms are rather before and beside the body than behind or in it;
    `outward` (T, 3) is their own side."""
    upper, fore = ways[:, :, 0], ways[:, :, 1]
    flexion = -np.sum(np.cross(upper, fore) * axes.left, axis=-1)
    upper_back, fore_back = (-np.sum(part * axes.ahead, axis=-1) for part in (upper, fore))
    cost = _over(-flexion, 0.0) + _over(upper_back, 0.6) + _over(fore_back, 0.0)
    inward: Floats = -np.sum(ways * outward[:, None], axis=-1).sum(axis=-1)
    total: Floats = cost + 0.1 * (upper_back + fore_back) + 0.2 * inward
    return total


def _hinged(
    parent: Floats, child: Floats, left: Floats, limits: tuple[float, float], sense: float
) -> Floats:
    """`child` (T, 3) turned so that it is bent against `parent` by no more than the limits;
    `sense` is 1 for a bend to the back (knee) and -1 for one to the front (elbow)."""
    aside = sense * np.cross(left, parent)
    norm = np.linalg.norm(aside, axis=1, keepdims=True)
    aside = aside / np.maximum(norm, 1e-9)
    along, off = np.sum(child * parent, axis=1), np.sum(child * aside, axis=1)
    low, high = np.radians(limits)
    middle = (low + high) / 2
    angle = (np.arctan2(off, along) - middle + np.pi) % (2 * np.pi) - np.pi + middle
    kept = np.clip(angle, low, high)
    reach = np.hypot(along, off)
    within = (reach * np.cos(kept))[:, None] * parent + (reach * np.sin(kept))[:, None] * aside
    rest = child - along[:, None] * parent - off[:, None] * aside
    return np.where((kept == angle)[:, None] | (norm < 0.3), child, within + rest)


def limbs(view: View, axes: Axes, upper: Segment, roots: Floats) -> list[tuple[Floats, Floats]]:
    """Directions (T, 3) of thigh and shank, or of upper arm and forearm, left and right; `roots`
    (2, T, 3) are where they begin, in metres from the middle between them."""
    lower = SHANK if upper == THIGH else FOREARM
    pairs = zip(
        view.directions(upper, None if view.turns_over else roots),
        view.directions(lower),
        LATERAL,
        strict=True,
    )
    return [_limb(view, axes, upper, pair, sign) for *pair, sign in pairs]


def _limb(
    view: View, axes: Axes, upper: Segment, pair: Sequence[Floats], sign: float
) -> tuple[Floats, Floats]:
    ways = _with_signs(*pair)
    cost = _leg_cost(ways, axes) if upper == THIGH else _arm_cost(ways, axes, sign * axes.left)
    first, second = np.moveaxis(_steadiest(ways, cost), 1, 0)
    if view.flat(upper):
        first = _hinged(-axes.up, first, axes.left, _SIDE_LIMITS_DEG[upper], -1.0)
    if upper == THIGH:
        return first, _hinged(first, second, axes.left, _KNEE_DEG, 1.0)
    if view.flat(upper):
        second = _hinged(first, second, axes.left, _ELBOW_DEG, -1.0)
    return first, second
