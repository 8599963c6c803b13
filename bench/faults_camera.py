"""Faults of the camera: it is unplugged, hangs, freezes, is dark, its clock jumps, its rate halves.

The camera is virtual (`bench.virtual_camera`); what heals it, the pose worker, the station and its
file are those of `fliptally live`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.faults_rows import BEFORE_S, Limits, Moment, Row, folder
from bench.live_station import LiveStation
from bench.virtual_camera import NAME, Kind, LoopedFilm, VirtualCamera
from realtime.sources.healing import HealingSource

_AFTER_S = 4.0
_NOTICED_S = 1.0


@dataclass(frozen=True, slots=True)
class _Case:
    name: str
    kind: Kind
    limits: Limits
    seconds: float = 3.0
    by_s: float = 0.0
    said: bool = True
    """Whether the camera has to say that it is well again."""
    counted: bool = False
    """Whether every contact has to be counted in the meantime, give or take the edges."""


_AGAIN = Limits(_NOTICED_S, 2.0)
CASES = (
    _Case("camera unplugged for 3 s", "unplug", _AGAIN),
    _Case("driver does not answer for 3 s", "hang", _AGAIN),
    _Case("same picture for 3 s", "freeze", Limits(_NOTICED_S, 1.0)),
    _Case("dark for 3 s", "dark", Limits(_NOTICED_S, 1.0)),
    _Case(
        "every picture twice for 5 s", "double", Limits(silent_s=0.3), 5.0, said=False, counted=True
    ),
    _Case("clock jumps 5 s forward", "jump", Limits(_NOTICED_S, 1.0, 0.3), by_s=5.0, said=False),
    _Case("clock jumps 2 s back", "jump", Limits(_NOTICED_S, 1.0, 0.3), by_s=-2.0, said=False),
    _Case("half the rate for 5 s", "half", Limits(_NOTICED_S, 2.0, 0.3), 5.0, counted=True),
)


def rows(film: LoopedFilm, chosen: str) -> Iterator[Row]:
    for case in CASES:
        if chosen in case.name:
            yield _measure(film, case)


def _measure(film: LoopedFilm, case: _Case) -> Row:
    camera = VirtualCamera(film)
    lasting = float("inf") if case.kind == "jump" else case.seconds
    with folder() as path:
        with LiveStation(HealingSource(camera.open, NAME), path) as station:
            station.watch(BEFORE_S)
            trouble = camera.strike(case.kind, lasting, case.by_s)
            moment = Moment.of(station, camera.began + trouble.at_s)
            time.sleep(case.seconds)
            if case.kind != "jump":
                moment.over(moment.begin + case.seconds)
            time.sleep(_AFTER_S)
            ended = time.monotonic()
        wrong = _miscounted(station, camera, moment.begin, case) if case.counted else []
        return moment.row(
            case.name, case.limits, part=NAME, settled=case.said, ended=ended, wrong=wrong
        )


def _miscounted(
    station: LiveStation, camera: VirtualCamera, begin: float, case: _Case
) -> list[str]:
    """Whether the count is off by more than one jump at either edge."""
    timeline = station.timeline
    origin = timeline.captured[0] - timeline.t[0]
    counted = station.jumps(begin - origin, begin + case.seconds - origin)
    since = begin - camera.began
    true = len(camera.film.contacts(since, since + case.seconds))
    return [] if abs(counted - true) <= 2 else [f"{counted} jumps of {true}"]
