"""The events of one station for whoever subscribes: scoreboards, overlays, `fliptally watch`."""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.metadata import version
from queue import Empty, SimpleQueue

import zmq
from msgspec.structs import astuple

from realtime.marks import Mark
from realtime.publishing.paths import SocketPath
from realtime.publishing.schema import (
    SCHEMA,
    Ended,
    Hello,
    MarkSaid,
    Message,
    PartChanged,
    StateShown,
    public,
    to_line,
    topic_of,
)
from realtime.publishing.subscriptions import Subscriptions
from realtime.show.snapshot import Snapshot
from realtime.sources.errors import SourceError
from realtime.supervision.states import StateChange
from realtime.transport.curve import Doorkeeper, keep_alive, limit
from realtime.transport.keys import KeyRing

PART = "publishing"
STATE_S = 0.1
HIGH_WATER = 256
"""Messages that wait for one subscriber; further ones are lost to him."""
_LOOK_S = 0.05
_LINGER_MS = 300
_LARGEST = 1024  # bytes: a CURVE handshake, not only a topic
_BIND_AGAIN_S = 1.0

_Item = Mark | tuple[StateChange, float] | None


class Publisher:
    """Sends marks and changes as they are said, and the state several times a second.

    The station's thread only puts them into a queue; a thread of its own sends. Nobody is waited
    for: who does not read loses messages and sees it by their numbers.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        ring: KeyRing | None = None,
        high_water: int = HIGH_WATER,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises SourceError for an endpoint that cannot be used, KeysError for one that other
        machines can reach without a `ring` of keys."""
        self._endpoint = endpoint
        self._high_water = high_water
        self._clock = clock
        self._run_name = secrets.token_hex(4)
        self._sent: Counter[type[Message]] = Counter()
        self._queue: SimpleQueue[_Item] = SimpleQueue()
        self._closed = threading.Event()
        self._path = SocketPath(endpoint)
        self._context = zmq.Context()
        self._ring = ring
        self._doorkeeper: Doorkeeper | None = None
        self._socket: zmq.SyncSocket | None = None
        self._thread: threading.Thread | None = None
        self._bind_at = clock()
        try:
            self._bind()
        except zmq.ZMQError as error:
            self._release()
            raise SourceError(
                f"--publish {endpoint}: {error.strerror}; expected tcp://address:port, free, or "
                "ipc://path"
            ) from None
        except BaseException:
            self._release()
            raise

    def said(self, marks: Sequence[Mark]) -> None:
        """Marks that are in the session file now; from any thread."""
        if not self._closed.is_set():
            for mark in marks:
                self._queue.put(mark)

    def changed(self, change: StateChange, time_s: float) -> None:
        """A part changed its state at capture time `time_s`; from any thread."""
        if not self._closed.is_set():
            self._queue.put((change, time_s))

    def start(
        self,
        snapshot: Callable[[], Snapshot],
        *,
        began: Callable[[], str | None] = lambda: None,
        tell: Callable[[StateChange], None] = lambda change: None,
    ) -> None:
        """Begin to send what `snapshot` gives. `began` says when capture time 0 was; `tell` takes,
        in the publisher's thread, what the station should know: who was refused."""
        self._snapshot = snapshot
        self._began = began
        self._tell = tell
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Send what is left, the last state and the end. Twice does nothing."""
        if self._context.closed:
            return
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join()
        self._release()

    def _release(self) -> None:
        self._closed.set()
        self._shut(_LINGER_MS)
        self._context.term()
        self._path.remove()

    def _shut(self, linger_ms: int) -> None:
        if self._socket is not None:
            self._socket.close(linger_ms)
            self._socket = None
        if self._doorkeeper is not None:
            self._doorkeeper.close()  # it holds connections open
            self._doorkeeper = None

    def _bind(self) -> None:
        self._doorkeeper = Doorkeeper(self._context, self._ring, clock=self._clock)
        socket = self._context.socket(zmq.XPUB)
        try:
            socket.setsockopt(zmq.XPUB_MANUAL, 1)
            socket.setsockopt(zmq.SNDHWM, self._high_water)
            socket.setsockopt(zmq.RCVHWM, self._high_water)
            socket.setsockopt(zmq.IPV6, "[" in self._endpoint)
            limit(socket, _LARGEST)
            keep_alive(socket)
            self._doorkeeper.secure(socket, self._endpoint)
            socket.bind(self._endpoint)
        except BaseException:
            socket.close(0)
            self._doorkeeper.close()
            self._doorkeeper = None
            raise
        self._socket = socket
        self._path.bound()
        self._subscriptions = Subscriptions(socket)

    def _run(self) -> None:
        try:
            self._tell(StateChange(PART, "running"))
            shown_at = self._clock()
            while True:
                ended = self._drain()
                greet = self._hear()
                now = self._clock()
                if ended:
                    break
                if now >= shown_at or greet:
                    shown_at = now + STATE_S
                    self._beat(greet)
            self._show()
            self._send(Ended(*self._next(Ended), self._sent[MarkSaid]))
        except Exception as error:
            why = f"{PART}: ended by an unexpected {type(error).__name__}: {error}"
            self._tell(StateChange(PART, "failed", why))
        finally:
            self._closed.set()

    def _drain(self) -> bool:
        """Wait for what was said, and send it. Whether it was the last."""
        try:
            item = self._queue.get(timeout=_LOOK_S)
            while item is not None:
                if isinstance(item, tuple):
                    self._send(PartChanged(*self._next(PartChanged), item[1], *astuple(item[0])))
                else:
                    self._send(MarkSaid(*self._next(MarkSaid), item))
                item = self._queue.get_nowait()
        except Empty:
            return False
        return True

    def _hear(self) -> bool:
        """Take what subscribers sent; whether somebody is new. Whoever subscribes to what there is
        not, without end, ends the connections of all: that is the only way to forget it."""
        if self._socket is None:
            self._bind_again()
            return False
        greet = self._subscriptions.take()
        if self._subscriptions.strange > self._subscriptions.STRANGE_MOST:
            self._shut(0)
            self._bind_at = self._clock() + _BIND_AGAIN_S
            why = f"{PART}: flooded with subscriptions; all viewers were cut off for a second"
            self._tell(StateChange(PART, "degraded", why))
        return greet

    def _bind_again(self) -> None:
        if self._clock() < self._bind_at:
            return
        try:
            self._bind()
        except zmq.ZMQError:  # not free yet
            self._bind_at = self._clock() + _BIND_AGAIN_S
        else:
            self._tell(StateChange(PART, "running"))

    def _beat(self, greet: bool) -> None:
        if self._doorkeeper is None:
            return
        for change in self._doorkeeper.take_changes():
            self._tell(change)
        if greet:
            program = f"fliptally {version('fliptally')}"
            source = self._snapshot().title
            said = self._sent[MarkSaid]
            self._send(Hello(*self._next(Hello), SCHEMA, source, program, said, self._began()))
        self._show()

    def _show(self) -> None:
        said = self._sent[MarkSaid]
        shown = public(self._snapshot())
        self._send(StateShown(*self._next(StateShown), said, shown))

    def _next(self, kind: type[Message]) -> tuple[str, int]:
        """The run, and the number of the next message of this kind."""
        self._sent[kind] += 1
        return self._run_name, self._sent[kind] - 1

    def _send(self, message: Message) -> None:
        if self._socket is not None:
            self._socket.send_multipart([topic_of(message), to_line(message)], zmq.NOBLOCK)
