"""Marks: the append-only records that every count and every event is derived from."""

from __future__ import annotations

from typing import Literal

import msgspec

Foot = Literal["left", "right", "both"]
EventKind = Literal["backflip", "handspring"]


class Jump(msgspec.Struct, frozen=True, tag="jump"):
    """One counted foot contact (or both feet at once).

    `time_s` and `frame` are the contact; `emitted_s` is the capture time of the frame at which
    it was said, so `emitted_s - time_s` is the causal latency.
    """

    athlete: int
    frame: int
    time_s: float
    foot: Foot
    emitted_s: float


class Event(msgspec.Struct, frozen=True, tag="event"):
    """One gymnastics element from its start to its landing (seconds of capture time)."""

    athlete: int
    kind: EventKind
    start_s: float
    end_s: float
    emitted_s: float
    confidence: float


class Fault(msgspec.Struct, frozen=True, tag="fault"):
    """Something went wrong and was survived: what, when, and how many frames it cost."""

    time_s: float
    what: str
    frames_lost: int = 0


class Lock(msgspec.Struct, frozen=True, tag="lock"):
    """From `time_s` on, `athlete` is the one who is meant: his count is the one that is shown."""

    athlete: int
    time_s: float
    why: str


Mark = Jump | Event | Fault | Lock
