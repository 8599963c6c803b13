"""Somebody connects with a wrong key, or with none, from where other machines can."""

from __future__ import annotations

import time
from collections.abc import Iterator

import zmq

from bench.faults_rows import BEFORE_S, Limits, Moment, Row, folder
from bench.live_station import LiveStation
from bench.virtual_camera import LoopedFilm, VirtualCamera
from realtime.messages import PROTOCOL, Hello, encode
from realtime.transport.curve import Credentials
from realtime.transport.keys import KeyRing

_ANYWHERE = "tcp://0.0.0.0:*"
_TRIES = 20
_AFTER_S = 3.0
_ANSWER_MS = 1000
_PART = "network"
CASES = ("wrong key, 20 times", "no key, 20 times")


def rows(film: LoopedFilm, chosen: str) -> Iterator[Row]:
    for name in CASES:
        if chosen in name:
            yield _measure(film, name, with_key=name.startswith("wrong"))


def _measure(film: LoopedFilm, name: str, *, with_key: bool) -> Row:
    with folder() as path:
        station_keys, friend, foe = (KeyRing.make(path / who) for who in ("own", "friend", "foe"))
        station_keys.trust("friend", friend.public)
        source = VirtualCamera(film).open()
        with LiveStation(source, path, endpoint=_ANYWHERE, ring=station_keys) as station:
            endpoint = station.feed.endpoint.replace("0.0.0.0", "127.0.0.1")
            station.watch(BEFORE_S)
            moment = Moment.of(station)
            shown = foe if with_key else None
            answered = sum(_asks(endpoint, station_keys, shown) for _ in range(_TRIES))
            time.sleep(_AFTER_S)
            ended = time.monotonic()
            said = sum(c.part == _PART for at, c in station.timeline.changes if at >= moment.begin)
            let_in = _asks(endpoint, station_keys, friend, _ANSWER_MS)
        wrong = [f"{answered} of them got an answer"] if answered else []
        wrong += [f"said {said} times"] if said > 3 else []
        wrong += [] if let_in else ["who has the right key got nothing"]
        return moment.row(name, Limits(1.0, 0.3, 0.3), part=_PART, ended=ended, wrong=wrong)


def _asks(endpoint: str, station: KeyRing, shown: KeyRing | None, patience_ms: int = 100) -> bool:
    """Ask for a frame as a worker does; whether anything came."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        if shown is not None:
            Credentials(shown.public, shown.secret, station.public).secure(socket)
        socket.connect(endpoint)
        socket.send(encode(Hello(PROTOCOL, "blazepose-full", "blazepose_33")))
        return bool(socket.poll(patience_ms))
