"""Reads a camera or a stream in a thread of its own, so that whoever looks never waits for it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from realtime.printable import one_line
from realtime.sources.errors import SourceError
from realtime.sources.protocol import Frame, FrameSource, SourceInfo

_AHEAD = 8
"""Pictures that wait at most: 0.13 s at 60 fps, 22 MB at 720p."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """A frame and when it came, on the reader's clock."""

    frame: Frame
    at: float


class FrameReader:
    """Opens a live source and reads it, both in a thread of its own, until it ends or is closed.

    A frame that nobody takes in time is given up for newer ones: `Frame.skipped` of the next one
    that is taken says how many were. One thread takes frames; any thread may interrupt.
    """

    def __init__(
        self,
        open_source: Callable[[], FrameSource],
        *,
        ahead: int = _AHEAD,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open = open_source
        self._ahead = ahead
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: deque[Arrival] = deque()
        self._newest: Arrival | None = None
        self._skipped = 0
        self._source: FrameSource | None = None
        self._error: SourceError | None = None
        self._over = False
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)
        self._thread.start()

    @property
    def info(self) -> SourceInfo | None:
        """What the source says of itself; None before it is open."""
        source = self._source
        return source.info if source else None

    @property
    def ended(self) -> bool:
        """Whether the source has ended, or was interrupted, and every frame of it was taken."""
        with self._changed:
            return (self._over or self._stopped) and not self._waiting

    def next(self, timeout_s: float | None = None) -> Arrival | None:
        """The oldest frame that was not taken yet: for whoever wants them all.

        Usage: `while (arrival := reader.next()) is not None: work(arrival.frame)`. Waits for at
        most `timeout_s` (None: as long as it takes); None when nothing came, or when it has ended.

        Raises SourceError, once all frames before are taken, when the source failed.
        """
        with self._changed:
            self._await_frame(timeout_s)
            if self._waiting:
                return self._taken(self._waiting.popleft())
            self._raise_error()
            return None

    def newest(self, timeout_s: float | None = None) -> Arrival | None:
        """The newest frame that was not taken yet, giving up those before it: for whoever cannot
        keep up.

        Usage: `arrival = reader.newest(0.5)`, again and again: no frame comes twice. Waits for at
        most `timeout_s` (None: as long as it takes); None when nothing came, or when it has ended.

        Raises SourceError, once the last frame is taken, when the source failed.
        """
        with self._changed:
            self._await_frame(timeout_s)
            if not self._waiting:
                self._raise_error()
                return None
            arrival = self._waiting.pop()
            self._skipped += sum(1 + waiting.frame.skipped for waiting in self._waiting)
            self._waiting.clear()
            return self._taken(arrival)

    def peek(self, max_age_s: float) -> Arrival | None:
        """The newest frame if it came no longer than `max_age_s` ago, else None; at once, and
        without taking it: for a preview beside the one who reads.

        Usage: `arrival = reader.peek(0.2)`; the same frame may come again. Raises nothing: a
        source that has failed has no new frame.
        """
        with self._changed:
            newest = self._newest
        return newest if newest and self._clock() - newest.at <= max_age_s else None

    def interrupt(self) -> None:
        """Let whoever waits go on at once; there will be no more frames."""
        with self._changed:
            self._stopped = True
            source = self._source
            self._changed.notify_all()
        if source is not None:
            source.interrupt()

    def close(self, patience_s: float) -> bool:
        """Interrupt and wait for the driver for at most `patience_s`. False when it does not
        answer: the thread is left alone and closes the source as soon as it can."""
        self.interrupt()
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether the thread, and so the device, is still in use."""
        return self._thread.is_alive()

    def _await_frame(self, timeout_s: float | None) -> None:
        self._changed.wait_for(
            lambda: self._waiting or self._over or self._stopped, timeout=timeout_s
        )

    def _taken(self, arrival: Arrival) -> Arrival:
        skipped, self._skipped = self._skipped, 0
        if not skipped:
            return arrival
        frame = arrival.frame
        return Arrival(replace(frame, skipped=frame.skipped + skipped), arrival.at)

    def _raise_error(self) -> None:
        if self._error is not None and not self._stopped:
            raise self._error

    def _run(self) -> None:
        source = None
        try:
            source = self._open()
            with self._changed:
                self._source = source
            while not self._stopped and (frame := source.read()) is not None:
                self._give(Arrival(frame, self._clock()))
        except SourceError as error:
            self._error = error
        except Exception as error:  # a decoder's or a driver's fault must end as one line
            name = source.info.uri if source else "source"
            self._error = SourceError(f"{name}: {type(error).__name__}: {one_line(error)}")
        finally:
            if source is not None:
                source.close()
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def _give(self, arrival: Arrival) -> None:
        with self._changed:
            self._newest = arrival
            self._waiting.append(arrival)
            if len(self._waiting) > self._ahead:
                lost = self._waiting.popleft()
                self._skipped += 1 + lost.frame.skipped
            self._changed.notify_all()
