"""Marks: the append-only records that every count and every event is derived from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from models.rope.rules import BeepKind

Foot = Literal["left", "right", "both"]
Turns = Literal[1, 2]
"""Of the rope in one jump: two in a double under."""
EventKind = Literal["backflip", "handspring"]

BY_HAND = "chosen by hand"
"""Why somebody is meant whom no rule found."""
SAME_CONTACT_S = 0.05
"""Times this near are of the same contact: half of the shortest step."""


class Jump(msgspec.Struct, frozen=True, tag="jump"):
    """One counted foot contact (or both feet at once).

    `time_s` and `frame` are the contact; `emitted_s` is the capture time of the frame at which
    it was said, so `emitted_s - time_s` is the causal latency. `confidence` is 0 ... 1. `turns` is
    how often the rope went round, as far as the wrists had said so by then; None for a step.
    """

    athlete: int
    frame: int
    time_s: float
    foot: Foot
    emitted_s: float
    confidence: float = 1.0
    turns: Turns | None = None

    @property
    def by_hand(self) -> bool:
        """Whether a reviewer added it, which makes it whole: it has no delay."""
        return self.emitted_s <= self.time_s


class Miss(msgspec.Struct, frozen=True, tag="miss"):
    """A run of jumps stopped and went on: a tangle. `time_s` is the contact of the last jump that
    was whole; what was said between it and the stop was not, and does not count. One that a
    reviewer added is at the jump that was missed."""

    athlete: int
    time_s: float
    emitted_s: float

    @property
    def by_hand(self) -> bool:
        """Whether a reviewer added it: it has no delay."""
        return self.emitted_s <= self.time_s

    def takes_back(self, jump: Jump) -> bool:
        """Whether `jump` was not whole: said before this and after the last whole one; or the one
        that a reviewer means."""
        after_s = jump.time_s - self.time_s
        if jump.athlete != self.athlete:
            return False
        if self.by_hand:
            return abs(after_s) <= SAME_CONTACT_S
        said_before = jump.emitted_s < self.emitted_s
        return after_s > SAME_CONTACT_S and said_before and not jump.by_hand


class Expected(msgspec.Struct, frozen=True, tag="expected"):
    """Somebody in the air seems to be doing an element: provisional, said at `emitted_s`. What is
    confirmed is an `Event` of its own at the landing; where none follows, it was none.
    `start_s` is when he left the upright, seconds of capture time; `confidence` is 0 ... 1."""

    athlete: int
    kind: EventKind
    start_s: float
    emitted_s: float
    confidence: float


class Event(msgspec.Struct, frozen=True, tag="event"):
    """One gymnastics element from leaving the upright to its landing (seconds of capture time).

    `takeoff_s` is when the feet left the floor. The evidence: `clearance`, the height above the
    floor that the lowest joint held, and `hands_down_s`, how long he was upside down on his hands.
    The rest is measured between take-off and landing, on the picture of one camera from the side:
    `airtime_s` without any contact, the mean rate of rotation, `hip_rise` above the start,
    `takeoff_angle_deg` of the hips' velocity (90 is straight up, less is backward) and `travel`
    backward, which a camera that follows the athlete hides. Lengths are in leg lengths. All are
    None in a session that was recorded before they were measured.
    """

    athlete: int
    kind: EventKind
    start_s: float
    end_s: float
    emitted_s: float
    confidence: float
    takeoff_s: float | None = None
    clearance: float | None = None
    hands_down_s: float | None = None
    airtime_s: float | None = None
    rotation_deg_s: float | None = None
    hip_rise: float | None = None
    takeoff_angle_deg: float | None = None
    travel: float | None = None


class Fault(msgspec.Struct, frozen=True, tag="fault"):
    """Something went wrong and was survived: what, when, how many frames it cost, and for how many
    seconds before `time_s` there was no picture at all (a camera that is back)."""

    time_s: float
    what: str
    frames_lost: int = 0
    gap_s: float = 0.0


class Lock(msgspec.Struct, frozen=True, tag="lock"):
    """From `time_s` on, `athlete` is the one who is meant: his count is the one that is shown."""

    athlete: int
    time_s: float
    why: str

    @property
    def by_hand(self) -> bool:
        """Whether he was chosen, and so stays until the next choice."""
        return self.why == BY_HAND


Offence = Literal["false start", "false switch"]
Heard = Literal["played", "microphone", "sound track", "by hand"]


class Beep(msgspec.Struct, frozen=True, tag="beep"):
    """The onset of an official beep, in capture time: the sound's time less the calibrated offset
    between sound and picture. `heard` is where it comes from."""

    kind: BeepKind
    time_s: float
    heard: Heard


class Click(msgspec.Struct, frozen=True, tag="click"):
    """A human judge's click (`by` is 1), or the taking back of his last one (-1), in capture time.
    `judge` is the name under which he joined; `seq` is its number on his phone, from 1 (0: a key
    of the station's keyboard)."""

    judge: str
    time_s: float
    by: Literal[1, -1] = 1
    seq: int = 0


class Ruling(msgspec.Struct, frozen=True, tag="ruling"):
    """What the head judge decided at `time_s` (capture time) of the attempt then under way, or
    ended last: it had `count` of such faults, whatever the machine says; None: as the machine says,
    again. The last one of a kind holds."""

    who: str
    time_s: float
    what: Offence
    count: int | None


class Edit(msgspec.Struct, frozen=True, tag="edit"):
    """A reviewer's change: it is appended, and what it changes stays in the session.

    `time_s` and `athlete` say of which jump or miss; an added jump is at `time_s`, an added miss is
    of the jump there, and `frame` is its picture. `confirm` changes nothing: the uncertain jump was
    looked at and is right. `undo` takes another edit back, an undo too: `edit` is its place among
    the edits of the session, from 0. `when` is the reviewer's wall time, ISO 8601.
    """

    action: Literal["add", "remove", "confirm", "undo"]
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


SAME_RUN_S = 1.1
"""Jumps with both feet further apart than this are of different runs."""


def rope_turns(jumps: Sequence[Jump]) -> list[Turns | None]:
    """How often the rope went round in each of one athlete's `jumps`, in time order: what was not
    known when a jump was said is known from the next one of its run that says it, else from the
    last one before."""
    turns = [jump.turns for jump in jumps]
    pairs = list(pairwise(range(len(jumps))))
    for unknown, known in [*reversed(pairs), *((b, a) for a, b in pairs)]:
        if turns[unknown] is None and _same_run(jumps[unknown], jumps[known]):
            turns[unknown] = turns[known]
    return turns


def _same_run(one: Jump, other: Jump) -> bool:
    return one.foot == other.foot == "both" and abs(one.time_s - other.time_s) <= SAME_RUN_S


FromOutside = Beep | Click | Ruling | Edit
"""What no analysis finds: it comes with a session, and is taken from it again."""
Mark = Jump | Miss | Expected | Event | Fault | Lock | FromOutside
