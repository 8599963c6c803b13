"""Guards another process: starts it again when it dies or hangs."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from realtime.stopping import handled
from realtime.supervision.budget import WINDOW_S, RestartBudget
from realtime.supervision.heartbeat import BEAT, ENDED, STOPPING

HANG_S = 10.0
"""A process that has beaten and then is silent for as long is dead."""
_START_S = 120.0
"""Until its first beat: weights are loaded, a camera is opened that does not answer."""
_STOP_S = 60.0
_LOOK_S = 0.25

Start = Callable[[int, int], "subprocess.Popen[bytes]"]
"""Starts the process: with its end of the pipe, and how many have ended before it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: `well` as it should, and `why` not, in a few words; `beat` is whether it
    had come to work."""

    code: int
    well: bool
    beat: bool
    why: str


class Guard:
    """Starts a process, and starts it again, within a budget and then each minute, until one ends
    as it should, or is `final`, or somebody stops it."""

    def __init__(
        self,
        start: Start,
        *,
        final: Callable[[Ended, int], bool],
        say: Callable[[Ended, float], object],
        hang_s: float = HANG_S,
        budget: RestartBudget | None = None,
    ) -> None:
        """`final(ended, before)` says whether one that did not end well is the last, `before` being
        how many ended before it; `say(ended, wait_s)` tells that it is started again, and when."""
        self._start = start
        self._final = final
        self._say = say
        self._hang_s = hang_s
        self._budget = budget or RestartBudget()
        self._stop = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """The exit code of the last one; of one that a signal ended, less than 0."""
        before = 0
        with self._signals():
            while True:
                ended = self._run_once(before)
                if ended.well or self._stop.is_set() or self._final(ended, before):
                    return ended.code
                wait_s = self._budget.failed(time.monotonic())
                wait_s = WINDOW_S if wait_s is None else wait_s
                self._say(ended, wait_s)
                if self._stop.wait(wait_s):
                    return ended.code
                before += 1

    def _run_once(self, before: int) -> Ended:
        reading, writing = os.pipe()
        try:
            process = self._process = self._start(writing, before)
        finally:
            os.close(writing)
        try:
            if self._stop.is_set():
                process.terminate()
            return self._watch(process, reading)
        finally:
            self._process = None
            os.close(reading)
            if process.poll() is None:
                process.kill()
                process.wait()

    def _watch(self, process: subprocess.Popen[bytes], pipe: int) -> Ended:
        """Time is counted by looks, so that none passes while both are suspended (Ctrl-Z)."""
        silent_s, limit_s = 0.0, _START_S
        well = beat = hung = False
        while True:
            if not select.select([pipe], [], [], _LOOK_S)[0]:
                silent_s += _LOOK_S
                if silent_s >= limit_s and not hung:
                    hung = True
                    process.kill()
                continue
            heard = os.read(pipe, 4096)
            if not heard:
                break  # its end is closed: it is gone
            silent_s = 0.0
            beat |= BEAT in heard
            well |= ENDED in heard
            over = well or STOPPING in heard
            limit_s = _STOP_S if over else self._hang_s
        code = process.wait()
        return Ended(code, well and not hung, beat, _why(code, limit_s if hung else None))

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Who is asked to end asks the process. (Ctrl-C reaches it from the terminal too; twice
        SIGINT would look like impatience.)"""

        def handle(_number: int, _frame: FrameType | None) -> None:
            self._stop.set()
            if self._process is not None and self._process.poll() is None:
                self._process.terminate()

        with handled(handle):
            yield


def _why(code: int, silent_s: float | None) -> str:
    if silent_s is not None:
        return f"was silent for {silent_s:g} s"
    if code < 0:
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"
    return f"ended with exit code {code}"
