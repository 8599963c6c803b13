"""The station's end of the frame channel: frames out to workers that asked, poses back in order.

One thread owns it. Live, the newest frame wins and older ones are dropped and counted; lossless,
the capture thread waits and a frame that a worker lost is sent again, to whoever is free next: for
that worker it may come after newer ones.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
import zmq

from models.skeleton import SKELETONS
from realtime.messages import (
    PROTOCOL,
    EndOfStream,
    FrameHeader,
    Hello,
    Refused,
    Result,
    SourceChange,
    Stop,
    decode_from_capture,
    decode_to_station,
    encode,
    to_seconds,
    unpack_poses,
)
from realtime.observations import Lost, Observation, Observed
from realtime.supervision.states import StateChange

STALL_S = 2.0
"""A worker that keeps a frame for longer has failed, unless its engine is slower than that."""
UNHURRIED = 3.0
"""Where no frame may be lost nobody is in a hurry either: so many times as long is waited on a
machine that has much else to do."""
_MARGIN = 2.0
"""A slow engine's rounds are timed with blank frames; people may take it longer."""
_MAX_MESSAGE = 1 << 20
_MAX_PER_POLL = 256
_HIGH_WATER = 16  # per worker; credit keeps it far below
_CLOSE_LINGER_MS = 200


@dataclass(slots=True, eq=False)
class _Work:
    header: FrameHeader
    pixels: zmq.Frame
    sent_at: float = 0.0


@dataclass(slots=True)
class _Worker:
    hello: Hello
    in_flight: dict[int, _Work] = field(default_factory=dict)


