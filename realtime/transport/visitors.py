"""Who connects to a bound socket, by what libzmq says of it; who was refused, and who was cut off.

Libzmq bounds each part of a message and how many whole messages wait, but neither the parts of a
message that never ends nor the number of connections: both are looked after here, on the TCP
connections themselves.
"""

from __future__ import annotations

import os
import socket as network
import struct
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

import zmq
from zmq.utils.monitor import parse_monitor_message

from realtime.printable import printable
from realtime.supervision.states import StateChange

PART = "network"
QUIET_S = 60.0
"""After so long without a refusal all is well again."""
MOST_OPEN = 96
"""Connections to one socket: fewer than a process may have files open on any system."""
MOST_OF_ONE = 32
"""Of them from one address, so that one machine cannot keep the others out."""
MOST_UNREAD = 2 << 20
"""Bytes that one connection has sent and nobody has read: parts of a message that does not end.
Empty parts take 32 times as much memory as bytes on the wire."""

_MOST_KNOWN = 16  # pairs of address and reason that are told apart
_OTHERS = "others", "more addresses and keys than are told apart"
_FAILURES = {zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL}
_WRONG_KEY = 0x11000001  # ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC: it has a wrong key of the station
_FRAMING = 64  # bytes at most that ZMTP and CURVE add to each part
_BYTES_RECEIVED = struct.Struct("128x Q")  # of Linux's struct tcp_info: tcpi_bytes_received


class Refusals:
    """Counts who was refused, and says each only when the count has a digit more."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._changes: list[StateChange] = []
        self._last: float | None = None

    def add(self, address: str, what: str) -> None:
        """`what` says why, after "was refused: "."""
        with self._lock:
            self._last = self._clock()
            who = printable(address, 64), printable(what)
            if who not in self._counts and len(self._counts) >= _MOST_KNOWN:
                who = _OTHERS
            self._counts[who] += 1
            count = self._counts[who]
            if str(count).strip("0") == "1":
                times = f" ({count} times)" if count > 1 else ""
                why = f"{PART}: {who[0]} was refused: {who[1]}{times}"
                self._changes.append(StateChange(PART, "degraded", why))

    def take_changes(self) -> list[StateChange]:
        with self._lock:
            changes, self._changes = self._changes, []
            if self._last is not None and self._clock() - self._last > QUIET_S:
                self._last = None
                changes.append(StateChange(PART, "running"))
            return changes


class _Visitor:
    """One connection, by a copy of libzmq's descriptor: its own may be closed, and the number be
    another's, at any moment."""

    def __init__(self, descriptor: int) -> None:
        """Raises OSError when it is gone already."""
        self._socket = network.socket(fileno=os.dup(descriptor))
        self.address = "somebody"
        with suppress(OSError):
            name = self._socket.getpeername()
            self.address = str(name[0]) if isinstance(name, tuple) else "this machine"

    def received(self) -> int:
        """Bytes that have come over it; 0 where the system does not say (not Linux, not TCP)."""
        if sys.platform == "linux":
            with suppress(OSError, struct.error):
                size = _BYTES_RECEIVED.size
                told = self._socket.getsockopt(network.IPPROTO_TCP, network.TCP_INFO, size)
                return int(_BYTES_RECEIVED.unpack(told)[0])
        return 0

    def cut_off(self) -> None:
        """Libzmq finds it closed, and drops what is not whole."""
        with suppress(OSError):
            self._socket.shutdown(network.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()


class Visitors:
    """The connections of one bound socket. `took` may be called from any thread, the others from
    one only."""

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals
        self._open: dict[int, _Visitor] = {}  # by libzmq's descriptor
        self._failed: str | None = None
        self._lock = threading.Lock()
        self._read: Counter[int] = Counter()

    def took(self, parts: Sequence[zmq.Frame]) -> None:
        """A message was read."""
        with suppress(zmq.ZMQError):  # it did not come over a connection that has a descriptor
            descriptor = int(parts[-1].get(zmq.SRCFD))
            size = sum(len(part) + _FRAMING for part in parts)
            with self._lock:
                self._read[descriptor] += size

    def update(self, monitor: zmq.SyncSocket) -> None:
        """Take note of what has happened."""
        while monitor.poll(0):
            message = parse_monitor_message(monitor.recv_multipart())
            event, value = message["event"], message["value"]
            if event == zmq.EVENT_ACCEPTED:
                self._arrived(value)
            elif event == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL and value == _WRONG_KEY:
                self._failed = "a wrong key of this station"
            elif event in _FAILURES:  # without keys the other end may be the first to give up
                self._failed = "no key"
            elif event == zmq.EVENT_DISCONNECTED:
                self._left(value)

    def check(self) -> None:
        """Cut off who sends what nobody can read."""
        for descriptor, visitor in self._open.items():
            with self._lock:
                read = self._read[descriptor]
            if visitor.received() - read > MOST_UNREAD:
                visitor.cut_off()
                self._refusals.add(visitor.address, "it sent what never became a message")

    def cut_off(self) -> None:
        """All of them."""
        for visitor in self._open.values():
            visitor.cut_off()

    def _arrived(self, descriptor: int) -> None:
        self._left(descriptor)
        with suppress(OSError):
            visitor = self._open[descriptor] = _Visitor(descriptor)
            of_one = sum(other.address == visitor.address for other in self._open.values())
            if len(self._open) > MOST_OPEN or of_one > MOST_OF_ONE:
                visitor.cut_off()
                self._refusals.add(visitor.address, "too many connections")

    def _left(self, descriptor: int) -> None:
        """A failure is said right before its connection is closed."""
        why, self._failed = self._failed, None
        visitor = self._open.pop(descriptor, None)
        with self._lock:
            self._read.pop(descriptor, None)
        if why is not None:
            self._refusals.add(visitor.address if visitor else "somebody", why)
        if visitor is not None:
            visitor.close()

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()
