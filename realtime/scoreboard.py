"""The running state of a station, and the snapshot of it that displays show."""

from __future__ import annotations

import math
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from realtime.marks import Event, Fault, FromOutside, Jump, Lock, Mark, Miss, rope_turns
from realtime.record.document import DocumentLatency
from realtime.show.snapshot import (
    MARKS_KEPT,
    Judging,
    Link,
    PartShown,
    Person,
    Snapshot,
    State,
)
from realtime.sources.protocol import SourceInfo
from realtime.supervision.states import POSE_WORKERS, StateChange

_RATE_WINDOW_S = 1.0
_MISSED_AT_MOST = 16  # jumps that one miss can take back
_CADENCE_STEP_S = 0.25
_CADENCE_KEPT = 240  # one minute
_LATENCIES_KEPT = 1 << 16
_LATENCIES_SHOWN = 600
_ANALYSES_SHOWN = 60
_LISTED_S = 30.0  # who did nothing is listed for as long as he may come back
_SAID_S = 3.0
_PARTS_MOST = 24


class RateMeter:
    """Events per second over the last second of the clock that the caller reads."""

    def __init__(self) -> None:
        self._times: deque[tuple[float, int]] = deque()

    def update(self, now: float, total: int) -> float:
        """`total` events happened until `now` (seconds)."""
        self._times.append((now, total))
        while now - self._times[0][0] > _RATE_WINDOW_S:
            self._times.popleft()
        begin, before = self._times[0]
        return (total - before) / (now - begin) if now > begin else 0.0


class Latencies:
    """The last measurements of one latency, in seconds; added by one thread, read by another. Takes
    no more memory however many there are."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept = np.zeros(_LATENCIES_KEPT, np.float32)
        self._count = 0

    def add(self, seconds: float) -> None:
        with self._lock:
            self._kept[self._count % _LATENCIES_KEPT] = seconds
            self._count += 1

    def percentiles_ms(self, *percents: float, last: int | None = None) -> list[float | None]:
        """Of all that are kept, or of the `last` ones; None until something was measured."""
        with self._lock:
            wanted = min(self._count, last or _LATENCIES_KEPT, _LATENCIES_KEPT)
            kept = self._kept[np.arange(self._count - wanted, self._count) % _LATENCIES_KEPT]
        if not wanted:
            return [None] * len(percents)
        return [round(ms, 3) for ms in (np.percentile(kept, percents) * 1000).tolist()]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the feed is: frames the source gave, frames dropped, the machine's time."""

    captured: int
    dropped: int
    now: float


class _Tally:
    """One athlete's jumps: how many with each foot, and when the last ones were; his last event."""

    def __init__(self) -> None:
        self.feet: Counter[str] = Counter()
        self.times: deque[float] = deque()
        self._last: deque[Jump] = deque(maxlen=_MISSED_AT_MOST)
        self._doubles_before = 0
        self.event: Event | None = None

    @property
    def double_unders(self) -> int:
        return self._doubles_before + rope_turns(self._last).count(2)

    def add(self, jump: Jump) -> None:
        self.feet[jump.foot] += 1
        self.times.append(jump.time_s)
        if len(self._last) == _MISSED_AT_MOST:
            self._doubles_before += rope_turns(self._last)[0] == 2
        self._last.append(jump)

    def take_back(self, miss: Miss) -> None:
        for jump, turns in zip(self._last, rope_turns(self._last), strict=True):
            back = miss.takes_back(jump)
            self.feet[jump.foot] -= back
            self._doubles_before += turns == 2 and not back
        self._last.clear()

    def cadence(self, t: float) -> float:
        """Jumps in the second before `t`."""
        while self.times and self.times[0] <= t - 1:
            self.times.popleft()
        return float(len(self.times))


