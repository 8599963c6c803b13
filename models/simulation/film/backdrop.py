"""The empty gym behind the athlete."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.simulation.film.camera import Camera

Image = NDArray[np.uint8]

_WALL = np.array([176.0, 184.0, 190.0])
_FLOOR = np.array([120.0, 160.0, 196.0])
_LINE = (205, 214, 222)
_SKIRTING = (96, 104, 112)
_DEPTH_M, _HALF_WIDTH_M = 3.5, 9.0
_NEAR_M = -3.5


def draw_backdrop(camera: Camera, rng: np.random.Generator) -> Image:
    """A gym wall and a floor with court lines, uint8 BGR (H, W, 3)."""
    width, height = camera.size
    down = np.linspace(1.06, 0.94, height)[:, None, None]
    image = np.broadcast_to(_WALL * down, (height, width, 3)).copy()
    _wall_panels(image, camera)
    _floor(image, camera)
    image += cv2.resize(rng.normal(0, 3.0, (height // 8 + 1, width // 8 + 1)), (width, height))[
        ..., None
    ]
    return np.clip(image, 0, 255).astype(np.uint8)


def _corner(camera: Camera, x: float, y: float, z: float) -> tuple[int, int]:
    pixel, _ = camera.project(np.array([x, y, z]))
    return round(float(pixel[0])), round(float(pixel[1]))


def _polygon(image: NDArray[np.float64], camera: Camera, corners: list[tuple[float, ...]]) -> None:
    """Darken a flat panel a little."""
    mask = np.zeros(image.shape[:2], np.uint8)
    pixels = np.array([_corner(camera, *corner) for corner in corners], np.int32)
    cv2.fillConvexPoly(mask, pixels, 1)
    image[mask > 0] *= 0.93


def _wall_panels(image: NDArray[np.float64], camera: Camera) -> None:
    for left in np.arange(-_HALF_WIDTH_M, _HALF_WIDTH_M, 2.4):
        _polygon(
            image,
            camera,
            [(left + dx, _DEPTH_M, z) for dx, z in ((0, 0.3), (2.2, 0.3), (2.2, 2.6), (0, 2.6))],
        )


def _floor(image: NDArray[np.float64], camera: Camera) -> None:
    horizon = _corner(camera, 0.0, _DEPTH_M, 0.0)[1]
    rows = max(image.shape[0] - horizon, 0)
    image[horizon:] = _FLOOR * np.linspace(0.86, 1.05, rows)[:, None, None]
    for x in np.arange(-_HALF_WIDTH_M, _HALF_WIDTH_M + 0.1, 0.6):
        ends = _corner(camera, x, _NEAR_M, 0.0), _corner(camera, x, _DEPTH_M, 0.0)
        cv2.line(image, *ends, tuple(_FLOOR * 0.9), 1, cv2.LINE_AA)
    for y in (-1.4, 1.9):
        ends = _corner(camera, -_HALF_WIDTH_M, y, 0.0), _corner(camera, _HALF_WIDTH_M, y, 0.0)
        cv2.line(image, *ends, _LINE, 3, cv2.LINE_AA)
    cv2.line(image, (0, horizon), (image.shape[1], horizon), _SKIRTING, 5, cv2.LINE_AA)
