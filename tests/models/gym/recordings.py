"""Recordings of a figure that stands, waves or turns over, for tests."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from models.gym.dataset import Recording
from models.skeleton import BODY_25, OPENPOSE_18, Keypoints, Skeleton, convert

HIP = np.array([600.0, 500.0])
FPS = 60.0
_PLACES = {  # px from the mid-hip, y down, facing left
    "nose": (-20, -190),
    "neck": (0, -150),
    "shoulder": (0, -150),
    "elbow": (10, -90),
    "wrist": (-20, -40),
    "mid_hip": (0, 0),
    "hip": (0, 0),
    "knee": (-8, 110),
    "ankle": (5, 215),
    "eye": (-15, -200),
    "ear": (0, -200),
    "heel": (15, 230),
    "toe": (-50, 232),
    "small_toe": (-48, 235),
}


def figure(angle: float = 0.0, lean: float = 0.0, size: float = 1.0) -> Keypoints:
    """(25, 3) of somebody about `HIP`, turned by `angle` degrees, one arm moved by `lean` px; every
    joint has a confidence of its own."""
    points = np.zeros((25, 3))
    for i, joint in enumerate(BODY_25.joints):
        side, _, part = joint.partition("_")
        known = part if side in ("left", "right") else joint
        x, y = _PLACES[known]
        shift = {"left": 6, "right": -6}.get(side, 0)
        points[i] = x + shift, y, 0.5 + 0.015 * i
    points[BODY_25.index("right_wrist"), 0] -= lean
    turn = np.radians(angle)
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    points[:, :2] = points[:, :2] @ rotation.T * size + HIP
    return points.astype(np.float32)


def flip(name: str = "backflip-1-ann", frames: int = 60, seed: int = 0) -> Recording:
    """Stands, turns over once, stands; the network is a little surer or less sure in each frame."""
    angles = np.interp(np.arange(frames), [0, frames / 3, frames * 2 / 3, frames], [0, 0, 360, 360])
    keypoints = np.stack([figure(a) for a in angles])
    rng = np.random.default_rng(seed)
    keypoints[..., :2] += rng.normal(0, 1, keypoints[..., :2].shape)
    keypoints[..., 2] += rng.uniform(-0.1, 0.1, keypoints[..., 2].shape)
    _, _, subject = name.split("-")
    label = "backflip" if name.startswith("backflip") else "handspring"
    t = np.arange(frames) / FPS
    return Recording(name, label, subject, BODY_25, keypoints, t, width=1920, height=1080)


def write_csv(folder: Path, recording: str, keypoints: Keypoints) -> None:
    """One file for each frame, as published; a frame in which nobody is seen has none."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, frame in enumerate(keypoints):
        if frame[:, 2].any():
            rows = "".join(f"{x},{y},{c}\n" for x, y, c in frame.astype(float))
            (folder / f"{recording}-{i}-0.csv").write_text("x,y,c\n" + rows)


def write_json(
    folder: Path, recording: str, people: list[list[Keypoints]], skeleton: Skeleton = OPENPOSE_18
) -> None:
    """One file for each frame with its people, in the order of `skeleton`."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, frame in enumerate(people):
        flat = [convert(one, BODY_25, skeleton).astype(float).ravel().tolist() for one in frame]
        content = {"people": [{"pose_keypoints_2d": numbers} for numbers in flat]}
        (folder / f"{recording}_{i:012d}_keypoints.json").write_text(json.dumps(content))
