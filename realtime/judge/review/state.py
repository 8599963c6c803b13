"""What the page shows of marks, edits and results; all of it is derived from the session."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from models.rope.rules import BeepKind
from realtime.judge.attempt import STATUS, Attempt
from realtime.judge.edits import confirmed, edited, edits_of, forces
from realtime.judge.leg import FLAGGED_BELOW
from realtime.judge.tally import Verdict
from realtime.marks import Beep, Click, Edit, Foot, Jump, Mark, Miss, Offence

Standing = Literal["machine", "removed", "added"]
"""Whether a mark is the machine's and in force, the machine's and removed, or a reviewer's."""
Judge = Callable[[Sequence[Mark]], tuple[Attempt, ...]]
"""From marks to attempts, of which there is one at least."""
_Became = tuple[Verdict | None, int]


class ShownMark(msgspec.Struct):
    """A jump, or a miss (without foot), what became of it by the book, and the count after it; of
    what was removed, as it was before. `who` added it; `seen` is who looked at one that was
    `flagged` until then, and found it right."""

    kind: Literal["jump", "miss"]
    athlete: int
    time_s: float
    standing: Standing
    foot: Foot | None = None
    confidence: float = 1.0
    flagged: bool = False
    seen: str = ""
    verdict: Verdict | None = None
    count: int | None = None
    who: str = ""


class ShownBeep(msgspec.Struct):
    kind: BeepKind
    time_s: float


class ShownClick(msgspec.Struct):
    judge: str
    time_s: float
    by: Literal[1, -1]


class ShownEdit(msgspec.Struct):
    """`undoes` is the edit that a new undo has to name to change whether this one is in force:
    itself, or the undo that took it back. `who` and `when` are of the last that did."""

    place: int
    words: str
    time_s: float
    who: str
    when: str
    force: bool
    undoes: int


class ShownLeg(msgspec.Struct):
    begin_s: float | None
    end_s: float | None
    athlete: int | None


class ShownFault(msgspec.Struct):
    """`ruled` is the head judge who said so; without him the machine did."""

    what: Offence
    count: int
    most: int
    ruled: str


class ShownJudge(msgspec.Struct):
    name: str
    count: int
    used: bool


class ShownAttempt(msgspec.Struct):
    """Counts by the machine, and as reviewed; of the `flagged` jumps `open` are still to be looked
    at; `machine_result` and `reviewed_result` are R if that
    count were the mean, `result` is the panel's."""

    legs: list[ShownLeg]
    machine: int
    reviewed: int
    steps: int
    misses: int
    flagged: int
    open: int
    faults: list[ShownFault]
    judges: list[ShownJudge]
    mean: float | None
    agree: bool | None
    result: float | None
    machine_result: float
    reviewed_result: float
    notes: list[str]


class State(msgspec.Struct):
    attempts: list[ShownAttempt]
    marks: list[ShownMark]
    beeps: list[ShownBeep]
    clicks: list[ShownClick]
    edits: list[ShownEdit]
    status: str = STATUS


def state_of(marks: Sequence[Mark], judge: Judge) -> State:
    """The state after all edits among `marks`."""
    edits = edits_of(marks)
    after = edited(marks, edits)
    before, reviewed = judge(marks), judge(after)
    return State(
        attempts=[_attempt(was, now) for was, now in zip(before, reviewed, strict=True)],
        marks=_marks(marks, after, edits, before, reviewed),
        beeps=[ShownBeep(m.kind, m.time_s) for m in marks if isinstance(m, Beep)],
        clicks=[ShownClick(m.judge, m.time_s, m.by) for m in marks if isinstance(m, Click)],
        edits=_edits(edits),
    )


