"""What one frame of the dashboard costs: CPU time in which it holds the interpreter.

    python -m bench.dashboard [--frames 2000]

`render` builds the rows; `draw` also turns them into escape sequences and writes them, as the
display does twenty times a second, here to a file that forgets them.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from time import thread_time_ns

import numpy as np
from rich.console import Console
from rich.live import Live

from realtime.marks import Event, Jump, Mark
from realtime.show.dashboard import render
from realtime.show.snapshot import MARKS_KEPT, Link, Person, Snapshot

_STEP_S = 1 / 7


def attempt(elapsed_s: float) -> Snapshot:
    """A speed-step attempt at seven steps a second, a backflip every ten seconds."""
    jumps = int(elapsed_s / _STEP_S)
    marks: list[Mark] = [
        Jump(1, 0, i * _STEP_S, "right" if i % 2 else "left", i * _STEP_S + 0.07)
        for i in range(max(jumps - MARKS_KEPT, 0), jumps)
    ]
    return Snapshot(
        title="bench",
        state="live",
        backend="blazepose-full",
        elapsed_s=elapsed_s,
        duration_s=None,
        athlete_seen=True,
        athlete=1,
        by_hand=False,
        in_view=1,
        people=(Person(1, jumps, jumps // 2, jumps - jumps // 2, None, 0.0),),
        analysed=1,
        analysis_ms=0.2,
        jumps=jumps,
        right=jumps // 2,
        left=jumps - jumps // 2,
        cadence=7.0,
        cadence_history=tuple(6 + i % 5 / 4 for i in range(int(elapsed_s * 4))[-240:]),
        marks=tuple(marks),
        events=tuple(
            Event(1, "backflip", t, t + 0.8, t + 0.9, 0.98) for t in range(10, int(elapsed_s), 10)
        ),
        fps_in=60.0,
        fps_processed=59.7,
        links=(Link("to worker", jumps * 8, 0), Link("from worker", jumps * 8, 3)),
        latency_p50_ms=42.0,
        latency_p95_ms=61.0,
        recording="attempt.fts",
        notice=None,
        expected=None,
    )


def _times_ms(action: Callable[[Snapshot], object], frames: int) -> list[float]:
    times = []
    for i in range(frames):
        snapshot = attempt(i / 8 % 180)
        begin = thread_time_ns()
        action(snapshot)
        times.append((thread_time_ns() - begin) / 1e6)
    return times


def _report(width: int, height: int, frames: int) -> None:
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(
            file=nowhere,
            width=width,
            height=height,
            force_terminal=True,
            color_system="truecolor",
            _environ={},
        )
        with Live(console=console, screen=True, auto_refresh=False, redirect_stdout=False) as live:
            for name, action in (
                ("render", lambda s: render(s, width, height)),
                ("draw", lambda s: live.update(render(s, width, height), refresh=True)),
            ):
                p50, p99 = np.percentile(_times_ms(action, frames), (50, 99))
                print(f"{width}x{height} {name:6}  p50 {p50:.2f} ms  p99 {p99:.2f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--frames", type=int, default=2000)
    frames = parser.parse_args().frames
    for width, height in ((80, 24), (120, 40), (200, 50)):
        _report(width, height, frames)


if __name__ == "__main__":
    main()
