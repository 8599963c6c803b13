"""What a station sends to its pose workers: frames, as they are or (to other machines) packed."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Callable, Sequence

import zmq

from realtime.messages import Ping, encode
from realtime.transport.packing import Job, Packer
from realtime.transport.quality import LinkQuality
from realtime.transport.workers import PoseWorker, Work


def on_another_machine(address: str) -> bool:
    """Whether a peer with this address (empty: none, as over ipc) is reached by a network."""
    try:
        return bool(address) and not ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False


def peer_address(frame: zmq.Frame) -> str:
    """Of who sent it; empty where it has none."""
    try:
        return str(frame.get("Peer-Address"))
    except zmq.ZMQError:
        return ""


def sender_of(parts: Sequence[zmq.Frame]) -> str:
    """Who sent a message, for people, when its name cannot be trusted: the address in a network."""
    address = peer_address(parts[0]) if parts else ""
    try:
        return str(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return "somebody"


class Outbox:
    """Nothing here waits. Times are seconds of one monotonic clock."""

    def __init__(self, context: zmq.Context[zmq.SyncSocket], router: zmq.SyncSocket) -> None:
        self._context = context
        self._router = router
        self._packer: Packer | None = None

    @property
    def packed(self) -> zmq.SyncSocket | None:
        """Where packed frames come out; None while none was packed."""
        return self._packer.socket if self._packer else None

    def give(self, worker: PoseWorker, work: Work, now: float) -> bool:
        """Send a frame, or have it packed first; False when nobody is there."""
        header, link = work.header, worker.link
        work.scale, work.wired_at = (1.0, 1.0), None
        if link is not None:
            size = link.size(header.width, header.height)
            jpeg = link.level.jpeg
            work.scale = header.width / size[0], header.height / size[1]
            if jpeg is not None or size != (header.width, header.height):
                self._pack(Job(worker.identity, header, work.pixels, size, jpeg))
                return True
        return self._wire(worker, work, [encode(header), work.pixels], now)

    def _pack(self, job: Job) -> None:
        if self._packer is None:
            self._packer = Packer(self._context, f"inproc://{uuid.uuid4()}")
        self._packer.put(job)

    def take_packed(
        self, get: Callable[[bytes], PoseWorker | None], now: float
    ) -> list[PoseWorker]:
        """Send what was packed to those who still have it to answer; who of them is gone."""
        gone = []
        while self._packer is not None:
            try:
                identity, number, *parts = self._packer.socket.recv_multipart(
                    zmq.NOBLOCK, copy=False
                )
            except zmq.Again:
                break
            worker = get(identity.bytes)
            work = worker.held.get(int.from_bytes(number.bytes, "big")) if worker else None
            if worker is None or work is None:
                continue
            if not self._wire(worker, work, parts, now):
                gone.append(worker)
        return gone

    def _wire(
        self, worker: PoseWorker, work: Work, parts: Sequence[bytes | zmq.Frame], now: float
    ) -> bool:
        work.wired_at, work.wired_bytes = now, len(parts[1])
        return self.send(worker.identity, parts)

    def send(self, identity: bytes, parts: Sequence[bytes | zmq.Frame]) -> bool:
        """Whether there is somebody to send it to."""
        try:
            self._router.send_multipart([identity, *parts], zmq.NOBLOCK, copy=False)
        except zmq.ZMQError:
            return False
        return True

    def ping(self, worker: PoseWorker, now: float) -> bool:
        """Ask how far a worker is, when it is time to; whether it can be reached."""
        number = worker.ping(now)
        if number is None:
            return True
        try:
            self._router.send_multipart([worker.identity, encode(Ping(number))], zmq.NOBLOCK)
        except zmq.Again:
            return True  # it is there, and does not read
        except zmq.ZMQError:
            return False
        return True

    def close(self) -> None:
        """Twice does nothing."""
        if self._packer is not None:
            self._packer.close()


def measure(worker: PoseWorker, work: Work, held_s: float, now: float) -> str | None:
    """A frame is back, and its worker had it for `held_s` (0: nobody knows). How the next ones are
    sent, where that is not as before."""
    link: LinkQuality | None = worker.link
    if link is None or work.wired_at is None or not held_s:
        return None
    width, height = work.header.width, work.header.height
    sent = link.size(width, height)
    if link.came(now, work.wired_bytes, sent[0] * sent[1], now - work.wired_at - held_s):
        return link.describe(width, height)
    return None
