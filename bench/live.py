"""A 60 fps 1280x720 file through the live pipeline: `python -m bench.live [--seconds 60]`.

The file shows the simulated athlete and is made first (it is kept in the folder given with
`--keep`). Everything is as in `fliptally live`: paced decoding, ZeroMQ, the pose worker process,
the session file, the dashboard (drawn on a pseudo-terminal of 80x24). Printed: frames in,
processed and dropped, the same after the first second, latency from capture to recorded mark and
from capture to mark drawn, the cost of the analysis, processor use, and the count beside the truth.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.live_station import Terminal
from models.simulation.staging import build_scene
from models.simulation.video import write_scene
from realtime.analysis import Analysis
from realtime.feed import FrameFeed
from realtime.observations import Observation, Observed
from realtime.opening import open_live
from realtime.record.document import SessionDocument
from realtime.record.session import SessionWriter
from realtime.scoreboard import Scoreboard
from realtime.show.display import Dashboard
from realtime.show.snapshot import Snapshot
from realtime.station import Station
from realtime.transport.processes import worker_command

FPS = 60.0


class WatchedFeed(FrameFeed):
    """Remembers when each frame was captured, and what was dropped in the first second."""

    captured_at: dict[float, float]
    dropped_at_first: int

    def poll(self, timeout_s: float) -> list[Observation]:
        observations = super().poll(timeout_s)
        for observation in observations:
            if isinstance(observation, Observed) and observation.captured_at is not None:
                self.captured_at[observation.t] = observation.captured_at
                if observation.t < 1:
                    self.dropped_at_first = self.dropped
        return observations


@dataclass
class WatchedScreen:
    """Notes when the drawing of a jump was written to the terminal."""

    scoreboard: Scoreboard
    terminal: IO[str]
    drawn_at: list[float] = field(default_factory=list)
    _jumps: int = 0

    def snapshot(self) -> Snapshot:
        snapshot = self.scoreboard.snapshot()
        self._jumps = snapshot.jumps
        return snapshot

    def write(self, text: str) -> int:
        return self.terminal.write(text)

    def flush(self) -> None:
        self.terminal.flush()
        now = time.monotonic()
        self.drawn_at += [now] * (self._jumps - len(self.drawn_at))

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.terminal.fileno()


def percentiles(seconds: list[float]) -> str:
    if not seconds:
        return "nothing measured"
    return " / ".join(f"{v * 1000:.1f}" for v in np.percentile(seconds, [50, 95, 99])) + " ms"


def run(path: Path, threads: int) -> tuple[SessionDocument, WatchedFeed, WatchedScreen]:
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        terminal = stack.enter_context(Terminal(read=True))
        feed = WatchedFeed(open_live(str(path)), command=worker_command(threads))
        feed.captured_at, feed.dropped_at_first = {}, 0
        stack.callback(feed.close)
        scoreboard = Scoreboard(feed.info, "live")
        screen = WatchedScreen(scoreboard, terminal.file)
        console = terminal.console(screen)  # type: ignore[arg-type]
        stack.enter_context(Dashboard(screen.snapshot, console))
        writer = SessionWriter(Path(folder) / "bench.fliptally")
        document = Station(feed, Analysis(), scoreboard, writer=writer).run()
    return document, feed, screen


def report(document: SessionDocument, feed: WatchedFeed, screen: WatchedScreen) -> Table:
    frames, latency = document.frames, document.latency_ms
    said = [feed.captured_at[jump.emitted_s] for jump in document.jumps]
    drawn = [at - said for at, said in zip(screen.drawn_at, said, strict=False)]
    table = Table(title="60 fps, 1280x720, live", show_header=False)
    table.add_row("frames captured, processed", f"{frames.captured}, {frames.processed}")
    after = frames.dropped - feed.dropped_at_first
    table.add_row("dropped, of these after the first second", f"{frames.dropped}, {after}")
    table.add_row("lost", str(frames.lost))
    table.add_row("pose, p50 / p95", f"{latency.pose_p50:.1f} / {latency.pose_p95:.1f} ms")
    table.add_row(
        "analysis, p50 / p99", f"{latency.analysis_p50:.2f} / {latency.analysis_p99:.2f} ms"
    )
    table.add_row(
        "capture to recorded mark, p50 / p95", f"{latency.mark_p50:.1f} / {latency.mark_p95:.1f} ms"
    )
    table.add_row("capture to mark drawn, p50 / p95 / p99", percentiles(drawn))
    return table


def cpu_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where the file is kept")
    options = parser.parse_args()
    scene = build_scene("speed", options.seconds, fps=FPS)
    with tempfile.TemporaryDirectory() as temporary:
        path = (options.keep or Path(temporary)) / f"speed-{options.seconds:g}s-720p60.mp4"
        if not path.exists():
            write_scene(scene, path)
        used, begin = cpu_seconds(), time.monotonic()
        document, feed, screen = run(path, options.threads)
        wall, used = time.monotonic() - begin, cpu_seconds() - used
    table = report(document, feed, screen)
    table.add_row("processor use of two cores", f"{used / wall / 2:.0%}")
    counted = f"{len(document.jumps)} of {len(scene.truth.jumps)}"
    table.add_row("jumps counted, of the truth's", counted)
    Console().print(table)


if __name__ == "__main__":
    main()
