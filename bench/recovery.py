"""How soon poses are back after `kill -9` of the pose worker: `python -m bench.recovery`.

The simulated athlete at 60 fps, live, through the real pose worker, which is killed five times.
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

_KILLS = 5
_BETWEEN = 60
"""Frames processed before each kill."""


def main() -> None:
    source = PacedSource(SimulatedSource(build_scene("speed", 60.0)), live=True)
    table = Table(title="kill -9 of the pose worker, 60 fps live")
    for column in ("kill", "poses back after s", "frames lost", "frames dropped meanwhile"):
        table.add_column(column, justify="right")
    with closing(FrameFeed(source, command=worker_command(threads=2))) as feed:
        for kill in range(1, _KILLS + 1):
            _process(feed, _BETWEEN)
            dropped = feed.dropped
            os.kill(feed.worker_pids[0], signal.SIGKILL)
            killed, lost = time.monotonic(), _process(feed, 1)
            took = time.monotonic() - killed
            table.add_row(str(kill), f"{took:.2f}", str(lost), str(feed.dropped - dropped))
    Console().print(table)


def _process(feed: FrameFeed, frames: int) -> int:
    """Wait for so many poses of frames that were captured after the call; frames lost meanwhile."""
    begin, lost = time.monotonic(), 0
    while frames > 0 and not feed.ended:
        for observation in feed.poll(0.02):
            lost += isinstance(observation, Lost)
            if isinstance(observation, Observed) and (observation.captured_at or 0) > begin:
                frames -= 1
    return lost


if __name__ == "__main__":
    main()
