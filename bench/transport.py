"""What it costs to bring a 720p frame to a pose worker: `python -m bench.transport [--pose]`.

Another process gets frames at 60 a second: over ipc, tcp on loopback, tcp with CURVE, as JPEG of
three qualities, and through a ring in shared memory with generation numbers, of which only the
place travels over ipc. Printed for each: one way (from the frame in hand to the picture in hand)
and round trip, and the processor time of both sides. The runs take turns. With `--pose` the other
side runs BlazePose on each picture, as a pose worker does, and the station's end is beside it: what
counts is then the time from the frame to its poses.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import zmq
from rich.console import Console
from rich.table import Table

from bench.shared_ring import Reader, Ring
from models.pose.engines import open_engine
from models.pose.options import PoseOptions
from models.pose.protocol import Image, PoseEstimator, estimate_one
from models.simulation.staging import build_scene
from realtime.messages import FrameHeader, decode_to_worker, encode
from realtime.transport.packing import pack, unpack

FPS = 60.0
WIDTH, HEIGHT = 1280, 720
_QUALITIES = (60, 85, 95)
WAYS = ("ipc", "tcp", "curve", *(f"jpeg {quality}" for quality in _QUALITIES), "ring")


@dataclass
class Measured:
    """Seconds of each frame, and processor seconds of both sides for each second."""

    one_way: list[float] = field(default_factory=list)
    round_trip: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    size: int = 0


def pictures(count: int = 30) -> list[Image]:
    scene = build_scene("speed", 10.0)
    rng = np.random.default_rng(3)
    found = []
    for number in range(count):
        image = scene.render(number * 3).astype(np.int16)
        noise = rng.normal(0, 3, image.shape)  # of a camera, without which JPEG is too small
        found.append(np.clip(image + noise, 0, 255).astype(np.uint8))
    return found


@contextmanager
def served(way: str, *, pose: bool) -> Iterator[tuple[zmq.SyncSocket, Ring | None]]:
    """A socket to another process, and the ring that it reads, if it reads one."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bt-"))
        context = stack.enter_context(zmq.Context())
        socket = stack.enter_context(context.socket(zmq.ROUTER))
        socket.setsockopt(zmq.LINGER, 0)
        key = b""
        if way == "curve":
            key, secret = zmq.curve_keypair()
            socket.setsockopt(zmq.CURVE_SERVER, 1)
            socket.setsockopt(zmq.CURVE_SECRETKEY, secret)
        private = way in {"ipc", "ring"}
        socket.bind(f"ipc://{Path(folder) / 's'}" if private else "tcp://127.0.0.1:*")
        ring = None
        if way == "ring":
            ring = stack.enter_context(closing(Ring(4, WIDTH * HEIGHT * 3)))
        endpoint = socket.getsockopt_string(zmq.LAST_ENDPOINT)
        command = [sys.executable, "-m", "bench.transport", "--serve", endpoint]
        command += ["--key", key.decode()] if key else []
        command += ["--ring", ring.name] if ring else []
        command += ["--pose"] if pose else []
        process = stack.enter_context(subprocess.Popen(command))
        if not socket.poll(30_000):
            raise SystemExit("the other process does not start")
        socket.recv_multipart()
        yield socket, ring
        socket.send_multipart([b"w", b""])
        process.wait(10)


def serve(endpoint: str, key: str, ring: str, *, pose: bool) -> None:
    """The other process."""
    with ExitStack() as stack:
        context = stack.enter_context(zmq.Context())
        socket = stack.enter_context(context.socket(zmq.DEALER))
        socket.setsockopt_string(zmq.IDENTITY, "w")
        if key:
            public, secret = zmq.curve_keypair()
            socket.setsockopt(zmq.CURVE_SERVERKEY, key.encode())
            socket.setsockopt(zmq.CURVE_PUBLICKEY, public)
            socket.setsockopt(zmq.CURVE_SECRETKEY, secret)
        socket.connect(endpoint)
        reader = stack.enter_context(closing(Reader(ring))) if ring else None
        engine = None
        if pose:
            engine = stack.enter_context(closing(open_engine("blazepose", PoseOptions(threads=2))))
            estimate_one(engine, np.zeros((HEIGHT, WIDTH, 3), np.uint8))
        socket.send(b"")
        _answer(socket, reader, engine)


