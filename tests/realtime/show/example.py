"""A snapshot to start from: 17.5 s into a live attempt at seven steps a second."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from realtime.marks import Event, Fault, Jump
from realtime.show.snapshot import JudgeShown, Judging, Link, Person, Snapshot

BACKFLIP = Event(1, "backflip", 3.2, 4.0, 4.1, 0.98)
STALL = Fault(5.1, "camera stopped for 0.4 s", 12)
JUMPS = tuple(
    Jump(1, 30 * i // 7, 2.5 + i / 7, "left" if i % 2 else "right", 2.57 + i / 7)
    for i in range(105)
)
EXAMPLE = Snapshot(
    title="speed step · camera 0",
    state="live",
    backend="blazepose-full",
    elapsed_s=17.5,
    duration_s=30.0,
    athlete_seen=True,
    athlete=1,
    by_hand=False,
    in_view=1,
    people=(Person(1, 105, 53, 52, BACKFLIP, 0.0),),
    analysed=1,
    analysis_ms=0.213,
    jumps=105,
    right=53,
    left=52,
    cadence=7.04,
    cadence_history=(0.0, 1.0, 2.0, 4.0, 6.0, 7.0, 8.0, 7.0),
    marks=(BACKFLIP, STALL, *JUMPS[-62:]),
    events=(BACKFLIP,),
    fps_in=30.0,
    fps_processed=29.8,
    links=(Link("capture", 525, 0), Link("pose", 525, 12), Link("analysis", 513, 0)),
    latency_p50_ms=42.3,
    latency_p95_ms=61.2,
    recording="/data/attempt.fts",
    notice=None,
    expected=None,
)

JUDGING = Judging(
    event="SRSS",
    phase="running",
    remaining_s=12.3,
    counts="right foot",
    count=53,
    steps=105,
    right=53,
    left=52,
    misses=1,
    faults=("1 false start?",),
    machine_result=43.0,
    result=52.5,
    judges=(JudgeShown("Anna", 53), JudgeShown("Ben", 52, connected=False, uncertain=True)),
    notes=("the two closest counts are 4 apart, more than 3: a replay panel recounts",),
    hint="s plays the track, x stops it",
)


def example(**changes: Any) -> Snapshot:
    """The example with other values in some fields."""
    return replace(EXAMPLE, **changes)


def crowd(**changes: Any) -> Snapshot:
    """The example among others: one who did a backflip and has left, a judge, two more."""
    people = (
        EXAMPLE.people[0],
        Person(2, 0, 0, 0, None, 0.0),
        Person(3, 41, 20, 21, None, 0.0),
        Person(4, 0, 0, 0, msgspec.structs.replace(BACKFLIP, athlete=4, start_s=9.5), 12.4),
    )
    shown = {"people": people, "in_view": 3, "analysed": 4, "analysis_ms": 0.61}
    return example(**{**shown, **changes})
