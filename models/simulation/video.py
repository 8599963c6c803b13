"""A scene as a video file with sound, its times as exact as a file can hold them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from models.simulation.scene import Scene

# FLAC and PCM are exact to the sample in every reader. AAC puts 1024 samples before the first one
# and needs a reader that honours the edit list which takes them away again (one that does not is
# 21 ms late), and it smears the clicks. QuickTime has no FLAC.
_SOUND_CODECS = {".mp4": "flac", ".mov": "pcm_s16le"}
CONTAINERS = tuple(_SOUND_CODECS)
"""Matroska has only milliseconds."""
CRF = 20
"""H.264's constant rate factor: 0 loses nothing, 51 nearly everything; a good phone is at 20."""

_TICKS = 90_000  # per second: a picture's time is wrong by at most 6 µs
# The file's own clock, in which a first picture after time 0 is said; without it: milliseconds.
_OPTIONS = {"movie_timescale": str(_TICKS)}
_LOUDEST = np.iinfo(np.int16).max
_CHUNK_S = 1.0


def write_scene(
    scene: Scene,
    path: Path,
    *,
    crf: int = CRF,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Render the whole scene into an H.264 file with its sound, as cameras make it; each picture
    is shown at its time in the scene.

    `progress` gets the number of pictures done. The file appears under its name when it is
    complete. Raises ValueError for another container than `CONTAINERS` and for an odd width or
    height, OSError that names `path` where the file cannot be written.
    """
    check_container(path)
    _check_size(*scene.size)
    with _complete(path) as partial, av.open(str(partial), "w", options=_OPTIONS) as container:
        pictures = _add_pictures(container, scene, crf)
        sound = _Sound(container, scene, _SOUND_CODECS[path.suffix.lower()])
        for i in range(scene.frames):
            frame = av.VideoFrame.from_ndarray(scene.render(i), format="bgr24")
            frame.pts = round(scene.time(i) * _TICKS)
            frame.time_base = Fraction(1, _TICKS)
            container.mux(pictures.encode(frame))
            sound.write(until_s=scene.time(i) + _CHUNK_S)
            if progress is not None:
                progress(i + 1)
        container.mux(pictures.encode(None))
        sound.finish()


def check_container(path: Path) -> None:
    """Raises ValueError for another container than `CONTAINERS`."""
    if path.suffix.lower() not in CONTAINERS:
        raise ValueError(
            f"{path}: expected a name that ends in {' or '.join(CONTAINERS)}, got "
            f"{path.suffix or 'no suffix'}"
        )


def _check_size(width: int, height: int) -> None:
    if width % 2 or height % 2:
        raise ValueError(
            f"size: expected an even width and height, as H.264 has them, got {width}x{height}"
        )


@contextmanager
def _complete(path: Path) -> Iterator[Path]:
    """A path beside `path` that takes its name once it is complete, and goes if it never is. What
    goes wrong with it is said of `path`, which is the name that people know."""
    partial = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield partial
        partial.replace(path)
    except (av.FFmpegError, OSError) as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        partial.unlink(missing_ok=True)


def _add_pictures(container: OutputContainer, scene: Scene, crf: int) -> VideoStream:
    rate = max(1, round(scene.fps))
    options = {"preset": "fast", "crf": str(crf)}
    stream = container.add_stream("libx264", rate=rate, options=options)
    stream.width, stream.height = scene.size
    stream.pix_fmt = "yuv420p"
    stream.time_base = stream.codec_context.time_base = Fraction(1, _TICKS)
    return stream


class _Sound:
    """The sound track of the file, written along with the pictures; none for a silent scene."""

    def __init__(self, container: OutputContainer, scene: Scene, codec: str) -> None:
        self._container = container
        self._stream: AudioStream | None = None
        self._written = 0
        if scene.sound is not None:
            stream = cast(AudioStream, container.add_stream(codec, rate=scene.sound.rate))
            stream.layout = "mono"
            self._stream = stream
            self._rate = scene.sound.rate
            self._samples: NDArray[np.int16] = np.round(
                scene.sound.samples() * np.float32(_LOUDEST)
            ).astype(np.int16)

    def write(self, until_s: float) -> None:
        if self._stream is None:
            return
        step = round(_CHUNK_S * self._rate)
        while self._written < min(until_s * self._rate, len(self._samples)):
            chunk = self._samples[self._written : self._written + step]
            frame = av.AudioFrame.from_ndarray(chunk[None], format="s16", layout="mono")
            frame.sample_rate = self._rate
            frame.pts, frame.time_base = self._written, Fraction(1, self._rate)
            self._container.mux(self._stream.encode(frame))
            self._written += len(chunk)

    def finish(self) -> None:
        self.write(until_s=np.inf)
        if self._stream is not None:
            self._container.mux(self._stream.encode(None))
