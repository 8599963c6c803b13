"""Programs on pseudo-terminals, as a shell runs them."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from realtime.show.keys import MOUSE_OFF, MOUSE_ON


def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.005)


@contextmanager
def opened_pair() -> Iterator[tuple[int, int]]:
    """The user's end of a terminal and the program's; either may be closed before."""
    ends = pty.openpty()
    yield ends
    for end in ends:
        with suppress(OSError):
            os.close(end)


_LEADS = (  # not preexec_fn: a fork with other libraries' threads warns
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)


class Shell:
    """A program on a pseudo-terminal that controls it, so that Ctrl-C is what it is for a user."""

    def __init__(self, pair: tuple[int, int], arguments: Sequence[str]) -> None:
        self.far, self.near = pair
        termios.tcsetwinsize(self.near, (24, 80))
        self.before = termios.tcgetattr(self.near)
        self.output = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LEADS, *arguments],
            env={**os.environ, "TERM": "xterm"},
            stdin=self.near,
            stdout=self.near,
            stderr=self.near,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                self.output += os.read(self.far, 65536).decode(errors="replace")
            except OSError:
                return

    def shows(self, text: str) -> None:
        until(lambda: text in self.output)

    def types(self, data: bytes) -> None:
        os.write(self.far, data)

    def ends(self) -> int:
        """The exit code; the terminal is as it was."""
        code = self.process.wait(20)
        self.shows(MOUSE_OFF)
        assert termios.tcgetattr(self.near) == self.before
        after = self.output.rpartition(MOUSE_OFF)[2]
        assert MOUSE_ON not in after
        return code
