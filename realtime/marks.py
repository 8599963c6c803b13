"""Marks: the append-only records that every count and every event is derived from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from models.rope.rules import BeepKind

Foot = Literal["left", "right", "both"]
EventKind = Literal["backflip", "handspring"]

BY_HAND = "chosen by hand"
"""Why somebody is meant whom no rule found."""


class Jump(msgspec.Struct, frozen=True, tag="jump"):
    """One counted foot contact (or both feet at once).

    `time_s` and `frame` are the contact; `emitted_s` is the capture time of the frame at which
    it was said, so `emitted_s - time_s` is the causal latency. `confidence` is 0 ... 1.
    """

    athlete: int
    frame: int
    time_s: float
    foot: Foot
    emitted_s: float
    confidence: float = 1.0


class Miss(msgspec.Struct, frozen=True, tag="miss"):
    """A run of jumps stopped and went on: a tangle. `time_s` is the contact of the last jump that
    was whole; what was said between it and the stop was not, and does not count."""

    athlete: int
    time_s: float
    emitted_s: float

    def takes_back(self, jump: Jump) -> bool:
        """Whether `jump` was said before this, and was not whole."""
        after = self.time_s < jump.time_s and jump.emitted_s < self.emitted_s
        return after and jump.athlete == self.athlete


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

    @property
    def by_hand(self) -> bool:
        """Whether he was chosen, and so stays until the next choice."""
        return self.why == BY_HAND


Heard = Literal["played", "microphone", "sound track", "by hand"]


class Beep(msgspec.Struct, frozen=True, tag="beep"):
    """The onset of an official beep, in capture time: the sound's time less the calibrated offset
    between sound and picture. `heard` is where it comes from."""

    kind: BeepKind
    time_s: float
    heard: Heard


class Click(msgspec.Struct, frozen=True, tag="click"):
    """A human judge's click (`by` is 1), or the taking back of his last one (-1), in capture time.
    `judge` is the name under which he joined."""

    judge: str
    time_s: float
    by: Literal[1, -1] = 1


class Edit(msgspec.Struct, frozen=True, tag="edit"):
    """A reviewer's change: it is appended, and what it changes stays in the session.

    `time_s` and `athlete` say of which jump or miss; an added jump is at `time_s`, an added miss is
    of the jump there, and `frame` is its picture. `undo` takes another edit back, an undo too:
    `edit` is its place among the edits of the session, from 0. `when` is the reviewer's wall time,
    ISO 8601.
    """

    action: Literal["add", "remove", "undo"]
    who: str
    when: str
    athlete: int
    time_s: float
    what: Literal["jump", "miss"] = "jump"
    foot: Foot | None = None
    frame: int | None = None
    edit: int | None = None


def whole_jumps(marks: Iterable[Mark]) -> list[Jump]:
    """The jumps that count: those that no miss takes back."""
    kept: list[Jump] = []
    for mark in marks:
        if isinstance(mark, Jump):
            kept.append(mark)
        elif isinstance(mark, Miss):
            kept = [jump for jump in kept if not mark.takes_back(jump)]
    return kept


Mark = Jump | Miss | Event | Fault | Lock | Beep | Click | Edit
