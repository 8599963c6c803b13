"""The README's picture of the dashboard: `python -m bench.picture docs/dashboard.svg`.

The simulated athlete goes through the real pipeline; the picture is the dashboard shortly after
the first flip.
"""

from __future__ import annotations

import argparse
import threading
import time
from contextlib import closing
from pathlib import Path

from models.simulation.staging import build_scene
from realtime.analysis import Analysis
from realtime.feed import FrameFeed
from realtime.scoreboard import Scoreboard
from realtime.show.picture import dashboard_svg
from realtime.show.snapshot import Snapshot
from realtime.sources.paced import PacedSource
from realtime.sources.simulated import SimulatedSource
from realtime.station import Station
from realtime.transport.processes import worker_command

_AFTER_FLIP_S = 0.3


def snapshot_after_flip() -> Snapshot:
    source = PacedSource(SimulatedSource(build_scene("mixed")), live=False)
    stop = threading.Event()
    with closing(FrameFeed(source, command=worker_command(threads=2))) as feed:
        scoreboard = Scoreboard(feed.info, "live")
        station = Station(feed, Analysis(), scoreboard, stop=stop)
        runner = threading.Thread(target=station.run)
        runner.start()
        snapshot = scoreboard.snapshot()
        while runner.is_alive() and not _flipped(snapshot):
            time.sleep(0.02)
            snapshot = scoreboard.snapshot()
        stop.set()
        runner.join()
    return snapshot


def _flipped(snapshot: Snapshot) -> bool:
    events = snapshot.events
    return bool(events) and snapshot.elapsed_s > events[0].emitted_s + _AFTER_FLIP_S


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("target", type=Path, metavar="SVG")
    target: Path = parser.parse_args().target
    target.write_text(dashboard_svg(snapshot_after_flip()))


if __name__ == "__main__":
    main()
