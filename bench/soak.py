"""Hours of 60 fps, in short: `python -m bench.soak [--minutes 30]`.

A virtual camera at real pace (`bench.virtual_camera`) through everything that `fliptally live` has:
the source that heals itself, ZeroMQ, a pose worker process, the analysis, the session file, the
dashboard on a pseudo-terminal, the publisher with a viewer. Printed for each slice (a minute, or a
twelfth of less than that many minutes): frames dropped, latency from capture to recorded mark, the
cost of the analysis, memory, threads and open files of station and worker; then the first five
slices beside the last five. A figure is the same when a permutation test of the two fives finds no
difference (p >= 0.05, two-sided), or when the difference is smaller than matters, which is printed
beside it. The exit code is 1 when a figure is worse at the end.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.live import cpu_seconds
from bench.live_station import LiveStation, Terminal, published
from bench.machine import resident_bytes
from bench.virtual_camera import FPS, NAME, LoopedFilm, VirtualCamera
from realtime.sources.healing import HealingSource

_SLICES = 12
_COMPARED = 5
_WARM_S = 10.0
_ALPHA = 0.05
_WIDTH = 132


@dataclass(frozen=True, slots=True)
class Slice:
    """What was measured over one slice of the time, and at its end."""

    frames: float
    dropped: float
    lost: float
    mark_p50_ms: float
    mark_p95_ms: float
    analysis_p50_ms: float
    analysis_p99_ms: float
    pose_p50_ms: float
    cores: float
    station_mb: float
    worker_mb: float
    threads: float
    files: float


_NAMED = {
    "frames": ("frames", 0.005, "share"),
    "dropped": ("dropped", 0.001, "share of frames"),
    "lost": ("lost", 0.001, "share of frames"),
    "mark_p50_ms": ("capture to mark p50, ms", 0.5, "ms"),
    "mark_p95_ms": ("p95, ms", 2.0, "ms"),
    "analysis_p50_ms": ("analysis p50, ms", 0.05, "ms"),
    "analysis_p99_ms": ("p99, ms", 0.5, "ms"),
    "pose_p50_ms": ("pose p50, ms", 0.5, "ms"),
    "cores": ("station's cores", 0.05, "cores"),
    "station_mb": ("station, MB", 16.0, "MB: 3 x 65,536 latencies are kept, and the marks"),
    "worker_mb": ("worker, MB", 4.0, "MB"),
    "threads": ("threads", 0.0, ""),
    "files": ("open files", 0.0, ""),
}
"""How each is called, and which difference does not matter."""


class _Meter:
    """Reads what has changed since the last time."""

    def __init__(self, station: LiveStation) -> None:
        self._station = station
        self._before = self._counts()
        self._used = cpu_seconds(), time.monotonic()

    def _counts(self) -> tuple[int, int, int]:
        board, feed = self._station.board, self._station.feed
        return board.processed, feed.dropped, board.lost

    def read(self) -> Slice:
        counts, used = self._counts(), (cpu_seconds(), time.monotonic())
        processed, dropped, lost = np.subtract(counts, self._before).tolist()
        cores = (used[0] - self._used[0]) / (used[1] - self._used[1])
        self._before, self._used = counts, used
        board, last = self._station.board, max(processed, 1)
        mark = board.mark.percentiles_ms(50, 95, last=last)
        analysis = board.analysis.percentiles_ms(50, 99, last=last)
        pose = board.pose.percentiles_ms(50, last=last)
        figures = [value or 0.0 for value in (*mark, *analysis, *pose)]
        pids = self._station.feed.worker_pids
        workers = sum(resident_bytes(pid) for pid in pids)
        numbers = (
            *(processed + dropped + lost, dropped, lost, *figures, cores),
            *(resident_bytes() / 1e6, workers / 1e6),
            *(len(os.listdir(f"/proc/self/{what}")) for what in ("task", "fd")),
        )
        return Slice(**dict(zip(_NAMED, numbers, strict=True)))


@contextmanager
def _beside(command: Sequence[str]) -> Iterator[None]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


def soak(seconds: float, slices: int, threads: int = 2) -> Iterator[Slice]:
    """Measure so many slices of a session that lasts `seconds`, after a warm-up."""
    source = HealingSource(VirtualCamera(LoopedFilm()).open, NAME)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        endpoint = f"ipc://{folder}/events"
        terminal = stack.enter_context(Terminal(read=True))
        beside = (terminal.dashboard, partial(published, endpoint))
        station = LiveStation(source, Path(folder), threads=threads, beside=beside)
        station.timeline.keeps = False
        with station:
            viewer = [sys.executable, "-m", "realtime", "watch", endpoint]
            stack.enter_context(_beside(viewer))
            if not station.until(lambda: station.board.processed > 0):
                raise RuntimeError("no pose in 30 s")
            time.sleep(_WARM_S)
            meter, begin = _Meter(station), time.monotonic()
            for number in range(1, slices + 1):
                time.sleep(max(begin + number * seconds / slices - time.monotonic(), 0))
                yield meter.read()
        lost = station.marks_lost()
        if lost:
            raise RuntimeError(f"{lost} marks are not in the session file")


def same_by_chance(first: Sequence[float], last: Sequence[float]) -> float:
    """How likely such a difference of the means is when it makes none which slice is of which half:
    an exact permutation test, two-sided."""
    both = np.array([*first, *last])
    difference = abs(np.mean(first) - np.mean(last))
    others = [
        abs(both[list(chosen)].mean() - np.delete(both, chosen).mean())
        for chosen in itertools.combinations(range(len(both)), len(first))
    ]
    return float(np.mean(np.array(others) >= difference - 1e-12))


def compare(slices: Sequence[Slice]) -> tuple[Table, list[str]]:
    """The first and the last slices side by side; what is worse at the end."""
    table = Table(title=f"the first {_COMPARED} slices and the last {_COMPARED}")
    for column in ("", "first", "last", "p", "does not matter", "verdict"):
        table.add_column(column, justify="left" if column in {"", "verdict"} else "right")
    worse = []
    for key, (name, matters, unit) in _NAMED.items():
        first = [getattr(s, key) for s in slices[:_COMPARED]]
        last = [getattr(s, key) for s in slices[-_COMPARED:]]
        p = same_by_chance(first, last)
        within = matters
        if unit.startswith("share"):
            within = matters * float(np.mean([s.frames for s in slices]))
        same = p >= _ALPHA or abs(np.mean(first) - np.mean(last)) <= within
        more = np.mean(last) > np.mean(first)
        verdict = "same" if same else "worse" if more != (key == "frames") else "better"
        worse += [name] if verdict == "worse" else []
        table.add_row(
            name,
            *(f"{np.mean(part):.2f}" for part in (first, last)),
            f"{p:.2f}",
            f"{within:g} {'' if unit.startswith('share') else unit}".strip(),
            verdict,
        )
    return table, worse


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--threads", type=int, default=2, help="of the pose worker")
    options = parser.parse_args()
    count = max(_SLICES, round(options.minutes))
    seconds = 60 * options.minutes
    table = Table(title=f"{options.minutes:g} minutes of 1280x720 at 60 fps, live")
    table.add_column("s", justify="right")
    for name, _, _ in _NAMED.values():
        table.add_column(name, justify="right")
    measured = []
    for one in soak(seconds, count, options.threads):
        measured.append(one)
        figures = [f"{getattr(one, key):.4g}" for key in _NAMED]
        end = f"{len(measured) * seconds / count:.0f}"
        table.add_row(end, *figures)
        sys.stderr.write(f"{end} s: {', '.join(figures)}\n")
    expected = FPS * seconds
    console = Console()
    console.width = max(console.width, _WIDTH)
    console.print(table)
    dropped = sum(s.dropped + s.lost for s in measured)
    console.print(f"dropped or lost: {dropped:.0f} of {expected:.0f}, {dropped / expected:.3%}")
    compared, worse = compare(measured)
    console.print(compared)
    console.print(f"worse: {', '.join(worse)}" if worse else "nothing is worse at the end")
    return bool(worse)


if __name__ == "__main__":
    sys.exit(main())
