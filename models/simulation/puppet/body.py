"""The figure's points from the directions of its segments, as one camera sees them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.simulation.curves import Floats
from models.simulation.figure import LATERAL, POINT, POINTS, SIDES, ahead_of, foot_offset
from models.simulation.film.camera import Camera
from models.simulation.puppet.cleaning import Cleaning, cleaned
from models.simulation.puppet.lift import Axes, about, limbs, trunk_axes
from models.simulation.puppet.track import FOOT, THIGH, UPPER_ARM
from models.simulation.puppet.view import View

_FOOT_DEG = (-75.0, 35.0)
"""Toes down, toes up against a foot at a right angle to the shank."""
_HEAD_DEG = (-60.0, 60.0)
_POINTED_RAD = np.radians(35.0)
_SWUNG, _UPRIGHT = 0.6, 0.9
"""How far down a shank points, 1 = straight."""
_NOSE = Cleaning(0.25, reach_s=0.075, smooth_s=0.025)  # leg lengths
_MOST_TILT_RAD = np.radians(30.0)
_BONES = (
    ("pelvis", "waist"),
    ("waist", "neck"),
    ("neck", "head"),
    ("head", "nose"),
    *(
        (begin if begin in ("pelvis", "neck") else f"{side}_{begin}", f"{side}_{end}")
        for side in SIDES
        for begin, end in (
            *(("neck", "shoulder"), ("shoulder", "elbow"), ("elbow", "wrist"), ("wrist", "hand")),
            *(("pelvis", "hip"), ("hip", "knee"), ("knee", "ankle")),
            *(("ankle", "heel"), ("ankle", "toe")),
        )
    ),
)
"""From the pelvis outwards."""


def body_points(view: View) -> Floats:
    """Points (T, len(POINTS), 3) metres of the figure with the recording's directions, the pelvis
    at the origin."""
    build, axes = view.build, trunk_axes(view)
    points = np.zeros((len(view.heading), len(POINTS), 3))

    def put(name: str, origin: str, offset: Floats) -> None:
        points[:, POINT[name]] = points[:, POINT[origin]] + offset

    put("waist", "pelvis", build.lower_trunk * axes.up)
    put("neck", "waist", build.upper_trunk * axes.up)
    skull = _skull(view, axes)
    put("head", "neck", build.neck_to_head * skull[1])
    put("nose", "head", build.head_to_nose * skull[0])
    sideways = LATERAL[:, None, None] * axes.left
    shoulders, hips = build.half_shoulders * sideways, build.half_hips * sideways
    arms = limbs(view, axes, UPPER_ARM, shoulders)
    legs = limbs(view, axes, THIGH, hips)
    feet = _feet(view, [shank for _, shank in legs], axes.left)
    for i, side in enumerate(SIDES):
        (upper, fore), (thigh, shank) = arms[i], legs[i]
        put(f"{side}_shoulder", "neck", shoulders[i])
        put(f"{side}_elbow", f"{side}_shoulder", build.upper_arm * upper)
        put(f"{side}_wrist", f"{side}_elbow", build.forearm * fore)
        put(f"{side}_hand", f"{side}_wrist", build.hand * fore)
        put(f"{side}_hip", "pelvis", hips[i])
        put(f"{side}_knee", f"{side}_hip", build.thigh * thigh)
        put(f"{side}_ankle", f"{side}_knee", build.shank * shank)
        put(f"{side}_heel", f"{side}_ankle", foot_offset(build.ankle_to_heel, feet[i]))
        put(f"{side}_toe", f"{side}_ankle", foot_offset(build.ankle_to_toe, feet[i]))
    return points


def _skull(view: View, axes: Axes) -> tuple[Floats, Floats]:
    """Ahead and up (T, 3) of the head: from the side the nose says how it is pitched; from the
    front how it is tilted, and how far it is bent down."""
    track, build, heading, counts = view.track, view.build, view.heading, view.counts
    joints = track.joints
    if not np.isfinite(joints["nose"]).any():
        return axes.ahead, axes.up
    across = (joints["nose"] - joints.middle("shoulder")) / view.leg_px
    nose = cleaned(track.along_trunk(across), _NOSE, track.fps) * build.leg
    rest = complex(build.head_to_nose, build.neck_to_head)
    from_side = np.angle((nose.real * np.sign(np.cos(heading)) + 1j * nose.imag) / rest)
    from_front = np.angle(rest.imag + 1j * rest.real) - np.arccos(
        np.clip(nose.imag / abs(rest), -1.0, 1.0)
    )
    from_front += np.arcsin(np.abs(axes.up[:, 1]))  # the trunk's own bend lowers the nose too
    pitch = (1 - counts) * from_side + counts * from_front
    pitch = np.clip(pitch, *np.radians(_HEAD_DEG))
    tilt = np.where(np.abs(nose) > 0, np.angle(np.where(nose == 0, 1j, nose) / 1j), 0.0)
    tilt = counts * np.clip(tilt, -_MOST_TILT_RAD, _MOST_TILT_RAD) * np.abs(np.sin(heading))
    sight = np.broadcast_to((0.0, -1.0, 0.0), axes.up.shape)
    ahead, up = (about(sight, tilt, about(axes.left, -pitch, a)) for a in (axes.ahead, axes.up))
    return ahead, up


def _feet(view: View, shanks: Sequence[Floats], left: Floats) -> list[Floats]:
    """Axes ahead and up (T, 2, 3) of both feet below shanks (T, 3), the trunk's left being `left`
    (T, 3)."""
    shown = view.directions(FOOT)
    feet = []
    for side, toe, shank in zip(SIDES, shown, shanks, strict=True):
        seen = bool(np.isfinite(view.track.joints.across(side, FOOT)).any())
        feet.append(_foot(view, toe if seen else None, shank, left))
    return feet


def _foot(view: View, toe: Floats | None, shank: Floats, left: Floats) -> Floats:
    """Axes of a foot whose ankle to toe (T, 3) is known up to the sign of its depth, or not."""
    forward = np.cross(left, -shank)
    forward /= np.maximum(np.linalg.norm(forward, axis=1, keepdims=True), 1e-9)
    rest = float(np.arctan2(*view.build.ankle_to_toe[::-1]))
    if toe is None:
        toe = _likely_toe(view.heading, shank, forward, rest)
    else:
        away = toe * (1.0, -1.0, 1.0)
        nearer = np.sum((toe - away) * forward, axis=1, keepdims=True) >= 0
        toe = np.where(nearer, toe, away)
    ahead, up = np.sum(toe * forward, axis=1), -np.sum(toe * shank, axis=1)
    aside = toe - ahead[:, None] * forward + up[:, None] * shank
    low, high = np.radians(_FOOT_DEG)
    middle = rest + (low + high) / 2
    angle = (np.arctan2(up, ahead) - middle + np.pi) % (2 * np.pi) - np.pi + middle
    angle, reach = np.clip(angle, rest + low, rest + high), np.hypot(ahead, up)
    toe = (reach * np.cos(angle))[:, None] * forward - (reach * np.sin(angle))[:, None] * shank
    return _foot_axes(toe + aside, left, rest)


def _likely_toe(heading: Floats, shank: Floats, forward: Floats, rest: float) -> Floats:
    """Ankle to toe (T, 3) of a foot that nobody has seen: flat under an upright shank, pointed
    where the leg is swung or lifted."""
    flat = np.clip((-shank[:, 2] - _SWUNG) / (_UPRIGHT - _SWUNG), 0.0, 1.0)[:, None]
    level = ahead_of(heading)
    pointed = np.cos(_POINTED_RAD) * forward + np.sin(_POINTED_RAD) * shank
    ahead = flat * level + (1 - flat) * pointed
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    down = shank - np.sum(shank * ahead, axis=1, keepdims=True) * ahead
    down /= np.maximum(np.linalg.norm(down, axis=1, keepdims=True), 1e-9)
    toe: Floats = np.cos(rest) * ahead - np.sin(rest) * down
    return toe


def _foot_axes(toe: Floats, left: Floats, rest: float) -> Floats:
    """Axes ahead and up (T, 2, 3) of a foot whose toe is in the direction `toe` (T, 3)."""
    toe = toe / np.maximum(np.linalg.norm(toe, axis=1, keepdims=True), 1e-9)
    over = np.cross(toe, left)
    over /= np.maximum(np.linalg.norm(over, axis=1, keepdims=True), 1e-9)
    cos, sin = np.cos(rest), np.sin(rest)
    return np.stack([cos * toe - sin * over, sin * toe + cos * over], axis=1)


def as_seen(points: Floats, camera: Camera, counts: Floats) -> Floats:
    """Points (T, len(POINTS), 3) moved along the lines of sight, so that what is nearer or farther
    than the pelvis is not larger or smaller in the picture than it was, bones keeping their
    lengths. As far as depth `counts` (T,)."""
    depth = points[..., 1] - camera.position[1]
    ratio = 1 + counts[:, None] * (depth / depth[:, :1] - 1)
    moved = points.copy()
    moved[..., ::2] = (
        camera.position[::2] + (points[..., ::2] - camera.position[::2]) * (ratio[..., None])
    )
    result = points.copy()
    for begin, end in _BONES:
        i, j = POINT[begin], POINT[end]
        length = np.linalg.norm(points[:, j] - points[:, i], axis=1, keepdims=True)
        across = moved[:, j] - moved[:, i]
        across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
        result[:, j] = result[:, i] + length * across
    return result
