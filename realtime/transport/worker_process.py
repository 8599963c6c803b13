"""One process of a pose worker on this machine, and what it said last."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO

from realtime.transport.names import at_station

if sys.platform != "win32":
    import fcntl

_STACK = re.compile(r"\s*(@ |\*\*\*)")
"""What Caffe's logging writes below the reason when a network fails (no memory on the GPU)."""
_KILLED_S = 2.0
_MAX_WORDS = 1 << 16
"""Of what a worker says on stderr no more bytes are kept, but for what comes between two looks."""

Command = Callable[[Sequence[str], str], list[str]]
"""(endpoints, identity) to the command line of a worker."""


class WorkerProcess:
    """One process of a worker. Raises OSError when it cannot be started."""

    def __init__(self, command: Command, endpoints: Sequence[str], identity: str) -> None:
        self.identity = identity
        self.endpoints = tuple(endpoints)
        self._stderr = _kept_words()
        try:
            self._popen = subprocess.Popen(
                command(endpoints, identity),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,  # ours is the document's; OpenPose writes to it too
                stderr=self._stderr or subprocess.DEVNULL,
            )
        except OSError:
            self._close_words()
            raise

    @property
    def pid(self) -> int:
        return self._popen.pid

    def exit_code(self) -> int | None:
        """None while it lives."""
        code = self._popen.poll()
        if code is None and self._stderr and os.fstat(self._stderr.fileno()).st_size > _MAX_WORDS:
            os.ftruncate(self._stderr.fileno(), 0)
        return code

    def words(self) -> str:
        """What it said last on stderr, whole."""
        if self._stderr is None:
            return ""
        self._stderr.seek(0)
        return self._stderr.read().decode(errors="replace").strip()

    def last_words(self) -> str:
        """The line of that which says why it ended."""
        lines = [line for line in self.words().splitlines() if line.strip()]
        reasons = [line for line in lines if not _STACK.match(line)]
        if not reasons:
            return f"exit code {self._popen.returncode}"
        return reasons[-1].removeprefix("fliptally: ")

    def serves(self, endpoint: str, identity: bytes) -> bool:
        return endpoint in self.endpoints and self.known_as(endpoint) == identity

    def known_as(self, endpoint: str) -> bytes:
        """Its identity on its connection to `endpoint`."""
        return at_station(self.identity, self.endpoints.index(endpoint) + 1).encode()

    def kill(self) -> None:
        self._popen.kill()

    def release(self) -> None:
        """Close the lifeline: it is to end."""
        if self._popen.stdin:
            self._popen.stdin.close()

    def end(self, timeout_s: float) -> None:
        """Wait for it, then kill it; never leaves a process behind that the system would end."""
        self.release()
        try:
            self._popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            with suppress(subprocess.TimeoutExpired):  # a driver can hold it in the kernel
                self._popen.wait(_KILLED_S)
        self._close_words()

    def _close_words(self) -> None:
        if self._stderr is not None:
            self._stderr.close()


def _kept_words() -> IO[bytes] | None:
    """A file for what a process says, which may be emptied while it writes; None on a full disk:
    workers are worth more than their last words."""
    try:
        file = tempfile.TemporaryFile(prefix="fliptally-worker-")  # noqa: SIM115 - closed in end
    except OSError:
        return None
    if sys.platform != "win32":
        flags = fcntl.fcntl(file, fcntl.F_GETFL)
        fcntl.fcntl(file, fcntl.F_SETFL, flags | os.O_APPEND)
    return file
