"""The real videos, picture by picture; needs PyAV and NumPy only, so that peers can share it."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from realtime.sources.errors import SourceError
from realtime.sources.video import VideoSource

Picture = NDArray[np.uint8]

SETS = ("rope", "flips", "other")

_CHUNK = 64
_SETTLE_S = 0.1  # the decoder fills its queue

ZONES = {"us_3.mp4": (460, 40, 440, 480)}
"""Where the labelled athlete is (x, y, width, height), for the one clip with several at once (see
the README of the data)."""


def data_folder() -> Path:
    """FLIPTALLY_DATA, or `../shared/data`."""
    return Path(os.environ.get("FLIPTALLY_DATA", "../shared/data"))


def pictures(video: str) -> Iterator[tuple[Picture, tuple[int, int]]]:
    """Each frame (BGR, upright, cut to the clip's zone) and the zone's corner in pixels."""
    for picture, offset, _ in timed_pictures(video):
        yield picture, offset


def decoded_ahead(video: str) -> Iterator[tuple[Picture, tuple[int, int]]]:
    """The same as `pictures`, decoded in chunks, so that no decoder's thread runs while the caller
    measures what it does with a picture."""
    source = pictures(video)
    while chunk := list(itertools.islice(source, _CHUNK)):
        time.sleep(_SETTLE_S)
        yield from chunk


def timed_pictures(video: str) -> Iterator[tuple[Picture, tuple[int, int], float]]:
    """The same with the capture time in seconds; a damaged video ends where it is damaged."""
    x, y, width, height = ZONES.get(Path(video).name, (0, 0, 1 << 20, 1 << 20))
    source = VideoSource(video)
    try:
        for frame in iter(source.read, None):
            cut = frame.image[y : y + height, x : x + width]
            yield np.ascontiguousarray(cut), (x, y), frame.t
    except SourceError:
        return
    finally:
        source.close()
