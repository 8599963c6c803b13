"""What the pose engine sees in a video, for the eye:

    python -m bench.contact_sheet VIDEO --from F --to F --out sheet.png

A grid of crops around the athlete with the skeleton: left in orange, right in blue, the trunk as a
white arrow from the hips to the shoulders, the frame number in red where nobody is found. The
engine sees the video from its first frame on, whatever is drawn.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.clips import Picture, timed_pictures
from bench.compare import trunk_axis, trunk_seen
from bench.rotation import track
from models.skeleton import BODY, Keypoints
from realtime.sources.errors import SourceError

Colour = tuple[int, int, int]

LEFT: Colour = (0, 140, 255)
RIGHT: Colour = (255, 120, 0)
MIDDLE: Colour = (255, 255, 255)
LOST: Colour = (0, 0, 255)
FOUND: Colour = (0, 220, 0)
_MARGIN = 1.15
_LEAST_SIDE = 32.0  # px
_HIPS = [BODY.index(f"{side}_hip") for side in ("left", "right")]


@dataclass(frozen=True, eq=False)
class Tile:
    """A frame of the sheet: its number, its picture, and key points (17, 3), zeros for nobody."""

    number: int
    picture: Picture
    keypoints: Keypoints


def tiles(video: str, frames: range, threads: int) -> list[Tile]:
    """The frames of a video as the engine sees them."""
    kept: dict[int, Picture] = {}

    def seen() -> Iterable[Picture]:
        pictures = (picture for picture, _, _ in timed_pictures(video))
        for i, picture in enumerate(islice(pictures, frames.stop)):
            if i in frames:
                kept[i] = picture
            yield picture

    found = [*track(seen(), threads)]
    return [Tile(i, picture, found[i]) for i, picture in kept.items()]


def sheet(parts: Sequence[Tile], columns: int, size: int) -> Picture:
    """The tiles in rows of `columns`, each `size` px wide and high. Raises ValueError when there
    is none."""
    if not parts:
        raise ValueError("contact sheet: expected at least one frame, got none")
    centres, side = crops(np.array([tile.keypoints for tile in parts]), parts[0].picture.shape)
    drawn = [_draw(tile, c, side, size) for tile, c in zip(parts, centres, strict=True)]
    drawn += [np.zeros_like(drawn[0])] * (-len(drawn) % columns)
    rows = [np.hstack(drawn[i : i + columns]) for i in range(0, len(drawn), columns)]
    return np.vstack(rows)


def crops(keypoints: Keypoints, shape: tuple[int, ...]) -> tuple[NDArray[np.float64], float]:
    """Centres (T, 2) px and the side of square crops that show the athlete of (T, 17, 3); a frame
    without him has the crop between its neighbours', a video without him the whole picture. A crop
    is never so small that one joint fills it."""
    height, width = shape[:2]
    seen = np.flatnonzero(keypoints[..., 2].any(axis=1))
    if not len(seen):
        return np.tile((width / 2, height / 2), (len(keypoints), 1)), float(max(width, height))
    xy = np.where(keypoints[seen, :, 2:] > 0, keypoints[seen, :, :2], np.nan)
    low, high = np.nanmin(xy, axis=1), np.nanmax(xy, axis=1)
    middle = (low + high) / 2
    every = np.arange(len(keypoints))
    centres = np.stack([np.interp(every, seen, column) for column in middle.T], axis=1)
    side = _MARGIN * float(np.percentile((high - low).max(axis=1), 90))
    return centres, max(side, _LEAST_SIDE)


def _draw(tile: Tile, centre: NDArray[np.float64], side: float, size: int) -> Picture:
    scale = size / side
    matrix = np.array([[scale, 0.0, 0.0], [0.0, scale, 0.0]])
    matrix[:, 2] = size / 2 - scale * centre
    crop = np.asarray(cv2.warpAffine(tile.picture, matrix, (size, size)), np.uint8)
    joints = tile.keypoints[:, :2] * scale + matrix[:, 2]
    seen = tile.keypoints[:, 2] > 0
    for begin, end in BODY.limbs:
        ends = [BODY.index(begin), BODY.index(end)]
        if seen[ends].all():
            first, last = map(_pixel, joints[ends])
            cv2.line(crop, first, last, _colour(begin, end), 2, cv2.LINE_AA)
    if trunk_seen(tile.keypoints[None]).all():
        hips = joints[_HIPS].mean(axis=0)
        tip = hips + scale * trunk_axis(tile.keypoints.astype(np.float64))
        cv2.arrowedLine(crop, _pixel(hips), _pixel(tip), MIDDLE, 3, cv2.LINE_AA, tipLength=0.3)
    colour = FOUND if seen.any() else LOST
    cv2.putText(crop, str(tile.number), (6, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.7, colour, 2)
    return crop


def _colour(begin: str, end: str) -> Colour:
    sides = {joint.split("_")[0] for joint in (begin, end)}
    return MIDDLE if len(sides) > 1 else LEFT if sides == {"left"} else RIGHT


def _pixel(point: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("video", metavar="VIDEO")
    parser.add_argument("--from", dest="first", type=int, required=True, metavar="F")
    parser.add_argument("--to", dest="last", type=int, required=True, metavar="F")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--size", type=int, default=280, help="side of a crop, px")
    parser.add_argument("--engine-threads", type=int, default=2, metavar="N")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    if not cv2.haveImageWriter(str(options.out)):
        sys.exit(f"{options.out}: no image format of this name; give a file such as sheet.png")
    frames = range(options.first, options.last + 1, options.every)
    try:
        parts = tiles(options.video, frames, options.engine_threads)
        image = sheet(parts, options.columns, options.size)
    except (SourceError, ValueError) as error:
        sys.exit(str(error))
    if not cv2.imwrite(str(options.out), image):
        sys.exit(f"{options.out}: cannot be written")


if __name__ == "__main__":
    main()
