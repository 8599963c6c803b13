"""How soon poses are back after `kill -9` and after SIGSTOP of the pose worker: `python -m
bench.recovery`.

The simulated athlete at 60 fps, live, through the real pose worker, which is killed five times and
suspended five times; then through two workers, of which one is suspended.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import closing

from rich.console import Console
from rich.table import Table

from models.simulation.staging import build_scene
from realtime.feed import FrameFeed
from realtime.observations import Lost, Observed
from realtime.sources.paced import PacedSource
from realtime.sources.simulated import SimulatedSource
from realtime.transport.processes import worker_command

_TIMES = 5
_BEFORE_S, _AFTER_S = 4.0, 4.0


def main() -> None:
    table = Table(title="a pose worker fails, 60 fps live")
    for column in ("what", "workers", "longest silence s", "frames lost", "dropped meanwhile"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for number, workers in ((signal.SIGKILL, 1), (signal.SIGSTOP, 1), (signal.SIGSTOP, 2)):
        _run(table, number, workers)
    Console().print(table)


def _run(table: Table, number: signal.Signals, workers: int) -> None:
    for _ in range(_TIMES):  # each time anew: what fails again is started again later
        source = PacedSource(SimulatedSource(build_scene("speed", 120.0)), live=True)
        command = worker_command(threads=2)
        with closing(FrameFeed(source, command=command, workers=workers)) as feed:
            _watch(feed, _BEFORE_S)
            dropped = feed.dropped
            os.kill(feed.worker_pids[0], number)
            silent_s, lost = _watch(feed, _AFTER_S)
            meanwhile = feed.dropped - dropped
        table.add_row(number.name, str(workers), f"{silent_s:.2f}", str(lost), str(meanwhile))


def _watch(feed: FrameFeed, seconds: float) -> tuple[float, int]:
    """Poll for so long: the longest time without poses, and how many frames were lost."""
    begin = last = time.monotonic()
    longest, lost = 0.0, 0
    while (now := time.monotonic()) - begin < seconds:
        for observation in feed.poll(0.02):
            lost += isinstance(observation, Lost)
            if isinstance(observation, Observed):
                now = time.monotonic()
                longest, last = max(longest, now - last), now
    return max(longest, now - last), lost


if __name__ == "__main__":
    main()
