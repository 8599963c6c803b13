"""A pose worker's end of the frame channel to one station.

A worker may be started before its station, and a station may be started again at the same
endpoint. So the worker says hello on every connection, and only when no frame of the one before is
left: what it says after the hello is about frames sent after it, and whoever was followed before is
forgotten. Results that come before a hello are dropped by the station's `FrameChannel`.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import zmq
from zmq.utils.monitor import parse_monitor_message

from realtime.messages import (
    FrameHeader,
    Hello,
    Refused,
    Result,
    Stop,
    decode_to_worker,
    encode,
)

HELLO_S = 1.0
"""An idle worker repeats its hello after this time, in case the first was lost."""
_HIGH_WATER = 16  # beyond it answers are lost; credit keeps it far below

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
    ) -> None:
        """Raises LinkError when `endpoint` is not one."""
        self.endpoint = endpoint
        self.stopped = False
        """Whether the station said stop, and has not come back since."""
        self.connected = False
        self._hello = encode(hello)
        self._clock = clock
        self._greeted = False
        self._quiet_since = clock()
        self.socket = context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RCVHWM, _HIGH_WATER)
        self.socket.setsockopt(zmq.SNDHWM, _HIGH_WATER)
        self.socket.setsockopt_string(zmq.IDENTITY, identity)
        events = zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED
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
            self.connected = event == zmq.EVENT_HANDSHAKE_SUCCEEDED
            self._greeted = False

    def receive(self) -> list[Received]:
        """The frames that have come, as few as were asked for. Raises LinkError for what no station
        sends."""
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
                    f"--connect {self.endpoint}: no FlipTally station ({error})"
                ) from None
            if isinstance(message, Stop):
                self.stopped = True
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
        self._send(self._hello)
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

    def close(self) -> None:
        """Twice does nothing."""
        if self.socket.closed:
            return
        self.socket.disable_monitor()
        self.monitor.close(0)
        self.socket.close(0)
