"""Contact sheets of a simulated scene: tiles around the people, each with a line of text."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from bench.clips import Picture
from bench.moments import MOMENTS, Moment, nearest_frame, person_box
from models.simulation.curves import Floats
from models.simulation.scene import Scene

WIDTH = 960
"""Of a sheet, px."""

_SLIMMEST = 0.6  # width to height of a tile
_BROAD = 1.4  # the same, from which on only two tiles are in a row
_LABEL = 18  # px
_LETTERS = 0.42
_PAPER, _INK = 24, (235, 235, 235)


def film_strip(scene: Scene, moments: Sequence[Moment], columns: int | None = None) -> Picture:
    """A tile around the people for each moment, all to one scale, with the time below it."""
    frames = [nearest_frame(scene, moment.t) for moment in moments]
    boxes = _framed(_around_people(scene, frames), scene.size)
    width, height = boxes[0, 1] - boxes[0, 0]
    if columns is None:
        columns = _columns(len(moments), width / height)
    tile = WIDTH // columns, round(WIDTH / columns * height / width)
    tiles = []
    for moment, frame, box in zip(moments, frames, boxes, strict=True):
        (left, top), (right, bottom) = box.round().astype(int)
        part = scene.render(frame)[top:bottom, left:right]
        tiles.append(labelled(small(part, tile), f"{scene.time(frame):.2f} s  {moment.says}"))
    return grid(tiles, columns)


def _columns(count: int, aspect: float) -> int:
    """Wide tiles in rows of two; others in two rows, or in three where there are many."""
    if aspect > _BROAD:
        return 2
    return -(-count // (2 if count <= MOMENTS else 3))


def _around_people(scene: Scene, frames: Sequence[int]) -> Floats:
    """Corners (T, 2, 2) px of what is filled by the athlete, by whoever overlaps with him, and by
    those who are in the picture all the time."""
    boxes = np.array(
        [[person_box(scene, i, actor) for actor in range(len(scene.cast))] for i in frames]
    )
    low, high = boxes[:, :, 0], boxes[:, :, 1]
    overlaps = (low[:, :, 0] < high[:, :1, 0]) & (high[:, :, 0] > low[:, :1, 0])
    middle = boxes[:, :, :, 0].mean(axis=2)
    stays = np.all((middle > 0) & (middle < scene.size[0]), axis=0)
    shown = (overlaps | stays)[:, :, None]
    return np.stack(
        [
            np.where(shown, low, np.inf).min(axis=1),
            np.where(shown, high, -np.inf).max(axis=1),
        ],
        axis=1,
    )


def _framed(boxes: Floats, size: tuple[int, int]) -> Floats:
    """Boxes (T, 2, 2) of one size within a picture of `size`, all with the same rows, so that
    heights can be compared; not too slim."""
    top, bottom = max(boxes[:, 0, 1].min(), 0.0), min(boxes[:, 1, 1].max(), float(size[1]))
    widest = (boxes[:, 1, 0] - boxes[:, 0, 0]).max()
    width = min(max(widest, (bottom - top) * _SLIMMEST), float(size[0]))
    left = np.clip(boxes[:, :, 0].mean(axis=1) - width / 2, 0, size[0] - width)
    return np.stack(
        [
            np.stack([left, np.full_like(left, top)], axis=1),
            np.stack([left + width, np.full_like(left, bottom)], axis=1),
        ],
        axis=1,
    )


def small(image: Picture, size: tuple[int, int]) -> Picture:
    """The picture made smaller, to `size` (width, height)."""
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def headed(picture: Picture, says: str) -> Picture:
    """The picture under a line of text."""
    return np.vstack([_line(says, picture.shape[1]), picture])


def labelled(tile: Picture, says: str) -> Picture:
    """The tile with a line of text below it."""
    return np.vstack([tile, _line(says, tile.shape[1])])


def _line(says: str, width: int) -> Picture:
    line = np.full((_LABEL, width, 3), _PAPER, np.uint8)
    cv2.putText(line, says, (4, 13), cv2.FONT_HERSHEY_SIMPLEX, _LETTERS, _INK, 1, cv2.LINE_AA)
    return line


def grid(tiles: Sequence[Picture], columns: int) -> Picture:
    """Tiles of one size in rows of `columns`, the last row filled with black."""
    tiles = [*tiles, *[np.zeros_like(tiles[0])] * (-len(tiles) % columns)]
    rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    return np.vstack(rows)
