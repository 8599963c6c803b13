"""What a lens does to directions: OpenCV's model of radial and tangential distortion.

A direction is (x, y) at depth 1; the formulas are those of OpenCV's "Camera Calibration and 3D
Reconstruction" (Brown-Conrady, five coefficients).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_RADII = np.linspace(0.0, 8.0, 8192)  # tangents of angles from the axis, up to 83 degrees
_PASSES = 12


@dataclass(frozen=True)
class Lens:
    """Distortion coefficients k1, k2, p1, p2, k3 in OpenCV's order."""

    coefficients: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)

    @property
    def distorts(self) -> bool:
        return any(self.coefficients)

    @cached_property
    def fold(self) -> float:
        """The distance from the axis beyond which the formula would bring directions back towards
        the middle of the picture; infinite for most lenses."""
        back = np.flatnonzero(np.diff(self._radial(_RADII)) <= 0)
        return float(_RADII[back[0]]) if len(back) else float("inf")

    def distort(self, directions: Floats) -> Floats:
        """Where directions (..., 2) appear, (..., 2); those beyond `fold` stay outside."""
        if not self.distorts:
            return directions
        distance = np.hypot(directions[..., 0], directions[..., 1])
        within = np.minimum(1.0, self.fold / np.maximum(distance, 1e-12))[..., None]
        inner = directions * within
        reach = np.minimum(distance, self.fold)
        stretch = self._radial(reach) / np.maximum(reach, 1e-12)
        seen: Floats = directions * stretch[..., None] + self._tangential(inner)
        return seen

    def undistort(self, seen: Floats) -> Floats:
        """The directions (..., 2) that appear at `seen` (..., 2)."""
        if not self.distorts:
            return seen
        radii, bent = self._curve
        directions = seen
        for _ in range(_PASSES if any(self.coefficients[2:4]) else 1):
            target = seen - self._tangential(directions)
            distance = np.hypot(target[..., 0], target[..., 1])
            true = np.interp(distance, bent, radii)
            directions = target * (true / np.maximum(distance, 1e-12))[..., None]
        return directions

    @cached_property
    def _curve(self) -> tuple[Floats, Floats]:
        """Distances from the axis, and where they appear; both increase."""
        radii = _RADII[self.fold >= _RADII]
        return radii, self._radial(radii)

    def _radial(self, distance: Floats) -> Floats:
        k1, k2, _, _, k3 = self.coefficients
        square = distance * distance
        bent: Floats = distance * (1 + square * (k1 + square * (k2 + square * k3)))
        return bent

    def _tangential(self, directions: Floats) -> Floats:
        _, _, p1, p2, _ = self.coefficients
        x, y = directions[..., 0], directions[..., 1]
        square = x * x + y * y
        return np.stack(
            [
                2 * p1 * x * y + p2 * (square + 2 * x * x),
                p1 * (square + 2 * y * y) + 2 * p2 * x * y,
            ],
            axis=-1,
        )


LINEAR = Lens()
WIDE = Lens((-0.251, 0.0507, 0.0, 0.0, -0.0039))
"""An action camera's: least squares fit, up to 68 degrees, of the distance from the middle being
the angle from the axis. A Hero 3 measured by R. Cunniff ("GoPro Hero3 Black Field of View", 2012)
is such a lens, about 114 degrees wide."""
WIDE_FOV_DEG = 110.0
