"""Stand-ins for what a pose worker has on either side: an engine that takes notes, a station."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import zmq
from zmq.utils.monitor import parse_monitor_message

from models.pose.errors import EngineError
from models.poses import Poses
from models.skeleton import COCO_17
from realtime.messages import FrameHeader, Hello, Refused, Result, Stop, decode_to_station, encode
from realtime.transport.serving import serve

WIDTH, HEIGHT = 4, 2
BAD, FATAL = 250, 251  # grey values


class Recorder:
    """An engine that notes what it is asked, and finds the grey value of each picture."""

    name, skeleton = "recorder", COCO_17

    def __init__(self, batch: int = 1, seconds: float = 0.0) -> None:
        self.batch = batch
        self.calls: list[list[tuple[int, int]]] = []
        self.called_at: list[float] = []
        self.remembers: dict[int, list[int]] = {}
        """Of each camera, what was seen since it was forgotten."""
        self.cameras: set[int] = set()
        self.go_on = threading.Event()
        """While it is not set, a call does not end."""
        self.go_on.set()
        self._seconds = seconds

    def estimate(self, frames):
        self.called_at.append(time.monotonic())
        values = [int(frame.image[0, 0, 0]) for frame in frames]
        if BAD in values:
            raise ValueError("frame: too bright")
        if FATAL in values:
            raise EngineError("engine recorder: out of memory")
        self.calls.append([(f.camera, v) for f, v in zip(frames, values, strict=True)])
        for frame, value in zip(frames, values, strict=True):
            self.remembers.setdefault(frame.camera, []).append(value)
            self.cameras.add(frame.camera)
        self.go_on.wait(10)
        time.sleep(self._seconds)
        return [Poses(COCO_17, np.full((1, 17, 3), value, np.float32)) for value in values]

    def forget(self, camera: int) -> None:
        self.remembers.pop(camera, None)

    def close(self) -> None: ...


class Station:
    """The test in the place of a station: a real ROUTER socket."""

    def __init__(self, context: zmq.Context, endpoint: str = "tcp://127.0.0.1:*") -> None:
        self._socket = context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.LINGER, 200)
        self._monitor = self._socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED)
        self._worker = b""
        deadline = time.monotonic() + 5
        while True:  # a port that was closed just now is free a little later
            try:
                self._socket.bind(endpoint)
                break
            except zmq.ZMQError:
                assert time.monotonic() < deadline
                time.sleep(0.01)
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def is_connected(self) -> None:
        """Wait for the worker's connection."""
        assert self._monitor.poll(5000)
        parse_monitor_message(self._monitor.recv_multipart())

    def hears(self) -> Hello | Result | Refused:
        assert self._socket.poll(5000), "the worker is silent"
        self._worker, message = self._socket.recv_multipart()
        return decode_to_station(message)

    def answer(self) -> Result | Refused:
        """The next message that is no hello."""
        for _ in range(5):
            if not isinstance(message := self.hears(), Hello):
                return message
        raise AssertionError("the worker is idle")

    def send(self, seq: int, grey: int, width: int = WIDTH, parts: int = 1) -> None:
        pixels = bytes([grey]) * (WIDTH * HEIGHT * 3)
        header = encode(FrameHeader(seq, 0, 0, width, HEIGHT))
        self._socket.send_multipart([self._worker, header, *[pixels] * parts])

    def send_raw(self, *parts: bytes) -> None:
        self._socket.send_multipart([self._worker, *parts])

    def stop(self) -> None:
        self.send_raw(encode(Stop()))

    def close(self) -> None:
        """As if it had been killed: without a word. Twice does nothing."""
        if not self._socket.closed:
            self._socket.disable_monitor()
            self._monitor.close(0)
            self._socket.close()


@contextmanager
def opened_stations() -> Iterator[Callable[..., Station]]:
    """Makes stations and closes them."""
    context = zmq.Context()
    opened: list[Station] = []

    def make(*endpoint: str) -> Station:
        opened.append(Station(context, *endpoint))
        return opened[-1]

    yield make
    for station in opened:
        station.close()
    context.term()


@contextmanager
def background(work: Callable[[], object]) -> Iterator[SimpleNamespace]:
    """Runs `work` in a thread; its `result` or its `error` is set when it has ended, which it must
    have soon after the block."""
    worker = SimpleNamespace(result=None, error=None)

    def note() -> None:
        try:
            worker.result = work()
        except Exception as error:
            worker.error = error

    worker.thread = threading.Thread(target=note, name="worker", daemon=True)
    worker.thread.start()
    yield worker
    worker.thread.join(10)
    assert not worker.thread.is_alive()


@contextmanager
def working(engine: Recorder, *endpoints: str, round_s: float = 0.0) -> Iterator[SimpleNamespace]:
    """Runs `serve` in the background."""
    with background(lambda: serve(engine, endpoints, "w", round_s=round_s)) as worker:
        yield worker


def wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)