def _answer(socket: zmq.SyncSocket, reader: Reader | None, engine: PoseEstimator | None) -> None:
    while True:
        first, *parts = socket.recv_multipart(copy=False)
        if not len(first):
            return
        header = decode_to_worker(first.buffer)
        if not isinstance(header, FrameHeader):
            raise SystemExit(f"unexpected {header}")
        if reader is None:
            image = unpack(header, parts)
        else:
            slot, generation = msgspec.msgpack.decode(parts[0].buffer)
            image = reader.view(slot, generation, (header.height, header.width, 3))
        here = time.monotonic()
        if engine is not None:
            estimate_one(engine, image)
        if reader is not None and not reader.holds(slot, generation):
            raise SystemExit("overwritten")
        socket.send(msgspec.msgpack.encode((header.seq, here, time.process_time())))


def sender(
    way: str, socket: zmq.SyncSocket, ring: Ring | None
) -> Callable[[FrameHeader, Image], int]:
    """Sends a frame; the bytes of its pixels on the wire."""

    def send(header: FrameHeader, image: Image) -> int:
        pixels: Any = image.data.cast("B")
        if ring is not None:
            pixels = msgspec.msgpack.encode(ring.put(pixels))
        elif way.startswith("jpeg"):
            header, pixels = pack(header, pixels, (WIDTH, HEIGHT), int(way.split()[1]))
        socket.send_multipart([b"w", encode(header), pixels], copy=False)
        return len(pixels)

    return send


def run(way: str, images: list[Image], seconds: float, found: Measured, *, pose: bool) -> None:
    with served(way, pose=pose) as (socket, ring):
        send = sender(way, socket, ring)
        theirs, ours, begin = 0.0, time.process_time(), time.monotonic()
        for number in range(round(seconds * FPS)):
            time.sleep(max(0.0, begin + number / FPS - time.monotonic()))
            image = images[number % len(images)].copy()  # a new buffer, as a camera gives
            header = FrameHeader(number, 0, 0, WIDTH, HEIGHT)
            sent = time.monotonic()
            found.size = send(header, image)
            _, answer = socket.recv_multipart()
            back = time.monotonic()
            _, here, used = msgspec.msgpack.decode(answer)
            if number < FPS / 2:  # warming up
                theirs, ours, measured_from = used, time.process_time(), back
                continue
            found.one_way.append(here - sent)
            found.round_trip.append(back - sent)
        lasted = back - measured_from
        found.ours.append((time.process_time() - ours) / lasted)
        found.theirs.append((used - theirs) / lasted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pose", action="store_true", help="with the pose network behind it")
    parser.add_argument("--seconds", type=float, default=4.0, help="of each run")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--key", default="", help=argparse.SUPPRESS)
    parser.add_argument("--ring", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.key, options.ring, pose=options.pose)
        return
    images = pictures()
    ways = ("ipc", "ring") if options.pose else WAYS
    measured = {way: Measured() for way in ways}
    for number in range(options.rounds):
        for way in ways if number % 2 == 0 else reversed(ways):
            run(way, images, options.seconds, measured[way], pose=options.pose)
    what = "to BlazePose and back" if options.pose else "to another process"
    table = Table(title=f"720p BGR frames at {FPS:g} a second {what}")
    columns = ("way", "kB", "one way p50 ms", "p95", "round trip p50 ms", "p95", "CPU here %",
               "there %")  # fmt: skip
    for column in columns:
        table.add_column(column, justify="left" if column == "way" else "right")
    for way, found in measured.items():
        table.add_row(way, f"{found.size / 1000:.0f}", *_row(found))
    Console().print(table)


def _row(found: Measured) -> list[str]:
    times = [
        f"{1000 * value:.2f}"
        for values in (found.one_way, found.round_trip)
        for value in np.percentile(values, (50, 95))
    ]
    return [*times, *(f"{100 * np.mean(used):.1f}" for used in (found.ours, found.theirs))]


if __name__ == "__main__":
    main()
