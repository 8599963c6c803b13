"""What every pose back end gives for one frame."""

from __future__ import annotations

from dataclasses import dataclass

from models.skeleton import Keypoints, Skeleton


@dataclass(frozen=True, slots=True, eq=False)
class Poses:
    """The people found in one frame, unsmoothed.

    `keypoints` is float32 (people, joints, 3): x px, y px, confidence; the people axis is empty
    when nobody is seen. Raises ValueError when the shape does not fit the skeleton.
    """

    skeleton: Skeleton
    keypoints: Keypoints

    def __post_init__(self) -> None:
        expected = (len(self.skeleton), 3)
        if self.keypoints.ndim != 3 or self.keypoints.shape[1:] != expected:
            raise ValueError(
                f"poses of {self.skeleton.name}: expected shape (people, {expected[0]}, 3), "
                f"got {self.keypoints.shape}"
            )
