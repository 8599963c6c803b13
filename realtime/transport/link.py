"""A pose worker's end of the frame channel to one station.

A worker may be started before its station, and a station may be started again at the same
endpoint. So the worker says hello on every connection, and only when no frame of the one before is
left: what it says after the hello is about frames sent after it, and whoever was followed before is
forgotten. Results that come before a hello are dropped by the station's `FrameChannel`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import msgspec
import zmq
from msgspec import structs
from zmq.utils.monitor import parse_monitor_message

from realtime.messages import (
    MAX_PIXELS,
    FrameHeader,
    Goodbye,
    Hello,
    Ping,
    Pong,
    Refused,
    Result,
    Stop,
    decode_to_worker,
    encode,
)
from realtime.printable import printable
from realtime.transport.curve import Credentials, keep_alive, limit
from realtime.transport.keys import to_text

HELLO_S = 1.0
"""An idle worker repeats its hello after this time, in case the first was lost."""
_HIGH_WATER = 16  # beyond it answers are lost; credit keeps it far below
_LAST_WORD_MS = 200
_RECONNECT_MS = 1000  # at most, between tries
_ANEW_S = 2.0
_MAX_MESSAGE = MAX_PIXELS * 3
_RECEIVED = 4  # frames that may wait; credit keeps it below
_CONNECTIONS = zmq.EVENT_CONNECTED | zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED
_REFUSED = (
    zmq.EVENT_HANDSHAKE_FAILED_AUTH
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
)

Received = tuple[FrameHeader, list[zmq.Frame]]


class LinkError(Exception):
    """An endpoint at which there is no station and cannot be one; one line."""


class StationLink:
    """Frames of one station in, poses out; nothing here waits."""

    def __init__(
        self,
        context: zmq.Context[zmq.SyncSocket],
        endpoint: str,
        identity: str,
        hello: Hello,
        clock: Callable[[], float],
        *,
        keys: Credentials | None = None,
    ) -> None:
        """`keys` are for an endpoint that wants some. Raises LinkError when it is none."""
        self.endpoint = endpoint
        self.stopped = False
        """Whether the station said stop, and has not come back since."""
        self.connected = False
        self._hello = encode(hello)
        self._first_hello = encode(structs.replace(hello, anew=True))
        self._clock = clock
        self._greeted = False
        self._quiet_since = clock()
        self._trouble: str | None = None
        self._troubles: set[str] = set()
        self._keys = keys
        self.socket = context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        limit(self.socket, _MAX_MESSAGE)
        self.socket.setsockopt(zmq.RECONNECT_IVL_MAX, _RECONNECT_MS)
        if keys is not None:
            keys.secure(self.socket)
        self.socket.setsockopt(zmq.RCVHWM, _RECEIVED)
        self.socket.setsockopt(zmq.SNDHWM, _HIGH_WATER)
        keep_alive(self.socket)
        self.socket.setsockopt_string(zmq.IDENTITY, identity)
        self._tried_at = clock()
        self._reached = False  # somebody is there, who has not let us in yet
        self._hang_ups = 0
        events = _CONNECTIONS | _REFUSED
        self.monitor = self.socket.get_monitor_socket(events)
        try:
            self.socket.connect(endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise LinkError(
                f"--connect {endpoint}: {error.strerror}; expected tcp://host:port"
            ) from None

    def update(self) -> None:
        """Take note of connections made and broken."""
        while self.monitor.poll(0):
            event = parse_monitor_message(self.monitor.recv_multipart())["event"]
            if event & _REFUSED:
                self._refused(event == zmq.EVENT_HANDSHAKE_FAILED_AUTH)
            elif event == zmq.EVENT_CONNECTED:
                self._reached = True
            if event & _REFUSED or event == zmq.EVENT_CONNECTED:
                continue
            self._hung_up(event == zmq.EVENT_DISCONNECTED and self._reached and not self.connected)
            self._reached = False
            self.connected = event == zmq.EVENT_HANDSHAKE_SUCCEEDED
            self._greeted = False
            self._tried_at = self._clock()
        if not self.connected and self._clock() - self._tried_at > _ANEW_S:
            self._try_anew()

    def _try_anew(self) -> None:
        """Libzmq does not come back to who has refused it once, and says nothing when the other end
        wants keys and this one has none, or the other way round."""
        if self._reached:
            self._refused(False)
        self._tried_at, self._reached = self._clock(), False
        with suppress(zmq.ZMQError):
            self.socket.disconnect(self.endpoint)
        self.socket.connect(self.endpoint)

    def _refused(self, unknown: bool) -> None:
        where = f"--connect {self.endpoint}: the station refuses"
        if self._keys is None:
            self._trouble = f"{where} who shows no key; give --station-key"
        elif unknown:
            key = to_text(self._keys.public)
            self._trouble = f"{where} this machine; there: fliptally keys trust NAME {key}"
        else:
            self._trouble = f"{where}: its key is not the one that is given here"

    def _hung_up(self, unasked: bool) -> None:
        """Whoever is there took the call and ended it before he knew us; once, he may just be
        leaving."""
        self._hang_ups = self._hang_ups + 1 if unasked else 0
        if self._hang_ups > 1 and not (self._trouble or self._troubles):
            self._trouble = (
                f"--connect {self.endpoint}: no station takes workers there; give the endpoint of "
                "its --listen"
            )

    def take_trouble(self) -> str | None:
        """Why there is no connection, in one line; each reason once."""
        trouble, self._trouble = self._trouble, None
        if trouble is None or trouble in self._troubles:
            return None
        self._troubles.add(trouble)
        return trouble

    def receive(self, *, prompt: bool = False) -> list[Received]:
        """The frames that have come, as few as were asked for; `prompt`: they came just now. Raises
        LinkError for what no station sends."""
        received: list[Received] = []
        while not self.stopped:
            try:
                header, *pixels = self.socket.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                break
            self._quiet_since = self._clock()
            try:
                message = decode_to_worker(header.buffer)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise LinkError(
                    f"--connect {self.endpoint}: no FlipTally station ({printable(str(error))})"
                ) from None
            if isinstance(message, Stop):
                self.stopped = True
            elif isinstance(message, Ping):
                self._send(encode(Pong(message.number, prompt)))
            else:
                received.append((message, pixels))
        return received

    def greet(self) -> bool:
        """Say hello where that is due; call it when no frame is left to answer. Whether it was the
        first of a connection: what is known of this camera is then of another time."""
        first = not self._greeted
        if not self.connected or (not first and (self.stopped or not self._idle())):
            return False
        self.stopped = False
        self._greeted = True
        self._quiet_since = self._clock()
        self._send(self._first_hello if first else self._hello)
        return first

    def _idle(self) -> bool:
        return self._clock() - self._quiet_since >= HELLO_S

    def answer(self, message: Result | Refused) -> None:
        self._send(encode(message))

    def _send(self, message: bytes) -> None:
        try:
            self.socket.send(message, zmq.NOBLOCK)
        except zmq.Again:
            return  # nobody is there to read it

    def leave(self) -> None:
        """Say that the worker ends; then close."""
        if self.connected and not self.stopped:
            self._send(encode(Goodbye()))
            self.socket.setsockopt(zmq.LINGER, _LAST_WORD_MS)
        self.close()

    def close(self) -> None:
        """Twice does nothing."""
        if self.socket.closed:
            return
        self.socket.disable_monitor()
        self.monitor.close(0)
        self.socket.close()
