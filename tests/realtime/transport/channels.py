"""A frame channel with the test in the places of the capture thread and of the workers."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import zmq

from realtime.messages import PROTOCOL, FrameHeader, Hello, Result, Stop, decode_to_worker, encode
from realtime.observations import Lost, Observed
from realtime.supervision.states import StateChange
from realtime.transport.channel import FrameChannel

HELLO = Hello(PROTOCOL, "test", "coco_17")
KEYPOINTS = np.zeros((1, 17, 3), np.float32).tobytes()


class Worker:
    """A scripted worker: a real DEALER socket."""

    def __init__(self, context, endpoint: str, name: str) -> None:
        self.socket = context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt_string(zmq.IDENTITY, name)
        self.socket.connect(endpoint)

    def say(self, message) -> None:
        self.socket.send(encode(message))

    def frame(self) -> FrameHeader | Stop | None:
        """The next message of the station, or None when there is none."""
        if not self.socket.poll(200):
            return None
        return decode_to_worker(self.socket.recv_multipart()[0])

    def answer(self, header: FrameHeader) -> None:
        self.say(Result(header.seq, 1, KEYPOINTS, 5_000_000))


class Bench:
    """A channel with the test in the places of the capture thread and of the workers."""

    def __init__(self, *, lossless: bool, window: int = 1, remote: bool = False) -> None:
        self.now = 1000.0
        self.context = zmq.Context()
        self.channel = FrameChannel(
            self.context,
            capture_address="inproc://capture",
            endpoint="tcp://127.0.0.1:*",
            lossless=lossless,
            window=window,
            clock=lambda: self.now,
            is_remote=lambda _: remote,
        )
        self.capture = self.context.socket(zmq.PUSH)
        self.capture.setsockopt(zmq.LINGER, 0)
        self.capture.connect("inproc://capture")
        self.workers: list[Worker] = []
        self.seen: list[object] = []

    def worker(self, name: str, hello: Hello = HELLO) -> Worker:
        worker = Worker(self.context, self.channel.endpoint, name)
        self.workers.append(worker)
        worker.say(hello)
        return worker

    def push(self, *seqs: int) -> None:
        for seq in seqs:
            header = FrameHeader(seq, seq * 1_000_000, 0, 2, 1)
            self.capture.send_multipart([encode(header), bytes(6)])

    def poll(self, times: int = 6) -> list[object]:
        for _ in range(times):
            self.seen += self.channel.poll(0.01)
        return self.seen

    def wait(self, seconds: float) -> None:
        """Let time pass; the station looks all the while."""
        for _ in range(round(seconds / 0.05)):
            self.now += 0.05
            self.seen += self.channel.poll(0)
        self.now += seconds % 0.05
        self.poll(1)

    def until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 5
        while not true() and time.monotonic() < deadline:
            self.poll(1)
        assert true()

    def close(self) -> None:
        self.channel.close()
        for worker in self.workers:
            worker.socket.close(0)
        self.capture.close(0)
        self.context.term()


def observed(bench: Bench) -> list[int]:
    return [o.seq for o in bench.seen if isinstance(o, Observed)]


def lost(bench: Bench) -> list[int]:
    return [o.seq for o in bench.seen if isinstance(o, Lost)]


def troubles(bench: Bench) -> list[str]:
    return [o.why for o in bench.seen if isinstance(o, StateChange) and o.is_fault]


def states(bench: Bench, part: str) -> list[str]:
    return [o.state for o in bench.seen if isinstance(o, StateChange) and o.part == part]
