"""Heat maps and fields of known people, made as the network's training targets are, and people.

The targets are those of OpenPose's training code (openpose_caffe_train, oPDataTransformer.cpp).
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from models.pose.body25.architecture import STRIDE
from models.pose.body25.decode import FIELD_OF_LIMB, FIELD_ORIGIN_PX, LIMBS
from models.simulation.staging import build_scene
from models.skeleton import BODY, BODY_25, Keypoints, convert

WIDTH, HEIGHT = 656, 368
SIGMA_PX = 7.0
POSTURES = [("speed", 2.0), ("speed", 3.1), ("backflip", 2.4), ("handspring", 2.3), ("mixed", 9.0)]
_REACH = 18  # frames
_CUT_OFF = 4.6052  # minus the logarithm of 1 %: lower values are not drawn

Maps = tuple[NDArray[np.float32], NDArray[np.float32]]


def render(
    people: Keypoints,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    sigma: float = SIGMA_PX,
    field_origin: float = FIELD_ORIGIN_PX,
) -> Maps:
    """Heat maps (h, w, 26) and fields (h, w, 52) of `people` (n, 25, 3); the confidence is the
    height of a peak, 0: the joint is missing.

    The pixels of a heat map's cells begin at 3.5, those of a field's at `field_origin`.
    """
    w, h = size[0] // STRIDE, size[1] // STRIDE
    heat = np.zeros((h, w, len(BODY_25) + 1), np.float32)
    cells = np.stack(np.meshgrid(np.arange(w), np.arange(h)), axis=-1)
    for person in people:
        for joint in np.flatnonzero(person[:, 2]):
            away = cells * STRIDE + (STRIDE - 1) / 2 - person[joint, :2]
            exponent = (away**2).sum(axis=-1) / (2 * sigma**2)
            bump = person[joint, 2] * np.exp(-exponent) * (exponent <= _CUT_OFF)
            heat[..., joint] = np.maximum(heat[..., joint], bump)
    heat[..., -1] = 1 - heat[..., :-1].max(axis=-1)
    return heat, _fields(people, cells, field_origin)


def _fields(people: Keypoints, cells: NDArray[np.intp], origin: float) -> NDArray[np.float32]:
    """Mean unit vectors of all people's limbs in the cells within one cell of them."""
    total = np.zeros((*cells.shape[:2], len(LIMBS), 2))
    count = np.zeros((*cells.shape[:2], len(LIMBS), 1))
    for person in people:
        for limb, ends in zip(FIELD_OF_LIMB, LIMBS, strict=True):
            first, second = (person[ends, :2].astype(np.float64) - origin) / STRIDE
            length = np.hypot(*(second - first))
            if not person[ends, 2].all() or length == 0:
                continue
            unit = (second - first) / length
            low = np.floor(np.minimum(first, second) - 1 + 0.5).astype(int).clip(0)
            high = np.floor(np.maximum(first, second) + 1 + 0.5).astype(int).clip(0)
            box = np.s_[low[1] : high[1], low[0] : high[0]]
            away = cells[box] - first
            near = np.abs(away[..., 0] * unit[1] - away[..., 1] * unit[0]) <= 1
            total[box][near, limb] += unit
            count[box][near, limb] += 1
    mean = total / np.maximum(count, 1)
    return mean.reshape(*cells.shape[:2], 2 * len(LIMBS)).astype(np.float32)


@functools.cache
def athlete(scene: str, at_s: float) -> NDArray[np.float64]:
    """(25, 2) joints of the simulated athlete about `at_s` seconds, when his shortest limb is
    longest (one that points at the camera has no direction), in statures about the mid-hip, y down.

    What BODY lacks is put where it is on a head and a foot; the head is turned a little to the
    camera, so that eyes and ears are apart.
    """
    simulated = build_scene(scene, size=(WIDTH, HEIGHT))
    about = round(at_s * simulated.fps) + np.arange(-_REACH, _REACH + 1)
    points = max((simulated.joints(int(i)) for i in about), key=_shortest_limb)
    seen = np.column_stack([points, np.ones(len(points))]).astype(np.float32)
    joints = dict(zip(BODY_25.joints, convert(seen, BODY, BODY_25)[:, :2], strict=True))
    joints["neck"] = (joints["left_shoulder"] + joints["right_shoulder"]) / 2
    joints["mid_hip"] = (joints["left_hip"] + joints["right_hip"]) / 2
    up = joints["neck"] - joints["mid_hip"]
    side = np.array([up[1], -up[0]])
    for sign, name in ((1, "left"), (-1, "right")):
        joints[f"{name}_eye"] = joints["nose"] + 0.09 * up + sign * 0.07 * side
        joints[f"{name}_ear"] = joints["nose"] + 0.05 * up + sign * 0.16 * side
        foot = joints[f"{name}_toe"] - joints[f"{name}_heel"]
        across = np.array([foot[1], -foot[0]]) * np.hypot(*up) / np.hypot(*foot)
        joints[f"{name}_small_toe"] = joints[f"{name}_toe"] - 0.15 * foot + sign * 0.14 * across
    placed = np.stack([joints[name] for name in BODY_25.joints]) - joints["mid_hip"]
    posture: NDArray[np.float64] = placed.astype(np.float64) / np.hypot(*up) * 0.3
    return posture


def _shortest_limb(joints: NDArray[np.float64]) -> float:
    ends = np.array([[BODY.index(a), BODY.index(b)] for a, b in BODY.limbs])
    return float(np.linalg.norm(joints[ends[:, 0]] - joints[ends[:, 1]], axis=1).min())


def place(
    posture: NDArray[np.float64], x: float, y: float, stature: float, degrees: float = 0.0
) -> Keypoints:
    """(25, 3): `posture` with its mid-hip at (x, y) px, `stature` px tall, turned in the image,
    everything seen that is inside of it."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = posture * stature @ turn + [x, y]
    inside = ((points >= 0) & (points <= [WIDTH - 1, HEIGHT - 1])).all(axis=1)
    return np.where(inside[:, None], np.column_stack([points, inside]), 0).astype(np.float32)


def row(count: int, stature: float = 190.0, degrees: float = 0.0) -> Keypoints:
    """`count` people in different postures beside each other."""
    places = np.linspace(70, WIDTH - 70, count) if count > 1 else [WIDTH / 2]
    return np.stack(
        [
            place(athlete(*POSTURES[i % len(POSTURES)]), x, 190, stature, degrees)
            for i, x in enumerate(places)
        ]
    )


def noisy(maps: Maps, sigma: float, seed: int = 0) -> Maps:
    """With Gaussian noise of `sigma` on every value."""
    rng = np.random.default_rng(seed)
    heat, fields = (m + rng.normal(0, sigma, m.shape).astype(np.float32) for m in maps)
    return heat, fields
