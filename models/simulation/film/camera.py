"""A pinhole camera."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.simulation.curves import Floats
from models.simulation.film.settings import CameraSettings

_UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, eq=False)
class Camera:
    """Looks from `position` to `target` (3,) metres with the horizon level.

    `focal` is the focal length in pixels, `size` the image's (width, height); the principal point
    is the centre of the image.
    """

    position: Floats
    target: Floats
    focal: float
    size: tuple[int, int]

    @cached_property
    def axes(self) -> Floats:
        """Rows right, down, ahead of the camera in the world (3, 3)."""
        ahead = self.target - self.position
        ahead = ahead / np.linalg.norm(ahead)
        right = np.cross(ahead, _UP)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(ahead, right), ahead])

    def project(self, points: Floats) -> tuple[Floats, Floats]:
        """Pixels (..., 2) and depth in metres (...) of `points` (..., 3) in front of the camera."""
        seen = (points - self.position) @ self.axes.T
        depth = seen[..., 2]
        centre = np.array(self.size, dtype=np.float64) / 2
        return centre + self.focal * seen[..., :2] / depth[..., None], depth


def place_camera(settings: CameraSettings, size: tuple[int, int], stature: float) -> Camera:
    """The camera of a scene file. Where it does not say, an athlete of `stature` metres standing at
    the origin takes about 59 % of the height of a 16:9 picture, with room above for a flip."""
    distance = 6.0
    view_height = stature / 0.59
    focal = distance * min(size[1] / view_height, size[0] / (view_height * 1.6))
    return Camera(
        position=np.array([0.0, -distance, 1.25]),
        target=np.array([0.0, 0.0, 0.66 * stature]),
        focal=focal,
        size=size,
    )
