"""An attempt as RopeScore's mark scoresheets, one for each judge and one for the machine.

The format is that of RopeScore's rule sets, as their types and mark reducer have it: `timestamp` is
Unix time in ms, `sequence` counts a sheet's marks from 0 without a gap, `undo` has the sequence of
its mark as `target`; a speed judge (`S`) has `step`, the head judge (`Shj`) `falseStart` and
`falseSwitch`, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from models.rope.rules import Code, Event
from realtime.judge.attempt import MACHINE, Attempt
from realtime.judge.judges import JudgeCount
from realtime.judge.leg import Leg
from realtime.judge.tally import Verdict
from realtime.marks import Jump, Offence

_EVENTS: dict[Code, str] = {
    "SRSS": "e.ijru.sp.sr.srss.1.30@1.0.0",
    "SRSE": "e.ijru.sp.sr.srse.1.180@1.0.0",
    "SRSR": "e.ijru.sp.sr.srsr.4.4x30@1.0.0",
    "SRDR": "e.ijru.sp.sr.srdr.2.2x30@1.0.0",
    "DDSR": "e.ijru.sp.dd.ddsr.4.4x30@1.0.0",
    "DDSS": "e.ijru.sp.dd.ddss.3.60@1.0.0",
    "SRTU": "e.ijru.sp.sr.srtu.1.0@1.0.0",
}
"""RopeScore's names: athletes, time, and the edition of its speed rules, which is still 1.0.0."""

_FAULTS: dict[Offence, Literal["falseStart", "falseSwitch"]] = {
    "false start": "falseStart",
    "false switch": "falseSwitch",
}


class RopeScoreMark(msgspec.Struct, omit_defaults=True):
    """One mark; `target` only of an `undo`."""

    timestamp: int
    sequence: int
    schema: Literal["step", "undo", "falseStart", "falseSwitch"]
    target: int | None = None


class RopeScoreMeta(msgspec.Struct, rename="camel"):
    """Whose sheet it is. RopeScore gives out the numbers of entries and participants."""

    judge_id: str
    judge_type_id: Literal["S", "Shj"]
    entry_id: str
    participant_id: str
    competition_event: str


class RopeScoreSheet(msgspec.Struct):
    """A mark scoresheet."""

    meta: RopeScoreMeta
    marks: list[RopeScoreMark]


def ropescore_sheets(
    attempt: Attempt,
    *,
    epoch_s: float,
    entry: str = "",
    participant: str = "",
) -> list[RopeScoreSheet]:
    """The judges' sheets in their order, then the machine's, as judge "machine".

    `epoch_s` is the Unix time at capture time 0. The head judge's sheet has the false starts and
    switches that he ruled; those that only the machine says are in none. What was clicked outside
    the attempt is left out.
    """
    event = competition_event(attempt.event)
    sheets = []
    ruled = [ruling.who for _, _, ruling in attempt.faults if ruling is not None]
    clicked = {judge.name: _clicked(judge, epoch_s) for judge in attempt.judges}
    for name in dict.fromkeys([*clicked, *ruled]):
        marks = clicked.get(name, [])
        if name in ruled:
            marks += _faults(attempt, name, epoch_s, len(marks))
        meta = RopeScoreMeta(name, "Shj" if name in ruled else "S", entry, participant, event)
        sheets.append(RopeScoreSheet(meta, marks))
    meta = RopeScoreMeta(MACHINE, "S", entry, participant, event)
    return [*sheets, RopeScoreSheet(meta, _machine(attempt.legs, epoch_s))]


def ropescore_text(sheets: Sequence[RopeScoreSheet]) -> str:
    """The sheets as JSON, indented."""
    return msgspec.json.format(msgspec.json.encode(sheets), indent=1).decode() + "\n"


def competition_event(event: Event) -> str:
    """RopeScore's name of an event; of a custom one a name of the same form, which it does not
    know."""
    if event.code in _EVENTS:
        return _EVENTS[event.code]
    length = round(event.leg_s or 0)
    time = f"{event.legs}x{length}" if event.legs > 1 else f"{length}"
    return f"e.fliptally.sp.sr.custom.{event.legs}.{time}"


def _clicked(judge: JudgeCount, epoch_s: float) -> list[RopeScoreMark]:
    marks: list[RopeScoreMark] = []
    standing: list[int] = []
    for click in judge.log:
        sequence = len(marks)
        if click.by == 1:
            standing.append(sequence)
            marks.append(_mark(click.time_s, epoch_s, sequence))
        else:
            at = _ms(click.time_s, epoch_s)
            marks.append(RopeScoreMark(at, sequence, "undo", standing.pop()))
    return marks


def _machine(legs: Sequence[Leg], epoch_s: float) -> list[RopeScoreMark]:
    """Steps as a judge clicks them; a missed jump at the end of a leg is undone."""
    marks: list[RopeScoreMark] = []
    for leg in legs:
        standing: list[int] = []
        for mark, state in leg.judged:
            verdict: Verdict | None = state.verdict
            if isinstance(mark, Jump) and verdict == "counted":
                standing.append(len(marks))
                marks.append(_mark(mark.time_s, epoch_s, len(marks)))
        for _ in range(leg.tally.owes):
            at = marks[-1].timestamp
            marks.append(RopeScoreMark(at, len(marks), "undo", standing.pop()))
    return marks


def _faults(attempt: Attempt, who: str, epoch_s: float, first: int) -> list[RopeScoreMark]:
    """What this head judge ruled, at the time at which he last did."""
    ruled = [
        (ruling.time_s, _FAULTS[what])
        for what, count, ruling in attempt.faults
        if ruling is not None and ruling.who == who
        for _ in range(count)
    ]
    return [
        RopeScoreMark(_ms(t, epoch_s), first + n, schema) for n, (t, schema) in enumerate(ruled)
    ]


def _mark(t: float, epoch_s: float, sequence: int) -> RopeScoreMark:
    return RopeScoreMark(_ms(t, epoch_s), sequence, "step")


def _ms(t: float, epoch_s: float) -> int:
    return round((epoch_s + t) * 1000)
