"""Who may talk to the sockets that leave this machine: CURVE keys, and who was refused.

A station guards each socket before it binds it; a worker or viewer gives its credentials before it
connects. What goes over ipc or loopback needs none: who can reach that is on this machine already.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import zmq

from realtime.printable import printable
from realtime.supervision.states import StateChange
from realtime.transport.errors import KeysError
from realtime.transport.keys import KeyRing, from_text, to_text
from realtime.transport.visitors import Refusals, Visitors

_ZAP = "inproc://zeromq.zap.01"
_DOMAIN = "fliptally"
_LOOPBACK_NAMES = {"localhost"}
_PRIVATE_SCHEMES = {"ipc", "inproc"}
_HANDSHAKE_MS = 5000
_PROBES, _SILENCE_S = 4, 5  # a probe a second, after the first silent one
_EVENTS = (
    zmq.EVENT_ACCEPTED
    | zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL
    | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL
    | zmq.EVENT_DISCONNECTED
)
_TICK_MS = 50
_RECEIVE_BUFFER = 1 << 18  # of the system, for each connection: what comes is small


def needs_curve(endpoint: str) -> bool:
    """Whether other machines can reach `endpoint`, or may be reached by it."""
    scheme, _, rest = endpoint.partition("://")
    if scheme in _PRIVATE_SCHEMES:
        return False
    host = rest.rpartition(":")[0].strip("[]").partition("%")[0]
    if scheme != "tcp" or host in _LOOPBACK_NAMES:
        return scheme != "tcp"
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True  # a name, an interface, *


def limit(socket: zmq.SyncSocket, largest_message: int) -> None:
    """What libzmq can bound of what comes over any socket, given before bind or connect.
    `largest_message` is in bytes, of each part."""
    socket.setsockopt(zmq.MAXMSGSIZE, largest_message)
    socket.setsockopt(zmq.HANDSHAKE_IVL, _HANDSHAKE_MS)


def keep_alive(socket: zmq.SyncSocket) -> None:
    """End a TCP connection whose other machine is gone, given before bind or connect: one that was
    switched off says nothing of it.

    The system asks, not libzmq: version 4.3.5 ends the process when ZMQ_HEARTBEAT_IVL is due on a
    connection that broke while messages of it wait to be read.
    """
    socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
    socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, _SILENCE_S - _PROBES)
    socket.setsockopt(zmq.TCP_KEEPALIVE_INTVL, 1)
    socket.setsockopt(zmq.TCP_KEEPALIVE_CNT, _PROBES)
    socket.setsockopt(zmq.TCP_MAXRT, _SILENCE_S * 1000)  # while something is on its way, too


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a worker or a viewer shows to one station, and the key by which it knows that one."""

    public: bytes
    secret: bytes
    station: bytes

    def secure(self, socket: zmq.SyncSocket) -> None:
        """Call it before the socket connects."""
        socket.curve_publickey = self.public
        socket.curve_secretkey = self.secret
        socket.curve_serverkey = self.station


def credentials(endpoint: str, station_key: str | None, ring: KeyRing | None) -> Credentials | None:
    """For a connection to `endpoint`: none where it needs none and no `station_key` (the name of a
    trusted machine, or a key) is given. Raises KeysError."""
    if station_key is None and not needs_curve(endpoint):
        return None
    ring = ring or KeyRing.open()
    trusted = ring.trusted()
    if station_key is not None:
        key = trusted.get(station_key) or _key(station_key, trusted)
    elif len(trusted) == 1:
        [key] = trusted.values()
    elif trusted:
        raise KeysError(
            f"{endpoint}: several machines are trusted; give --station-key, one of "
            f"{', '.join(trusted)}"
        )
    else:
        raise KeysError(
            f"{endpoint}: no station is trusted yet; give --station-key with the key "
            "that the station says when it starts"
        )
    return Credentials(ring.public, ring.secret, key)


def _key(text: str, trusted: Iterable[str]) -> bytes:
    try:
        return from_text(text)
    except KeysError:
        known = ", ".join(trusted) or "nobody"
        raise KeysError(
            f"--station-key {printable(text, 60)}: neither a key nor a machine that is trusted "
            f"here; trusted: {known}"
        ) from None