def _marks(
    marks: Sequence[Mark],
    after: Sequence[Mark],
    edits: Sequence[Edit],
    before: Sequence[Attempt],
    reviewed: Sequence[Attempt],
) -> list[ShownMark]:
    in_force = {id(mark) for mark in after}
    removed = [m for m in marks if isinstance(m, Jump | Miss) and id(m) not in in_force]
    recorded = {id(mark) for mark in marks}
    was, now = _became(before), _became(reviewed)
    seen = confirmed(after, edits)
    shown = [_mark(m, "removed", was.get(id(m))) for m in removed]
    for mark in after:
        if not isinstance(mark, Jump | Miss):
            continue
        if id(mark) in recorded:
            by = seen.get(mark, "") if isinstance(mark, Jump) else ""
            shown.append(_mark(mark, "machine", now.get(id(mark)), seen=by))
        else:
            shown.append(_mark(mark, "added", now.get(id(mark)), who=_adder(mark, edits)))
    return sorted(shown, key=lambda each: (each.time_s, each.kind, each.standing))


def _mark(
    mark: Jump | Miss,
    standing: Standing,
    became: _Became | None,
    *,
    who: str = "",
    seen: str = "",
) -> ShownMark:
    verdict, count = became or (None, None)
    shown = ShownMark("miss", mark.athlete, mark.time_s, standing, verdict=verdict, count=count)
    shown.who, shown.seen = who, seen
    if isinstance(mark, Jump):
        shown.kind, shown.foot, shown.confidence = "jump", mark.foot, mark.confidence
        uncertain = mark.confidence < FLAGGED_BELOW and standing == "machine"
        shown.flagged = uncertain and not seen
    return shown


def _became(judged: Sequence[Attempt]) -> dict[int, _Became]:
    """By a mark's identity: equal marks may be told apart by what became of them."""
    found: dict[int, _Became] = {}
    for attempt in judged:
        before = 0
        for leg in attempt.legs:
            for mark, tally in leg.judged:
                found[id(mark)] = tally.verdict, before + tally.count
            before += leg.tally.count
    return found


def _adder(mark: Jump | Miss, edits: Sequence[Edit]) -> str:
    """Who added a mark."""
    what = "jump" if isinstance(mark, Jump) else "miss"
    names = [
        edit.who
        for edit, force in zip(edits, forces(edits), strict=True)
        if force
        and (edit.action, edit.what, edit.athlete, edit.time_s)
        == ("add", what, mark.athlete, mark.time_s)
    ]
    return names[-1] if names and mark.by_hand else ""


def _edits(edits: Sequence[Edit]) -> list[ShownEdit]:
    """Those that change marks, oldest first; the undos show in what they undid."""
    force = forces(edits)
    shown = []
    for place, edit in enumerate(edits):
        if edit.action == "undo":
            continue
        undo = _undo_of(place, edits, force)
        last = edit if undo is None else edits[undo]
        foot = f" {edit.foot}" if edit.foot else ""
        shown.append(
            ShownEdit(
                place,
                f"{edit.action} {edit.what}{foot}",
                edit.time_s,
                last.who,
                last.when,
                force[place],
                place if undo is None else undo,
            )
        )
    return shown


def _undo_of(place: int, edits: Sequence[Edit], force: Sequence[bool]) -> int | None:
    """The undo that has taken an edit back."""
    for later in range(place + 1, len(edits)):
        if force[later] and edits[later].action == "undo" and edits[later].edit == place:
            return later
    return None


def _attempt(was: Attempt, now: Attempt) -> ShownAttempt:
    used = now.panel.used if now.panel else ()
    judges = [
        ShownJudge(name, count, place in used) for place, (name, count) in enumerate(now.members)
    ]
    return ShownAttempt(
        legs=[ShownLeg(_finite(leg.begin_s), _finite(leg.end_s), leg.athlete) for leg in now.legs],
        machine=was.count,
        reviewed=now.count,
        steps=now.steps,
        misses=now.misses,
        flagged=sum(len(leg.flagged) for leg in now.legs),
        open=sum(len(leg.open) for leg in now.legs),
        faults=[
            ShownFault(
                what,
                count,
                1 if what == "false start" else now.event.legs - 1,
                ruling.who if ruling else "",
            )
            for what, count, ruling in now.faults
        ],
        judges=judges,
        mean=now.panel.a if now.panel else None,
        agree=now.panel.agree if now.panel else None,
        result=now.result,
        machine_result=was.machine_result,
        reviewed_result=now.machine_result,
        notes=list(now.notes),
    )


def _finite(t: float) -> float | None:
    return t if math.isfinite(t) else None
