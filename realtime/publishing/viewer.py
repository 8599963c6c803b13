"""Hears several stations, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Self

import zmq
from zmq.utils.monitor import parse_monitor_message

from realtime.publishing.receiving import LONGEST_LINE
from realtime.publishing.viewing import StationView
from realtime.show.snapshot import Snapshot
from realtime.sources.errors import SourceError
from realtime.transport.curve import Credentials, limit

_TOPICS = (b"hello", b"state", b"end")
_HIGH_WATER = 64
_AT_ONCE = 64
_LOOK_MS = 100
_ANEW_S = 3.0
_REFUSED = (
    zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
)


class _Line:
    """The connection to one station. It is made anew when nothing came over it for a while: libzmq
    does not come back to a station that once sent what is too large."""

    def __init__(
        self,
        context: zmq.Context[zmq.SyncSocket],
        endpoint: str,
        credentials: Credentials | None,
        clock: Callable[[], float],
    ) -> None:
        self.view = StationView(endpoint, clock())
        self._context = context
        self._endpoint = endpoint
        self._credentials = credentials
        self._clock = clock
        self._open()

    def _open(self) -> None:
        self._quiet_since = self._clock()
        self.socket = self._context.socket(zmq.SUB)
        self.socket.setsockopt(zmq.RCVHWM, _HIGH_WATER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.IPV6, "[" in self._endpoint)
        limit(self.socket, LONGEST_LINE)
        for topic in _TOPICS:
            self.socket.setsockopt(zmq.SUBSCRIBE, topic)
        if self._credentials is not None:
            self._credentials.secure(self.socket)
        self.monitor = self.socket.get_monitor_socket(_REFUSED)
        try:
            self.socket.connect(self._endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise SourceError(
                f"{self._endpoint}: {error.strerror}; expected tcp://host:port or ipc://path, as "
                "the station was given with --publish"
            ) from None

    def update(self) -> None:
        """Take what has come, some of it at a time."""
        while self.monitor.poll(0):
            parse_monitor_message(self.monitor.recv_multipart())
            self.view.refused = True
        for _ in range(_AT_ONCE):
            try:
                parts = [self.socket.recv(zmq.NOBLOCK)]
            except zmq.Again:
                break
            while self.socket.getsockopt(zmq.RCVMORE):
                parts = [*parts[:2], self.socket.recv()]  # whatever the number, three are too many
            self._quiet_since = self._clock()
            self.view.take(parts, self._quiet_since)
        if self._clock() - self._quiet_since > _ANEW_S:
            self.close()
            self._open()

    def close(self) -> None:
        self.socket.disable_monitor()
        self.monitor.close(0)
        self.socket.close(0)


class Viewer:
    """The stations at several endpoints, whether they are there already, go, or come back. Between
    enter and exit a thread hears them; `snapshots` may be asked in any other."""

    def __init__(
        self,
        endpoints: Sequence[str],
        credentials: Sequence[Credentials | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises SourceError when an endpoint is none."""
        self._clock = clock
        self._context = zmq.Context()
        self._lines: list[_Line] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="viewer", daemon=True)
        try:
            for endpoint, shown in zip(endpoints, credentials, strict=True):
                self._lines.append(_Line(self._context, endpoint, shown, clock))
        except BaseException:
            self._release()
            raise

    @property
    def snapshots(self) -> list[Callable[[], Snapshot]]:
        """What gives the present state of each station, in the order of the endpoints."""
        return [self._asked(line.view) for line in self._lines]

    def _asked(self, view: StationView) -> Callable[[], Snapshot]:
        return lambda: view.snapshot(self._clock())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._release()

    def _release(self) -> None:
        for line in self._lines:
            line.close()
        self._context.term()

    def _run(self) -> None:
        while not self._stopping.is_set():
            zmq.zmq_poll([(line.socket, zmq.POLLIN) for line in self._lines], _LOOK_MS)
            for line in self._lines:
                line.update()
