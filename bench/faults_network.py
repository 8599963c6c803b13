"""Faults that come over the network: garbage, and messages that are torn, huge or of many parts.

`python -m bench.faults_network ENDPOINT KIND` sends them to a station; it is a process of its own,
so that what it needs is not counted as the station's memory.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import zmq

from bench.faults_rows import BEFORE_S, Limits, Moment, Row, folder
from bench.live_station import LiveStation
from bench.machine import resident_bytes
from bench.virtual_camera import LoopedFilm, VirtualCamera
from realtime.messages import PROTOCOL, Hello, Result, encode

_MESSAGES = 500
_HUGE_BYTES = 64 << 20
_HUGE_TIMES = 20
_PARTS = 10_000
_AFTER_S = 3.0
GROWTH_BYTES = 32 << 20
"""More than a station's memory changes by itself in some seconds."""
_LINGER_MS = 2000


def _garbage(link: zmq.SyncSocket) -> None:
    rng = np.random.default_rng(8)
    for _ in range(_MESSAGES):
        link.send(rng.bytes(int(rng.integers(1, 2000))))


def _torn(link: zmq.SyncSocket) -> None:
    whole = encode(Hello(PROTOCOL, "blazepose-full", "blazepose_33"))
    answer = encode(Result(1, 1, bytes(33 * 3 * 4), 1))
    for i in range(_MESSAGES):
        for message in (whole, answer):
            link.send(message[: 1 + i % (len(message) - 1)])


def _huge(link: zmq.SyncSocket) -> None:
    for _ in range(_HUGE_TIMES):
        with contextlib.suppress(zmq.ZMQError):
            link.send(bytes(_HUGE_BYTES), zmq.NOBLOCK)
        time.sleep(0.1)


def _parts(link: zmq.SyncSocket) -> None:
    link.send_multipart([bytes(1000)] * _PARTS)


def _strangers(link: zmq.SyncSocket) -> None:
    """Each message by another who was never seen before."""
    endpoint = link.getsockopt_string(zmq.LAST_ENDPOINT)
    other: zmq.SyncSocket
    for _ in range(_MESSAGES):
        with zmq.Context.instance().socket(zmq.DEALER) as other:
            other.setsockopt(zmq.LINGER, _LINGER_MS)
            other.connect(endpoint)
            other.send(b"nothing that a worker says")


def _no_zeromq(link: zmq.SyncSocket) -> None:
    host, _, port = link.getsockopt_string(zmq.LAST_ENDPOINT).removeprefix("tcp://").rpartition(":")
    rng = np.random.default_rng(8)
    for _ in range(_MESSAGES // 10):
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1) as raw:
            raw.sendall(rng.bytes(10_000))


_ATTACKS: dict[str, Callable[[zmq.SyncSocket], None]] = {
    "garbage": _garbage,
    "torn": _torn,
    "huge": _huge,
    "parts": _parts,
    "strangers": _strangers,
    "no ZeroMQ": _no_zeromq,
}
_SAID = Limits(1.0, 0.3, 0.3)
_UNSAID = Limits(None, 0.3, 0.3)
CASES = (
    ("500 messages of garbage", "garbage", _SAID),
    ("1000 torn messages", "torn", _SAID),
    ("20 messages of 64 MiB", "huge", _UNSAID),
    ("a message of 10,000 parts", "parts", _UNSAID),
    ("garbage of 500 strangers", "strangers", _SAID),
    ("garbage on the port, no ZeroMQ", "no ZeroMQ", _UNSAID),
)


def rows(film: LoopedFilm, chosen: str) -> Iterator[Row]:
    for name, kind, limits in CASES:
        if chosen in name:
            yield _measure(film, name, kind, limits)


def _measure(film: LoopedFilm, name: str, kind: str, limits: Limits) -> Row:
    with folder() as path:
        source = VirtualCamera(film).open()
        with LiveStation(source, path, endpoint="tcp://127.0.0.1:*") as station:
            station.watch(BEFORE_S)
            module = [sys.executable, "-m", "bench.faults_network"]
            command = [*module, station.feed.endpoint, kind]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
                _line(other)
                before = resident_bytes()
                moment = Moment.of(station)
                _line(other)
            time.sleep(_AFTER_S)
            grown = resident_bytes() - before
            ended = time.monotonic()
        faults = sum("garbage" in fault.what for fault in station.run.station.document().faults)
        wrong = [f"{faults} faults written down"] if faults > 20 else []
        if grown > GROWTH_BYTES:
            wrong.append(f"{grown / 1e6:.0f} MB more memory")
        return moment.row(name, limits, ended=ended, wrong=wrong)


def _line(process: subprocess.Popen[bytes]) -> None:
    """Wait until it has said something more."""
    if process.stdout is not None:
        process.stdout.readline()


def main() -> None:
    endpoint, kind = sys.argv[1:]
    print("ready", flush=True)
    with zmq.Context() as context, context.socket(zmq.DEALER) as link:
        link.setsockopt(zmq.LINGER, _LINGER_MS)
        link.setsockopt(zmq.SNDTIMEO, _LINGER_MS)
        link.connect(endpoint)
        time.sleep(0.2)
        print("begins", flush=True)
        with contextlib.suppress(zmq.Again):
            _ATTACKS[kind](link)


if __name__ == "__main__":
    main()
