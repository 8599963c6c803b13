"""Films with sound that the tests of the timing track and of the review share."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np

from tests.realtime.judge.sound.example import Samples, beep_at


def film(
    path: Path, sound: Samples, *, rate: int = 48_000, codec: str, first_picture_s: float = 0.0,
    first_sample_s: float = 0.0, stereo: bool = False, missing: slice | None = None,
) -> Path:  # fmt: skip
    """A film of grey pictures at 10 fps with `sound`, the two beginning when they are told;
    `missing` seconds of it are not written."""
    with av.open(str(path), "w") as container:
        pictures = cast(Any, container.add_stream("libx264", rate=10))
        pictures.width = pictures.height = 64
        pictures.pix_fmt = "yuv420p"
        pictures.codec_context.time_base = pictures.time_base = Fraction(1, 90_000)
        voice = cast(Any, container.add_stream(codec, rate=rate))
        voice.layout = "stereo" if stereo else "mono"
        for i in range(40):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 99, np.uint8), format="rgb24")
            frame.pts = round((first_picture_s + i / 10) * 90_000)
            frame.time_base = Fraction(1, 90_000)
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode(None))
        size = voice.codec_context.frame_size or 1024
        whole = np.round(sound * 32767).astype(np.int16)
        for begin in range(0, len(whole), size):
            if missing and missing.start <= begin / rate < missing.stop:
                continue
            chunk = whole[begin : begin + size]
            block = (
                np.stack([chunk, np.zeros_like(chunk)], axis=1).reshape(1, -1)
                if stereo
                else chunk[None]
            )
            sounding = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(block), format="s16", layout=voice.layout.name
            )
            sounding.sample_rate = rate
            sounding.pts = begin + round(first_sample_s * rate)
            sounding.time_base = Fraction(1, rate)
            container.mux(voice.encode(sounding))
        container.mux(voice.encode(None))
    return path


def start_and_stop(rate: int = 48_000) -> Samples:
    sound = np.zeros(4 * rate, np.float32)
    for onset in (0.5, 3.5):
        beep_at(sound, rate, "high", round(onset * rate), 0.5)
    return sound
