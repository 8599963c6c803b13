"""A camera that speaks RTSP: a real server in a thread, RTP inside the RTSP connection (TCP)."""

from __future__ import annotations

import io
import re
import socket
import struct
import threading
import time

import av
import numpy as np

FPS = 30
_SECONDS = 12
_TICKS = 90_000
_SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n"
    "a=control:track\r\n"
)


class _Packets(io.RawIOBase):
    """Takes what the RTP muxer writes, a packet at a time."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.taken.append(bytes(data))
        return len(data)


def rtp_packets() -> list[list[bytes]]:
    """RTP of a moving picture of 160 x 120, the packets of each frame."""
    rng = np.random.default_rng(0)
    out, frames = _Packets(), []
    coding = {"preset": "ultrafast", "tune": "zerolatency", "g": "10"}
    with av.open(out, "w", format="rtp", options={"packetsize": "1200"}) as container:
        stream = container.add_stream("libx264", rate=FPS, options=coding)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for _ in range(_SECONDS * FPS):
            image = rng.integers(60, 200, (12, 16, 3)).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(image.repeat(10, 0).repeat(10, 1), format="bgr24")
            container.mux(stream.encode(frame))
            frames.append([packet for packet in out.taken if not 200 <= packet[1] <= 204])
            out.taken = []
    return frames


class RtspCamera:
    """`with RtspCamera() as camera: ... camera.url`; `asked` are the methods that were used."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.silent = threading.Event()
        self._frames = rtp_packets()
        self._stop = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.05)
        self._peers: list[threading.Thread] = []
        self.url = f"rtsp://judge:secret@127.0.0.1:{self._server.getsockname()[1]}/live"
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                peer, _ = self._server.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=self._talk, args=(peer,))
            self._peers.append(thread)
            thread.start()

    def _talk(self, peer: socket.socket) -> None:
        with peer:
            peer.settimeout(5)
            try:
                while self._answer(peer, self._request(peer)) != b"PLAY":
                    pass
                self._play(peer)
            except OSError:
                return

    def _request(self, peer: socket.socket) -> bytes:
        text = b""
        while not text.endswith(b"\r\n\r\n"):
            part = peer.recv(4096)
            if not part:
                raise OSError("gone")
            text += part
        return text

    def _answer(self, peer: socket.socket, request: bytes) -> bytes:
        method = request.split()[0]
        self.asked.append(method.decode())
        number = re.search(rb"CSeq: *(\d+)", request, re.IGNORECASE)
        head = f"RTSP/1.0 200 OK\r\nCSeq: {number[1].decode() if number else 0}\r\n"
        body = ""
        if method == b"OPTIONS":
            head += "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
        elif method == b"DESCRIBE":
            body = _SDP
            head += f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
        elif method in {b"SETUP", b"PLAY"}:
            head += "Session: 1;timeout=60\r\n"
            if method == b"SETUP":
                head += "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
        peer.sendall(f"{head}\r\n{body}".encode())
        return method

    def _play(self, peer: socket.socket) -> None:
        begin = time.monotonic()
        for i, packets in enumerate(self._frames):
            if self._stop.wait(max(begin + i / FPS - time.monotonic(), 0)):
                return
            if self.silent.is_set():
                continue
            for packet in packets:
                peer.sendall(struct.pack("!cBH", b"$", 0, len(packet)) + packet)

    def __enter__(self) -> RtspCamera:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        for peer in self._peers:
            peer.join()
        self._server.close()
