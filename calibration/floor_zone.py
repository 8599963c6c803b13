"""The station on the floor as a zone: who stands in it counts, whatever overlaps in the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from calibration.ground import Ground
from calibration.lens import Intrinsics
from calibration.zone import PictureZone, Rectangle
from models.lens import Floats

Place = tuple[float, float]
"""x, y metres."""
HEIGHT_M = 3.0
"""What is looked at reaches up to here above the station: somebody in a flip, arms and all, ..."""
REACH_M = 0.8
"""... and this far beyond its edge: somebody who stands on the edge, with his arms out."""

_HEIGHTS_M = (0.0, HEIGHT_M / 2, HEIGHT_M)
_NEAREST_M = 0.1
_LEAST_PX = 16
_CAMERA = 12
"""Numbers of the camera, before those of the corners."""
_STEPS = 8  # along each edge: a wide lens bends it


@dataclass(frozen=True, eq=False)
class FloorZone:
    """The station of `ground`, whose pixels are those of a picture without distortion."""

    ground: Ground

    @classmethod
    def of(cls, ground: Ground) -> FloorZone:
        """As `from_numbers` will read it. Raises ValueError for a floor without a station."""
        if ground.station is None:
            raise ValueError(
                "ground: station_m: expected the station's corners, got none; run fliptally "
                "calibrate scale --corners"
            )
        factor = float(np.exp(ground.pose[6]))
        focal = (factor * ground.focal[0], factor * ground.focal[1])
        place = ground.pose[:6].tolist()
        corners = ground.station.ravel().tolist()
        return cls.from_numbers((*ground.size, *focal, *ground.centre, *place, *corners))

    @classmethod
    def from_numbers(cls, numbers: Sequence[float]) -> FloorZone:
        """The inverse of `numbers`. Raises ValueError."""
        corners = numbers[_CAMERA:]
        if len(corners) < 6 or len(corners) % 2 or not np.isfinite(numbers).all():
            raise ValueError(
                f"station: expected {_CAMERA} finite numbers of the camera and 3 or more corners, "
                f"got {len(numbers)} numbers"
            )
        width, height, fx, fy, cx, cy, *place = numbers[:_CAMERA]
        places = list(zip(corners[::2], corners[1::2], strict=True))
        if len(set(places)) < len(places):
            raise ValueError(f"station: expected {len(places)} different corners, got {places}")
        if min(fx, fy, place[5]) <= 0:
            raise ValueError(
                f"station: expected a focal length and a height above 0, got {fx:g}, {fy:g} px and "
                f"{place[5]:g} m"
            )
        pose = np.array([*place, 0.0])
        station = np.array(corners, dtype=np.float64).reshape(-1, 2)
        size = (int(width), int(height))
        return cls(Ground(size, (fx, fy), (cx, cy), pose, np.zeros((7, 7)), station=station))

    @property
    def numbers(self) -> tuple[float, ...]:
        """Width, height, fx, fy, cx, cy in pixels; yaw, pitch, roll in radians, x, y, height in
        metres as in `Ground`; x, y metres of each corner."""
        ground = self.ground
        place = ground.pose[:6].tolist()
        return (
            *ground.size,
            *ground.focal,
            *ground.centre,
            *place,
            *self._corners.ravel().tolist(),
        )

    def __str__(self) -> str:
        return "station"  # as --zone takes it

    @cached_property
    def camera_m(self) -> float:
        """The camera's height above the floor."""
        return float(self.ground.position[2])

    def beneath(self, x: float, y: float, above_m: float) -> Place | None:
        """Where, from the camera's foot point, that is which is seen at an undistorted pixel and is
        `above_m` over the floor; None where the view does not come down to there."""
        ground = self.ground
        across, down = (
            (x - ground.centre[0]) / ground.focal[0],
            (y - ground.centre[1]) / ground.focal[1],
        )
        right, below, ahead = self._axes
        ray_x, ray_y, ray_z = (
            across * r + down * b + a for r, b, a in zip(right, below, ahead, strict=True)
        )
        reach = (above_m - self.camera_m) / ray_z if ray_z else 0.0
        return (reach * ray_x, reach * ray_y) if reach > 0 else None

    def beyond(self, place: Place) -> float:
        """Metres from the station's edge to a place from the camera's foot point; 0 within."""
        x, y = place
        inside, nearest = False, math.inf
        for (ax, ay), (bx, by) in self._edges:
            along_x, along_y = bx - ax, by - ay
            share = ((x - ax) * along_x + (y - ay) * along_y) / (along_x**2 + along_y**2)
            share = min(max(share, 0.0), 1.0)
            away = math.hypot(x - ax - share * along_x, y - ay - share * along_y)
            nearest = min(nearest, away)
            if (ay <= y) != (by <= y) and x < ax + (y - ay) / along_y * along_x:
                inside = not inside
        return 0.0 if inside else nearest

    def box(self, size: tuple[int, int], lens: Intrinsics | None = None) -> Rectangle:
        """Of a picture of `size`, as the lens gives it, what shows the room above the station, up
        to `HEIGHT_M` and `REACH_M` beyond its edge. Raises ValueError where the picture shows none
        of it."""
        seen = (self._room - self.ground.position) @ self.ground.axes.T
        if seen[:, 2].min() < _NEAREST_M:
            return Rectangle(0, 0, *size)  # the camera stands in it: it may be anywhere
        camera = lens or Intrinsics(self.ground.size, self.ground.focal, self.ground.centre)
        pixels = camera.project(seen)
        left, top = np.clip(np.floor(pixels.min(axis=0)), 0, size).astype(int).tolist()
        right, bottom = np.clip(np.ceil(pixels.max(axis=0)), 0, size).astype(int).tolist()
        if min(right - left, bottom - top) < _LEAST_PX:
            raise ValueError(
                f"station: not in the picture of {size[0]}x{size[1]}; run fliptally calibrate "
                "scale --corners again, with the camera where it is now"
            )
        return Rectangle(left, top, right - left, bottom - top)

    @cached_property
    def _corners(self) -> Floats:
        station = self.ground.station
        return np.zeros((0, 2)) if station is None else station

    @cached_property
    def _edges(self) -> list[tuple[Place, Place]]:
        """From the camera's foot point."""
        corners = [(x, y) for x, y in (self._corners - self.ground.position[:2]).tolist()]
        return list(zip(corners, [*corners[1:], corners[0]], strict=True))

    @cached_property
    def _axes(self) -> list[list[float]]:
        axes: list[list[float]] = self.ground.axes.tolist()
        return axes

    @cached_property
    def _room(self) -> Floats:
        """Points (N, 3) on the surface of what is looked at."""
        share = np.arange(_STEPS)[:, None, None] / _STEPS
        following = np.roll(self._corners, -1, axis=0)
        edge = (self._corners + share * (following - self._corners)).reshape(-1, 2)
        around = REACH_M * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
        wide = (edge[:, None] + around).reshape(-1, 2)
        return np.concatenate([np.insert(wide, 2, height, axis=1) for height in _HEIGHTS_M])


Zone = PictureZone | FloorZone


def usable(ground: Ground, lens: Intrinsics | None) -> Ground:
    """`ground`, when its pixels are those that `lens` gives. Raises ValueError when it was measured
    with another lens."""
    expected = (ground.size[0] / 2, ground.size[1] / 2)
    if lens is not None:
        expected = lens.centre
    if not np.allclose(ground.centre, expected, atol=0.5):
        raise ValueError(
            "ground: measured with another lens than the one in the file; run fliptally calibrate "
            "scale again"
        )
    return ground
