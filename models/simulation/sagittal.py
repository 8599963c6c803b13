"""Postures that are symmetric and given by joint angles in the sagittal plane."""

from __future__ import annotations

import numpy as np

from models.simulation.curves import Floats
from models.simulation.figure import LATERAL, Build, Posture, ahead_of, foot_offset, pitched

LEAN, SPINE, HEAD, HIP, KNEE, FOOT, SHOULDER, ELBOW = range(8)
"""Columns of an angle table, degrees. LEAN: trunk from the vertical, backward positive, unwrapped
over a rotation. SPINE: forward bend of thorax against pelvis. HEAD: backward bend of the head
against the thorax. HIP, KNEE, ELBOW: flexion, 0 = straight. FOOT: pitch of the foot in space, toes
up positive, unwrapped. SHOULDER: arm lifted forward, 0 = hanging along the trunk."""

STANDING = np.array([-2.0, 4.0, 2.0, 8.0, 10.0, 0.0, 4.0, 14.0])


def down(angle: Floats) -> Floats:
    """Unit vectors (T, 3) hanging down, turned forward by `angle` (T,) radians; x is forward."""
    return np.stack([np.sin(angle), np.zeros_like(angle), -np.cos(angle)], axis=-1)


def sagittal_posture(build: Build, angles: Floats, pelvis: Floats | None = None) -> Posture:
    """The posture facing +x with joint `angles` (T, 8) in degrees, `pelvis` (T, 3) at the origin
    unless given."""
    a = np.radians(angles)
    if pelvis is None:
        pelvis = np.zeros((len(a), 3))
    half_bend = a[:, SPINE] / 2
    lean = np.stack([a[:, LEAN] + half_bend, a[:, LEAN] - half_bend, np.empty(len(a))], axis=-1)
    lean[:, 2] = lean[:, 1] + a[:, HEAD]

    thigh = a[:, LEAN] + a[:, HIP]
    leg = build.thigh * down(thigh) + build.shank * down(thigh - a[:, KNEE])
    arm_angle = lean[:, 1] + a[:, SHOULDER]
    arm = build.upper_arm * down(arm_angle) + build.forearm * down(arm_angle + a[:, ELBOW])
    neck = -build.lower_trunk * down(lean[:, 0]) - build.upper_trunk * down(lean[:, 1])
    sideways = np.array([0.0, 1.0, 0.0]) * LATERAL[:, None]
    pole = np.cross(np.array([0.0, 1.0, 0.0]), arm)
    return Posture(
        pelvis=pelvis,
        trunk=upright_axes(np.zeros(len(a)), lean),
        ankles=(pelvis + leg)[:, None] + build.half_hips * sideways,
        feet=np.repeat(foot_axes(np.zeros(len(a)), a[:, FOOT])[:, None], 2, axis=1),
        wrists=(pelvis + neck + arm)[:, None] + build.half_shoulders * sideways,
        elbow_pole=np.repeat(pole[:, None], 2, axis=1),
    )


def upright_axes(heading: Floats, lean: Floats) -> Floats:
    """Axes ahead, left, up (..., 3, 3) of parts that face `heading` and lean back by `lean` (both
    broadcast, radians)."""
    lean = np.asarray(lean)
    heading = np.broadcast_to(
        heading[..., None] if lean.ndim > heading.ndim else heading, lean.shape
    )
    ahead, up = pitched(ahead_of(heading), lean)
    return np.stack([ahead, np.cross(up, ahead), up], axis=-2)


def foot_axes(heading: Floats, pitch: Floats) -> Floats:
    """Axes ahead and up (..., 2, 3) of feet that point to `heading`, toes up by `pitch` radians."""
    return upright_axes(heading, pitch)[..., [0, 2], :]


def ankle_over_toe(build: Build, foot_pitch: Floats) -> Floats:
    """Toe to ankle (T, 3) of a foot facing +x with `foot_pitch` (T,) radians."""
    return -foot_offset(build.ankle_to_toe, foot_axes(np.zeros(len(foot_pitch)), foot_pitch))


def standing_pelvis(build: Build) -> Floats:
    """Pelvis (3,) of the standing athlete whose ankles are over the origin."""
    ankle = sagittal_posture(build, STANDING[None]).ankles.mean(axis=1)[0]
    return np.array([-ankle[0], 0.0, build.ankle_height - ankle[2]])
