"""Pose workers on this machine: started, watched, restarted within a budget, stopped."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from realtime import exits

RESTARTS = 5
RESTART_WINDOW_S = 60.0
_STOP_S = 1.0
_STACK = re.compile(r"\s*(@ |\*\*\*)")
"""What Caffe's logging writes below the reason when a network fails (no memory on the GPU)."""

Command = Callable[[str, str], list[str]]
"""(endpoint, identity) to the command line of a worker."""


class WorkerError(Exception):
    """Pose workers cannot be kept running; the message is one line with the reason."""


def worker_command(threads: int, engine: Sequence[str] = ()) -> Command:
    """The command of FlipTally's own worker with this many threads; `engine` are the arguments
    that choose its pose engine (`realtime.pose_options`)."""

    def command(endpoint: str, identity: str) -> list[str]:
        module = [sys.executable, "-m", "realtime.worker", "--threads", str(threads)]
        return [*module, "--connect", endpoint, "--identity", identity, *engine]

    return command


@dataclass(slots=True, eq=False)
class _Process:
    identity: str
    process: subprocess.Popen[bytes]
    stderr: IO[bytes]

    def last_words(self) -> str:
        self.stderr.seek(0)
        lines = self.stderr.read().decode(errors="replace").strip().splitlines()
        words = [line for line in lines if line.strip() and not _STACK.match(line)]
        if not words:
            return f"exit code {self.process.returncode}"
        return words[-1].removeprefix("fliptally: ")

    def stop(self, timeout_s: float) -> None:
        """Close the lifeline, wait, then kill; never leaves a process behind."""
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.stderr.close()


class WorkerProcesses:
    """`count` worker processes, kept alive."""

    def __init__(
        self,
        endpoint: str,
        count: int,
        command: Command,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = endpoint
        self._command = command
        self._clock = clock
        self._started = 0
        self._restarts: deque[float] = deque()
        self._processes = [self._start() for _ in range(count)]

    def _start(self) -> _Process:
        self._started += 1
        identity = f"local-{self._started}"
        stderr = tempfile.TemporaryFile(prefix="fliptally-worker-")  # noqa: SIM115 - closed in stop
        process = subprocess.Popen(
            self._command(self._endpoint, identity),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,  # ours is the document's; OpenPose writes to it too
            stderr=stderr,
        )
        return _Process(identity, process, stderr)

    @property
    def pids(self) -> list[int]:
        return [process.process.pid for process in self._processes]

    def check(self) -> list[tuple[bytes, str]]:
        """Restart what died; (identity, why) of each dead one.

        Raises WorkerError when a worker says that its input is bad (a restart would not help), or
        when the restart budget is spent.
        """
        died = []
        for i, dead in enumerate(self._processes):
            code = dead.process.poll()
            if code is None:
                continue
            words = dead.last_words()
            if code == exits.BAD_INPUT:
                raise WorkerError(words)
            died.append((dead.identity.encode(), f"died ({words}); restarted"))
            dead.stop(0)
            self._spend_restart(words)
            self._processes[i] = self._start()
        return died

    def _spend_restart(self, words: str) -> None:
        now = self._clock()
        self._restarts.append(now)
        while self._restarts[0] < now - RESTART_WINDOW_S:
            self._restarts.popleft()
        if len(self._restarts) > RESTARTS:
            raise WorkerError(
                f"pose worker: failed {len(self._restarts)} times in {RESTART_WINDOW_S:g} s; "
                f"the last time: {words}"
            )

    def kill(self, identity: bytes) -> None:
        """End a process that failed; `check` replaces it."""
        for process in self._processes:
            if process.identity.encode() == identity:
                process.process.kill()
                process.process.wait()

    def stop(self) -> None:
        """End all processes."""
        for process in self._processes:
            process.stop(_STOP_S)
        self._processes = []
