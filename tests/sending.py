"""A camera on the network: a process that sends MPEG-TS at its own pace, and can be killed.

Run as a script it needs nothing but Python, so that it is there at once.
"""

from __future__ import annotations

import io
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

FPS = 30
_HEAD = struct.Struct("<I")
_DATAGRAM = 7 * 188


def encode(path: Path, seconds: float = 25.0) -> Path:
    """A moving picture of 160 x 120, one piece of MPEG-TS for each frame, into a file."""
    import av  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    rng = np.random.default_rng(0)
    pieces = []
    buffer = io.BytesIO()
    options = {"preset": "ultrafast", "tune": "zerolatency", "g": "10"}
    with av.open(buffer, "w", format="mpegts", options={"flush_packets": "1"}) as container:
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for _ in range(round(seconds * FPS)):
            image = rng.integers(60, 200, (12, 16, 3)).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(image.repeat(10, 0).repeat(10, 1), format="bgr24")
            container.mux(stream.encode(frame))
            pieces.append(buffer.getvalue())
            buffer.seek(0)
            buffer.truncate()
    path.write_bytes(b"".join(_HEAD.pack(len(piece)) + piece for piece in pieces))
    return path


def _pieces(path: Path) -> list[bytes]:
    data, pieces, at = path.read_bytes(), [], 0
    while at < len(data):
        (length,) = _HEAD.unpack_from(data, at)
        pieces.append(data[at + _HEAD.size : at + _HEAD.size + length])
        at += _HEAD.size + length
    return pieces


def send(path: Path, give, stop: threading.Event | None = None) -> None:
    """Each piece to `give` when its time has come; a camera does not make up for what it missed."""
    begin = time.monotonic()
    for i, piece in enumerate(_pieces(path)):
        early = begin + i / FPS - time.monotonic()
        if early < -0.5:
            continue
        if stop is not None and stop.wait(max(early, 0)):
            return
        if stop is None:
            time.sleep(max(early, 0))
        give(piece)


def send_udp(path: Path, port: int, stop: threading.Event | None = None) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:

        def give(piece: bytes) -> None:
            for at in range(0, len(piece), _DATAGRAM):
                out.sendto(piece[at : at + _DATAGRAM], ("127.0.0.1", port))

        send(path, give, stop)


def _serve_http(path: Path, port: int) -> None:
    with socket.create_server(("127.0.0.1", port)) as server:
        while True:
            peer, _ = server.accept()
            threading.Thread(target=_answer, args=(peer, path), daemon=True).start()


def _answer(peer: socket.socket, path: Path) -> None:
    with peer:
        peer.recv(65536)
        peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: video/mp2t\r\n\r\n")
        try:
            send(path, peer.sendall)
        except OSError:
            return


def free_port(kind: int = socket.SOCK_DGRAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Sender:
    """The process: `with Sender(path, "udp") as sender: ... sender.url`."""

    def __init__(self, path: Path, way: str) -> None:
        self._path = path
        self._way = way
        kind = socket.SOCK_DGRAM if way == "udp" else socket.SOCK_STREAM
        self._port = free_port(kind)
        self.url = f"{way}://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-S", __file__, str(self._path), self._way, str(self._port)]
        self._process = subprocess.Popen(command)

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


if __name__ == "__main__":
    _path, _way, _port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    (send_udp if _way == "udp" else _serve_http)(_path, _port)
