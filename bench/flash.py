"""From the camera to the published mark: `python -m bench.flash [--seconds 120] [--cores 0,1]`.

The event is frame-exact: a contact of the simulated athlete, at 60 fps, through the virtual camera,
ZeroMQ, BlazePose in its own process, the analysis and the session file to a subscriber of the
publisher, in a process that has the other cores. Each mark names the frame with which it could be
said (`emitted_s`); the pipeline's latency is from that frame's capture to the mark's arrival. What
the counter waits for before it says a jump is a row of its own: it is the same on any machine. A
frame that waits while the worker has the one before waits for a pose, not for the pipeline.
Stage by stage, of the frames with a mark; the exit code is 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
import zmq
from numpy.typing import ArrayLike
from rich.console import Console
from rich.table import Table

from bench.live_station import LiveStation, published
from bench.machine import elsewhere, work_on
from bench.timed_worker import Answered, read_log, timed_command
from bench.virtual_camera import NAME, LoopedFilm, VirtualCamera
from realtime.marks import Jump, Mark
from realtime.messages import FrameHeader, decode_from_capture
from realtime.publishing.receiving import received
from realtime.publishing.schema import Ended, MarkSaid
from realtime.runs.station_run import StationRun
from realtime.sources.healing import HealingSource
from realtime.supervision.states import StateChange
from realtime.transport import channel

_GOAL_S, _GOAL_WITHOUT_POSE_S = 0.040, 0.004
_WARM_S = 3.0
_LATE_S = 0.5  # a true contact further away from a counted one is another

_OF_POSE = ("pose", "behind the frame before")
STAGES = (
    "capture to channel",
    "behind the frame before",
    "channel to worker",
    "worker, without pose",
    "pose",
    "back, in order",
    "analysis, session file",
    "publisher, subscriber",
)


class _Listener:
    """Notes when the station has written marks down and hands them to its publisher."""

    def __init__(self) -> None:
        self.said_at: dict[float, float] = {}

    def said(self, marks: Sequence[Mark]) -> None:
        now = time.monotonic()
        for mark in marks:
            if isinstance(mark, Jump):
                self.said_at.setdefault(mark.emitted_s, now)

    def changed(self, change: StateChange, time_s: float) -> None:
        """Not measured."""


@contextmanager
def _heard(listener: _Listener, run: StationRun) -> Iterator[None]:
    run.station.listeners.append(listener)
    yield


@contextmanager
def _noted_in_channel(arrived: dict[int, float]) -> Iterator[None]:
    """When each frame came to the frame channel."""

    def decode(buffer: bytes) -> object:
        message = decode_from_capture(buffer)
        if isinstance(message, FrameHeader):
            arrived[message.seq] = time.monotonic()
        return message

    with patch.object(channel, "decode_from_capture", decode):
        yield


def subscribe(endpoint: str) -> None:
    """The other process: when each jump came, as one JSON line at the end."""
    came = []
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.setsockopt(zmq.SUBSCRIBE, b"mark")
        socket.setsockopt(zmq.SUBSCRIBE, b"end")
        socket.connect(endpoint)
        print("ready", flush=True)
        while True:
            parts = socket.recv_multipart()
            now = time.monotonic()
            message = received(parts)
            if isinstance(message, Ended):
                break
            if isinstance(message, MarkSaid) and isinstance(message.mark, Jump):
                came.append((message.mark.emitted_s, message.mark.time_s, now))
    print(json.dumps(came), flush=True)


Came = list[tuple[float, float, float]]
"""Of each jump: `emitted_s`, `time_s`, and when it came to the subscriber."""


class Run:
    """A measured session."""

    def __init__(self, film: LoopedFilm, seconds: float, threads: int) -> None:
        self.camera = VirtualCamera(film)
        self.arrived: dict[int, float] = {}
        self._listener = _Listener()
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flash-")))
            endpoint = f"ipc://{folder / 'events'}"
            stack.enter_context(_noted_in_channel(self.arrived))
            self.station = LiveStation(
                HealingSource(self.camera.open, NAME),
                folder,
                command=timed_command(threads, folder / "worker.log"),
                beside=(partial(_heard, self._listener), partial(published, endpoint)),
            )
            with _subscriber(endpoint) as subscriber:
                with self.station:
                    self.station.watch(_WARM_S + seconds)
                self.came: Came = json.loads(_line(subscriber))
            self._answered = read_log(folder / "worker.log")
            self._answers = sorted(frame.answered for frame in self._answered.values())

    def stages(self) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """Seconds (marks, stages) of each frame that a jump was said with."""
        timeline = self.station.timeline
        frames = {
            t: (captured, given, seq)
            for t, captured, given, seq in zip(
                timeline.t, timeline.captured, timeline.given, timeline.seq, strict=True
            )
        }
        rows = []
        for emitted_s, arrived_at in self._arrivals().items():
            if emitted_s not in frames or emitted_s < _WARM_S:
                continue
            captured, given, seq = frames[emitted_s]
            worker: Answered | None = self._answered.get(seq)
            if worker is None or seq not in self.arrived:
                continue
            said = self._listener.said_at[emitted_s]
            arrived, free = self.arrived[seq], self._free_at(worker)
            rows.append(
                (
                    arrived - captured,
                    max(free - arrived, 0),
                    max(worker.came - max(arrived, free), 0),
                    worker.answered - max(worker.came, free) - worker.pose_s,
                    worker.pose_s,
                    given - worker.answered,
                    said - given,
                    arrived_at - said,
                )
            )
        return np.array(rows, dtype=np.float64).reshape(-1, len(STAGES))

    def _free_at(self, frame: Answered) -> float:
        """When the worker had answered the frame before."""
        before = bisect_left(self._answers, frame.answered) - 1
        return self._answers[before] if before >= 0 else 0.0

    def _arrivals(self) -> dict[float, float]:
        """When the first mark of each frame came to the subscriber."""
        first: dict[float, float] = {}
        for emitted_s, _, came in self.came:
            first.setdefault(emitted_s, came)
        return first

    def causal_s(self) -> list[float]:
        """How long the counter waited after each contact, in capture time."""
        return [emitted_s - time_s for emitted_s, time_s, _ in self.came]

    def from_contact_s(self) -> list[float]:
        """From each true contact to its mark at the subscriber."""
        timeline = self.station.timeline
        origin = timeline.captured[0] - timeline.t[0]
        end = timeline.captured[-1] - self.camera.began
        true = np.array(self.camera.film.contacts(0, end)) + self.camera.began
        delays = []
        for _, time_s, came in self.came:
            nearest = true[np.abs(true - (origin + time_s)).argmin()]
            if abs(nearest - (origin + time_s)) < _LATE_S:
                delays.append(came - float(nearest))
        return delays


@contextmanager
def _subscriber(endpoint: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bench.flash", "--subscribe", endpoint]
    with subprocess.Popen(elsewhere(command), stdout=subprocess.PIPE, text=True) as process:
        try:
            _line(process)
            yield process
        finally:
            process.kill()


def _line(process: subprocess.Popen[str]) -> str:
    return process.stdout.readline() if process.stdout else ""


def report(run: Run) -> tuple[Table, bool]:
    """The table, and whether the goals are reached."""
    stages = run.stages()
    total = stages.sum(1)
    without = total - sum(stages[:, STAGES.index(stage)] for stage in _OF_POSE)
    table = Table(title=f"capture to published mark, {len(stages)} frames with a jump")
    table.add_column("")
    for column in ("p50, ms", "p95, ms", "p99, ms"):
        table.add_column(column, justify="right")
    table.add_column("goal")
    for name, seconds in zip(STAGES, stages.T, strict=True):
        table.add_row(name, *_milliseconds(seconds))
    table.add_section()
    good = []
    for name, seconds, goal in (
        ("all together", total, _GOAL_S),
        ("all without the poses", without, _GOAL_WITHOUT_POSE_S),
    ):
        p95 = float(np.percentile(seconds, 95))
        good.append(p95 <= goal)
        verdict = f"p95 at most {goal * 1000:g} ms: {'reached' if good[-1] else '[red]missed'}"
        table.add_row(name, *_milliseconds(seconds), verdict)
    table.add_section()
    table.add_row("the counter's own delay", *_milliseconds(run.causal_s()))
    table.add_row("true contact to published mark", *_milliseconds(run.from_contact_s()))
    return table, all(good)


def _milliseconds(seconds: ArrayLike) -> list[str]:
    return [
        f"{ms:.1f}" for ms in np.percentile(np.asarray(seconds, np.float64), [50, 95, 99]) * 1000
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--threads", type=int, default=2, help="of the pose worker")
    parser.add_argument("--cores", default="0,1", help="for everything but the subscriber")
    parser.add_argument("--subscribe", metavar="ENDPOINT", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.subscribe:
        with suppress(KeyboardInterrupt):
            subscribe(options.subscribe)
        return 0
    film = LoopedFilm()
    work_on(options.cores)
    run = Run(film, options.seconds, options.threads)
    table, good = report(run)
    console = Console()
    console.print(table)
    frames = run.station.run.station.document().frames
    console.print(
        f"frames {frames.captured}, dropped {frames.dropped}, lost {frames.lost}; marks "
        f"{len(run.came)}; cores {options.cores}, {options.threads} threads in the worker"
    )
    return not good


if __name__ == "__main__":
    sys.exit(main())
