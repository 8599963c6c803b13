"""Flat things in space, painted as a camera sees them: what stands still behind the people."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.film.camera import Camera
from models.simulation.film.shape import Colour, times

Image = NDArray[np.uint8]

_NEAR_M = 0.05
_PIECES = 12  # a straight edge is bent by a lens
_SHIFT = 4
_BEYOND_PX = 1e6


class Scenery:
    """A picture that is painted from the far to the near, on `ground`."""

    def __init__(self, camera: Camera, ground: Colour) -> None:
        self.camera = camera
        width, height = camera.size
        self.image: Image = np.full((height, width, 3), np.round(ground), np.uint8)

    def polygon(self, corners: Sequence[Sequence[float]] | Floats, colour: Colour) -> None:
        """Fill a flat polygon with corners (N, 3) in metres; what is behind the camera is cut."""
        seen = _in_front(_pieces(np.asarray(corners, np.float64)), self.camera)
        if len(seen) < 3:
            return
        pixels = np.clip(self.camera.project(seen)[0], -_BEYOND_PX, _BEYOND_PX)
        if _outside(pixels, self.camera.size):
            return
        fixed = np.rint((pixels - 0.5) * (1 << _SHIFT)).astype(np.int32)
        shade = np.clip(colour, 0, 255).tolist()
        cv2.fillPoly(self.image, [fixed], shade, cv2.LINE_AA, _SHIFT)

    def box(self, low: Sequence[float], high: Sequence[float], colour: Colour) -> None:
        """The faces of an upright box that are turned to the camera; the top is the brightest."""
        ends = np.array([low, high], np.float64)
        for axis, shade in ((0, 0.80), (1, 0.90), (2, 1.08)):
            for end in (0, 1):
                position = self.camera.position[axis] - ends[end, axis]
                if position * (1 if end else -1) > 0:
                    self.polygon(_face(ends, axis, end), times(colour, shade))

    def finished(self, rng: np.random.Generator, brightness: float) -> Image:
        """The picture with uneven light from above and a rough surface."""
        height, width = self.image.shape[:2]
        rough = rng.normal(0, 3.0, (height // 8 + 1, width // 8 + 1)).astype(np.float32)
        texture = cv2.resize(rough, (width, height))[..., None]
        down = np.linspace(1.05, 0.95, height, dtype=np.float32)[:, None, None]
        lit = (self.image * down + texture) * np.float32(brightness)
        finished: Image = np.clip(lit, 0, 255).astype(np.uint8)
        return finished


def _face(ends: Floats, axis: int, end: int) -> Floats:
    u, v = (a for a in range(3) if a != axis)
    corners = np.empty((4, 3))
    corners[:, axis] = ends[end, axis]
    corners[:, u] = ends[[0, 1, 1, 0], u]
    corners[:, v] = ends[[0, 0, 1, 1], v]
    return corners


def _pieces(corners: Floats) -> Floats:
    """The outline (N, 3) with its edges cut into pieces."""
    share = np.arange(_PIECES)[:, None] / _PIECES
    following = np.roll(corners, -1, axis=0)
    outline: Floats = (corners[:, None] + share * (following - corners)[:, None]).reshape(-1, 3)
    return outline


def _in_front(outline: Floats, camera: Camera) -> Floats:
    """The outline without what is behind the camera (Sutherland-Hodgman)."""
    depth = (outline - camera.position) @ camera.axes[2]
    if depth.min() >= _NEAR_M:
        return outline
    kept = []
    for i in range(len(outline)):
        a, b = depth[i - 1], depth[i]
        if (a < _NEAR_M) != (b < _NEAR_M):
            kept.append(outline[i - 1] + (_NEAR_M - a) / (b - a) * (outline[i] - outline[i - 1]))
        if b >= _NEAR_M:
            kept.append(outline[i])
    return np.array(kept).reshape(-1, 3)


def _outside(pixels: Floats, size: tuple[int, int]) -> bool:
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    return bool((low > size).any() or (high < 0).any())
