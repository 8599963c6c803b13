"""A station as `fliptally live` runs it, in this process, and when what came of it.

What a bench asks of it afterwards: when poses came, what was said of which part and when, and
whether the session file holds every mark that was made, in a form that gives the same marks again.
"""

from __future__ import annotations

import os
import pty
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from rich.console import Console

from realtime.analysis import Analysis
from realtime.feed import FrameFeed
from realtime.marks import Fault, FromOutside, Jump, Mark
from realtime.observations import Chosen, Lost, Observation, Observed
from realtime.record.session import RecordedSession
from realtime.runs.publishing import open_publisher, publish
from realtime.runs.station_run import Session, StationRun
from realtime.scoreboard import Scoreboard
from realtime.show.display import Dashboard
from realtime.sources.protocol import Source
from realtime.supervision.states import StateChange
from realtime.transport.processes import worker_command
from realtime.transport.worker_process import Command

_TICK_S = 0.005


@dataclass(slots=True)
class Timeline:
    """What a feed gave, what the station said, and when (monotonic, seconds)."""

    captured: list[float] = field(default_factory=list)
    given: list[float] = field(default_factory=list)
    t: list[float] = field(default_factory=list)
    seq: list[int] = field(default_factory=list)
    """Of each pose: when its frame was captured, when the feed gave it, its capture time, its
    number."""
    changes: list[tuple[float, StateChange]] = field(default_factory=list)
    lost: list[float] = field(default_factory=list)
    keeps: bool = True
    """Whether it is written down at all: for hours it would look like a leak."""

    def add(self, observation: Observation) -> None:
        now = time.monotonic()
        if not self.keeps:
            return
        if isinstance(observation, Observed):
            self.captured.append(observation.captured_at or now)
            self.given.append(now)
            self.t.append(observation.t)
            self.seq.append(observation.seq)
        elif isinstance(observation, Lost):
            self.lost.append(now)

    def said(self, marks: Sequence[Mark]) -> None:
        """They are on the scoreboard."""

    def changed(self, change: StateChange, time_s: float) -> None:
        self.changes.append((time.monotonic(), change))

    def said_at(self, after: float, *states: str, part: str = "") -> float | None:
        """When the first change into one of the `states` was said after a moment, of a part whose
        name begins so."""
        for at, change in self.changes:
            if at >= after and change.state in states and change.part.startswith(part):
                return at
        return None

    def pose_at(self, after: float) -> float | None:
        """When the first pose came of a frame that was captured after a moment."""
        pairs = zip(self.captured, self.given, strict=True)
        return next((given for captured, given in pairs if captured >= after), None)

    def longest_gap_s(self, begin: float, end: float) -> float:
        """The longest time without a pose between two moments."""
        given = np.array(self.given[:])
        inside = given[(given >= begin) & (given < end)]
        return float(np.diff(np.concatenate([[begin], inside, [end]])).max())


class TimedFeed(FrameFeed):
    """Writes down what it gives."""

    timeline: Timeline

    def poll(self, timeout_s: float) -> list[Observation]:
        observations = super().poll(timeout_s)
        for observation in observations:
            self.timeline.add(observation)
        return observations


Beside = Callable[[StationRun], Any]
"""A context manager of what goes along with a station: a display, a publisher."""


@contextmanager
def published(endpoint: str, run: StationRun) -> Iterator[None]:
    """What the station says goes to subscribers too."""
    with ExitStack() as stack:
        if publisher := open_publisher(stack, endpoint):
            publish(run.station, run.scoreboard, publisher)
        yield


