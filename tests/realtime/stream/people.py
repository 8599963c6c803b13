"""Standing people made of key points."""

from __future__ import annotations

import numpy as np

from models.skeleton import Keypoints, Skeleton

LEG = 200.0
PLACES = {
    "nose": (0, -330), "shoulder": (30, -260), "elbow": (45, -170), "wrist": (50, -90),
    "hip": (20, 0), "knee": (20, 100), "ankle": (20, 200), "heel": (15, 210), "toe": (30, 215),
}  # fmt: skip


def figure(skeleton: Skeleton, x: float = 640.0, y: float = 400.0, size: float = 1.0) -> Keypoints:
    """(joints, 3): a standing person whose legs are `LEG` pixels long."""
    keypoints = np.zeros((len(skeleton), 3), np.float32)
    for joint in skeleton.joints:
        side, _, part = joint.rpartition("_")
        if part in PLACES and side in ("", "left", "right"):
            dx, dy = PLACES[part]
            keypoints[skeleton.index(joint)] = (
                x + size * dx * (-1 if side == "right" else 1), y + size * dy, 0.9
            )  # fmt: skip
    return keypoints
