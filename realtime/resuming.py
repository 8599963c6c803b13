"""A session that was cut off and goes on: what was recorded of it, and the feed that follows."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

from realtime.analysis import Analysis
from realtime.feed import PoseFeed
from realtime.marks import Fault, FromOutside, Mark
from realtime.messages import to_ns, to_seconds
from realtime.observations import Lost, Observation, Observed, Resumed
from realtime.record.session import (
    Backend,
    Choice,
    PoseRecord,
    RecordedSession,
    SessionHeader,
    SessionWriter,
)
from realtime.scoreboard import Scoreboard
from realtime.sources.errors import SourceError
from realtime.sources.protocol import SourceInfo
from realtime.supervision.states import StateChange
from realtime.transport.processes import WorkerError

PART = "session"
_UNKNOWN_GAP_S = 1.0
"""The gap where the wall clock says that there was none: it was set back meanwhile."""
_BEAT = 16
"""Frames between two looks at what comes meanwhile: some milliseconds, so that no live frame is
dropped for it."""


@dataclass(frozen=True, slots=True)
class Past:
    """A session that was cut off: its file, open for appending, and where it stands.

    `last_t` is the capture time of its last frame, `last_wall_s` the same by the wall clock.
    """

    session: RecordedSession
    writer: SessionWriter
    frames: int
    lost: int
    captured: int
    last_t: float
    last_wall_s: float

    @classmethod
    def open(cls, path: Path) -> Past:
        """Raises SourceError for what is no session or has not been cut off, RecordingError for
        one that is still written or cannot be."""
        try:
            touched_s = path.stat().st_mtime
        except OSError as error:
            raise SourceError(
                f"--resume {path}: {error.strerror}; expected a session that was cut off, and the "
                "source before --resume"
            ) from None
        session = RecordedSession(path)
        writer = SessionWriter.reopen(path)
        try:
            return cls._read(session, writer, touched_s)
        except SourceError:
            writer.close()
            raise

    @classmethod
    def _read(cls, session: RecordedSession, writer: SessionWriter, touched_s: float) -> Past:
        frames = lost = 0
        last: PoseRecord | None = None
        for record in session.records():
            if isinstance(record, PoseRecord):
                frames += 1
                last = record
            elif isinstance(record, Fault):
                lost += record.frames_lost
        if session.end is not None or last is None:
            why = "has ended, and was not cut off" if last else "has no frame yet"
            raise SourceError(
                f"--resume {session.path}: this session {why}; begin a new one, without --resume"
            )
        last_t = to_seconds(last.t_ns)
        began = session.header.began
        wall_s = datetime.fromisoformat(began).timestamp() + last_t if began else touched_s
        captured = max(last.seq + 1, frames + lost)
        return cls(session, writer, frames, lost, captured, last_t, wall_s)

    @property
    def path(self) -> Path:
        return self.session.path

    @property
    def header(self) -> SessionHeader:
        return self.session.header

    @property
    def backend(self) -> Backend:
        return self.session.backend

    def check(self, info: SourceInfo) -> None:
        """Raises SourceError for a source whose pixels are not those of the session."""
        header = self.header
        if (info.width, info.height) != (header.width, header.height):
            raise SourceError(
                f"--resume {self.path}: was recorded in {header.width}x{header.height}, and "
                f"{info.uri} gives {info.width}x{info.height}; take the same camera and mode, or "
                "begin a new session, without --resume"
            )

    def rebuild(
        self, analysis: Analysis, scoreboard: Scoreboard, meanwhile: Callable[[], None]
    ) -> list[Mark]:
        """Bring both to where the session was cut off, by analysing its poses again; the marks that
        were found and not yet recorded. `meanwhile` is called every few milliseconds: it takes
        about a fortieth of the time that the session has lasted (bench/resuming.py).

        Raises SourceError when the marks in the file are not those that its poses give.
        """
        found: deque[Mark] = deque()
        frames = 0
        scoreboard.backend = self.backend.name
        for record in self.session.records():
            if isinstance(record, PoseRecord):
                self._agree(not found)
                observed = self.session.observed(record)
                found.extend(analysis.update(observed))
                people = analysis.in_view, analysis.followed, analysis.known
                scoreboard.frame(observed.t, *people)
                frames += 1
                if frames % _BEAT == 0:
                    scoreboard.part(self._progress(frames), time.monotonic())
                    meanwhile()
            elif isinstance(record, Choice):
                found.extend(self._chosen(analysis, record))
            elif isinstance(record, Mark):
                if not isinstance(record, Fault | FromOutside):
                    self._agree(bool(found) and _same(found.popleft(), record))
                scoreboard.add([record])
        return list(found)

    def _chosen(self, analysis: Analysis, choice: Choice) -> list[Mark]:
        try:
            return analysis.choose(choice.athlete)
        except ValueError:
            self._agree(False)
            raise

    def _progress(self, frames: int) -> StateChange:
        percent = 100 * frames // self.frames
        return StateChange(
            PART, "starting", f"{PART}: counting again what was recorded {percent} %"
        )

    def _agree(self, agrees: bool) -> None:
        if not agrees:
            raise SourceError(
                f"--resume {self.path}: its marks are not those that this version finds in its "
                "poses; begin a new session, without --resume (fliptally replay shows the old one)"
            )


def _same(one: Mark, other: Mark) -> bool:
    """To the last bit."""
    return msgspec.msgpack.encode(one) == msgspec.msgpack.encode(other)


class ResumedFeed:
    """A feed behind what was recorded before: its frames' numbers and times go on, after the gap
    that the wall clock tells.

    `rebuild` comes first; then, before the first frame, it observes `Resumed`.
    """

    def __init__(
        self,
        feed: PoseFeed,
        past: Past,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._feed = feed
        self.past = past
        self._clock = clock
        self._wall = wall
        self._offset_ns = 0
        self._kept: list[Observation] = []
        self.info = feed.info
        self.goes_on = False
        """Whether a frame has come since."""

    @property
    def backend(self) -> str | None:
        return self._feed.backend

    @property
    def captured(self) -> int:
        return self.past.captured + self._feed.captured

    @property
    def dropped(self) -> int:
        past = self.past
        return past.captured - past.frames - past.lost + self._feed.dropped

    @property
    def ended(self) -> bool:
        return self._feed.ended and not self._kept

    @property
    def error(self) -> str | None:
        return self._feed.error

    def rebuild(
        self, analysis: Analysis, scoreboard: Scoreboard, meanwhile: Callable[[], None]
    ) -> list[Mark]:
        """As `Past.rebuild`; what is captured meanwhile is kept for `poll`."""

        def keep() -> None:
            if not self._feed.ended:
                with suppress(WorkerError):  # it is said again by the next poll
                    self._kept += self._feed.poll(0)
            meanwhile()

        return self.past.rebuild(analysis, scoreboard, keep)

    def poll(self, timeout_s: float) -> list[Observation]:
        if not self._feed.ended:
            self._kept += self._feed.poll(0 if self._kept else timeout_s)
        kept, self._kept = self._kept, []
        return [shifted for observation in kept for shifted in self._shifted(observation)]

    def close(self) -> None:
        self._feed.close()

    def _shifted(self, observation: Observation) -> list[Observation]:
        if not isinstance(observation, Observed | Lost):
            return [observation]
        before: list[Observation] = []
        if not self.goes_on:
            before.append(self._begin(observation))
        t = to_seconds(to_ns(observation.t) + self._offset_ns)
        return [*before, replace(observation, seq=observation.seq + self.past.captured, t=t)]

    def _begin(self, first: Observed | Lost) -> Resumed:
        """The first frame after the gap. Raises SourceError when its poses are of another kind."""
        past = self.past
        if isinstance(first, Observed) and first.poses.skeleton.name != past.backend.skeleton:
            raise SourceError(
                f"--resume {past.path}: was recorded with {past.backend.name} "
                f"({past.backend.skeleton}), and {self.backend} gives {first.poses.skeleton.name}; "
                "take the same --engine"
            )
        moment = first.captured_at if isinstance(first, Observed) else None
        wall_s = self._wall()
        if moment is not None:
            wall_s += moment - self._clock()
        gap_s = wall_s - past.last_wall_s
        if gap_s <= 0:
            gap_s = _UNKNOWN_GAP_S
        self.goes_on = True
        self._offset_ns = to_ns(past.last_t + gap_s) - to_ns(first.t)
        t = to_seconds(to_ns(first.t) + self._offset_ns)
        when = datetime.fromtimestamp(wall_s).astimezone().isoformat(timespec="milliseconds")
        return Resumed(t, round(gap_s, 3), when)
