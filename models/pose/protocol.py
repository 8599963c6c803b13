"""The one protocol of all pose engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.poses import Poses
from models.skeleton import Keypoints, Skeleton

Image = NDArray[np.uint8]
"""(height, width, 3), BGR."""


@dataclass(frozen=True, slots=True, eq=False)
class CameraFrame:
    """One picture of one camera. An engine may remember per camera where people were."""

    image: Image
    camera: int = 0


class PoseEstimator(Protocol):
    """Finds people in the frames of one or more cameras.

    Give it each camera's frames in order. `name` is what the session document calls the engine;
    `batch` is how many frames one call works on together with profit (1: none).
    """

    @property
    def name(self) -> str: ...

    @property
    def skeleton(self) -> Skeleton: ...

    @property
    def batch(self) -> int: ...

    def estimate(self, frames: Sequence[CameraFrame]) -> list[Poses]:
        """Poses of each frame, in pixels of its image, unsmoothed; joints outside the image have
        confidence 0.

        Raises ValueError when an image is not uint8 (height, width, 3), and EngineError when the
        engine cannot work on (out of memory).
        """
        ...

    def forget(self, camera: int) -> None:
        """That camera's stream has ended; an unknown one is none to forget."""
        ...

    def close(self) -> None:
        """Release the network. Calling it twice does nothing."""
        ...


def estimate_one(estimator: PoseEstimator, image: Image) -> Poses:
    """Poses of the next picture of the only camera."""
    [poses] = estimator.estimate([CameraFrame(image)])
    return poses


def inside(keypoints: Keypoints, width: int, height: int) -> Keypoints:
    """A copy of `keypoints` (n, J, 3) in which joints outside a picture of this size are all zero,
    as are those without confidence. Who has no other joints is left out."""
    x, y, confidence = np.moveaxis(keypoints, -1, 0)
    seen = (x >= 0) & (x < width) & (y >= 0) & (y < height) & (confidence > 0)
    kept: Keypoints = np.where(seen[..., None], keypoints, np.float32(0))[seen.any(axis=1)]
    return kept


def check_image(image: Image) -> None:
    """Raise ValueError, with expected, got and the mend, unless `image` is a BGR picture."""
    if image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3 and image.size:
        return
    conversion = {2: "COLOR_GRAY2BGR", 4: "COLOR_BGRA2BGR"}
    channels = 2 if image.ndim == 2 else image.shape[-1] if image.ndim == 3 else 0
    mend = ""
    if image.dtype == np.uint8 and image.size and channels in conversion:
        mend = f"; convert it with cv2.{conversion[channels]}"
    raise ValueError(
        f"frame: expected uint8 (height, width, 3) in BGR, got {image.dtype} {image.shape}{mend}"
    )
