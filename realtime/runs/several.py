"""Several stations at once, `fliptally live A B C`: a camera, a session and a count each, and the
pose workers of all."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from realtime import exits
from realtime.options.arguments import each_once
from realtime.options.resume import LAST
from realtime.record.session import SUFFIX
from realtime.runs.feeds import check_engine, check_options, shared_workers
from realtime.runs.guarded import go_on, is_guarded
from realtime.runs.live_session import live_session
from realtime.runs.outcome import STDOUT, report
from realtime.runs.publishing import open_publisher
from realtime.runs.station_run import StationRun, default_session
from realtime.show.several import choose_several
from realtime.sources.errors import SourceError
from realtime.stopping import stop_on_signals

_LOOK_S = 0.2
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class _Place:
    """One of the stations: its options, as if it were alone, and what runs there."""

    options: argparse.Namespace
    record: Path | None
    run: StationRun


def live_several(options: argparse.Namespace) -> int:
    """The exit code is the first station's that is not 0."""
    if options.workers is None:
        options.workers = _workers(len(options.source), options.threads)
    check_engine(options)
    _check_several(options)
    with stop_on_signals() as stop, ExitStack() as stack:
        places = _open(stack, options, stop)
        snapshots = [place.run.scoreboard.snapshot for place in places]
        choose = [place.run.station.choose for place in places]
        with choose_several(snapshots, Console(), choose):
            _run([place.run for place in places])
        codes = [_report(number, place) for number, place in enumerate(places, start=1)]
    return next((code for code in codes if code), exits.DONE)


def _workers(stations: int, threads: int) -> int:
    """As many as there are stations, and processors for them."""
    return max(1, min(stations, (os.cpu_count() or 1) // threads))


def _check_several(options: argparse.Namespace) -> None:
    """Raise SourceError for options that several stations cannot share."""
    each_once(options.source, "source")
    if options.calibration is not None or not (options.zone is None or options.zone == "station"):
        name = "zone" if options.calibration is None else "calibration"
        raise SourceError(
            f"--{name}: belongs to one camera, and {len(options.source)} are given; calibrate each "
            "(fliptally calibrate), and give --zone station"
        )
    _check_ports(options)
    if options.resume not in (None, LAST):
        raise SourceError(
            f"--resume {options.resume}: belongs to one camera; give --resume alone, for the last "
            "session of each"
        )
    for name in ("json", "record"):
        given = getattr(options, name)
        if given == STDOUT or (given is not None and Path(given).is_file()):
            raise SourceError(f"--{name} {given}: expected a folder, for a file of each station")


def _check_ports(options: argparse.Namespace) -> None:
    """Raise SourceError where the ports of the stations, one after the other, are not to be had."""
    taken: dict[int, str] = {}
    for name in ("listen", "publish"):
        first = (getattr(options, name) or "").rpartition(":")[2]
        for by in range(len(options.source) if first.isdecimal() else 0):
            port = int(first) + by
            if port > _LAST_PORT or port in taken:
                why = f"{taken[port]} has that" if port in taken else f"{_LAST_PORT} is the last"
                raise SourceError(
                    f"--{name} {getattr(options, name)}: station {by + 1} would need port {port}, "
                    f"and {why}; give another first port"
                )
            taken[port] = f"--{name} of station {by + 1}"


def _open(stack: ExitStack, options: argparse.Namespace, stop: threading.Event) -> Sequence[_Place]:
    """All sources before a session is begun of any: one that cannot be opened ends the command
    while nothing is lost."""
    pool = shared_workers(options)
    owns = [_own(options, number, source) for number, source in enumerate(options.source, start=1)]
    for own in owns:
        check_options(own)
    opened = [live_session(stack, own, pool) for own in owns]
    publishers = [open_publisher(stack, own.publish) for own in owns]
    places = []
    for own, (feed, view, session), publisher in zip(owns, opened, publishers, strict=True):
        run = StationRun(feed, session, stop, view, publisher=publisher)
        places.append(_Place(own, session.record, run))
    pool.start()
    return places


def _own(options: argparse.Namespace, number: int, source: str) -> argparse.Namespace:
    """The options of one station: its source, its files in the folders given, its port."""
    own = argparse.Namespace(**vars(options))
    own.source = source
    own.listen = options.listen and _further(options.listen, number - 1)
    own.publish = options.publish and _further(options.publish, number - 1)
    for name, suffix in (("json", ".json"), ("record", SUFFIX)):
        folder = getattr(options, name)
        if folder is not None:
            Path(folder).mkdir(parents=True, exist_ok=True)
            setattr(own, name, Path(folder) / f"station-{number}{suffix}")
    if own.record is None and own.resume is None and not own.no_record:
        session = default_session()
        own.record = session.with_stem(f"{session.stem}-station-{number}")
    if is_guarded():
        go_on(own)
    return own


def _further(endpoint: str, by: int) -> str:
    """The endpoint so many ports further on; of a path, with a number behind it."""
    address, _, port = endpoint.rpartition(":")
    if not port.isdecimal():
        return f"{endpoint}-{by + 1}" if by else endpoint
    return f"{address}:{int(port) + by}"


def _run(runs: Sequence[StationRun]) -> None:
    """To the end of all; one that ends leaves the others alone."""
    threads = [
        threading.Thread(target=run.run_apart, name=f"station {number}")
        for number, run in enumerate(runs, start=1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(_LOOK_S)  # so that a signal is taken meanwhile


def _report(number: int, place: _Place) -> int:
    sys.stdout.write(f"station {number}, {place.options.source}\n")
    return report(place.run.outcome(), place.record, place.options)
