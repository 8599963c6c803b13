"""Faults of what a station writes to: a full disk, a terminal that blocks, a subscriber that never
reads."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import zmq

from bench.faults_network import GROWTH_BYTES
from bench.faults_rows import BEFORE_S, Limits, Moment, Row, folder
from bench.live_station import LiveStation, Terminal
from bench.machine import resident_bytes
from bench.virtual_camera import LoopedFilm, VirtualCamera
from realtime.publishing.publisher import Publisher
from realtime.publishing.receiving import received
from realtime.publishing.schema import StateShown
from realtime.runs.publishing import publish
from realtime.runs.station_run import StationRun

_AFTER_S = 4.0
_RECORD_BYTES = 50_000  # two seconds of a session
_CAUGHT_UP_S = 6.0
_LOOK_S = 0.05  # between two looks at whether it is full
DISK = "disk full for 4 s"
TERMINAL = "terminal that blocks (Ctrl-S)"
SUBSCRIBER = "subscriber that never reads"
_WAITING = 16  # messages for one subscriber: he is full within seconds
_SUBSCRIBED_S = 8.0


def rows(film: LoopedFilm, chosen: str) -> Iterator[Row]:
    if chosen in DISK:
        yield _full_disk(film)
    if chosen in TERMINAL:
        yield _blocked_terminal(film)
    if chosen in SUBSCRIBER:
        yield _slow_subscriber(film)


def _full_disk(film: LoopedFilm) -> Row:
    """A small disk of its own where that may be mounted; elsewhere no file of this process may
    grow. Then there is room again."""
    with folder() as path, ExitStack() as stack:
        mounted = stack.enter_context(_mounted(path))
        with LiveStation(VirtualCamera(film).open(), path) as station:
            station.watch(BEFORE_S)
            with _filled(path) if mounted else _no_more_than(station.path.stat().st_size):
                station.until(lambda: station.run.station.recording_error)
                moment = Moment.of(station, time.monotonic() - _LOOK_S)
                time.sleep(_AFTER_S)
            moment.over()
            time.sleep(_CAUGHT_UP_S + 1)
            ended = time.monotonic()
        name = DISK if mounted else f"{DISK} (as a limit of the process)"
        limits = Limits(1.0, _CAUGHT_UP_S, 0.3)
        return moment.row(name, limits, part="recording", settled=True, ended=ended)


@contextlib.contextmanager
def _mounted(path: Path) -> Iterator[bool]:
    """A disk of 1 MB at `path`; whether there is one."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(path)]
    done = subprocess.run(mount, check=False, capture_output=True) if os.geteuid() == 0 else None
    mounted = done is not None and done.returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(path)], check=True)


@contextlib.contextmanager
def _filled(path: Path) -> Iterator[None]:
    """Another program has filled the disk, but for what the station writes in two seconds."""
    disk = os.statvfs(path)
    filler = path / "filler"
    filler.write_bytes(bytes(max(disk.f_bavail * disk.f_frsize - _RECORD_BYTES, 0)))
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def _no_more_than(size: int) -> Iterator[None]:
    """No file of this process grows by more than a little beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + _RECORD_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _blocked_terminal(film: LoopedFilm) -> Row:
    """Nobody reads what the dashboard writes: soon each write waits for ever."""
    with folder() as path, Terminal(read=False) as terminal:
        beside = (terminal.dashboard,)
        with LiveStation(VirtualCamera(film).open(), path, beside=beside) as station:
            station.watch(BEFORE_S)
            moment = Moment.of(station)
            time.sleep(_AFTER_S)
            ended = time.monotonic()
            terminal.hang_up()
        return moment.row(TERMINAL, Limits(None, 0.3, 0.3), ended=ended)


def _slow_subscriber(film: LoopedFilm) -> Row:
    """One subscriber never reads, another reads all."""
    with folder() as path, zmq.Context() as context, ExitStack() as stack:
        endpoint = f"ipc://{path / 'events'}"
        beside = partial(_published, endpoint)
        with LiveStation(VirtualCamera(film).open(), path, beside=(beside,)) as station:
            reader = stack.enter_context(_subscribed(context, endpoint, 0))
            station.watch(BEFORE_S)
            before, moment = resident_bytes(), Moment.of(station)
            sleeper = stack.enter_context(_subscribed(context, endpoint, 1))
            time.sleep(_SUBSCRIBED_S)
            grown = resident_bytes() - before
            ended = time.monotonic()
        read, slept = _numbers(reader), _numbers(sleeper)
        missed = sum(number >= slept[0] for number in read) - len(slept)
        wrong = [] if missed > 0 else ["the subscriber was never full"]
        if grown > GROWTH_BYTES:
            wrong.append(f"{grown / 1e6:.0f} MB more memory")
        if read[-1] - read[0] + 1 != len(read):
            wrong.append("who reads has missed something")
        return moment.row(SUBSCRIBER, Limits(None, 0.3, 0.3), ended=ended, wrong=wrong)


@contextlib.contextmanager
def _published(endpoint: str, run: StationRun) -> Iterator[None]:
    publisher = Publisher(endpoint, high_water=_WAITING)
    try:
        publish(run.station, run.scoreboard, publisher)
        yield
    finally:
        publisher.close()


@contextlib.contextmanager
def _subscribed(
    context: zmq.Context[zmq.SyncSocket], endpoint: str, waiting: int
) -> Iterator[zmq.SyncSocket]:
    """To the states of the station; `waiting` messages at most wait here (0: all)."""
    with context.socket(zmq.SUB) as socket:
        socket.setsockopt(zmq.RCVHWM, waiting)
        socket.setsockopt(zmq.RCVBUF, 4096)
        socket.setsockopt(zmq.SUBSCRIBE, b"state")
        socket.connect(endpoint)
        yield socket


def _numbers(socket: zmq.SyncSocket) -> list[int]:
    """Of the states that were received, after the end."""
    numbers = []
    while socket.poll(500):
        message = received(socket.recv_multipart())
        if isinstance(message, StateShown):
            numbers.append(message.seq)
    return numbers
