"""The pose workers that a station knows: what each of them holds, and for how long it may."""

from __future__ import annotations

from dataclasses import dataclass, field

import zmq

from realtime.messages import FrameHeader, Hello
from realtime.supervision.states import PartState
from realtime.transport.names import part_of
from realtime.transport.quality import PING_S, LinkQuality

MOST_WORKERS = 64
"""One asks for two or three frames, so that more would not make sixty pictures a second faster."""

KEEP_S, KEPT_ROUNDS = 0.2, 2.5
"""Live, a frame that a worker keeps for longer loses its place when another worker is at hand. A
step of a rope jumper takes 130 ms at record pace: later poses would still be of use, but those of
the frames behind it would be late too. So many rounds of the fastest of all, if that is longer: the
machine has much else to do then."""
WORTH_S = 0.3
"""So long after it was sent first, a frame is given up: nobody works on it again."""
STALL_S = 0.75
"""A worker of this machine that keeps a frame for longer has failed; starting another takes about
as long."""
REMOTE_STALL_S = 2.0
"""The same of a worker on another machine: a radio link may be silent for a second."""
LOSSLESS_STALL_S = 6.0
"""Where no frame may be lost nobody is in a hurry either."""
SILENT_S = 3.0
"""A worker without a frame says hello each second."""

_STALL_ROUNDS = 12.0
"""Of the time that its own frames take of late."""
_MARGIN = 2.0
"""A slow engine's rounds are timed with blank frames; people may take it longer."""
_RISES, _FALLS = 0.3, 0.05
"""How fast the time of a round follows slower and faster ones."""


@dataclass(slots=True, eq=False)
class Work:
    """A frame on its way: as it was captured, and how it was sent.

    `sent_at` is when it was given to the worker that has it, `first_at` to the first of them (s).
    `wired_at` is when its `wired_bytes` were handed to the socket, None while it is being packed;
    `scale` (x, y) leads from the pixels that were sent back to its own.
    """

    header: FrameHeader
    pixels: zmq.Frame
    first_at: float | None = None
    sent_at: float = 0.0
    wired_at: float | None = None
    wired_bytes: int = 0
    scale: tuple[float, float] = (1.0, 1.0)


@dataclass(slots=True, eq=False)
class PoseWorker:
    """One that said hello. `link` is of one on another machine. `held` is what it is to answer,
    `late` (by frame number, with the time of sending) what it has still not answered though
    somebody else has it: both count as at hand, for it gets no more than the window."""

    identity: bytes
    hello: Hello
    heard_at: float
    link: LinkQuality | None = None
    held: dict[int, Work] = field(default_factory=dict)
    late: dict[int, float] = field(default_factory=dict)
    late_at: float = 0.0
    state: PartState = "running"
    unasked: int = 0
    pose_s: float = 0.0
    round_s: float = field(init=False)
    _pinged_at: float = 0.0

    def __post_init__(self) -> None:
        self.round_s = self.hello.round_s

    @property
    def part(self) -> str:
        return part_of(self.identity)

    @property
    def load(self) -> int:
        return len(self.held) + len(self.late)

    def takes(self, window: int) -> bool:
        """Whether it gets one more frame. One that is late gets none."""
        more = 0 if self.link is None else self.link.more_at_once(self.pose_s)
        return not self.late and self.load < window + more

    def worked(self, pose_s: float) -> None:
        """Its engine has taken so long for a frame."""
        self.pose_s = self.pose_s + _FALLS * (pose_s - self.pose_s) if self.pose_s else pose_s

    def ping(self, now: float) -> int | None:
        """The number of the empty message that it is time for; None: it is not. Of one on this
        machine only its connection is of interest, while a frame does not come back: a lost one
        shows when something is sent."""
        if self.link is not None:
            return self.link.ping(now)
        if now - max(self.oldest_at(now), self._pinged_at) < PING_S:
            return None
        self._pinged_at = now
        return 0

    def heard(self, now: float) -> None:
        """It lives."""
        self.heard_at = now

    def answered(self, took_s: float) -> None:
        """A frame has come back after so long."""
        follow = _RISES if took_s > self.round_s else _FALLS
        self.round_s += follow * (took_s - self.round_s)

    def stall_s(self, window: int, *, lossless: bool) -> float:
        """For how long it may keep a frame before it has failed."""
        if lossless:
            return max(LOSSLESS_STALL_S, self.announced_s(window))
        least = STALL_S if self.link is None else REMOTE_STALL_S
        return max(least, _STALL_ROUNDS * self.round_s, self.announced_s(window))

    def announced_s(self, window: int) -> float:
        """What its engine may take for a frame, as it said of itself: one was under way when this
        one came."""
        return _MARGIN * (window + 1) * self.hello.round_s

    def silent_s(self, *, lossless: bool) -> float:
        """For how long it may say nothing while it has no frame."""
        least = LOSSLESS_STALL_S if lossless else SILENT_S
        return max(least, _MARGIN * self.hello.round_s)

    def oldest_at(self, now: float) -> float:
        """When the frame that it keeps for longest was sent; `now` when there is none."""
        sent = [*(work.sent_at for work in self.held.values()), *self.late.values()]
        return min(sent, default=now)
