"""How long it takes to go on with a session that was cut off: `python -m bench.resuming`.

A session of so many minutes of one simulated athlete at 60 fps is recorded and cut off; then what
`fliptally live --resume` does before it counts on is timed: reading the file, and analysing its
poses again. Frames that the camera gives meanwhile wait in memory; none is lost.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from models.poses import Poses
from models.simulation.staging import build_scene
from models.skeleton import BLAZEPOSE_33, BODY, convert
from realtime.analysis import Analysis
from realtime.feed import RecordedFeed
from realtime.observations import Observation, Observed
from realtime.record.session import SessionWriter
from realtime.resuming import Past
from realtime.scoreboard import Scoreboard
from realtime.sources.protocol import SourceInfo
from realtime.station import Station

_FPS = 60.0
_LOOP_S = 30.0


class _CutOffError(BaseException):
    """As if the station had been killed."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, nargs="*", default=[1.0, 5.0])
    options = parser.parse_args()
    table = Table(title="going on with a session that was cut off, one athlete at 60 fps")
    for column in ("minutes", "frames", "MB", "read s", "analysed again s", "ms a frame"):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        for minutes in options.minutes:
            table.add_row(*_row(minutes, Path(folder) / f"{minutes:g}.fliptally"))
    Console().print(table)


def _row(minutes: float, path: Path) -> list[str]:
    info = SourceInfo("simulated", 1280, 720, _FPS)
    feed = RecordedFeed(info, "simulated", _cut_off(round(minutes * 60 * _FPS)))
    station = Station(feed, Analysis(), Scoreboard(info, "live"), writer=SessionWriter(path))
    with suppress(_CutOffError):
        station.run()
    begin = time.perf_counter()
    past = Past.open(path)
    opened = time.perf_counter()
    past.rebuild(Analysis(), Scoreboard(info, "live"), lambda: None)
    done = time.perf_counter()
    past.writer.close()
    return [
        f"{minutes:g}",
        str(past.frames),
        f"{path.stat().st_size / 1e6:.1f}",
        f"{opened - begin:.2f}",
        f"{done - opened:.1f}",
        f"{1000 * (done - opened) / past.frames:.2f}",
    ]


def _cut_off(count: int) -> Iterator[Observation]:
    """Speed steps, again and again."""
    scene = build_scene("speed", _LOOP_S, fps=_FPS)
    loop = []
    for i in range(scene.frames):
        keypoints = np.ones((1, len(BODY), 3), np.float32)
        keypoints[0, :, :2] = scene.joints(i)
        loop.append(Poses(BLAZEPOSE_33, convert(keypoints, BODY, BLAZEPOSE_33)))
    for i in range(count):
        yield Observed(i, round(i / _FPS * 1e9) / 1e9, loop[i % len(loop)])
    raise _CutOffError


if __name__ == "__main__":
    main()
