"""The station's end of the frame channel: frames out to workers that asked, poses back in order.

One thread owns it. Live, the newest frame wins and older ones are dropped and counted; a frame that
a worker keeps too long goes to another one once, or is lost, so that nobody waits for it. Lossless,
the capture thread waits and a frame that a worker lost is sent again, to whoever is free next: for
that worker it may come after newer ones.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import zmq
from msgspec import structs

from models.poses import Poses
from realtime.messages import (
    EndOfStream,
    Goodbye,
    Hello,
    Pong,
    Refused,
    Result,
    Stop,
    ToStation,
    decode_from_capture,
    decode_to_station,
    encode,
    possible,
    to_seconds,
    unpack_poses,
)
from realtime.observations import Lost, Observation, Observed
from realtime.printable import printable
from realtime.supervision.states import PartState, StateChange
from realtime.transport.attention import AttentiveClock
from realtime.transport.curve import Doorkeeper, keep_alive, limit
from realtime.transport.errors import KeysError
from realtime.transport.names import part_of
from realtime.transport.order import Order
from realtime.transport.outbox import Outbox, measure, on_another_machine, peer_address, sender_of
from realtime.transport.quality import LinkQuality
from realtime.transport.roster import Orphan, Roster
from realtime.transport.visitors import Refusals
from realtime.transport.workers import PoseWorker, Work

_MAX_MESSAGE = 1 << 16  # twice the poses of as many people as there may be
_MAX_PER_POLL = 256
_HIGH_WATER = 16  # per worker; credit keeps it far below
_CLOSE_LINGER_MS = 200


class FrameChannel:
    """See the module. `window` is how many frames one worker holds at most; `is_remote` tells from
    a worker's address whether its frames are worth packing."""

    def __init__(
        self,
        context: zmq.Context[zmq.SyncSocket],
        *,
        capture_address: str,
        endpoint: str,
        lossless: bool,
        window: int,
        clock: Callable[[], float] = time.monotonic,
        is_remote: Callable[[str], bool] = on_another_machine,
        listen: str | None = None,
        doorkeeper: Doorkeeper | None = None,
    ) -> None:
        """`endpoint` is for workers that are trusted, `listen` a second one for those that the
        `doorkeeper` looks after. Raises zmq.ZMQError when one cannot be bound, KeysError when
        `listen` needs keys."""
        self._lossless = lossless
        self._clock = AttentiveClock(clock)
        self._now = self._clock.look()
        self._is_remote = is_remote
        self._frames = context.socket(zmq.PULL)
        self._frames.setsockopt(zmq.RCVHWM, 1)
        self._router = context.socket(zmq.ROUTER)
        self._router.setsockopt(zmq.ROUTER_MANDATORY, 1)
        # Who comes back before his old connection is known to be dead takes its place.
        self._router.setsockopt(zmq.ROUTER_HANDOVER, 1)
        keep_alive(self._router)
        limit(self._router, _MAX_MESSAGE)
        self._router.setsockopt(zmq.SNDHWM, _HIGH_WATER)
        self._router.setsockopt(zmq.RCVHWM, _HIGH_WATER)
        self._outbox = Outbox(context, self._router)
        self._roster = Roster(window=window, lossless=lossless)
        self._refusals = Refusals(clock)
        self._waiting: deque[Work] = deque()
        self._order = Order()
        self._source_changes: list[StateChange] = []
        self._end: EndOfStream | None = None
        self.dropped = 0
        self._doorkeeper = doorkeeper
        self.listening: str | None = None
        """Where workers from elsewhere connect."""
        try:
            self._frames.bind(capture_address)
            self.endpoint = self._bind(endpoint)
            """Where workers connect (the port is known even when any was asked for)."""
            if listen is not None:
                if doorkeeper is not None:
                    doorkeeper.secure(self._router, listen)
                self.listening = self._bind(listen)
        except (zmq.ZMQError, KeysError):
            self.close()
            raise

    def _bind(self, endpoint: str) -> str:
        self._router.bind(endpoint)
        return self._router.getsockopt_string(zmq.LAST_ENDPOINT)

    @property
    def hello(self) -> Hello | None:
        """What the first worker at hand said of itself; None while there is none."""
        return self._roster.hello

    @property
    def ended(self) -> bool:
        """Whether the source has ended and every frame is accounted for."""
        return self._end is not None and not (self._waiting or self._order)

    @property
    def source_error(self) -> str | None:
        return self._end.error if self._end else None

    def poll(self, timeout_s: float) -> list[Observation]:
        """Move frames and results for at most `timeout_s`; what is settled, in capture order."""
        poller = zmq.Poller()
        poller.register(self._router, zmq.POLLIN)
        packed = self._outbox.packed
        if packed is not None:
            poller.register(packed, zmq.POLLIN)
        if not self._lossless or not self._waiting:
            poller.register(self._frames, zmq.POLLIN)
        ready = dict(poller.poll(round(timeout_s * 1000)))
        self._now = self._clock.look()
        if self._router in ready:
            self._take_messages()
        if packed in ready:
            for worker in self._outbox.take_packed(self._roster.get, self._now):
                self._lose_connection(worker)
        if self._frames in ready:
            self._take_frames()
        self._check_workers()
        self._dispatch()
        return [*self._take_changes(), *self._order.take()]

    def take_failed(self) -> list[bytes]:
        """Identities of workers that failed since the last call (their processes may live)."""
        failed, self._roster.failed = self._roster.failed, []
        return failed

    def fail(self, identity: bytes, why: str, state: PartState = "degraded") -> None:
        """Give up on a worker: its frames are sent again, or (live, when nobody is free) lost."""
        self._find_place(self._roster.fail(identity, why, state))

    def close(self) -> None:
        """Tell the workers to stop and close the sockets. Twice does nothing."""
        if self._router.closed:
            return
        for identity in self._roster.identities:
            self._outbox.send(identity, [encode(Stop())])
        self._router.close(_CLOSE_LINGER_MS)
        self._frames.close(0)
        self._outbox.close()

    def _take_changes(self) -> list[StateChange]:
        changes = self._source_changes + self._roster.changes + self._refusals.take_changes()
        if self._doorkeeper is not None:
            changes += self._doorkeeper.take_changes()
        self._source_changes, self._roster.changes = [], []
        return changes

    def _take_frames(self) -> None:
        while True:
            try:
                parts = self._frames.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return
            message = decode_from_capture(parts[0].buffer)
            if isinstance(message, EndOfStream):
                self._end = message
                return
            if isinstance(message, StateChange):
                self._source_changes.append(message)
                continue
            if not self._lossless and self._waiting:
                self._waiting.clear()
                self.dropped += 1
            self._waiting.append(Work(message, parts[1]))
            if self._lossless:
                return

    def _take_messages(self) -> None:
        for _ in range(_MAX_PER_POLL):
            try:
                first, *parts = self._router.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return
            identity = first.bytes
            if self._doorkeeper is not None:
                self._doorkeeper.took(self._router, [first, *parts])
            try:
                message = decode_to_station(b"".join(part.buffer for part in parts))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                if self._roster.get(identity) is not None:
                    self._reject(identity, f"sent garbage ({error})")
                else:  # its name is no more to be trusted than what it says
                    self._refuse(identity, sender_of(parts), "it sent garbage")
                continue
            if isinstance(message, Hello):
                self._welcome(identity, message, parts[0])
            else:
                self._handle(identity, message)

    def _handle(self, identity: bytes, message: ToStation) -> None:
        worker = self._roster.get(identity)
        if worker is None:
            return  # given up before
        if isinstance(message, Goodbye):
            self._find_place(self._roster.fail(identity, "has left", "stopped"))
        elif isinstance(message, Pong):
            worker.heard(self._now)
            if worker.link is not None and message.prompt:
                worker.link.ponged(self._now, message.number)
        elif isinstance(message, Result | Refused):
            work = self._roster.answered(worker, message.seq, self._now)
            if work is not None and isinstance(message, Result):
                self._settle(worker, work, message)
            elif work is not None and isinstance(message, Refused):
                self._lose(work, printable(message.why))

    def _settle(self, worker: PoseWorker, work: Work, result: Result) -> None:
        try:
            poses = possible(unpack_poses(worker.hello.skeleton, result.people, result.keypoints))
        except ValueError as error:
            worker.held[result.seq] = work
            self._reject(worker.identity, f"sent a bad result ({error})")
            return
        header = work.header
        if work.scale != (1.0, 1.0):
            to_its_pixels = np.array([*work.scale, 1.0], np.float32)
            poses = Poses(poses.skeleton, poses.keypoints * to_its_pixels)
        self._order.settle(
            Observed(
                header.seq,
                to_seconds(header.t_ns),
                poses,
                to_seconds(header.captured_ns),
                to_seconds(result.pose_ns),
            )
        )
        worker.worked(to_seconds(result.pose_ns))
        how = measure(worker, work, to_seconds(result.held_ns), self._now)
        if how is not None and worker.state == "running":
            change = StateChange(worker.part, "running", f"{worker.part}: {how}")
            self._roster.changes.append(change)

    def _welcome(self, identity: bytes, hello: Hello, frame: zmq.Frame) -> None:
        hello = structs.replace(hello, backend=printable(hello.backend))
        worker = self._roster.get(identity)
        if worker is not None:
            worker.heard(self._now)
            if hello.anew:  # on a new connection: what was sent over the old one never came
                self._find_place(self._roster.reconnected(worker))
            return
        why = self._roster.refuses(identity, hello, self._now)
        if why is not None:
            self._reject(identity, why)
            return
        link = None
        if not self._lossless and self._is_remote(peer_address(frame)):
            link = LinkQuality(hello.longest_side)
        self._roster.welcome(identity, hello, link, self._now)

    def _reject(self, identity: bytes, why: str) -> None:
        why = printable(why)  # it may quote what came
        if self._roster.get(identity) is not None:
            self._find_place(self._roster.ban(identity, why, self._now))
        else:
            self._refuse(identity, part_of(identity), why)

    def _refuse(self, identity: bytes, who: str, why: str) -> None:
        self._roster.failed.append(identity)
        self._refusals.add(who, why)

    def _check_workers(self) -> None:
        for worker in self._roster.flooding(self._now):
            self._reject(worker.identity, "answers what nobody asked")
        self._find_place(self._roster.take_failed(self._now))
        self._find_place(self._roster.take_overdue(self._now))
        for worker in self._roster:
            if not self._outbox.ping(worker, self._now):
                self._lose_connection(worker)

    def _find_place(self, orphans: Sequence[Orphan]) -> None:
        """For frames that nobody has any more."""
        if self._lossless:
            self._waiting.extendleft(reversed([work for work, _ in orphans]))
            return
        for work, why in orphans:
            other = self._roster.worth(work, self._now)
            if other is None or not self._give(other, work):
                self._lose(work, why)

    def _dispatch(self) -> None:
        while self._waiting:
            worker = self._roster.free()
            if worker is None:
                return
            if self._give(worker, self._waiting[0]):
                self._order.place(self._waiting.popleft().header.seq)

    def _give(self, worker: PoseWorker, work: Work) -> bool:
        """Whether the worker gets it."""
        if not self._outbox.give(worker, work, self._now):
            self._lose_connection(worker)
            return False
        self._roster.gave(worker, work, self._now)
        return True

    def _lose_connection(self, worker: PoseWorker) -> None:
        self._find_place(self._roster.lose_connection(worker.identity, self._now))

    def _lose(self, work: Work, why: str) -> None:
        self._order.settle(Lost(work.header.seq, to_seconds(work.header.t_ns), why))
