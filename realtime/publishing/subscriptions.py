"""What subscribers ask of the publishing socket: only what there is, is given."""

from __future__ import annotations

import zmq

from realtime.publishing.schema import TOPICS

_KNOWN = frozenset({b"", *TOPICS})
_SUBSCRIBE, _CANCEL = b"\x01", b"\x00"
_AT_ONCE = 1000
_OVERHEAD = 16


class Subscriptions:
    """Answers one XPUB socket in manual mode. Libzmq keeps what was asked for in any case: how many
    bytes for nothing is `strange`, and there should not be more than `STRANGE_MOST`.
    """

    STRANGE_MOST = 20_000

    def __init__(self, socket: zmq.SyncSocket) -> None:
        self._socket = socket
        self.strange = 0

    def take(self) -> bool:
        """Take what has come; whether somebody subscribed to something that there is."""
        new = False
        for _ in range(_AT_ONCE):
            try:
                message = self._socket.recv(zmq.NOBLOCK)
            except zmq.Again:
                break
            way, topic = message[:1], message[1:]
            if topic in _KNOWN and way == _SUBSCRIBE:
                self._socket.setsockopt(zmq.SUBSCRIBE, topic)
                new = True
            elif topic in _KNOWN and way == _CANCEL:
                self._socket.setsockopt(zmq.UNSUBSCRIBE, topic)
            else:
                self.strange += _OVERHEAD + len(topic)
        return new
