"""The attempts of a session as a document for scripts, schema `fliptally/attempt@1`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

import msgspec

from models.rope.rules import BOOKS
from realtime.judge.attempt import Attempt
from realtime.judge.export.wall import wall_time
from realtime.judge.leg import Leg
from realtime.judge.scoring import PanelScore
from realtime.judge.tally import Verdict
from realtime.marks import Foot, Jump, Offence

SCHEMA = "fliptally/attempt@1"


class DocumentEvent(msgspec.Struct):
    """`leg_s` is None for an untimed event."""

    code: str
    name: str
    legs: int
    leg_s: float | None
    counting: str


class DocumentJump(msgspec.Struct):
    """A contact of the leg, and what became of it."""

    time_s: float
    foot: Foot
    confidence: float
    verdict: Verdict | None


class DocumentLeg(msgspec.Struct):
    """`early_s`: the first contact that was too early, seconds after the beep; None: none was.
    `seen` are those of the `flagged` jumps that a reviewer found right."""

    athlete: int | None
    begin_s: float | None
    end_s: float | None
    count: int
    steps: int
    misses: list[float]
    flagged: list[float]
    seen: list[float]
    early_s: float | None
    jumps: list[DocumentJump]


class DocumentJudge(msgspec.Struct):
    """A judge's count; `clicks` are the times of those that make it."""

    name: str
    count: int
    legs: list[int]
    clicks: list[float]
    in_mean: bool


class DocumentPanel(msgspec.Struct):
    """The book's mean `a`; names of judges, the machine among them only when it was told to."""

    a: float
    used: list[str]
    dropped: list[str]
    closest: list[str]
    apart: float | None
    agree: bool | None


class DocumentRuling(msgspec.Struct):
    """A head judge's last word on one kind of fault."""

    what: Offence
    count: int
    who: str
    time_s: float


class DocumentAttempt(msgspec.Struct):
    """Times are capture times; None where there is none. `began` is the wall time of the start,
    ISO 8601, `result` the panel's R. `ruled` are the faults that the head judge decided; the other
    counts of faults are the machine's."""

    status: str
    start_s: float | None
    stop_s: float | None
    beeps_heard: list[bool]
    count: int
    steps: int
    misses: int
    false_starts: int
    false_switches: int
    machine_result: float
    machine_counts: bool
    result: float | None
    panel: DocumentPanel | None
    judges: list[DocumentJudge]
    legs: list[DocumentLeg]
    notes: list[str]
    ruled: list[DocumentRuling] = []
    began: str | None = None


class AttemptDocument(msgspec.Struct):
    """The keys are a contract with scripts: more may come, none is renamed."""

    event: DocumentEvent
    attempts: list[DocumentAttempt]
    source: str = ""
    rules: str = BOOKS
    schema: str = SCHEMA


def build_document(
    judged: Sequence[Attempt], source: str = "", began: datetime | None = None
) -> AttemptDocument:
    """The document of all attempts of a session, of which there is one at least. `began` is the
    wall time of capture time 0."""
    event = judged[0].event
    return AttemptDocument(
        DocumentEvent(event.code, event.name, event.legs, event.leg_s, event.counting),
        [_attempt(attempt, began) for attempt in judged],
        source,
    )


def json_text(judged: Sequence[Attempt], source: str = "", began: datetime | None = None) -> str:
    """The document, indented."""
    encoded = msgspec.json.encode(build_document(judged, source, began))
    return msgspec.json.format(encoded, indent=1).decode() + "\n"


def _attempt(attempt: Attempt, began: datetime | None) -> DocumentAttempt:
    started = wall_time(began, attempt)
    panel = None if attempt.panel is None else _panel(attempt, attempt.panel)
    used = panel.used if panel else []
    return DocumentAttempt(
        status=attempt.status,
        start_s=_finite(attempt.window.start_s),
        stop_s=_finite(attempt.window.stop_s),
        beeps_heard=list(attempt.window.heard),
        count=attempt.count,
        steps=attempt.steps,
        misses=attempt.misses,
        false_starts=attempt.false_starts,
        false_switches=attempt.false_switches,
        machine_result=attempt.machine_result,
        machine_counts=attempt.machine_counts,
        result=attempt.result,
        panel=panel,
        judges=[
            DocumentJudge(j.name, j.count, list(j.legs), list(j.clicks), j.name in used)
            for j in attempt.judges
        ],
        legs=[_leg(leg) for leg in attempt.legs],
        notes=list(attempt.notes),
        ruled=[
            DocumentRuling(what, count, ruling.who, ruling.time_s)
            for what, count, ruling in attempt.faults
            if ruling is not None
        ],
        began=None if started is None else started.isoformat(timespec="milliseconds"),
    )


def _panel(attempt: Attempt, score: PanelScore) -> DocumentPanel:
    names = [name for name, _ in attempt.members]
    return DocumentPanel(
        a=score.a,
        used=[names[place] for place in score.used],
        dropped=[names[place] for place in score.dropped],
        closest=[names[place] for place in score.closest or ()],
        apart=score.apart,
        agree=score.agree,
    )


def _leg(leg: Leg) -> DocumentLeg:
    return DocumentLeg(
        athlete=leg.athlete,
        begin_s=_finite(leg.begin_s),
        end_s=_finite(leg.end_s),
        count=leg.tally.count,
        steps=leg.tally.steps,
        misses=list(leg.missed_s),
        flagged=[jump.time_s for jump in leg.flagged],
        seen=[jump.time_s for jump in leg.flagged if jump in leg.seen],
        early_s=leg.early_s,
        jumps=[
            DocumentJump(mark.time_s, mark.foot, mark.confidence, state.verdict)
            for mark, state in leg.judged
            if isinstance(mark, Jump)
        ],
    )


def _finite(t: float) -> float | None:
    return t if math.isfinite(t) else None
