"""Video files and network streams, through PyAV: real timestamps, orientation applied."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.error
import numpy as np

from models.pose.protocol import Image
from realtime.sources.errors import SourceError
from realtime.sources.protocol import Frame, SourceInfo, shown

_NETWORK_OPTIONS = {"rtsp_transport": "tcp", "fpsprobesize": "3"}
"""A rate from three pictures, not twenty: what is opened again is back sooner."""
_EXPECTED = (
    "expected a video (mp4, mov, avi, mkv, gif, …); if it is one, it was cut off: copy it again"
)
_NETWORK_TIMEOUT_S = (10.0, 1.5)  # to open (to the next whole picture), to read
_FALLBACK_FPS = 30.0  # for a stream that gives neither timestamps nor a rate
_TURNED_BACK_S = 0.5  # a timestamp this far back is another clock's, not a disorder
_SHORT_BY = 0.05  # a file that gives 5 % fewer frames than it announces was cut off


class VideoSource:
    """A video file (its frames as fast as they are asked for) or a live network stream."""

    def __init__(self, uri: str, *, live: bool = False) -> None:
        """Raises SourceError when `uri` cannot be opened or holds no video."""
        self._uri = shown(uri)
        self._live = live
        self._container = _open(uri, live)
        if not self._container.streams.video:
            self._container.close()
            raise SourceError(f"{self._uri}: holds no video stream; expected a video")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "SLICE" if live else "AUTO"  # a picture for each thread is late
        self._rate: Fraction | None = self._stream.average_rate or self._stream.guessed_rate
        self._frames = self._decoded() if live else self._container.decode(self._stream)
        self._origin: float | None = None
        self._last_t = -1.0
        self._read = 0
        self._ended = False
        self._ahead: Frame | None = None
        self._ahead = self.read()
        if self._ahead is None:
            self.close()
            raise SourceError(f"{self._uri}: not one frame could be decoded; expected a video")
        height, width = self._ahead.image.shape[:2]
        self._info = self._describe(width, height)

    def _describe(self, width: int, height: int) -> SourceInfo:
        rate = float(self._rate) if self._rate else None
        frames = self._stream.frames or None
        duration = self._container.duration
        seconds = None if duration is None else duration / av.time_base
        return SourceInfo(self._uri, width, height, rate, frames, seconds)

    @property
    def info(self) -> SourceInfo:
        return self._info

    @property
    def live(self) -> bool:
        return self._live

    def read(self) -> Frame | None:
        if self._ahead is not None:
            ahead, self._ahead = self._ahead, None
            return ahead
        if self._ended:
            return None
        try:
            decoded = next(self._frames, None)
        except av.error.FFmpegError as error:
            if self._read == 0:
                return None
            if self._live:
                raise self._lost(error) from None
            raise self._broken(f"damaged after frame {self._read - 1} ({error.strerror})") from None
        if decoded is None:
            self._ended = True
            self._check_complete()
            return None
        stamp = None if decoded.time is None else float(decoded.time)
        frame = Frame(self._time_of(decoded), upright(decoded), time.monotonic(), stamp)
        self._read += 1
        return frame

    def _decoded(self) -> Iterator[av.VideoFrame]:
        """Frames of a stream, of which a packet may be lost on the way. What the demultiplexer
        still had when it gave up waiting is left out: it is old."""
        asked = time.monotonic()
        for packet in self._container.demux(self._stream):
            if self._read and time.monotonic() - asked >= _NETWORK_TIMEOUT_S[1]:
                raise av.error.ExitError(errno.EINTR, "time-out")
            with suppress(av.error.InvalidDataError):
                yield from packet.decode()
            asked = time.monotonic()

    def _lost(self, error: av.error.FFmpegError) -> SourceError:
        self._ended = True
        if isinstance(error, av.error.ExitError):
            return SourceError(f"{self._uri}: no picture for {_NETWORK_TIMEOUT_S[1]:g} s")
        return SourceError(f"{self._uri}: lost ({error.strerror}); is it still being sent?")

    def _check_complete(self) -> None:
        """A file that is short of frames *and* of time was cut off; short of one of them only, it
        was trimmed, or its sound goes on for longer."""
        announced = self._stream.frames
        durations = [self._container.duration / av.time_base if self._container.duration else 0.0]
        if self._stream.duration is not None and self._stream.time_base is not None:
            durations.append(float(self._stream.duration * self._stream.time_base))
        missing = self._last_t + self._step < min(durations) * (1 - _SHORT_BY)
        if not self._live and missing and self._read < announced * (1 - _SHORT_BY):
            raise self._broken(f"cut off: {self._read} of {announced} frames are there")

    def _broken(self, what: str) -> SourceError:
        self._ended = True
        return SourceError(f"{self._uri}: {what}; what came before was counted")

    def _time_of(self, frame: av.VideoFrame) -> float:
        """Presentation time from the first frame on, kept strictly increasing."""
        step = self._step
        if frame.pts is None or frame.time_base is None:
            t = self._last_t + step if self._read else 0.0
        else:
            stamp = float(frame.pts * frame.time_base)
            if self._origin is None:
                self._origin = stamp
            t = stamp - self._origin
            if t < self._last_t - _TURNED_BACK_S:  # a new clock: joined files, a camera's reset
                t = self._last_t + step
                self._origin = stamp - t
        if t <= self._last_t:  # a repeated timestamp
            t = self._last_t + step / 2
        self._last_t = t
        return t

    @property
    def _step(self) -> float:
        return 1 / float(self._rate or _FALLBACK_FPS)

    def interrupt(self) -> None:
        """Decoding cannot be broken off; a silent stream ends by its time-out, in 1.5 s."""
        self._ended = True

    def close(self) -> None:
        self._ended = True
        self._ahead = None
        self._container.close()


def _open(uri: str, live: bool) -> av.container.InputContainer:
    path = Path(uri)
    name = shown(uri)
    if not live and not path.exists():
        raise SourceError(f"{name}: no such file; expected a video")
    if not live and path.is_dir():
        raise SourceError(
            f"{name}: is a folder; expected a video file (fliptally replay takes a folder of "
            "pictures or key points)"
        )
    try:
        if live:
            return av.open(uri, options=_NETWORK_OPTIONS, timeout=_NETWORK_TIMEOUT_S)
        return av.open(str(path.absolute()))  # so that a colon in a name is no protocol
    except av.error.ExitError:
        raise SourceError(
            f"{name}: no picture within {_NETWORK_TIMEOUT_S[0]:g} s, expected a stream; start the "
            "camera's stream first"
        ) from None
    except (av.error.FFmpegError, OSError) as error:
        expected = "expected a stream that is being sent" if live else _EXPECTED
        raise SourceError(f"{name}: cannot be opened ({error.strerror}); {expected}") from None


def upright(frame: av.VideoFrame) -> Image:
    """BGR pixels (height, width, 3), turned as the file's orientation tag says."""
    image = cast(Image, frame.to_ndarray(format="bgr24"))
    quarters = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, quarters)) if quarters else image
