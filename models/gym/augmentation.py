"""More clips of few: limbs rotated in the image by random angles, the same in every frame.

"Recognition of gymnastics elements with deep learning networks" (TalTech, 2020),
section 4.2.5: ten copies of each recording; the networks it publishes were trained on three.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.gym.preparation import JOINTS, Points

# Nearer joint, farther joint, in the order in which they are turned.
_LIMBS = tuple(
    (JOINTS.index(near), JOINTS.index(far))
    for near, far in (
        *(("neck", "right_shoulder"), ("right_shoulder", "right_elbow")),
        *(("right_elbow", "right_wrist"), ("neck", "left_shoulder")),
        *(("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist")),
        *(("nose", "neck"), ("neck", "mid_hip")),
        *(("mid_hip", "right_hip"), ("right_hip", "right_knee"), ("right_knee", "right_ankle")),
        *(("mid_hip", "left_hip"), ("left_hip", "left_knee"), ("left_knee", "left_ankle")),
    )
)


def augment(
    points: Points, rng: np.random.Generator, copies: int, degrees: float = 15
) -> NDArray[np.float32]:
    """(copies, T, 15, 2) of `points` (T, 15, 2): in each copy the farther joint of every limb is
    turned about the nearer one by its own angle, drawn evenly from 0 to `degrees`.

    As in the thesis's published data one limb after the other is turned and the joints beyond stay
    where they are, so the lengths of limbs change a little too. Raises ValueError for other shapes.
    """
    if points.ndim != 3 or points.shape[1:] != (len(JOINTS), 2):
        raise ValueError(f"points: expected shape (T, {len(JOINTS)}, 2), got {points.shape}")
    angles = np.radians(rng.uniform(0, degrees, (copies, len(_LIMBS))))
    result = np.repeat(points[None], copies, axis=0).astype(np.float32)
    for (near, far), angle in zip(_LIMBS, angles.T, strict=True):
        cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
        origin = result[:, :, near]
        x, y = np.moveaxis(result[:, :, far] - origin, -1, 0)
        result[:, :, far] = origin + np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)
    return result
