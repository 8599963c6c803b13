"""Postures of tumbling: joint angles in the body's own axes, and how the body lies in space."""

from __future__ import annotations

import numpy as np

from models.simulation.curves import Floats
from models.simulation.figure import LATERAL, Build, Posture
from models.simulation.sagittal import ELBOW, HEAD, HIP, KNEE, LEAN, SHOULDER, SPINE, down

COLUMNS = (
    *("lean", "spine", "head", "hip", "knee", "foot", "shoulder", "elbow"),
    *("twist", "straddle", "spread", "scissor", "knees", "feet", "reach", "pointed"),
)
"""Columns of a table of postures, degrees; the first eight are those of `sagittal`.

"twist" turns the body about its long axis (left positive) before it leans. "straddle" and "spread"
move each leg and each raised arm outward. "scissor", "knees", "feet" and "reach" are added to the
left side's hip, knee, foot and shoulder and taken from the right side's. "pointed", 0 or 1, says
what shapes the foot: 0 the angle "foot", 1 the leg, with toes pointed."""
TWIST, STRADDLE, SPREAD, SCISSOR, KNEES, FEET_APART, REACH, POINTED = range(8, 16)

_POINTED = np.radians(-65.0)  # the foot against a right angle to the shank
_NEAR_ZERO = 1e-9


def _lying(lean: Floats, twist: Floats) -> Floats:
    """Rotations (T, 3, 3) from the body's axes (ahead, left, up) to space: twisted about the long
    axis, then leaned backward; radians (T,)."""
    product: Floats = np.swapaxes(_pitched(lean), -1, -2) @ _about_vertical(twist)
    return product


def _about_vertical(angle: Floats) -> Floats:
    """Rotations (T, 3, 3) to the left by `angle` (T,) radians."""
    cos, sin, zero = np.cos(angle), np.sin(angle), np.zeros_like(angle)
    return np.stack([cos, -sin, zero, sin, cos, zero, zero, zero, zero + 1], axis=-1).reshape(
        -1, 3, 3
    )


def body_posture(build: Build, angles: Floats) -> Posture:
    """The posture with `angles` (T, len(COLUMNS)) degrees, the pelvis at the origin; the feet as
    the leg holds them."""
    a = np.radians(angles)
    body = _lying(a[:, LEAN], a[:, TWIST])
    half_bend = a[:, SPINE] / 2
    bend = np.stack([half_bend, -half_bend, a[:, HEAD] - half_bend], axis=-1)
    trunk = _pitched(bend)  # rows ahead, left, up
    neck = build.lower_trunk * trunk[:, 0, 2] + build.upper_trunk * trunk[:, 1, 2]
    ankles, feet, wrists, poles = [], [], [], []
    for side in LATERAL:
        sideways = np.array([0.0, side, 0.0])
        thigh = a[:, HIP] + side * a[:, SCISSOR]
        shank = thigh - a[:, KNEE] - side * a[:, KNEES]
        out = side * a[:, STRADDLE]
        leg = build.thigh * down(thigh) + build.shank * down(shank)
        ankles.append(_outward(leg, out) + build.half_hips * sideways)
        feet.append(_outward(_pitched(shank + _POINTED), out[:, None]))
        arm = a[:, SHOULDER] - half_bend + side * a[:, REACH]
        out = -side * a[:, SPREAD]
        reach = build.upper_arm * down(arm) + build.forearm * down(arm + a[:, ELBOW])
        wrists.append(neck + build.half_shoulders * sideways + _outward(reach, out))
        poles.append(_outward(np.cross([0.0, 1.0, 0.0], reach), out))
    return Posture(
        pelvis=np.zeros((len(a), 3)),
        trunk=_placed(body, trunk),
        ankles=_placed(body, np.stack(ankles, axis=1)),
        feet=_placed(body, np.stack(feet, axis=1)[:, :, [0, 2]]),
        wrists=_placed(body, np.stack(wrists, axis=1)),
        elbow_pole=_placed(body, np.stack(poles, axis=1)),
    )


def _pitched(angle: Floats) -> Floats:
    """Axes ahead, left, up (..., 3, 3) of parts that lean back by `angle` (...) radians."""
    cos, sin, zero = np.cos(angle), np.sin(angle), np.zeros_like(angle)
    rows = [cos, zero, sin, zero, zero + 1, zero, -sin, zero, cos]
    return np.stack(rows, axis=-1).reshape(*angle.shape, 3, 3)


def _outward(vectors: Floats, angle: Floats) -> Floats:
    """`vectors` (..., 3) turned about the body's axis ahead by `angle` radians."""
    cos, sin = np.cos(angle), np.sin(angle)
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    return np.stack([x, cos * y - sin * z, sin * y + cos * z], axis=-1)


def _placed(body: Floats, vectors: Floats) -> Floats:
    """`vectors` (T, ..., 3) of the body's axes in space."""
    placed: Floats = np.einsum("tij,t...j->t...i", body, vectors)
    return placed


def between(first: Floats, second: Floats, share: Floats) -> Floats:
    """Axes ahead and up (T, 2, 3) that are `share` (T,) of the way from `first` to `second`, turned
    about one axis (Rodrigues' formula)."""
    turn = np.swapaxes(_frames(second), -1, -2) @ _frames(first)
    angle = share * np.arccos(np.clip((np.trace(turn, axis1=1, axis2=2) - 1) / 2, -1.0, 1.0))
    axis = np.stack([turn[:, i, j] - turn[:, j, i] for i, j in ((2, 1), (0, 2), (1, 0))], axis=-1)
    axis /= np.maximum(np.linalg.norm(axis, axis=-1, keepdims=True), _NEAR_ZERO)
    k, cos, sin = axis[:, None], np.cos(angle)[:, None, None], np.sin(angle)[:, None, None]
    along = np.sum(k * first, axis=-1, keepdims=True)
    turned: Floats = cos * first + sin * np.cross(k, first) + (1 - cos) * along * k
    return turned


def _frames(axes: Floats) -> Floats:
    """Rotations (T, 3, 3) with the rows ahead, left, up."""
    ahead, up = axes[:, 0], axes[:, 1]
    return np.stack([ahead, np.cross(up, ahead), up], axis=-2)
