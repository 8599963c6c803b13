"""A camera on the network that is not there: the simulated athlete as a 60 fps stream.

`python -m bench.virtual_stream udp://127.0.0.1:5600` or `http://127.0.0.1:5600` sends MPEG-TS with
H.264 at real pace until it is ended. The film is encoded once; after that sending costs next to
nothing. Each picture carries its number as black and white fields in its upper left corner, so that
whoever decodes it knows when it was sent.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Self, cast
from urllib.parse import urlsplit

import av
import numpy as np
from numpy.typing import NDArray

from bench.machine import elsewhere

FPS = 60
BITS = 12
FIELD = 16  # pixels
_GROUP = 30  # pictures from one that stands alone to the next: how long a reader waits for it
_TICKS = 90_000
_OPTIONS = {"preset": "veryfast", "tune": "zerolatency", "crf": "21"}
_AT_ONCE = {"flush_packets": "1"}


def paint(picture: NDArray[np.uint8], number: int) -> None:
    """Write a number of `BITS` bits into the corner, and its complement below it."""
    for bit in range(BITS):
        for row, value in enumerate((number >> bit & 1, ~number >> bit & 1)):
            y, x = row * FIELD, bit * FIELD
            picture[y : y + FIELD, x : x + FIELD] = 235 * value


def painted(picture: NDArray[np.uint8]) -> int | None:
    """The number in the corner of a picture (H, W, 3); None where none can be read."""
    middles = np.arange(BITS) * FIELD + FIELD // 2
    fields = picture[[[FIELD // 2], [FIELD + FIELD // 2]], middles, 1] > 118
    if (fields[0] == fields[1]).any():
        return None
    return int((fields[0] << np.arange(BITS)).sum())


class Numbers:
    """Numbers of pictures in the film to numbers in the stream, which goes on for longer."""

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._last = 0

    def update(self, number: int) -> int:
        """Of the next picture that was read; it is less than half a film after the last one."""
        ahead = (number - self._last) % self._frames
        if ahead > self._frames // 2:  # an older one once more
            ahead -= self._frames
        self._last += ahead
        return self._last


def film(folder: Path) -> Path:
    """The encoded film in `folder`; made when it is not there."""
    path = folder / f"virtual-stream-720p{FPS}.ts"
    if not path.exists():
        from bench.virtual_camera import LoopedFilm  # noqa: PLC0415 - a sender needs no scene

        partial = path.with_suffix(f".{os.getpid()}.ts")
        _encode(LoopedFilm(), partial)
        partial.replace(path)
    return path


def _encode(looped: Any, path: Path) -> None:
    with av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=FPS, options=_OPTIONS)
        stream.width, stream.height = looped.size
        stream.pix_fmt, stream.gop_size = "yuv420p", _GROUP
        for n in range(looped.frames):
            picture = looped.picture(n)
            paint(picture, n)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))


class _Pictures:
    """The encoded pictures of a film, which can be sent again and again."""

    def __init__(self, path: Path) -> None:
        self.template = av.open(str(path))
        stream = self.template.streams.video[0]
        packets = [packet for packet in self.template.demux(stream) if packet.size]
        self._coded = [(bytes(packet), packet.is_keyframe) for packet in packets]

    def __len__(self) -> int:
        return len(self._coded)

    def sent(self, container: av.container.OutputContainer, began: float) -> Iterator[int]:
        """Send each picture when its time has come, beginning with one that stands alone; gives
        the number of each after it was sent. One that is late is sent at once."""
        stream = container.add_stream_from_template(self.template.streams.video[0])
        n = max(int(np.ceil((time.monotonic() - began) * FPS)), 0)
        while not self._coded[n % len(self)][1]:
            n += 1
        while True:
            time.sleep(max(began + n / FPS - time.monotonic(), 0))
            data, stands_alone = self._coded[n % len(self)]
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, _TICKS)
            packet.pts = packet.dts = n * _TICKS // FPS
            packet.is_keyframe = stands_alone
            container.mux(packet)
            yield n
            n += 1


def _send_udp(pictures: _Pictures, url: str, began: float) -> None:
    target = f"{url}?pkt_size=1316"
    _say_ready()
    with av.open(target, "w", format="mpegts", options=_AT_ONCE) as container:
        for _ in pictures.sent(container, began):
            pass


def _say_ready() -> None:
    print("ready", flush=True)


def _serve_http(pictures: _Pictures, url: str, began: float) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "video/mp2t")
            self.end_headers()
            output = cast(Any, self.wfile)
            with (
                suppress(OSError, av.FFmpegError),
                av.open(output, "w", format="mpegts", options=_AT_ONCE) as container,
            ):
                for _ in pictures.sent(container, began):
                    output.flush()

        def log_message(self, format: str, *arguments: object) -> None:
            """Quiet."""

    address = urlsplit(url)
    with HTTPServer((address.hostname or "127.0.0.1", address.port or 80), Handler) as server:
        _say_ready()
        server.serve_forever()


@dataclass
class Sender:
    """A stream that is sent by a process of its own, from `with` to the end of the block. It can be
    killed, stopped and started again; numbers go on with the time in between."""

    url: str
    path: Path
    began: float = 0.0
    """When picture 0 was sent, or would have been (monotonic, seconds)."""
    _process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.began = time.monotonic() + 0.5
        self.start()
        return self

    def start(self) -> None:
        """Raises RuntimeError when it does not begin to send."""
        command = [sys.executable, "-m", "bench.virtual_stream", self.url, "--film", self.path]
        self._process = subprocess.Popen(
            elsewhere([*map(str, command), "--began", str(self.began)]),
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._process.stdout is None or not self._process.stdout.readline():
            raise RuntimeError(f"{self.url}: nothing is sent there")

    def signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def sent_at(self, number: int) -> float:
        """When a picture was sent."""
        return self.began + number / FPS

    def __exit__(self, *_: object) -> None:
        self.kill()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("url", metavar="URL", help="udp://host:port or http://host:port")
    parser.add_argument("--film", type=Path, help="encoded before (default: made now)")
    parser.add_argument("--began", type=float, help="monotonic time of picture 0 (default: now)")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with tempfile.TemporaryDirectory() as folder:
        pictures = _Pictures(options.film or film(Path(folder)))
    began = options.began if options.began is not None else time.monotonic()
    send = _serve_http if options.url.startswith("http") else _send_udp
    send(pictures, options.url, began)


if __name__ == "__main__":
    main()
