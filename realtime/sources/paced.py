"""Plays a recording at its own pace, as if it were a camera."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from realtime.sources.protocol import Frame, FrameSource, SourceInfo


class PacedSource:
    """Gives each frame of `source` when its time has come.

    `live` says whether late frames are better dropped (a stand-in for a camera) or waited for.
    `clock` and `wait(seconds)` are replaced in tests; `interrupt` wakes a reader that waits.
    """

    def __init__(
        self,
        source: FrameSource,
        *,
        live: bool,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._source = source
        self._live = live
        self._clock = clock
        self._closed = threading.Event()
        self._wait = wait or self._closed.wait
        self._start: float | None = None

    @property
    def info(self) -> SourceInfo:
        return self._source.info

    @property
    def live(self) -> bool:
        return self._live

    def read(self) -> Frame | None:
        frame = self._source.read()
        if frame is None or self._closed.is_set():
            return None
        now = self._clock()
        if self._start is None:
            self._start = now - frame.t
        due = self._start + frame.t
        if due > now:
            self._wait(due - now)
            if self._closed.is_set():
                return None
        elif not self._live:
            self._start += now - due  # nobody drops: a late stream goes on later
            due = now
        return Frame(frame.t, frame.image, due)

    def interrupt(self) -> None:
        self._closed.set()
        self._source.interrupt()

    def close(self) -> None:
        self.interrupt()
        self._source.close()