class Scoreboard:
    """Collects what the station's thread finds out; any thread may take a snapshot."""

    def __init__(self, info: SourceInfo, state: State) -> None:
        self._lock = threading.Lock()
        self._info = info
        self._state: State = "starting"
        self._running: State = state
        self._marks: list[Mark] = []
        self._events: list[Event] = []
        self._tallies: defaultdict[int, _Tally] = defaultdict(_Tally)
        self._lock_mark: Lock | None = None
        self._first_lock: Lock | None = None
        self._in_view: Collection[int] = ()
        self._analysed = 0
        self._listed: dict[int, float] = {}  # when each was in view last
        self._said = "", -math.inf
        self._cadence_history: deque[float] = deque(maxlen=_CADENCE_KEPT)
        self._next_cadence_s = 0.0
        self._elapsed_s = 0.0
        self._in_rate, self._out_rate = RateMeter(), RateMeter()
        self._fps = (0.0, 0.0)
        self._progress = Progress(0, 0, 0.0)
        self.pose, self.analysis, self.mark = Latencies(), Latencies(), Latencies()
        self.processed = 0
        self.lost = 0
        self.backend: str | None = None
        self.recording: str | None = None
        self.notice: str | None = None
        self.expected: str | None = None
        self._parts: dict[str, tuple[StateChange, float]] = {}  # and since when
        self.judging: Callable[[Sequence[Mark], float], Judging] | None = None
        """Makes of the marks so far, at a capture time, what is shown of a judged attempt."""

    @property
    def marks(self) -> Sequence[Mark]:
        return self._marks

    @property
    def elapsed_s(self) -> float:
        """Capture time of the last frame."""
        return self._elapsed_s

    def add(self, marks: Sequence[Mark]) -> None:
        """Append marks. A fault becomes the notice, unless it is over or a part shows it."""
        with self._lock:
            for mark in marks:
                self._marks.append(mark)
                if isinstance(mark, Jump):
                    self._tallies[mark.athlete].add(mark)
                elif isinstance(mark, Miss):
                    self._tallies[mark.athlete].take_back(mark)
                elif isinstance(mark, Event):
                    self._events.append(mark)
                    self._tallies[mark.athlete].event = mark
                elif isinstance(mark, Lock):
                    if mark.athlete != self._athlete:
                        self._cadence_history.clear()
                    self._lock_mark = mark
                    self._first_lock = self._first_lock or mark
                elif isinstance(mark, Fault):
                    self.lost += mark.frames_lost
                    self._notify(mark)

    def _notify(self, fault: Fault) -> None:
        if fault.frames_lost or fault.gap_s:
            self._said = fault.what, self._elapsed_s
        elif all(fault.what != change.why for change, _ in self._parts.values()):
            self.notice = fault.what

    def part(self, change: StateChange, now: float) -> None:
        """A part of the station has changed its state at `now`, on the machine's clock."""
        with self._lock:
            before, since = self._parts.get(change.part, (None, now))
            same = before is not None and before.state == change.state
            self._parts[change.part] = change, since if same else now
            if change.part == POSE_WORKERS and change.state == "failed":
                self._in_view = ()  # nobody looks
            while len(self._parts) > _PARTS_MOST:
                gone = (p for p, (last, _) in self._parts.items() if last.state == "stopped")
                del self._parts[next(gone, next(iter(self._parts)))]

    def say(self, what: str) -> None:
        """A notice that passes by itself."""
        with self._lock:
            self._said = what, self._elapsed_s

    def frame(
        self, t: float, in_view: Collection[int], followed: Collection[int], analysed: int
    ) -> None:
        """One more frame is analysed: who is in it, who is followed, and for how many people the
        analysis works."""
        with self._lock:
            self._state = self._running
            self._elapsed_s = t
            self.processed += 1
            self._in_view = in_view
            self._analysed = analysed
            self._listed.update((number, t) for number in followed if number in in_view)
            if t >= self._next_cadence_s:
                self._cadence_history.append(self._tally().cadence(t))
                self._next_cadence_s = t + _CADENCE_STEP_S
                self._listed = {n: last for n, last in self._listed.items() if self._lists(n, last)}

    def progress(self, progress: Progress) -> None:
        with self._lock:
            self._progress = progress
            self._fps = (
                self._in_rate.update(progress.now, progress.captured),
                self._out_rate.update(progress.now, self.processed),
            )

    def end(self) -> None:
        with self._lock:
            self._state = "ended"

    def latency(self) -> DocumentLatency:
        return DocumentLatency(
            *self.pose.percentiles_ms(50, 95),
            *self.analysis.percentiles_ms(50, 99),
            *self.mark.percentiles_ms(50, 95),
        )

    def _tally(self) -> _Tally:
        """The jumps of the athlete who is meant."""
        return self._tallies[self._athlete or 0]

    @property
    def _athlete(self) -> int | None:
        return self._lock_mark.athlete if self._lock_mark else None

    def _concerns(self, mark: Mark) -> bool:
        """Whether a mark is about the athlete who is meant, or about all. That the first one is
        meant goes without saying."""
        if isinstance(mark, Lock):
            return mark is not self._first_lock
        return isinstance(mark, Fault | FromOutside) or mark.athlete == self._athlete

    def _people(self) -> tuple[Person, ...]:
        """The athlete who is meant, then who did something or was in view lately."""
        people = []
        for number in sorted(self._listed, key=lambda n: (n != self._athlete, n)):
            tally = self._tallies[number]
            feet = tally.feet
            away = 0.0 if number in self._in_view else self._elapsed_s - self._listed[number]
            person = number, feet.total(), feet["right"], feet["left"], tally.event, away
            people.append(Person(*person))
        return tuple(people)

    def _lists(self, number: int, last: float) -> bool:
        tally = self._tallies[number]
        did = number == self._athlete or tally.event or tally.feet
        return bool(did) or self._elapsed_s - last <= _LISTED_S

    def _notice(self) -> str | None:
        """The last fault, or for a moment what was said."""
        what, when = self._said
        goes_on = self._state != "ended" and self._elapsed_s - when < _SAID_S
        return what if goes_on else self.notice

    def snapshot(self) -> Snapshot:
        """Costs the same however long the session is."""
        with self._lock:
            shown = self.mark.percentiles_ms(50, 95, last=_LATENCIES_SHOWN)
            tally = self._tally()
            return Snapshot(
                title=self._info.uri,
                state=self._state,
                backend=self.backend or "waiting for a pose worker",
                elapsed_s=self._elapsed_s,
                duration_s=self._info.duration_s,
                athlete_seen=self._athlete in self._in_view,
                athlete=self._athlete,
                by_hand=self._lock_mark is not None and self._lock_mark.by_hand,
                in_view=len(self._in_view),
                people=self._people(),
                analysed=self._analysed,
                analysis_ms=self.analysis.percentiles_ms(50, last=_ANALYSES_SHOWN)[0],
                jumps=tally.feet.total(),
                right=tally.feet["right"],
                left=tally.feet["left"],
                double_unders=tally.double_unders,
                cadence=tally.cadence(self._elapsed_s),
                cadence_history=tuple(self._cadence_history),
                marks=tuple(filter(self._concerns, self._marks[-MARKS_KEPT:])),
                events=tuple(e for e in self._events if self._concerns(e)),
                fps_in=self._fps[0],
                fps_processed=self._fps[1],
                links=(
                    Link("to worker", self._progress.captured, self._progress.dropped),
                    Link("from worker", self.processed + self.lost, self.lost),
                ),
                latency_p50_ms=shown[0],
                latency_p95_ms=shown[1],
                recording=self.recording,
                notice=self._notice(),
                expected=self.expected,
                judging=self.judging and self.judging(self._marks, self._elapsed_s),
                parts=tuple(
                    PartShown(last.part, last.state, last.why, max(self._progress.now - since, 0.0))
                    for last, since in self._parts.values()
                ),
            )
