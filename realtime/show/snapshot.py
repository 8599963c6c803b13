"""The state of one station at one moment, as every display reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from realtime.marks import Event, Mark
from realtime.supervision.states import PartState

State = Literal["starting", "live", "replay", "ended"]

MARKS_KEPT = 64
"""How many of the last marks a snapshot should carry: enough that a display which looks ten times
a second misses none in a replay at twenty times real speed."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the pipeline: frames that went in, and frames dropped there."""

    name: str
    frames: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is followed: his jumps, his last event, and for how many seconds he has been
    out of view (0: he is in view)."""

    athlete: int
    jumps: int
    right: int
    left: int
    event: Event | None
    away_s: float


Phase = Literal["waiting", "armed", "running", "ended"]


@dataclass(frozen=True, slots=True)
class JudgeShown:
    """A human judge: his count, and whether his clicks come with times to be trusted."""

    name: str
    count: int
    connected: bool = True
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Judging:
    """A judged attempt as far as it has gone. `count` is what the event counts (`counts` says
    what that is), `right` and `left` are the steps of each foot, `faults` what points are taken
    off for, in words, `result` the panel's R and `machine_result` the machine's, both unofficial.
    `hint` says what can be done now, `invitation` where judges join."""

    event: str
    phase: Phase
    remaining_s: float | None
    counts: str
    count: int
    steps: int
    misses: int
    faults: tuple[str, ...]
    machine_result: float
    result: float | None
    judges: tuple[JudgeShown, ...]
    notes: tuple[str, ...]
    hint: str
    invitation: str = ""
    right: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class PartShown:
    """A part of the station: what a `StateChange` says of it, and for how many seconds of the
    machine's clock it has been so."""

    part: str
    state: PartState
    why: str = ""
    for_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a display shows. All numbers are finite; times are seconds of capture time on
    the clock of the marks, so `elapsed_s` is "now" for them.

    `athlete` is who is meant (None: nobody was seen yet), `by_hand` whether he was chosen,
    `in_view` how many people are. Jumps (`double_unders` of those with both
    feet), cadence, marks and events are his. `people` are he, first,
    and all who did something or were in view lately, by number; `analysed` is for how many the
    analysis works (in view, or expected back), `analysis_ms` what a frame costs it then.
    `cadence` is jumps per second over the last second, `cadence_history` the same about every
    0.25 s, newest last. `marks` are his, the faults and the changes of who is meant among the last
    `MARKS_KEPT` marks, newest last; `events` all events so far, but for the `earlier_events` that
    are left out on the way to another machine. Latencies are from exposure to the
    mark, in milliseconds, None until measured. `recording` is the file being written, `notice` the
    last warning, `expected` the truth of a simulated scene once it has ended, `judging` the
    attempt that is judged, if one is, `parts` the state of each part of the station, in the order
    in which they were first heard of.
    """

    title: str
    state: State
    backend: str
    elapsed_s: float
    duration_s: float | None
    athlete_seen: bool
    athlete: int | None
    by_hand: bool
    in_view: int
    people: tuple[Person, ...]
    analysed: int
    analysis_ms: float | None
    jumps: int
    right: int
    left: int
    cadence: float
    cadence_history: tuple[float, ...]
    marks: tuple[Mark, ...]
    events: tuple[Event, ...]
    fps_in: float
    fps_processed: float
    links: tuple[Link, ...]
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    recording: str | None
    notice: str | None
    expected: str | None
    judging: Judging | None = None
    parts: tuple[PartShown, ...] = ()
    earlier_events: int = 0
    double_unders: int = 0

    @property
    def number(self) -> int:
        """The large one: what is judged, or else all jumps."""
        return self.jumps if self.judging is None else self.judging.count

    @property
    def dropped(self) -> int:
        """Frames dropped on all links together."""
        return sum(link.dropped for link in self.links)
