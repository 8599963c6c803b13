"""The running state of a station, and the snapshot of it that displays show."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from realtime.marks import Event, Fault, Jump, Lock, Mark
from realtime.record.document import DocumentLatency
from realtime.show.snapshot import MARKS_KEPT, Link, Snapshot, State
from realtime.sources.protocol import SourceInfo

_RATE_WINDOW_S = 1.0
_CADENCE_STEP_S = 0.25
_CADENCE_KEPT = 240  # one minute
_LATENCIES_KEPT = 1 << 16
_LATENCIES_SHOWN = 600


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
    """The last measurements of one latency, in seconds; added by one thread, read by another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[float] = deque(maxlen=_LATENCIES_KEPT)

    def add(self, seconds: float) -> None:
        with self._lock:
            self._kept.append(seconds)

    def percentiles_ms(self, *percents: float, last: int | None = None) -> list[float | None]:
        """Of all that are kept, or of the `last` ones; None until something was measured."""
        with self._lock:
            kept = list(islice(reversed(self._kept), last))  # newest first: no walk to the end
        if not kept:
            return [None] * len(percents)
        return [round(ms, 3) for ms in (np.percentile(kept, percents) * 1000).tolist()]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the feed is: frames the source gave, frames dropped, the machine's time."""

    captured: int
    dropped: int
    now: float


class _Tally:
    """One athlete's jumps: how many with each foot, and when the last ones were."""

    def __init__(self) -> None:
        self.feet: Counter[str] = Counter()
        self.times: deque[float] = deque()

    def add(self, jump: Jump) -> None:
        self.feet[jump.foot] += 1
        self.times.append(jump.time_s)

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
        self._athlete: int | None = None
        self._first_lock: Lock | None = None
        self._in_view = 0
        self._cadence_history: deque[float] = deque(maxlen=_CADENCE_KEPT)
        self._next_cadence_s = 0.0
        self._elapsed_s = 0.0
        self._in_rate, self._out_rate = RateMeter(), RateMeter()
        self._fps = (0.0, 0.0)
        self._progress = Progress(0, 0, 0.0)
        self.pose, self.analysis, self.mark = Latencies(), Latencies(), Latencies()
        self.processed = 0
        self.lost = 0
        self.athlete_seen = False
        self.backend: str | None = None
        self.recording: str | None = None
        self.notice: str | None = None
        self.expected: str | None = None

    @property
    def marks(self) -> Sequence[Mark]:
        return self._marks

    @property
    def elapsed_s(self) -> float:
        """Capture time of the last frame."""
        return self._elapsed_s

    def add(self, marks: Sequence[Mark]) -> None:
        """Append marks; faults become the notice."""
        with self._lock:
            for mark in marks:
                self._marks.append(mark)
                if isinstance(mark, Jump):
                    self._tallies[mark.athlete].add(mark)
                elif isinstance(mark, Event):
                    self._events.append(mark)
                elif isinstance(mark, Lock):
                    self._athlete = mark.athlete
                    self._first_lock = self._first_lock or mark
                elif isinstance(mark, Fault):
                    self.lost += mark.frames_lost
                    self.notice = mark.what

    def frame(self, t: float, athlete_seen: bool, in_view: int) -> None:
        """One more frame is analysed: is the athlete in it, and how many people are."""
        with self._lock:
            self._state = self._running
            self._elapsed_s = t
            self.processed += 1
            self.athlete_seen = athlete_seen
            self._in_view = in_view
            if t >= self._next_cadence_s:
                self._cadence_history.append(self._tally().cadence(t))
                self._next_cadence_s = t + _CADENCE_STEP_S

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

    def _concerns(self, mark: Mark) -> bool:
        """Whether a mark is about the athlete who is meant, or about all. That the first one is
        meant goes without saying."""
        if isinstance(mark, Lock):
            return mark is not self._first_lock
        return isinstance(mark, Fault) or mark.athlete == self._athlete

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
                athlete_seen=self.athlete_seen,
                athlete=self._athlete,
                in_view=self._in_view,
                jumps=tally.feet.total(),
                right=tally.feet["right"],
                left=tally.feet["left"],
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
                notice=self.notice,
                expected=self.expected,
            )
