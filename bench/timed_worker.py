"""FlipTally's own pose worker, which writes down when each frame came and when it was answered.

Started in place of `python -m realtime.worker`; the lines of the file that TIMED_WORKER names are
frame number, monotonic time of arrival and of the answer, and the seconds that the pose took.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import IO, NamedTuple
from unittest.mock import patch

from realtime import worker
from realtime.messages import Refused, Result, to_seconds
from realtime.transport.link import Received, StationLink
from realtime.transport.processes import worker_command
from realtime.transport.worker_process import Command

_FILE = "TIMED_WORKER"


class Answered(NamedTuple):
    """One frame in the worker."""

    seq: int
    came: float
    answered: float
    pose_s: float


def timed_command(threads: int, log: Path) -> Command:
    """The command of a worker that writes to `log`."""
    os.environ[_FILE] = str(log)
    plain = worker_command(threads)

    def command(*place: object) -> list[str]:
        arguments = plain(*place)  # type: ignore[arg-type]
        return [__spec__.name if word == worker.__name__ else word for word in arguments]

    return command


def read_log(log: Path) -> dict[int, Answered]:
    """What a worker that has ended wrote, by frame number."""
    lines = (line.split() for line in log.read_text().splitlines())
    return {int(seq): Answered(int(seq), *map(float, rest)) for seq, *rest in lines}


class _Log:
    """What a link receives and answers, with the time."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._came: dict[int, float] = {}
        self._receive, self._answer = StationLink.receive, StationLink.answer

    def receive(self, link: StationLink, **how: bool) -> list[Received]:
        received = self._receive(link, **how)
        now = time.monotonic()
        self._came.update((header.seq, now) for header, _ in received)
        return received

    def answer(self, link: StationLink, message: Result | Refused) -> None:
        self._answer(link, message)
        came = self._came.pop(message.seq, None)
        if came is not None and isinstance(message, Result):
            pose_s = to_seconds(message.pose_ns)
            self._file.write(f"{message.seq} {came!r} {time.monotonic()!r} {pose_s!r}\n")


def main() -> int:
    with open(os.environ[_FILE], "a") as file:
        log = _Log(file)

        def receive(link: StationLink, **how: bool) -> list[Received]:
            return log.receive(link, **how)

        def answer(link: StationLink, message: Result | Refused) -> None:
            log.answer(link, message)

        with (
            patch.object(StationLink, "receive", receive),
            patch.object(StationLink, "answer", answer),
        ):
            return worker.main()


if __name__ == "__main__":
    sys.exit(main())
