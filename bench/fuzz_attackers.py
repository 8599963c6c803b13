"""Who sends the messages of `bench.fuzz`: processes of their own, so that what they need is not
counted. `python -m bench.fuzz_attackers KIND ENDPOINT COUNT SEED`
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np
import zmq

from bench.fuzz_messages import Fuzzer, Parts
from models.poses import Poses
from models.skeleton import COCO_17
from realtime.marks import Fault, Jump
from realtime.messages import (
    PROTOCOL,
    FrameHeader,
    Goodbye,
    Hello,
    Ping,
    Pong,
    Refused,
    Result,
    Stop,
    encode,
)
from realtime.publishing import schema
from realtime.scoreboard import Scoreboard
from realtime.sources.protocol import SourceInfo
from realtime.transport.serving import serve

_PER_CONNECTION = 200
"""Messages after which an attacker comes back under another name."""
_AT_ONCE = 50
_PATIENCE_MS = 200
_HELLO = encode(Hello(PROTOCOL, "nobody", COCO_17.name))


def to_station(seq: int = 0) -> list[Parts]:
    """What a worker says."""
    keypoints = bytes(2 * 17 * 3 * 4)
    return [
        [_HELLO],
        [encode(Result(seq, 2, keypoints, 1_000_000, 2_000_000))],
        [encode(Refused(seq, "frame of 0x0"))],
        [encode(Pong(1, True))],
        [encode(Goodbye())],
    ]


def to_worker() -> list[Parts]:
    """What a station says."""
    pixels = np.full((8, 16, 3), 128, np.uint8)
    jpeg = cv2.imencode(".jpg", pixels)[1].tobytes()
    return [
        [encode(FrameHeader(1, 1, 1, 16, 8)), pixels.tobytes()],
        [encode(FrameHeader(1, 1, 1, 16, 8, "jpeg")), jpeg],
        [encode(FrameHeader(1, 1, 1, 16384, 4096, "jpeg")), jpeg],
        [encode(Ping(1))],
        [encode(Stop())],
    ]


def to_publisher() -> list[Parts]:
    """What a viewer says."""
    topics = (b"", *schema.TOPICS, b"no topic", bytes(200))
    return [[way + topic] for way in (b"\x01", b"\x00", b"\x02") for topic in topics]


def to_viewer() -> list[Parts]:
    """What a station publishes."""
    snapshot = Scoreboard(SourceInfo("camera 0", 1280, 720, 60.0), "live").snapshot()
    messages: list[schema.Message] = [
        schema.Hello("1a", 0, schema.SCHEMA, "camera 0", "fliptally 0.1.0", 0),
        schema.MarkSaid("1a", 0, Jump(1, 3, 0.1, "right", 0.17)),
        schema.MarkSaid("1a", 1, Fault(1.0, "camera 0: frozen", gap_s=1.0)),
        schema.PartChanged("1a", 0, 1.0, "camera 0", "degraded", "camera 0: frozen"),
        schema.StateShown("1a", 0, 2, snapshot),
        schema.Ended("1a", 0, 2),
    ]
    return [[schema.topic_of(message), schema.to_line(message)] for message in messages]


def _socket(context: zmq.Context[zmq.SyncSocket], kind: int) -> zmq.SyncSocket:
    socket = context.socket(kind)
    socket.setsockopt(zmq.LINGER, _PATIENCE_MS)
    socket.setsockopt(zmq.SNDTIMEO, _PATIENCE_MS)
    return socket


def _shout(kind: int, endpoint: str, fuzzer: Fuzzer, count: int, first: Sequence[Parts]) -> int:
    """Connect again and again; each time say `first`, then what comes to mind."""
    sent = 0
    context: zmq.Context[zmq.SyncSocket] = zmq.Context()
    while sent < count:
        with _socket(context, kind) as socket:
            socket.connect(endpoint)
            for parts in first:
                socket.send_multipart(parts)
            for _ in range(min(_PER_CONNECTION, count - sent)):
                while kind == zmq.DEALER and socket.poll(0):
                    socket.recv_multipart()  # a frame: it is never answered, or wrongly
                try:
                    socket.send_multipart(fuzzer.message())
                except zmq.Again:
                    break  # cut off: come back under another name
                sent += 1
    return sent


def shout_at_station(endpoint: str, count: int, seed: int) -> int:
    fuzzer = Fuzzer(to_station(), seed)
    return _shout(zmq.DEALER, endpoint, fuzzer, count, [[_HELLO]])


def shout_at_publisher(endpoint: str, count: int, seed: int) -> int:
    return _shout(zmq.XSUB, endpoint, Fuzzer(to_publisher(), seed), count, [])


def answer_worker(endpoint: str, count: int, seed: int) -> int:
    """In the place of a station: every worker that says hello gets some messages."""
    fuzzer = Fuzzer(to_worker(), seed)
    sent = 0
    context: zmq.Context[zmq.SyncSocket] = zmq.Context()
    with _socket(context, zmq.ROUTER) as socket:
        socket.bind(endpoint)
        quiet_since = time.monotonic()
        while sent < count and time.monotonic() - quiet_since < 10:
            if socket.poll(_PATIENCE_MS):
                identity, *_ = socket.recv_multipart()
                quiet_since = time.monotonic()
                for _ in range(8):
                    socket.send_multipart([identity, *fuzzer.message()])
                    sent += 1
    return sent


def publish_to_viewer(endpoint: str, count: int, seed: int) -> int:
    """In the place of a station: whoever listens gets everything."""
    fuzzer = Fuzzer(to_viewer(), seed, text=True)
    context: zmq.Context[zmq.SyncSocket] = zmq.Context()
    with _socket(context, zmq.PUB) as socket:
        socket.bind(endpoint)
        time.sleep(1)
        for sent in range(count):
            socket.send_multipart(fuzzer.message())
            if sent % _AT_ONCE == 0:
                time.sleep(0.01)  # a subscriber that is too slow would not see the rest
        time.sleep(1)
    return count


class Nobody:
    """A pose engine that takes no time and finds nobody."""

    name, skeleton, batch = "nobody", COCO_17, 1

    def estimate(self, frames: Sequence[object]) -> list[Poses]:
        return [Poses(COCO_17, np.zeros((0, 17, 3), np.float32)) for _ in frames]

    def forget(self, camera: int) -> None: ...

    def close(self) -> None: ...


def work(endpoint: str, identity: str) -> int:
    """No attacker: the worker of a station that is attacked."""
    return serve(Nobody(), [endpoint], identity, lifeline=sys.stdin.fileno())


ATTACKERS: dict[str, Callable[[str, int, int], int]] = {
    "station": shout_at_station,
    "worker": answer_worker,
    "publisher": shout_at_publisher,
    "viewer": publish_to_viewer,
}


def main(arguments: Sequence[str]) -> Iterator[str]:
    kind, endpoint, *rest = arguments
    if kind == "work":
        work(endpoint, rest[0])
        return
    yield str(ATTACKERS[kind](endpoint, int(rest[0]), int(rest[1])))


if __name__ == "__main__":
    for line in main(sys.argv[1:]):
        print(line, flush=True)
