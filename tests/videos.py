"""Real video files, made here."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

TICKS = 60_000


def picture(i: int, width: int = 160, height: int = 120) -> NDArray[np.uint8]:
    """A BGR picture that shows its number: a white bar of 4 px per frame, in the top left half."""
    image = np.full((height, width, 3), 40, np.uint8)
    image[: height // 2, : 4 * (i + 1)] = 255
    return image


def number_in(image: NDArray[np.uint8]) -> int:
    """The number of a `picture`."""
    return round(float((image[5, :, 0] > 128).sum()) / 4) - 1


def write_video(
    path: Path,
    times: Sequence[float],
    *,
    pictures: Sequence[NDArray[np.uint8]] | None = None,
    codec: str = "libx264",
    rotation: int | None = None,
) -> Path:
    """Write one frame at each of `times` (seconds); `rotation` sets the orientation tag."""
    images = pictures or [picture(i) for i in range(len(times))]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=30)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, TICKS)
        stream.codec_context.time_base = Fraction(1, TICKS)
        if rotation is not None:
            stream.set_display_rotation(rotation)  # type: ignore[attr-defined]
        for t, image in zip(times, images, strict=True):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts = round(t * TICKS)
            frame.time_base = Fraction(1, TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
