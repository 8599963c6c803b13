"""The empty hall for a camera that distorts, is tilted or shakes.

It is drawn once, larger, for a camera that does none of this; pictures are cut out of that. Where
each pixel is taken from is computed on a coarse grid and interpolated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from models.lens import LINEAR
from models.simulation.curves import Floats
from models.simulation.film.camera import Camera, rotation

Image = NDArray[np.uint8]

_CELL = 32  # pixels between the points of the grid
_LARGEST = 3.0  # of the picture's size; what lies farther out repeats the canvas's edge


@dataclass(frozen=True, eq=False)
class Canvas:
    """`image`, the hall drawn for the level pinhole `camera`."""

    image: Image
    camera: Camera

    def seen_by(self, camera: Camera, turns: Callable[[Floats], Floats] | None = None) -> Image:
        """The hall (H, W, 3) in the picture of `camera`, which stands at the same place. `turns`
        gives its turns (N, 3), as in `Camera`, in each of N rows of the picture (pixels)."""
        grid = _grid(camera.size)
        rows = grid[:, 0, 1]
        turn = np.tile(camera.turn, (len(rows), 1)) if turns is None else turns(rows)
        rays = _rays(camera, grid) @ rotation(turn)  # the inverse: back to the level camera
        pixels = self.camera.image(rays)[0]
        # OpenCV puts pixel centres at whole numbers, the camera at halves.
        x, y = (_filled(pixels[..., i] - 0.5, camera.size) for i in range(2))
        picture = cv2.remap(self.image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return cast(Image, picture)


def canvas_camera(camera: Camera, sway: Floats) -> Camera:
    """The level pinhole camera at the place of `camera` that sees all that `camera` sees when it is
    turned by up to `sway` (3,) radians more, in any direction."""
    border = _grid(camera.size)
    signs = np.stack(np.meshgrid([-1, 1], [-1, 1], [-1, 1]), axis=-1).reshape(-1, 3)
    turns = np.array(camera.turn) + signs * sway
    pixels = np.concatenate(
        [
            camera.focal * (seen[..., :2] / np.maximum(seen[..., 2:], 1e-3)).reshape(-1, 2)
            for seen in (_rays(camera, border) @ matrix for matrix in rotation(turns))
        ]
    )
    size = np.array(camera.size)
    half = np.minimum(np.abs(pixels).max(axis=0) + 2, _LARGEST * size / 2)
    width, height = np.maximum(2 * np.ceil(half), size).astype(int)
    return replace(camera, size=(int(width), int(height)), lens=LINEAR, turn=(0.0, 0.0, 0.0))


def _grid(size: tuple[int, int]) -> Floats:
    """Pixels (rows, columns, 2) of the grid: the middles of cells that cover the picture and more
    by a cell on each side."""
    x, y = ((np.arange(-1, -(-pixels // _CELL) + 1) + 0.5) * _CELL for pixels in size)
    return np.stack(np.meshgrid(x, y), axis=-1)


def _rays(camera: Camera, grid: Floats) -> Floats:
    """Directions (rows, columns, 3) in the camera's axes."""
    flat = camera.directions(grid)
    return np.concatenate([flat, np.ones_like(flat[..., :1])], axis=-1)


def _filled(grid: Floats, size: tuple[int, int]) -> NDArray[np.float32]:
    """A value for every pixel (H, W) from those of the grid (rows, columns)."""
    rows, columns = grid.shape
    # cv2.resize aligns the middles of cells with the middles of pixels, as the grid is meant.
    full = cv2.resize(grid.astype(np.float32), (columns * _CELL, rows * _CELL))
    return cast(NDArray[np.float32], full[_CELL : _CELL + size[1], _CELL : _CELL + size[0]])
