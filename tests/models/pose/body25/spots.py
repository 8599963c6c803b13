"""Weights that find a person of coloured spots, and his picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.pose.body25.architecture import BLOB_SHAPES
from models.pose.body25.decode import FIELD_OF_LIMB
from models.pose.protocol import Image
from models.skeleton import BODY_25

SPOTS = {
    "nose": (0, 0, 255),
    "neck": (255, 0, 0),
    "mid_hip": (0, 255, 0),
    "right_shoulder": (255, 255, 0),
}
"""The colours (BGR) in which `spotting_blobs` see joints."""
_LIMBS = {0: (0, 1), 1: (-1, 0), 13: (0, -1)}
"""Of the limbs (in the decoder's order) between those joints: from the neck to the mid-hip, the
right shoulder and the nose, in a person who stands facing the camera."""
PLACES = {
    "nose": (0.60, 0.12),
    "neck": (0.60, 0.45),
    "right_shoulder": (0.20, 0.45),
    "mid_hip": (0.60, 0.85),
}
"""x and y in widths and heights of the picture."""


def person(width: int, height: int) -> Image:
    """A person of spots, in a picture that is letterboxed."""
    size = 0.08 * min(width, height)
    picture = np.zeros((height, width, 3), np.float32)
    for joint, (x, y) in PLACES.items():
        across = np.exp(-((np.arange(width) - x * width) ** 2) / (2 * size**2))
        down = np.exp(-((np.arange(height) - y * height) ** 2) / (2 * size**2))
        picture += np.outer(down, across).astype(np.float32)[..., None] * np.float32(SPOTS[joint])
    return picture.clip(0, 255).astype(np.uint8)


def spotting_blobs() -> dict[str, tuple[NDArray[np.float32], ...]]:
    """Weights that find a person of SPOTS on black, who stands facing the camera.

    The brightness of blue, green and red goes through the whole network in the first channels;
    `Mconv6` tells the colours apart.
    """
    blobs = {
        name: tuple(np.zeros(shape, np.float32) for shape in shapes)
        for name, shapes in BLOB_SHAPES.items()
    }
    for arrays in blobs.values():
        if len(arrays) == 2:
            kernel = arrays[0]
            centre = kernel.shape[2] // 2
            kernel[:3, :3, centre, centre] = np.eye(3)
    blobs["conv1_1"][1][:3] = 0.5  # the input is brightness - 0.5
    colours = blobs["Mconv6_stage1_L1"][0]
    colours[:5, :3, 0, 0] = [[-1, -1, 1], [1, -1, -1], [-1, 1, -1], [1, 0, 0], [1, -1, 0]]
    joints = blobs["Mconv7_stage1_L1"][0]
    joints[:] = 0
    nose, neck, hip, shoulder = (BODY_25.index(joint) for joint in SPOTS)
    joints[[nose, neck, hip], [0, 1, 2], 0, 0] = 1
    joints[shoulder, 3:5, 0, 0] = 1, -1  # blue - ReLU(blue - green): the lesser of both
    fields, directions = blobs["Mconv7_stage3_L2"]
    fields[:] = 0
    for limb, direction in _LIMBS.items():
        channel = 2 * FIELD_OF_LIMB[limb]
        directions[channel : channel + 2] = direction
    return blobs
