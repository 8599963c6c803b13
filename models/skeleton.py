"""The skeletons FlipTally reads, and the joints they share.

Joint names are the same in every skeleton, so a conversion is a look-up by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Keypoints = NDArray[np.float32]
"""(..., joints, 3): x px, y px (origin top left, y down), confidence 0...1; 0 = not seen."""


@dataclass(frozen=True)
class Skeleton:
    """An ordered set of named joints and the limbs between them."""

    name: str
    joints: tuple[str, ...]
    limbs: tuple[tuple[str, str], ...]

    @cached_property
    def indices(self) -> dict[str, int]:
        return {joint: i for i, joint in enumerate(self.joints)}

    def index(self, joint: str) -> int:
        """Position of `joint` in a key-point array. Raises KeyError for an unknown joint."""
        return self.indices[joint]

    def __len__(self) -> int:
        return len(self.joints)


def _both(*parts: str) -> tuple[str, ...]:
    return tuple(f"{side}_{part}" for part in parts for side in ("left", "right"))


_LIMBS = (
    *((f"{s}_shoulder", f"{s}_elbow") for s in ("left", "right")),
    *((f"{s}_elbow", f"{s}_wrist") for s in ("left", "right")),
    *((f"{s}_shoulder", f"{s}_hip") for s in ("left", "right")),
    *((f"{s}_hip", f"{s}_knee") for s in ("left", "right")),
    *((f"{s}_knee", f"{s}_ankle") for s in ("left", "right")),
    ("left_shoulder", "right_shoulder"),
    ("left_hip", "right_hip"),
)
_FEET = (
    *((f"{s}_ankle", f"{s}_heel") for s in ("left", "right")),
    *((f"{s}_ankle", f"{s}_toe") for s in ("left", "right")),
    *((f"{s}_heel", f"{s}_toe") for s in ("left", "right")),
)

COCO_17 = Skeleton(
    "coco_17",
    (
        "nose",
        *_both("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"),
    ),
    _LIMBS,
)

BLAZEPOSE_33 = Skeleton(
    "blazepose_33",
    (
        "nose",
        *("left_eye_inner", "left_eye", "left_eye_outer"),
        *("right_eye_inner", "right_eye", "right_eye_outer"),
        *_both("ear"),
        *("mouth_left", "mouth_right"),
        *_both("shoulder", "elbow", "wrist", "pinky", "index", "thumb"),
        *_both("hip", "knee", "ankle", "heel", "toe"),
    ),
    _LIMBS + _FEET,
)

# OpenPose's order: the right side first; "toe" is its big toe.
BODY_25 = Skeleton(
    "body_25",
    (
        "nose",
        "neck",
        *("right_shoulder", "right_elbow", "right_wrist"),
        *("left_shoulder", "left_elbow", "left_wrist"),
        "mid_hip",
        *("right_hip", "right_knee", "right_ankle"),
        *("left_hip", "left_knee", "left_ankle"),
        *("right_eye", "left_eye", "right_ear", "left_ear"),
        *("left_toe", "left_small_toe", "left_heel"),
        *("right_toe", "right_small_toe", "right_heel"),
    ),
    _LIMBS + _FEET,
)

# The order of OpenPose's COCO model, `--model_pose COCO`: the neck and no mid-hip.
OPENPOSE_18 = Skeleton(
    "openpose_18",
    (
        "nose",
        "neck",
        *("right_shoulder", "right_elbow", "right_wrist"),
        *("left_shoulder", "left_elbow", "left_wrist"),
        *("right_hip", "right_knee", "right_ankle"),
        *("left_hip", "left_knee", "left_ankle"),
        *("right_eye", "left_eye", "right_ear", "left_ear"),
    ),
    _LIMBS,
)

BODY = Skeleton(
    "body",
    ("nose", *_both("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "toe")),
    _LIMBS + _FEET,
)
"""What the recognisers see: the 13 joints every skeleton has, then heels and toes
(confidence 0 where a skeleton has none)."""

SKELETONS = {s.name: s for s in (BODY_25, COCO_17, OPENPOSE_18, BLAZEPOSE_33)}
"""Those that pose networks give."""

_MIDPOINTS = {
    "neck": ("left_shoulder", "right_shoulder"),
    "mid_hip": ("left_hip", "right_hip"),
}


def convert(keypoints: Keypoints, source: Skeleton, target: Skeleton) -> Keypoints:
    """Re-order (..., J, 3) key points of `source` to `target`.

    A neck or mid-hip that `source` does not have is the midpoint of both shoulders or hips, with
    the lower of their confidences; other absent joints get zeros. Raises ValueError for a wrong
    shape.
    """
    if keypoints.shape[-2:] != (len(source), 3):
        raise ValueError(
            f"key points of {source.name}: expected shape (..., {len(source)}, 3), "
            f"got {keypoints.shape}"
        )
    to, origin = shared_joints(source, target)
    result = np.zeros((*keypoints.shape[:-2], len(target), 3), np.float32)
    result[..., to, :] = keypoints[..., origin, :]
    for joint, ends in _MIDPOINTS.items():
        if joint in target.indices and joint not in source.indices:
            pair = keypoints[..., [source.index(end) for end in ends], :]
            middle = pair.mean(axis=-2)
            middle[..., 2] = pair[..., 2].min(axis=-1)
            result[..., target.index(joint), :] = np.where(middle[..., 2:] > 0, middle, 0)
    return result


def shared_joints(source: Skeleton, target: Skeleton) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where the joints that both have stand in `target`, and in `source`."""
    shared = [(i, source.indices[j]) for i, j in enumerate(target.joints) if j in source.indices]
    to, origin = np.array(shared, np.intp).T
    return to, origin
