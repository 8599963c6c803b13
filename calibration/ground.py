"""The floor that a camera looks at: from pixels to metres, each with its error.

The floor has the coordinates x and y in metres, z is up. Pixels (..., 2) are those of a picture
without distortion (`calibration.lens.Intrinsics.undistort`), counted from its corner.

Errors are standard errors. They come from the covariance of the camera's place by differences along
its principal axes, which is first-order propagation with the curvature of a finite step averaged
out (JCGM 100:2008, "Guide to the expression of uncertainty in measurement", 5.1.3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from calibration.lens import Intrinsics, shrinkage
from calibration.profile import GroundPart
from models.lens import Floats

_OUTLINE_STEPS = 16  # a straight edge is bent by a wide lens


@dataclass(frozen=True, eq=False)
class Measured:
    """A quantity and its standard error, of one shape and unit."""

    value: Floats
    error: Floats


@dataclass(frozen=True, eq=False)
class Ground:
    """A camera above the floor.

    `pose` (7,) is yaw, pitch, roll (radians), x, y, height (metres) and the logarithm of a factor
    on `focal` (pixels, across and down). With all angles 0 the camera looks along +y and +x is to
    its right. Yaw turns it to the left, pitch up, and roll so that the picture turns
    counter-clockwise. `covariance` (7, 7) is that of `pose`, `error_px` the root mean square
    residual of what it was found from, `station` (K, 2) the corners of the station in metres.
    """

    size: tuple[int, int]
    focal: tuple[float, float]
    centre: tuple[float, float]
    pose: Floats
    covariance: Floats
    error_px: float = 0.0
    station: Floats | None = None

    @cached_property
    def axes(self) -> Floats:
        """Rows right, down, ahead of the camera on the floor's axes (3, 3)."""
        return axes_of(*self.pose[:3])

    @property
    def position(self) -> Floats:
        """Of the camera, x, y, z metres (3,)."""
        place: Floats = self.pose[3:6]
        return place

    @cached_property
    def homography(self) -> Floats:
        """Matrix (3, 3) from homogeneous pixels to homogeneous metres on the floor."""
        floor = np.column_stack([self.axes[:, 0], self.axes[:, 1], -self.axes @ self.position])
        return np.asarray(np.linalg.inv(self._matrix @ floor), dtype=np.float64)

    def project(self, points: Floats) -> Floats:
        """Pixels (..., 2) of points (..., 3) ahead of the camera; NaN behind it."""
        seen = (points - self.position) @ self.axes.T
        depth = np.where(seen[..., 2:] > 0, seen[..., 2:], np.nan)
        pixels: Floats = seen[..., :2] / depth * self._focal + np.array(self.centre)
        return pixels

    def places(self, pixels: Floats, above_m: float = 0.0) -> Floats:
        """x, y metres (..., 2) of what is seen at `pixels` and is `above_m` over the floor, as
        ankles are; NaN where the ray of a pixel does not come down (or up) to there."""
        rays = self._rays(pixels)
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = (above_m - self.position[2]) / rays[..., 2]
        reach = np.where(np.isfinite(reach) & (reach > 0), reach, np.nan)
        places: Floats = self.position[:2] + reach[..., None] * rays[..., :2]
        return places

    def heights(self, places: Floats, pixels: Floats) -> Floats:
        """Metres (...) above the floor of what is seen at `pixels` straight above the floor's
        `places` (..., 2) metres."""
        rays = self._rays(pixels)
        flat = rays[..., :2]
        away = places - self.position[:2]
        reach = (away * flat).sum(axis=-1) / np.maximum((flat * flat).sum(axis=-1), 1e-12)
        heights: Floats = self.position[2] + reach * rays[..., 2]
        return heights

    def vertical_scale(self, places: Floats, height_m: float = 1.0) -> Floats:
        """Pixels for a metre upwards (...) at `height_m` above the floor's `places` (..., 2)."""
        ends = [np.full((*places.shape[:-1], 1), height_m + step) for step in (-0.005, 0.005)]
        low, high = (self.project(np.concatenate([places, end], axis=-1)) for end in ends)
        scale: Floats = np.linalg.norm(high - low, axis=-1) / 0.01
        return scale

    def travel(self, begin: Floats, end: Floats, above_m: float = 0.0) -> Floats:
        """Metres (...) over the floor between what is seen at two `pixels` (..., 2)."""
        way: Floats = np.linalg.norm(
            self.places(end, above_m) - self.places(begin, above_m), axis=-1
        )
        return way

    def outline(self, intrinsics: Intrinsics | None = None) -> Floats | None:
        """The station's edge in the picture, a polygon (N, 2) of pixels; with `intrinsics` those of
        the picture as the lens gives it. None without a station or with one behind the camera."""
        if self.station is None:
            return None
        share = np.arange(_OUTLINE_STEPS)[:, None] / _OUTLINE_STEPS
        following = np.roll(self.station, -1, axis=0)
        edge = np.concatenate(
            [a + share * (b - a) for a, b in zip(self.station, following, strict=True)]
        )
        flat = np.column_stack([edge, np.zeros(len(edge))])
        if np.isnan(self.project(flat)).any():
            return None
        if intrinsics is None:
            return self.project(flat)
        return intrinsics.project((flat - self.position) @ self.axes.T)

    def measured(
        self,
        measure: Callable[[Ground, Floats], Floats],
        pixels: Floats,
        error_px: float = 0.0,
    ) -> Measured:
        """What `measure(ground, pixels)` gives, with the error that comes of the camera's place and
        of `error_px`, the standard error of each coordinate of `pixels` (..., 2)."""
        value = measure(self, pixels)
        ways = [self._moved(step) for step in self._steps]
        shifts = [measure(ahead, pixels) - measure(behind, pixels) for ahead, behind in ways]
        if error_px:
            for i in np.ndindex(pixels.shape):
                step = np.zeros_like(pixels)
                step[i] = error_px
                shifts.append(measure(self, pixels + step) - measure(self, pixels - step))
        return Measured(value, np.sqrt(sum((shift / 2) ** 2 for shift in shifts)))

    def scaled(self, size: tuple[int, int]) -> Ground:
        """The same camera with pictures of another size. Raises ValueError for another shape."""
        across, down = shrinkage(self.size, size)
        return replace(
            self,
            size=size,
            focal=(self.focal[0] * across, self.focal[1] * down),
            centre=(self.centre[0] * across, self.centre[1] * down),
            error_px=self.error_px * across,
        )

    def part(self, method: str, date: str) -> GroundPart:
        """For a profile."""
        factor = float(np.exp(self.pose[6]))
        yaw, pitch, roll = np.degrees(self.pose[:3]).tolist()
        x, y, height = self.pose[3:6].tolist()
        return GroundPart(
            *self.size,
            *(factor * self.focal[0], factor * self.focal[1], *self.centre),
            *((yaw + 180) % 360 - 180, pitch, roll, x, y, height),
            covariance=tuple(
                tuple(float(f"{each:.6g}") for each in row) for row in self.covariance
            ),
            error_px=self.error_px,
            station_m=() if self.station is None else tuple(map(tuple, self.station.tolist())),
            method=method,
            date=date,
        )

    @classmethod
    def of(cls, part: GroundPart) -> Ground:
        """From a profile."""
        angles = np.radians([part.yaw_deg, part.pitch_deg, part.roll_deg])
        return cls(
            (part.width, part.height),
            (part.fx, part.fy),
            (part.cx, part.cy),
            np.array([*angles, part.x_m, part.y_m, part.height_m, 0.0]),
            np.array(part.covariance),
            part.error_px,
            np.array(part.station_m) if part.station_m else None,
        )

    @cached_property
    def _focal(self) -> Floats:
        factor: Floats = np.array(self.focal) * np.exp(self.pose[6])
        return factor

    @property
    def _matrix(self) -> Floats:
        (fx, fy), (cx, cy) = self._focal, self.centre
        return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1.0]])

    def _rays(self, pixels: Floats) -> Floats:
        """Directions (..., 3) on the floor's axes of what is seen at pixels (..., 2)."""
        flat = (pixels - np.array(self.centre)) / self._focal
        rays: Floats = np.concatenate([flat, np.ones_like(flat[..., :1])], axis=-1) @ self.axes
        return rays

    @cached_property
    def _steps(self) -> Floats:
        """One standard error along each principal axis of the covariance (7, 7)."""
        variances, directions = np.linalg.eigh(self.covariance)
        steps: Floats = (directions * np.sqrt(np.maximum(variances, 0))).T
        return steps

    def _moved(self, step: Floats) -> tuple[Ground, Ground]:
        return replace(self, pose=self.pose + step), replace(self, pose=self.pose - step)


def axes_of(yaw: float, pitch: float, roll: float) -> Floats:
    """Rows right, down, ahead (3, 3) of a camera turned as in `Ground`."""
    flat = np.array([-np.sin(yaw), np.cos(yaw), 0.0])
    up = np.array([0.0, 0.0, 1.0])
    ahead = np.cos(pitch) * flat + np.sin(pitch) * up
    right = np.array([np.cos(yaw), np.sin(yaw), 0.0])
    down = np.sin(pitch) * flat - np.cos(pitch) * up
    cos, sin = np.cos(roll), np.sin(roll)
    return np.array([cos * right + sin * down, cos * down - sin * right, ahead])


def angles_of(axes: Floats) -> tuple[float, float, float]:
    """Yaw, pitch and roll: the inverse of `axes_of`."""
    right, down, ahead = axes
    yaw = float(np.arctan2(-ahead[0], ahead[1]))
    pitch = float(np.arcsin(np.clip(ahead[2], -1, 1)))
    level = axes_of(yaw, pitch, 0.0)
    return yaw, pitch, float(np.arctan2(right @ level[1], down @ level[1]))
