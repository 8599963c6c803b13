"""Faults of the pose worker: killed, suspended, gone for good and back again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

from bench.faults_rows import BEFORE_S, Limits, Moment, Row, folder
from bench.live_station import LiveStation
from bench.virtual_camera import LoopedFilm, VirtualCamera

_AFTER_S = 5.0
_PART = "pose worker"

# Of two, an idle one may be suspended: it is missed when it has not said hello for three seconds.
CASES = (
    ("pose worker killed (SIGKILL), one", signal.SIGKILL, 1, Limits(1.0, 2.0)),
    ("pose worker suspended (SIGSTOP), one", signal.SIGSTOP, 1, Limits(2.0, 2.0)),
    ("pose worker killed (SIGKILL), one of two", signal.SIGKILL, 2, Limits(1.0, 2.0, 0.3)),
    ("pose worker suspended (SIGSTOP), one of two", signal.SIGSTOP, 2, Limits(4.0, 2.0, 0.3)),
)


def rows(film: LoopedFilm, chosen: str) -> Iterator[Row]:
    for name, number, workers, limits in CASES:
        if chosen in name:
            yield _measure(film, name, number, workers, limits)


def _measure(
    film: LoopedFilm, name: str, number: signal.Signals, workers: int, limits: Limits
) -> Row:
    with folder() as path:
        source = VirtualCamera(film).open()
        with LiveStation(source, path, threads=1 if workers > 1 else 2, workers=workers) as station:
            station.watch(BEFORE_S)
            moment = Moment.of(station)
            os.kill(station.feed.worker_pids[0], number)
            time.sleep(_AFTER_S)
            ended = time.monotonic()
        return moment.row(name, limits, part=_PART, ended=ended)