class Doorkeeper:
    """Watches the bound sockets of one ZeroMQ context, in a thread of its own.

    With a key ring, whoever connects to a secured socket must have a key that is trusted at that
    moment. `fliptally keys trust` and `forget` hold at once: when a key is trusted no more, all
    connections are ended, and who is still trusted comes back by himself. The first refusal
    of each address and key is said, and again when there are ten times as many. With or without
    keys, who opens connections or sends parts without end is cut off.
    """

    def __init__(
        self,
        context: zmq.Context[zmq.SyncSocket],
        ring: KeyRing | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`ring` is None where nothing leaves this machine. One doorkeeper per context; close it
        before the context, and the sockets that it watches before or after."""
        self._ring = ring
        self._known = self._trusted()
        self._refusals = Refusals(clock)
        self._visitors: dict[zmq.SyncSocket, Visitors] = {}  # by the monitor's end
        self._watched: dict[zmq.SyncSocket, Visitors] = {}
        self._new: list[tuple[zmq.SyncSocket, Visitors]] = []
        self._lock = threading.Lock()
        self._zap = context.socket(zmq.REP)
        self._zap.bind(_ZAP)
        address = f"inproc://doorkeeper-{id(self)}"
        self._heard, self._bell = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        self._heard.bind(address)
        self._bell.connect(address)
        self._thread = threading.Thread(target=self._run, name="doorkeeper", daemon=True)
        self._thread.start()

    def secure(self, socket: zmq.SyncSocket, endpoint: str) -> None:
        """Guard what is bound to `endpoint` next: call it once, right before `socket.bind`. What
        the socket was bound to before stays as it was. Raises KeysError when the endpoint can be
        reached from elsewhere and there are no keys."""
        if needs_curve(endpoint) and self._ring is None:
            raise KeysError(
                f"{endpoint}: other machines can reach this, and there are no keys; make them with "
                "fliptally keys, or give tcp://127.0.0.1:port"
            )
        if self._ring is not None:
            socket.curve_server = True
            socket.curve_secretkey = self._ring.secret
            socket.setsockopt_string(zmq.ZAP_DOMAIN, _DOMAIN)
            socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)  # nobody gets in when nobody answers
        socket.setsockopt(zmq.RCVBUF, _RECEIVE_BUFFER)
        monitor = socket.get_monitor_socket(_EVENTS)
        self._watched[socket] = visitors = Visitors(self._refusals)
        with self._lock:
            self._new.append((monitor, visitors))
        self._bell.send(b"look")

    def took(self, socket: zmq.SyncSocket, parts: Sequence[zmq.Frame]) -> None:
        """Say of each message that was read from a guarded socket (`copy=False`), where peers may
        send much: who sends more than is ever read is cut off."""
        if socket in self._watched:
            self._watched[socket].took(parts)

    def take_changes(self) -> list[StateChange]:
        """Who was refused since the last call, of the part "network"; from any thread."""
        return self._refusals.take_changes()

    def close(self) -> None:
        """Twice does nothing."""
        if self._bell.closed:
            return
        self._bell.send(b"")
        self._thread.join()
        for socket in self._watched:
            if not socket.closed:
                socket.disable_monitor()  # before its other end goes: libzmq would wait for one
        for monitor, visitors in self._visitors.items():
            visitors.close()
            monitor.close(0)
        for own in (self._bell, self._heard, self._zap):
            own.close(0)

    def _run(self) -> None:
        poller = zmq.Poller()
        poller.register(self._zap, zmq.POLLIN)
        poller.register(self._heard, zmq.POLLIN)
        while True:
            ready = dict(poller.poll(_TICK_MS))
            if self._heard in ready:
                if not self._heard.recv():
                    break
                with self._lock:
                    new, self._new = self._new, []
                for monitor, visitors in new:
                    self._visitors[monitor] = visitors
                    poller.register(monitor, zmq.POLLIN)
            if self._zap in ready:
                self._judge()
            for monitor, visitors in self._visitors.items():
                visitors.update(monitor)
                visitors.check()
            self._follow()

    def _trusted(self) -> set[bytes]:
        """The keys that are trusted now; none while the list is damaged."""
        with suppress(KeysError):
            return set(self._ring.trusted().values()) if self._ring is not None else set()
        return set()

    def _follow(self) -> None:
        """Nobody says which connection is whose, so that all end when a key is not trusted any
        more."""
        before, self._known = self._known, self._trusted()
        if before - self._known:
            for visitors in self._visitors.values():
                visitors.cut_off()

    def _judge(self) -> None:
        """Answer libzmq's question (ZAP, RFC 27) whether a key is trusted."""
        version, request, _domain, address, _identity, mechanism, *shown = (
            self._zap.recv_multipart()
        )
        name = self._name_of(shown[0]) if mechanism == b"CURVE" and shown else None
        if name is None:
            mend = "if it is yours: fliptally keys trust NAME"
            what = f"unknown key; {mend} {to_text(shown[0])}" if shown else "no key"
            self._refusals.add(address.decode(errors="replace"), what)
        status = (b"200", b"OK") if name is not None else (b"400", b"not trusted")
        self._zap.send_multipart([version, request, *status, (name or "").encode(), b""])

    def _name_of(self, key: bytes) -> str | None:
        if self._ring is None:
            return None
        if key == self._ring.public:
            return "this machine"
        with suppress(KeysError):  # a list that is damaged now: nobody gets in
            return next((n for n, k in self._ring.trusted().items() if k == key), None)
        return None
