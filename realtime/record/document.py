"""The session document: what `--json` writes, schema `fliptally/session@1`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from realtime.marks import (
    Beep,
    Click,
    Event,
    Expected,
    Fault,
    Jump,
    Lock,
    Mark,
    Miss,
    Ruling,
    rope_turns,
    whole_jumps,
)
from realtime.sources.protocol import SourceInfo

SCHEMA = "fliptally/session@1"


class DocumentSource(msgspec.Struct):
    uri: str
    fps: float | None
    frames: int | None
    duration_s: float | None
    width: int
    height: int


class DocumentFrames(msgspec.Struct):
    """`lost` counts frames that a failed worker took with it."""

    captured: int
    processed: int
    dropped: int
    lost: int


class DocumentAthlete(msgspec.Struct):
    """The jumps that count, by foot: without those that a miss takes back. `double_unders` are
    those with both feet in which the rope went round twice."""

    id: int
    jumps: int
    right: int
    left: int
    misses: int = 0
    double_unders: int = 0


class DocumentLatency(msgspec.Struct):
    """Milliseconds; None where nothing was measured. `pose` is the worker's time for a frame,
    `analysis` all that follows, `mark` from capture to recorded mark."""

    pose_p50: float | None = None
    pose_p95: float | None = None
    analysis_p50: float | None = None
    analysis_p99: float | None = None
    mark_p50: float | None = None
    mark_p95: float | None = None


class SessionDocument(msgspec.Struct):
    """The keys are a contract with scripts: more may come, none is renamed."""

    source: DocumentSource
    backend: str | None
    frames: DocumentFrames
    athletes: list[DocumentAthlete]
    jumps: list[Jump]
    events: list[Event]
    faults: list[Fault]
    locks: list[Lock]
    latency_ms: DocumentLatency
    misses: list[Miss] = []
    beeps: list[Beep] = []
    clicks: list[Click] = []
    rulings: list[Ruling] = []
    expected: list[Expected] = []
    schema: str = SCHEMA


def athletes_of(marks: Sequence[Mark], followed: Sequence[int]) -> list[DocumentAthlete]:
    """The counts of everybody who was followed, derived from the marks."""
    jumps = whole_jumps(marks)
    athletes = []
    for athlete in followed:
        his = [jump for jump in jumps if jump.athlete == athlete]
        feet = [jump.foot for jump in his]
        misses = sum(isinstance(mark, Miss) and mark.athlete == athlete for mark in marks)
        doubles = rope_turns(his).count(2)
        by_foot = feet.count("right"), feet.count("left")
        athletes.append(DocumentAthlete(athlete, len(feet), *by_foot, misses, doubles))
    return athletes


def build_document(
    info: SourceInfo,
    backend: str | None,
    frames: DocumentFrames,
    *,
    marks: Sequence[Mark],
    followed: Sequence[int],
    latency: DocumentLatency,
) -> SessionDocument:
    """The document of a session; counts and lists are derived from the marks."""
    return SessionDocument(
        source=DocumentSource(
            info.uri, info.fps, info.frames, info.duration_s, info.width, info.height
        ),
        backend=backend,
        frames=frames,
        athletes=athletes_of(marks, followed),
        jumps=[mark for mark in marks if isinstance(mark, Jump)],
        events=[mark for mark in marks if isinstance(mark, Event)],
        faults=[mark for mark in marks if isinstance(mark, Fault)],
        locks=[mark for mark in marks if isinstance(mark, Lock)],
        misses=[mark for mark in marks if isinstance(mark, Miss)],
        beeps=[mark for mark in marks if isinstance(mark, Beep)],
        clicks=[mark for mark in marks if isinstance(mark, Click)],
        rulings=[mark for mark in marks if isinstance(mark, Ruling)],
        expected=[mark for mark in marks if isinstance(mark, Expected)],
        latency_ms=latency,
    )
