"""The one protocol of all pose engines."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.poses import Poses
from models.skeleton import Skeleton

Image = NDArray[np.uint8]
"""(height, width, 3), BGR."""


class PoseEstimator(Protocol):
    """Finds people in the frames of *one* stream; may remember where they were.

    Give it the frames in order. `name` is what the session document calls the back end.
    """

    @property
    def name(self) -> str: ...

    @property
    def skeleton(self) -> Skeleton: ...

    def estimate(self, image: Image) -> Poses:
        """Poses in pixels of `image`, unsmoothed; joints outside the frame have confidence 0.

        Raises ValueError when `image` is not uint8 (height, width, 3).
        """
        ...

    def close(self) -> None:
        """Release the network. Calling it twice does nothing."""
        ...


def check_image(image: Image) -> None:
    """Raise ValueError, with expected and got, unless `image` is uint8 (h, w, 3) and not empty."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ValueError(
            f"frame: expected uint8 (height, width, 3) in BGR, got {image.dtype} {image.shape}"
        )
