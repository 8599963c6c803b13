"""Pictures of the calibration board through a known lens, by exact projection."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from calibration.board import Board, Image
from calibration.lens import Intrinsics
from models.lens import Floats
from models.simulation.film.camera import rotation

Hold = tuple[float, float, float, float, float, float]
"""How a board is held: its middle in the picture, to the right and down (-1...1 at the edges); its
distance as a multiple of that at which it fills the picture's height; turned, tilted and rolled in
degrees."""

SWEEP: tuple[Hold, ...] = (
    (0.0, 0.0, 0.9, 0, 0, 0),
    (0.0, 0.0, 1.3, 30, 0, 0),
    (0.0, 0.0, 1.3, -35, 0, 10),
    (0.0, 0.0, 1.3, 0, 30, -10),
    (0.0, 0.0, 1.3, 0, -35, 0),
    (-0.6, 0.0, 1.1, 20, 0, 0),
    (0.6, 0.0, 1.1, -20, 0, 90),
    (0.0, -0.5, 1.0, 0, 20, 90),
    (0.0, 0.5, 1.0, 0, -25, 90),
    (-0.65, -0.55, 0.9, 15, 15, 0),
    (0.65, -0.55, 0.9, -15, 15, 90),
    (-0.65, 0.55, 0.9, 25, -25, 180),
    (0.65, 0.55, 0.9, -20, -20, 0),
    (0.2, 0.1, 3.0, 25, 25, 45),
    (0.6, 0.0, 0.8, 30, 0, 0),
    (-0.6, 0.1, 0.8, -30, 0, 0),
    *((x, y, 0.7, 20 * x, -20 * y, 0) for x in (-0.85, 0.85) for y in (-0.8, 0.8)),
)
"""A good set of views."""
WHOLE: tuple[Hold, ...] = tuple(
    (right, down, 1.7, turn, tilt, roll)
    for right, down, turn, tilt, roll in (
        *(
            (0.0, 0.0, 30, 0, 0),
            (0.0, 0.0, 0, 35, 10),
            (0.0, 0.0, 0, -35, 0),
            (0.0, 0.0, -35, 0, 0),
        ),
        *(
            (-0.7, 0.0, 25, 0, 0),
            (0.7, 0.0, -25, 0, 0),
            (-0.3, -0.4, 0, 30, 0),
            (0.3, 0.4, 0, -30, 0),
        ),
        *((-0.7, -0.4, 20, 20, 0), (0.7, -0.4, -20, 20, 0), (-0.7, 0.4, 20, -20, 0)),
        *((0.7, 0.4, -20, -20, 0), (0.4, 0.0, 25, 25, 0), (-0.4, 0.0, 25, -25, 10)),
    )
)
"""The same for a board that must be seen whole."""

_SAMPLES = 5  # no two in a row or a column of the pixel
_MARGIN_MM = 12.0
_WALL = 0.5
_BLUR_PX = 0.6  # of a lens in focus


def picture(board: Board, camera: Intrinsics, hold: Hold, rng: np.random.Generator) -> Image:
    """A grey picture (H, W) of the board evenly lit, with a sensor's noise."""
    right, down, multiple, *turn = hold
    width, height = camera.size
    axes = rotation(np.radians(np.array(turn)))
    where = np.array([(1 + right) * width / 2, (1 + down) * height / 2])
    sight = np.append(camera.directions(where), 1.0)
    across, along = board.size_mm
    middle = sight * multiple * along * camera.focal[1] / height
    centred = np.array([across, along]) / 2

    def place(seen: Floats) -> Floats:
        """Places (..., 2) mm on the board's plane of what is seen in directions (..., 2); NaN
        behind the camera."""
        x, y = seen[..., 0], seen[..., 1]
        depth = axes[2, 0] * x + axes[2, 1] * y + axes[2, 2]
        with np.errstate(divide="ignore"):
            reach = (middle @ axes[2]) / depth
        reach[reach <= 0] = np.nan
        origin = centred - axes[:2] @ middle
        flat = [reach * (a * x + b * y + c) + o for (a, b, c), o in zip(axes, origin, strict=False)]
        return np.stack(flat, axis=-1)

    seen = _directions(camera)
    shade = np.full((height, width), _WALL)
    near = np.abs(place(seen[0]) - centred) < centred + 2 * _MARGIN_MM
    on_paper = near[..., 0] & near[..., 1]
    shade[on_paper] = sum(_shade(board, place(part[on_paper])) for part in seen) / len(seen)
    shade = cv2.GaussianBlur(shade, (0, 0), _BLUR_PX)
    noisy = 30 + 200 * shade + rng.normal(0, 2.0, shade.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def _shade(board: Board, place: Floats) -> Floats:
    """0 black to 1 white at places (..., 2) mm of the board's plane; a grey wall outside of it."""
    black = board.black
    module = board.size_mm[0] / black.shape[1]
    column, row = np.nan_to_num(np.floor(place / module), nan=-1e6).astype(int).T
    on = (column >= 0) & (row >= 0) & (column < black.shape[1]) & (row < black.shape[0])
    outside = np.maximum(-place, place - board.size_mm)
    shade = np.where(np.maximum(outside[..., 0], outside[..., 1]) < _MARGIN_MM, 1.0, _WALL)
    shade[on] = ~black[row[on], column[on]]
    return shade


@lru_cache(maxsize=2)
def _directions(camera: Intrinsics) -> Floats:
    """Directions (samples, H, W, 2), at depth 1, seen by parts of each pixel."""
    width, height = camera.size
    places = np.arange(_SAMPLES)
    parts = (np.stack([places, 2 * places % _SAMPLES], axis=-1) + 0.5) / _SAMPLES
    pixels = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
    return camera.directions(pixels + parts[:, None, None])
