"""FlipTally beside the plainest script: `python -m bench.plain_peer [--seconds 40] [--rounds 2]`.

Both read the same 60 fps stream (H.264 in MPEG-TS over UDP, at real pace, `bench.virtual_stream`)
on the same cores, in turns. The script is OpenCV's VideoCapture and MediaPipe's Pose in one loop
(`bench.plain_script`, in the peer's environment: `make .venv-mediapipe`); FlipTally is all of
`fliptally live` without a screen. The pictures are numbered, so that each result is held against
the moment at which its picture was sent. Printed: frames sent while it ran, results, pictures that
never had one, the latency from sending to the pose at the beginning and at the end (a queue
grows).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.live_station import LiveStation
from bench.machine import free_udp_port, work_on
from bench.virtual_stream import FPS, Numbers, Sender, film, painted
from realtime.messages import to_ns
from realtime.opening import open_station
from realtime.sources.protocol import Frame, Source
from realtime.supervision.states import StateChange

_PEER = Path(".venv-mediapipe/bin/python")
_FILM_FRAMES = 720
_SETTLE_S = 3.0
"""After the first result: the first inferences, and what came while the stream was opened."""
_PART_S = 5.0
_PLAIN, _OURS = "OpenCV + MediaPipe, one thread", "FlipTally"


@dataclass(frozen=True, slots=True)
class Result:
    """The pose of one picture: its number in the stream, when it was sent, when the pose came."""

    number: int
    sent: float
    done: float


class _Numbered:
    """A source whose pictures' numbers are read while they pass by."""

    def __init__(self, source: Source) -> None:
        self.info, self.live = source.info, source.live
        self.interrupt, self.close = source.interrupt, source.close
        self._source = source
        self._numbers = Numbers(_FILM_FRAMES)
        self.number_of: dict[int, int] = {}
        """By capture time on the monotonic clock, ns."""

    def read(self) -> Frame | StateChange | None:
        frame = self._source.read()
        if isinstance(frame, Frame) and (number := painted(frame.image)) is not None:
            self.number_of[to_ns(frame.captured_at)] = self._numbers.update(number)
        return frame


def _fliptally(url: str, sender: Sender, seconds: float, threads: int) -> list[Result]:
    source = _Numbered(open_station(url))
    with tempfile.TemporaryDirectory(prefix="peer-") as folder:
        with LiveStation(source, Path(folder), threads=threads) as station:
            station.watch(seconds)
        timeline = station.timeline
    results = []
    for captured, given in zip(timeline.captured, timeline.given, strict=True):
        number = source.number_of.get(to_ns(captured))
        if number is not None:
            results.append(Result(number, sender.sent_at(number), given))
    return results


def _plain(url: str, sender: Sender, seconds: float) -> list[Result]:
    command = [str(_PEER), "-m", "bench.plain_script", url, str(seconds)]
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    numbers = Numbers(_FILM_FRAMES)
    results = []
    for painted_number, done in json.loads(out.stdout):
        if painted_number is not None:
            number = numbers.update(painted_number)
            results.append(Result(number, sender.sent_at(number), done))
    return results


def _row(name: str, round_number: int, results: Sequence[Result]) -> tuple[str, ...]:
    """Of the time from some seconds after the first result to the last one."""
    begin, end = results[0].done + _SETTLE_S, results[-1].done
    within = [r for r in results if r.done >= begin]
    latency = np.array([r.done - r.sent for r in within])
    done = np.array([r.done for r in within])
    sent = (end - begin) * FPS
    numbers = [r.number for r in within]
    skipped = numbers[-1] - numbers[0] + 1 - len(set(numbers))
    first, last = (np.median(latency[part]) for part in (done < begin + _PART_S, done >= end - 5))
    p50, p95 = np.percentile(latency, [50, 95])
    return (
        str(round_number),
        name,
        f"{sent:.0f}",
        f"{len(within)} ({len(within) / sent:.0%})",
        str(skipped),
        *(f"{1000 * seconds:.0f}" for seconds in (p50, p95, first, last)),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2, help="of FlipTally's pose worker")
    parser.add_argument("--cores", default="0,1", help="for both (default: 0,1; empty: all)")
    options = parser.parse_args()
    if not _PEER.exists():
        sys.stderr.write("plain_peer: no environment of the peer; make .venv-mediapipe\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="peer-") as folder:
        return _measure(film(Path(folder)), options)


def _measure(path: Path, options: argparse.Namespace) -> int:
    work_on(options.cores)
    table = Table(title=f"720p60 stream over UDP, cores {options.cores or 'all'}")
    for column in ("round", "", "frames sent", "results", "skipped"):
        table.add_column(column, justify="left" if column == "" else "right")
    for column in ("sent to pose p50", "p95", "p50 of the first 5 s", "of the last 5 s, ms"):
        table.add_column(column, justify="right")
    for number in range(1, options.rounds + 1):
        for name in (_PLAIN, _OURS):
            url = f"udp://127.0.0.1:{free_udp_port()}"
            with Sender(url, path) as sender:
                results = (
                    _plain(url, sender, options.seconds)
                    if name == _PLAIN
                    else _fliptally(url, sender, options.seconds, options.threads)
                )
            table.add_row(*_row(name, number, results))
            sys.stderr.write(f"round {number}: {name}: {len(results)} results\n")
    console = Console()
    console.width = max(console.width, 120)
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
