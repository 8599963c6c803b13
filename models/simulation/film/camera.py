"""A camera: where it stands, where it looks, and what its lens does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from models.lens import LINEAR, WIDE, WIDE_FOV_DEG, Lens
from models.simulation.curves import Floats
from models.simulation.film.settings import CameraSettings

_NEAREST_M = 0.05


@dataclass(frozen=True, eq=False)
class Camera:
    """Looks from `position` to `target` (3,) metres, then turned by `turn`, radians: to the right,
    up, and about its axis so that the picture turns counter-clockwise.

    `focal` is the focal length in pixels, `size` the image's (width, height); the principal point
    is the centre of the image.
    """

    position: Floats
    target: Floats
    focal: float
    size: tuple[int, int]
    lens: Lens = LINEAR
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @cached_property
    def axes(self) -> Floats:
        """Rows right, down, ahead of the camera in the world (3, 3)."""
        return self.axes_turned(np.array(self.turn))

    def axes_turned(self, turn: Floats) -> Floats:
        """The axes (..., 3, 3) of this camera with other turns (..., 3)."""
        x, y, z = (self.target - self.position) / np.linalg.norm(self.target - self.position)
        flat = np.hypot(x, y)
        right, down = (y / flat, -x / flat, 0.0), (x * z / flat, y * z / flat, -flat)
        level = np.array([right, down, (x, y, z)])
        return rotation(turn) @ level if turn.any() else level

    def project(self, points: Floats) -> tuple[Floats, Floats]:
        """Pixels (..., 2) and depth in metres (...) of `points` (..., 3) in front of the camera."""
        return self.image((points - self.position) @ self.axes.T)

    def image(self, seen: Floats) -> tuple[Floats, Floats]:
        """Pixels (..., 2) and depth (...) of places (..., 3) in the camera's own axes."""
        depth = np.maximum(seen[..., 2], _NEAREST_M)
        return self.pixels(seen[..., :2] / depth[..., None]), depth

    def pixels(self, directions: Floats) -> Floats:
        """Pixels (..., 2) of directions (..., 2) at depth 1 in the camera's own axes."""
        centre = np.array(self.size, dtype=np.float64) / 2
        pixels: Floats = centre + self.focal * self.lens.distort(directions)
        return pixels

    def directions(self, pixels: Floats) -> Floats:
        """The directions (..., 2) at depth 1 that are seen at pixels (..., 2)."""
        centre = np.array(self.size, dtype=np.float64) / 2
        return self.lens.undistort((pixels - centre) / self.focal)

    @property
    def matrix(self) -> Floats:
        """OpenCV's camera matrix (3, 3), for pixels counted from the picture's corner. OpenCV's own
        functions count from the middle of the first pixel: there the centre is 0.5 less."""
        width, height = self.size
        return np.array([[self.focal, 0, width / 2], [0, self.focal, height / 2], [0, 0, 1]])

    @property
    def coefficients(self) -> Floats:
        """OpenCV's distortion coefficients k1, k2, p1, p2, k3 (5,)."""
        return np.array(self.lens.coefficients)


def rotation(turn: Floats) -> Floats:
    """Matrices (..., 3, 3) from a camera's axes to those of the camera turned by `turn` (..., 3) as
    in `Camera`."""
    pan, tilt, roll = turn[..., 0], turn[..., 1], turn[..., 2]
    # A picture that turns counter-clockwise: with y down, x towards -y.
    return _about(2, -roll) @ _about(0, -tilt) @ _about(1, -pan)


def _about(axis: int, angle: Floats) -> Floats:
    """Matrices (..., 3, 3) of the rotation of vectors about an axis by `angle` (...)."""
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.zeros((*np.shape(angle), 3, 3))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix[..., axis, axis] = 1
    matrix[..., i, i] = matrix[..., j, j] = cos
    matrix[..., i, j], matrix[..., j, i] = -sin, sin
    return matrix


def place_camera(settings: CameraSettings, size: tuple[int, int], stature: float) -> Camera:
    """The camera of a scene file, for a first person of `stature` metres. Raises ValueError where
    the distortion folds the picture."""
    angle = np.radians(settings.orbit_deg)
    aim = 0.66 * stature if settings.aim_m is None else settings.aim_m
    there = settings.distance_m * np.array([np.sin(angle), -np.cos(angle)])
    lens = _lens(settings)
    return Camera(
        position=np.array([settings.x + there[0], settings.y + there[1], settings.height_m]),
        target=np.array([settings.x, settings.y, aim]),
        focal=_focal(settings, lens, size, stature),
        size=size,
        lens=lens,
        turn=(0.0, 0.0, float(np.radians(settings.roll_deg))),
    )


def _lens(settings: CameraSettings) -> Lens:
    given = (settings.k1, settings.k2, settings.p1, settings.p2, settings.k3)
    preset = WIDE if settings.lens == "wide" else LINEAR
    if all(one is None for one in given):
        return preset
    k1, k2, p1, p2, k3 = (one or 0.0 for one in given)
    return replace(preset, coefficients=(k1, k2, p1, p2, k3))


def _focal(settings: CameraSettings, lens: Lens, size: tuple[int, int], stature: float) -> float:
    """The focal length in pixels."""
    fov = settings.fov_deg
    if fov is None and settings.lens == "wide":
        fov = WIDE_FOV_DEG
    if fov is None:
        view_height = stature / 0.59
        scale = min(size[1] / view_height, size[0] / (view_height * 1.6))
        focal = settings.distance_m * scale
    else:
        edge = np.array([np.tan(np.radians(fov / 2)), 0.0])
        focal = size[0] / 2 / float(lens.distort(edge)[0])
    if lens.undistort(np.array([size[0] / 2 / focal, 0.0]))[0] > 0.999 * lens.fold:
        widest = 2 * np.degrees(np.arctan(lens.fold))
        raise ValueError(
            "k1, k2, k3: expected a lens that keeps the order of what it shows, got one that folds "
            f"the picture at {widest:.0f} degrees; take smaller ones or a smaller fov_deg"
        )
    return focal
