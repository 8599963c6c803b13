"""How a station tells the process that guards it that it lives: bytes through a pipe."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from functools import cache

VARIABLE = "FLIPTALLY_HEARTBEAT"
"""In the environment of a guarded process: the number of its end of the pipe."""

BEAT = b"."
STOPPING = b"s"
"""The stations have ended; what is left takes as long as it takes."""
ENDED = b"e"
"""The command ends as it should."""


class Heart:
    """Beats when every part that takes part has beaten since the last time, so that one that hangs
    is missed. Without a pipe it does nothing."""

    def __init__(self, pipe: int | None = None) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._parts: set[Pulse] = set()
        self._missing: set[Pulse] = set()
        if pipe is not None:
            os.set_blocking(pipe, False)  # who guards may hang too

    @property
    def guarded(self) -> bool:
        return self._pipe is not None

    def join(self) -> Pulse:
        pulse = Pulse(self)
        with self._lock:
            self._parts.add(pulse)
            self._missing.add(pulse)
        return pulse

    def ended(self) -> None:
        self._send(ENDED)

    def _beat(self, pulse: Pulse) -> None:
        with self._lock:
            self._missing.discard(pulse)
            if not self._missing:
                self._missing = set(self._parts)
                self._send(BEAT)

    def _leave(self, pulse: Pulse) -> None:
        with self._lock:
            self._parts.discard(pulse)
            self._missing.discard(pulse)
            if not self._parts:
                self._send(STOPPING)

    def _send(self, what: bytes) -> None:
        if self._pipe is not None:
            with suppress(OSError):  # nobody guards any more
                os.write(self._pipe, what)


class Pulse:
    """One part's. `beat` is to be called several times a second until `leave`."""

    def __init__(self, heart: Heart) -> None:
        self._heart = heart

    def beat(self) -> None:
        self._heart._beat(self)

    def leave(self) -> None:
        """It has ended, as it should or not."""
        self._heart._leave(self)


@cache
def heart() -> Heart:
    """This process's."""
    pipe = os.environ.get(VARIABLE)
    return Heart(int(pipe) if pipe and pipe.isdecimal() else None)
