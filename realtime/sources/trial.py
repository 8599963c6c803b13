"""What a camera really gives, measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from realtime.sources.errors import SourceError
from realtime.sources.protocol import FrameSource, SourceInfo
from realtime.sources.reader import FrameReader

_SETTLE_S = 0.5
_MEASURED_S = 1.5
_PATIENCE_S = 6.0
_CLOSING_S = 0.5


@dataclass(frozen=True, slots=True)
class Trial:
    """A camera's own words and the rate (pictures a second) that was measured."""

    info: SourceInfo
    fps: float

    def __str__(self) -> str:
        info, asked = self.info, self.info.asked
        form = f" {info.pixel_format}" if info.pixel_format else ""
        text = f"{info.width}x{info.height}{form}, {self.fps:.0f} pictures a second"
        if asked and ((info.width, info.height) != (asked.width, asked.height) or self._slow):
            text += f"; asked for {asked.width}x{asked.height} at {asked.fps:.0f}"
        if self._slow:
            mjpeg = info.pixel_format in {None, "MJPG"}
            text += ": give it more light, or take another" if mjpeg else ": it has no MJPG"
        return text

    @property
    def _slow(self) -> bool:
        return self.info.asked is not None and self.fps < 0.9 * self.info.asked.fps


def tried(open_source: Callable[[], FrameSource], *, patience_s: float = _PATIENCE_S) -> Trial:
    """Open a camera, read it for 2 s and close it.

    Raises SourceError when it cannot be opened, fails, or does not answer within `patience_s`.
    """
    reader = FrameReader(open_source)
    times: list[float] = []
    deadline = time.monotonic() + patience_s
    try:
        info = None
        while info is None or times[-1] - times[0] < _SETTLE_S + _MEASURED_S:
            arrival = reader.next(max(deadline - time.monotonic(), 0))
            if arrival is None:
                waited = "gives too few pictures" if times else "its driver does not answer"
                raise SourceError(f"camera: {waited}; unplug it and plug it in again")
            times.append(arrival.frame.t)
            info = reader.info
    finally:
        reader.close(_CLOSING_S)
    settled = [t for t in times if t - times[0] >= _SETTLE_S]
    return Trial(info, (len(settled) - 1) / (settled[-1] - settled[0]))
