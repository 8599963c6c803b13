"""The recording of a station: whatever happens to the disk, the station goes on.

A session file with a hole in it would not give the marks of the session again. So when the disk
takes no more, what is to be written is kept in memory, in its order, and tried again; the file goes
on when there is room, or ends where it stopped.
"""

from __future__ import annotations

import shutil
from collections import deque

from realtime.record.session import Record, RecordingError, SessionWriter, packed
from realtime.supervision.states import PartState, StateChange

PART = "recording"
LOOK_S = 5.0
LOW_BYTES = 200 << 20
"""About an hour of four people at 60 frames per second."""
_ENOUGH_BYTES = 300 << 20
MOST_KEPT = 64 << 20
"""About half an hour of one."""


class Recorder:
    """Appends to a session file, as long as there is one (`writer` is not None)."""

    def __init__(self, writer: SessionWriter | None) -> None:
        self._writer = writer
        self._kept: deque[bytes] = deque()
        self._kept_bytes = 0
        self._looked_at: float | None = None
        self._low = False
        self._changes: list[StateChange] = []
        self.error: str | None = None
        """Why not all is in the file; None while it is."""
        if writer is not None:
            self._say("running", "")

    @property
    def shown(self) -> str | None:
        """The file, while all that was appended is in it."""
        return str(self._writer.path) if self._writer and self.error is None else None

    def append(self, record: Record) -> None:
        """Write it through to the system, or keep it until that can be done."""
        if self._writer is None:
            return
        data = packed(record)
        if self._kept:
            self._keep(data)
            return
        try:
            self._writer.write(data)
        except RecordingError as error:
            self.error = str(error)
            self._say("failed", f"{error}; tried again every {LOOK_S:g} s")
            self._keep(data)

    def look(self, now: float) -> list[StateChange]:
        """What has changed since the last call, at `now` (monotonic, s)."""
        if self._looked_at is None or now - self._looked_at >= LOOK_S:
            self._looked_at = now
            if self._kept:
                self._catch_up()
            elif self._writer is not None:
                self._measure(self._writer)
        changes, self._changes = self._changes, []
        return changes

    def close(self) -> None:
        """Try a last time, and close the file."""
        if self._writer is None:
            return
        if self._kept:
            self._catch_up()
        self._writer.close()
        self._writer = None

    def _keep(self, data: bytes) -> None:
        self._kept.append(data)
        self._kept_bytes += len(data)
        if self._kept_bytes > MOST_KEPT and self._writer is not None:
            self._say("failed", f"{self.error}; not tried any more: too much is to be written")
            self._kept.clear()
            self._writer.close()
            self._writer = None

    def _catch_up(self) -> None:
        writer = self._writer
        try:
            while self._kept and writer is not None:
                writer.write(self._kept[0])
                self._kept_bytes -= len(self._kept.popleft())
        except RecordingError:
            return  # said before
        self.error = None
        self._say("running", "goes on; nothing is missing")

    def _measure(self, writer: SessionWriter) -> None:
        try:
            free = shutil.disk_usage(writer.path).free
        except OSError:
            return
        if free < LOW_BYTES and not self._low:
            self._low = True
            self._say("degraded", f"only {free >> 20} MB are free on the disk of {writer.path}")
        elif free >= _ENOUGH_BYTES and self._low:
            self._low = False
            self._say("running", f"{free >> 20} MB are free again")

    def _say(self, state: PartState, text: str) -> None:
        why = f"{PART}: {text}" if text else ""
        self._changes.append(StateChange(PART, state, why))
