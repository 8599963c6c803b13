"""A stand-in for a GoPro: a real HTTP server, and real MPEG-TS over UDP once it was asked for."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.sending import send_udp


class GoPro:
    """`with GoPro(film) as camera: ... camera.source`; `requests` are the paths asked for."""

    def __init__(self, film: Path, *, error: int = 0, refuses: str = "") -> None:
        self.requests: list[str] = []
        self.wanted: dict[str, str] = {}
        self.error = error
        self._refuses = refuses
        self._film = film
        self._stop = threading.Event()
        self._sending: threading.Thread | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._serving = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._serving.start()

    @property
    def source(self) -> str:
        return f"gopro:127.0.0.1:{self._server.server_address[1]}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                camera.requests.append(url.path)
                refused = bool(camera._refuses) and url.path.endswith(camera._refuses)
                query = {name: value[0] for name, value in parse_qs(url.query).items()}
                answer = camera.answer(url.path, query)
                self.send_response(500 if refused else 200)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_: object) -> None: ...

        return Handler

    def answer(self, path: str, query: dict[str, str]) -> dict[str, int]:
        if path in {"/gopro/webcam/start", "/gopro/camera/stream/start"}:
            self.wanted = query
            if not self.error:
                self.send(int(query["port"]))
            return {"status": 2, "error": self.error}
        if path in {"/gopro/webcam/stop", "/gopro/camera/stream/stop"}:
            self.silence()
        return {}

    def send(self, port: int) -> None:
        self.silence()
        self._stop = threading.Event()
        self._sending = threading.Thread(target=send_udp, args=(self._film, port, self._stop))
        self._sending.start()

    def silence(self) -> None:
        """It sends no more, as when it was switched off."""
        self._stop.set()
        if self._sending is not None:
            self._sending.join()

    def __enter__(self) -> GoPro:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._serving.join()
        self._server.server_close()
        self.silence()
