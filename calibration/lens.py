"""The lens of a real camera: pixels to what a camera without distortion would have seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from calibration.profile import CameraPart
from models.lens import LINEAR, Floats, Lens
from models.poses import Poses

_SAME_SHAPE = 0.01


@dataclass(frozen=True)
class Intrinsics:
    """Focal lengths and centre in pixels of a picture of `size` (width, height), counted from the
    picture's corner, and the distortion (OpenCV's model). ValueError for a lens whose distortion
    folds the picture."""

    size: tuple[int, int]
    focal: tuple[float, float]
    centre: tuple[float, float]
    lens: Lens = LINEAR

    def __post_init__(self) -> None:
        if self.lens.distorts and not self._reaches(self._widest):
            raise ValueError(
                f"lens {self.lens.coefficients}: expected distortion that keeps the order of what "
                "is seen as far as the picture's edges, got one that folds it; calibrate again "
                "with views near the edges"
            )

    @classmethod
    def of(cls, part: CameraPart) -> Intrinsics:
        """From a profile. Raises ValueError."""
        return cls(
            (part.width, part.height),
            (part.fx, part.fy),
            (part.cx, part.cy),
            Lens((part.k1, part.k2, part.p1, part.p2, part.k3)),
        )

    @classmethod
    def from_numbers(cls, numbers: Sequence[float]) -> Intrinsics:
        """The inverse of `numbers`. Raises ValueError."""
        if len(numbers) != 11:
            raise ValueError(f"lens: expected 11 numbers, got {len(numbers)}")
        width, height, fx, fy, cx, cy, k1, k2, p1, p2, k3 = numbers
        return cls((int(width), int(height)), (fx, fy), (cx, cy), Lens((k1, k2, p1, p2, k3)))

    @property
    def numbers(self) -> tuple[float, ...]:
        """Width, height, fx, fy, cx, cy, k1, k2, p1, p2, k3."""
        return (*self.size, *self.focal, *self.centre, *self.lens.coefficients)

    def scaled(self, size: tuple[int, int]) -> Intrinsics:
        """The same camera with pictures of another size. Raises ValueError where those have another
        shape: then it shows another part of what the lens sees."""
        across, down = shrinkage(self.size, size)
        return Intrinsics(
            size,
            (self.focal[0] * across, self.focal[1] * down),
            (self.centre[0] * across, self.centre[1] * down),
            self.lens,
        )

    def directions(self, pixels: Floats) -> Floats:
        """Directions (..., 2) at depth 1, in the camera's axes, that are seen at pixels (..., 2).
        What is outside of all that the lens can show comes to its edge."""
        return self.lens.undistort((pixels - self._centre) / self._focal)

    def undistort(self, pixels: Floats) -> Floats:
        """Where a camera without distortion, else the same, sees what is seen at `pixels` (..., 2).
        Exact to 0.01 px."""
        return self.directions(pixels) * self._focal + self._centre

    def project(self, points: Floats) -> Floats:
        """Pixels (..., 2) of points (..., 3) ahead of the camera, in its axes (right, down, ahead)
        and any unit."""
        seen: Floats = self.lens.distort(points[..., :2] / points[..., 2:])
        return seen * self._focal + self._centre

    def _reaches(self, radius: float) -> bool:
        """Whether something is seen at `radius` focal lengths from the middle."""
        edge = min(self.lens.fold, 8.0)
        return float(self.lens.distort(np.array([edge, 0.0]))[0]) >= radius

    @cached_property
    def _focal(self) -> Floats:
        return np.array(self.focal)

    @cached_property
    def _centre(self) -> Floats:
        return np.array(self.centre)

    @property
    def _widest(self) -> float:
        """From the centre to the farthest of the picture's edges, in focal lengths."""
        pairs = zip(self.size, self.centre, self.focal, strict=True)
        return max(max(middle, side - middle) / focal for side, middle, focal in pairs)


def shrinkage(calibrated: tuple[int, int], size: tuple[int, int]) -> tuple[float, float]:
    """Factors, across and down, from the pixels of the calibrated size to those of `size`.
    ValueError where that is another shape."""
    across, down = size[0] / calibrated[0], size[1] / calibrated[1]
    if across <= 0 or down <= 0 or abs(across / down - 1) > _SAME_SHAPE:
        raise ValueError(
            f"picture of {size[0]}x{size[1]}: expected the shape of {calibrated[0]}x"
            f"{calibrated[1]}, for which the camera was calibrated; set it to that, or run "
            "fliptally calibrate for this one"
        )
    return across, down


def undistorted_poses(poses: Poses, intrinsics: Intrinsics) -> Poses:
    """The same people as a camera without distortion sees them. Joints that were not seen stay as
    they are. A function of the key points alone: the same ones give the same, bit for bit."""
    keypoints = poses.keypoints.copy()
    seen = keypoints[..., 2] > 0
    keypoints[seen, :2] = intrinsics.undistort(keypoints[seen, :2].astype(np.float64))
    return Poses(poses.skeleton, keypoints)