class FrameChannel:
    """See the module. `window` is how many frames one worker holds at most."""

    def __init__(
        self,
        context: zmq.Context[zmq.SyncSocket],
        *,
        capture_address: str,
        endpoint: str,
        lossless: bool,
        window: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises zmq.ZMQError when `endpoint` cannot be bound."""
        self._lossless = lossless
        self._window = window
        self._clock = clock
        self._frames = context.socket(zmq.PULL)
        self._frames.setsockopt(zmq.RCVHWM, 1)
        self._router = context.socket(zmq.ROUTER)
        self._router.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self._router.setsockopt(zmq.MAXMSGSIZE, _MAX_MESSAGE)
        self._router.setsockopt(zmq.SNDHWM, _HIGH_WATER)
        self._router.setsockopt(zmq.RCVHWM, _HIGH_WATER)
        self._workers: dict[bytes, _Worker] = {}
        self._failed: list[bytes] = []
        self._waiting: deque[_Work] = deque()
        self._order: deque[int] = deque()
        self._done: dict[int, Observed | Lost] = {}
        self._changes: list[StateChange] = []
        self._strangers: set[bytes] = set()
        self._skeleton: str | None = None  # of the first worker; what follows must fit it
        self._end: EndOfStream | None = None
        self.dropped = 0
        try:
            self._frames.bind(capture_address)
            self._router.bind(endpoint)
        except zmq.ZMQError:
            self.close()
            raise

    @property
    def endpoint(self) -> str:
        """Where workers connect (the port is known even when any was asked for)."""
        return self._router.getsockopt_string(zmq.LAST_ENDPOINT)

    @property
    def hello(self) -> Hello | None:
        """What the first worker at hand said of itself; None while there is none."""
        return next((worker.hello for worker in self._workers.values()), None)

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
        if not self._lossless or not self._waiting:
            poller.register(self._frames, zmq.POLLIN)
        ready = dict(poller.poll(round(timeout_s * 1000)))
        if self._router in ready:
            self._take_messages()
        if self._frames in ready:
            self._take_frames()
        self._check_stalled()
        self._dispatch()
        return self._settled()

    def take_failed(self) -> list[bytes]:
        """Identities of workers that failed since the last call (their processes may live)."""
        failed, self._failed = self._failed, []
        return failed

    def fail(self, identity: bytes, why: str) -> None:
        """Give up on a worker: its frames are sent again (lossless) or lost (live)."""
        part = f"pose worker {_name(identity)}"
        what = f"{part} {why}"
        self._changes.append(StateChange(part, "degraded", what))
        worker = self._workers.pop(identity, None)
        if worker is None:
            return
        self._failed.append(identity)
        work = sorted(worker.in_flight.values(), key=lambda w: w.header.seq)
        if self._lossless:
            self._waiting.extendleft(reversed(work))
        else:
            for item in work:
                self._lose(item.header, what)

    def close(self) -> None:
        """Tell the workers to stop and close the sockets. Twice does nothing."""
        if self._router.closed:
            return
        for identity in self._workers:
            try:
                self._router.send_multipart([identity, encode(Stop())], zmq.NOBLOCK)
            except zmq.ZMQError:
                continue  # it is gone already
        self._router.close(_CLOSE_LINGER_MS)
        self._frames.close(0)

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
            if isinstance(message, SourceChange):
                self._changes.append(
                    StateChange(message.part, message.state, message.why, message.gap_s)
                )
                continue
            if not self._lossless and self._waiting:
                self._waiting.clear()
                self.dropped += 1
            self._waiting.append(_Work(message, parts[1]))
            if self._lossless:
                return

    def _take_messages(self) -> None:
        for _ in range(_MAX_PER_POLL):
            try:
                identity, *parts = self._router.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            try:
                message = decode_to_station(b"".join(parts))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                self._reject(identity, f"sent garbage ({error})")
                continue
            self._handle(identity, message)

    def _handle(self, identity: bytes, message: Hello | Result | Refused) -> None:
        if isinstance(message, Hello):
            self._welcome(identity, message)
            return
        worker = self._workers.get(identity)
        work = worker.in_flight.pop(message.seq, None) if worker else None
        if worker is None or work is None:
            return  # given up before, or a duplicate
        if isinstance(message, Refused):
            self._lose(work.header, message.why)
            return
        try:
            poses = unpack_poses(worker.hello.skeleton, message.people, message.keypoints)
        except ValueError as error:
            worker.in_flight[message.seq] = work
            self._reject(identity, f"sent a bad result ({error})")
            return
        self._done[message.seq] = Observed(
            message.seq,
            to_seconds(work.header.t_ns),
            poses,
            to_seconds(work.header.captured_ns),
            to_seconds(message.pose_ns),
        )

    def _welcome(self, identity: bytes, hello: Hello) -> None:
        if identity in self._workers:
            return  # idle, and saying so
        if hello.skeleton not in SKELETONS:
            self._reject(identity, f"gives the unknown skeleton {hello.skeleton!r}")
        elif hello.protocol != PROTOCOL:
            self._reject(identity, f"speaks protocol {hello.protocol}, expected {PROTOCOL}")
        elif self._skeleton not in (None, hello.skeleton):
            self._reject(identity, f"gives {hello.skeleton}, expected {self._skeleton}")
        else:
            self._skeleton = hello.skeleton
            self._workers[identity] = _Worker(hello)

    def _reject(self, identity: bytes, why: str) -> None:
        if identity in self._workers:
            self.fail(identity, why)
        elif identity not in self._strangers:
            self._strangers.add(identity)
            self._failed.append(identity)
            part = f"pose worker {_name(identity)}"
            self._changes.append(StateChange(part, "failed", f"{part} {why}; ignored"))

    def _check_stalled(self) -> None:
        now = self._clock()
        rounds = _MARGIN * (self._window + 1)  # one was under way when the frame came
        for identity, worker in list(self._workers.items()):
            oldest = min((work.sent_at for work in worker.in_flight.values()), default=now)
            stall_s = STALL_S * (UNHURRIED if self._lossless else 1.0)
            patience = max(stall_s, rounds * worker.hello.round_s)
            if now - oldest > patience:
                self.fail(identity, f"kept a frame for more than {patience:g} s")

    def _dispatch(self) -> None:
        while self._waiting:
            free = [w for w in self._workers.items() if len(w[1].in_flight) < self._window]
            if not free:
                return
            identity, worker = min(free, key=lambda w: len(w[1].in_flight))
            work = self._waiting[0]
            try:
                self._router.send_multipart(
                    [identity, encode(work.header), work.pixels], zmq.NOBLOCK, copy=False
                )
            except zmq.ZMQError:
                self.fail(identity, "went away")
                continue
            self._waiting.popleft()
            work.sent_at = self._clock()
            worker.in_flight[work.header.seq] = work
            if work.header.seq not in self._order:  # a frame sent again keeps its place
                self._order.append(work.header.seq)

    def _lose(self, header: FrameHeader, why: str) -> None:
        self._done[header.seq] = Lost(header.seq, to_seconds(header.t_ns), why)

    def _settled(self) -> list[Observation]:
        settled: list[Observation] = list(self._changes)
        self._changes.clear()
        while self._order and self._order[0] in self._done:
            settled.append(self._done.pop(self._order.popleft()))
        return settled


def _name(identity: bytes) -> str:
    return identity.decode("ascii", "backslashreplace")