class Terminal:
    """A pseudo-terminal of 80x24, which is `read` as a terminal is, or by nobody."""

    def __init__(self, *, read: bool) -> None:
        self._reader = threading.Thread(target=self._drain, daemon=True) if read else None

    def __enter__(self) -> Self:
        self._far, near = pty.openpty()
        self.file = os.fdopen(near, "w")
        self._hung_up = False
        if self._reader is not None:
            self._reader.start()
        return self

    def console(self, file: IO[str] | None = None) -> Console:
        """What writes there, or to a `file` that hands it on."""
        return Console(file=file or self.file, force_terminal=True, width=80, height=24)

    @contextmanager
    def dashboard(self, run: StationRun) -> Iterator[None]:
        """Goes along with a station."""
        with Dashboard(run.scoreboard.snapshot, self.console()):
            yield

    def hang_up(self) -> None:
        """The window is closed: what waits to be written fails."""
        if not self._hung_up:
            self._hung_up = True
            os.close(self._far)

    def __exit__(self, *_: object) -> None:
        if self._reader is None:
            self.hang_up()
        with suppress(OSError):
            self.file.close()
        if self._reader is not None:
            self._reader.join()
        self.hang_up()

    def _drain(self) -> None:
        with suppress(OSError):  # the terminal is closed
            while os.read(self._far, 1 << 16):
                pass


class LiveStation:
    """Runs in a thread from `with` to the end of the block, with a pose worker in a process of its
    own and a session file in `folder`."""

    def __init__(
        self,
        source: Source,
        folder: Path,
        *,
        threads: int = 2,
        command: Command | None = None,
        beside: tuple[Beside, ...] = (),
        **feed: Any,
    ) -> None:
        """`feed` are further arguments of `FrameFeed`."""
        self.path = folder / "bench.fliptally"
        self.timeline = Timeline()
        self._source = source
        self._command = command or worker_command(threads)
        self._beside = beside
        self._arguments = feed
        self._stop = threading.Event()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self._source.close)
            self.feed = TimedFeed(self._source, command=self._command, **self._arguments)
            self.feed.timeline = self.timeline
            stack.callback(self.feed.close)
            self.run = StationRun(self.feed, Session("live", record=self.path), self._stop)
            self.run.station.listeners.append(self.timeline)
            for beside in self._beside:
                stack.enter_context(beside(self.run))
            thread = threading.Thread(target=self.run.run_apart, name="station")
            stack.callback(thread.join)
            stack.callback(self._stop.set)
            thread.start()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def board(self) -> Scoreboard:
        return self.run.scoreboard

    def until(self, reached: Callable[[], object], seconds: float = 30.0) -> bool:
        """Wait; whether it was reached in time."""
        end = time.monotonic() + seconds
        while not reached():
            if time.monotonic() > end:
                return False
            time.sleep(_TICK_S)
        return True

    def watch(self, seconds: float) -> None:
        """Let so many seconds pass after the first pose that comes from now on. Raises
        RuntimeError when none comes."""
        now = time.monotonic()
        if not self.until(lambda: self.timeline.pose_at(now) is not None):
            raise RuntimeError("no pose in 30 s")
        time.sleep(seconds)

    def marks_lost(self) -> int:
        """Marks that the session file does not hold, after the end."""
        missing = Counter(map(repr, self.board.marks))
        missing -= Counter(map(repr, RecordedSession(self.path).marks()))
        return missing.total()

    def replays(self) -> bool:
        """Whether the session file gives the same marks again."""
        return replayed(self.path) == found(list(RecordedSession(self.path).marks()))

    def jumps(self, begin_s: float, end_s: float) -> int:
        """How many contacts were counted between two capture times."""
        jumps = [mark for mark in list(self.board.marks) if isinstance(mark, Jump)]
        return sum(begin_s <= jump.time_s < end_s for jump in jumps)


def found(marks: list[Mark]) -> list[Mark]:
    """Those that the analysis found."""
    return [mark for mark in marks if not isinstance(mark, Fault | FromOutside)]


def replayed(path: Path) -> list[Mark]:
    """The marks that the recorded poses and choices give."""
    session = RecordedSession(path)
    analysis, marks = Analysis(rule=session.header.lock), list[Mark]()
    for observation in session.observations():
        if isinstance(observation, Observed):
            marks += analysis.update(observation)
        elif isinstance(observation, Chosen):
            marks += analysis.choose(observation.athlete)
    return [*marks, *analysis.finish()]
