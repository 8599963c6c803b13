"""One station, wired together: feed, analysis, session file, scoreboard."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from msgspec import structs

from calibration.floor_zone import FloorZone, Zone
from calibration.lens import Intrinsics
from realtime.analysis import Analysis
from realtime.faults import Faults
from realtime.feed import PoseFeed
from realtime.logs import log_change, log_loss
from realtime.marks import Beep, Fault, FromOutside, Mark
from realtime.messages import pack_poses, to_ns
from realtime.observations import Chosen, Lost, Noted, Observation, Observed, Resumed
from realtime.record.document import DocumentFrames, SessionDocument, build_document
from realtime.record.recorder import Recorder
from realtime.record.session import (
    Backend,
    Choice,
    End,
    PoseRecord,
    Record,
    Resumption,
    SessionHeader,
    SessionWriter,
)
from realtime.resuming import ResumedFeed
from realtime.scoreboard import Progress, Scoreboard
from realtime.supervision.heartbeat import Heart, Pulse, heart
from realtime.supervision.states import StateChange
from realtime.transport.processes import WorkerError

_POLL_S = 0.05

Dated = Callable[[float | None], str | None]
"""The wall time (ISO 8601) of a monotonic time, None: of none; None where nobody knows it."""


def undated(_moment_s: float | None) -> None:
    """A station does not know what time of day it is."""


class Listener(Protocol):
    """Hears, in the station's thread, what is on the scoreboard."""

    def said(self, marks: Sequence[Mark]) -> None: ...

    def changed(self, change: StateChange, time_s: float) -> None:
        """`time_s` is the capture time of the last frame."""
        ...


class Station:
    """Runs a feed through the analysis to its end, or until `stop` is set.

    Every pose and mark is in the session file (when there is one) before it is on the scoreboard.
    """

    def __init__(
        self,
        feed: PoseFeed,
        analysis: Analysis,
        scoreboard: Scoreboard,
        *,
        writer: SessionWriter | None = None,
        zone: Zone | None = None,
        lens: Intrinsics | None = None,
        cues: Sequence[Beep] = (),
        dated: Dated = undated,
        stop: threading.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`cues` are beeps that are known before, by their time: each is said when its time has
        come. `dated` gives the wall time of capture time 0, ISO 8601."""
        self._feed = feed
        self._analysis = analysis
        self._scoreboard = scoreboard
        self._recorder = Recorder(writer)
        self._faults = Faults()
        self._early: list[Fault] = []
        """Faults before the first frame: they come behind the header, which waits for it."""
        self._stop = stop or threading.Event()
        self._clock = clock
        self._inbox: queue.SimpleQueue[Chosen | Noted | StateChange] = queue.SimpleQueue()
        self._cues = deque(cues)
        self.origin_s: float | None = None
        """Monotonic time of capture time 0; None before the first frame, and for a recording."""
        self.listeners: list[Listener] = []
        self._pulse = Pulse(Heart())
        self._dated = dated
        self.began: str | None = None
        """The wall time of capture time 0, ISO 8601, once it is known."""
        info = feed.info
        self._header: SessionHeader | None = SessionHeader(
            *(info.uri, info.width, info.height, info.fps),
            zone=None if zone is None else str(zone),
            lock=analysis.rule,
            lens=None if lens is None else lens.numbers,
            floor=zone.numbers if isinstance(zone, FloorZone) else None,
        )
        self._resumed = feed if isinstance(feed, ResumedFeed) else None
        if self._resumed is not None:
            self._header = None
            self.began = self._resumed.past.header.began

    def choose(self, athlete: int | None) -> None:
        """Say by hand who is meant, from any thread: an athlete's number, or None for whoever the
        rule finds. It holds from the next frame on; a number that nobody has changes nothing."""
        self._inbox.put(Chosen(athlete))

    def add(self, mark: FromOutside) -> None:
        """Take a mark from outside, from any thread."""
        self._inbox.put(Noted(mark))

    @property
    def recording_error(self) -> str | None:
        """Why not all is in the session file; None while it is."""
        return self._recorder.error

    def tell(self, change: StateChange) -> None:
        """Take note of a part of the station, from any thread."""
        self._inbox.put(change)

    def run(self) -> SessionDocument:
        """Until the end; the session document. Raises WorkerError when poses cannot go on: what
        was counted before is in `document()` and in the session file."""
        self._pulse = heart().join()
        try:
            self._rebuild()
            while not (self._feed.ended or self._stop.is_set()):
                for observation in (*self._feed.poll(_POLL_S), *self._received()):
                    self._take(observation)
                self._look()
                self._report()
            self._finish()
        except WorkerError as error:
            self._give_up(str(error))
            raise
        finally:
            self._settle_early()
            self._recorder.close()
            self._scoreboard.end()
            self._pulse.leave()
        return self.document()

    def _rebuild(self) -> None:
        """Where a session goes on, begin where it was cut off."""
        if self._resumed is not None:
            resumed, board = self._resumed, self._scoreboard
            self._settle(resumed.rebuild(self._analysis, board, self._report))

    def _give_up(self, why: str) -> None:
        """Write down why the session ends, and the frames that nobody will work on any more."""
        if self._resumed is not None and not self._resumed.goes_on:
            return  # it can go on yet, as it was
        self._settle_early()
        self._settle([*self._faults.end(), *self._analysis.finish()])
        missing = self._frames().dropped - self._feed.dropped
        self._settle([Fault(self._scoreboard.elapsed_s, why, frames_lost=missing)])
        self._report()

    def _take(self, observation: Observation) -> None:
        if isinstance(observation, Observed):
            self._observe(observation)
        elif isinstance(observation, Lost):
            what = f"frame {observation.seq}: {observation.why}"
            log_loss(observation.why, self._feed.info.uri)
            self._fault(observation.why, Fault(observation.t, what, frames_lost=1))
        elif isinstance(observation, Chosen):
            self._choose(observation)
        elif isinstance(observation, Noted):
            self._settle([observation.mark])
        elif isinstance(observation, Resumed):
            self._go_on(observation)
        else:
            self._note(observation)

    def _note(self, change: StateChange) -> None:
        self._show(change)
        if not change.is_fault:
            return
        if change.gap_s:  # each is a stretch of time of its own, which ends when it is said
            self._settle_faults([Fault(self._reached_s(), change.why, gap_s=change.gap_s)])
            return
        fault = Fault(self._scoreboard.elapsed_s, change.why)
        self._fault((change.part, change.state, change.why), fault)

    def _reached_s(self) -> float:
        """The capture time now; what is said of a gap comes before the first picture behind it."""
        elapsed = self._scoreboard.elapsed_s
        return elapsed if self.origin_s is None else max(elapsed, self._clock() - self.origin_s)

    def _fault(self, key: Hashable, fault: Fault) -> None:
        self._settle_faults(self._faults.add(key, fault, self._clock()))

    def _settle_faults(self, faults: Sequence[Fault]) -> None:
        if self._header is None:
            self._settle(faults)
        else:
            self._early += faults

    def _settle_early(self) -> None:
        """Write the header, if it is not there, and what waits for it."""
        self._head()
        early, self._early = self._early, []
        self._settle(early)

    def _look(self) -> None:
        """After what time alone brings."""
        now = self._clock()
        changes = self._recorder.look(now)
        for change in changes:
            self._note(change)
        if changes:
            self._scoreboard.recording = self._recorder.shown
        self._settle_faults(self._faults.due(now))

    def _go_on(self, resumed: Resumed) -> None:
        self._record(Resumption(to_ns(resumed.t), resumed.gap_s, resumed.when))
        what = f"session: started again after {resumed.gap_s:.1f} s without a picture"
        self._show(StateChange("session", "running", what))
        self._settle([Fault(resumed.t, what, gap_s=resumed.gap_s)])

    def _received(self) -> Iterator[Chosen | Noted | StateChange]:
        """What came from other threads since the last time."""
        while not self._inbox.empty():  # taken here only
            yield self._inbox.get()

    def _choose(self, chosen: Chosen) -> None:
        try:
            marks = self._analysis.choose(chosen.athlete)
        except ValueError as error:
            self._scoreboard.say(str(error))
            return
        if marks:
            self._record(Choice(chosen.athlete))
        self._settle(marks)

    def _observe(self, observed: Observed) -> None:
        board = self._scoreboard
        if observed.captured_at is not None:
            origin = observed.captured_at - observed.t
            self.origin_s = origin if self.origin_s is None else min(origin, self.origin_s)
        if board.backend is None:
            board.backend = self._feed.backend
            self._record(Backend(board.backend or "unknown", observed.poses.skeleton.name))
            self._settle_early()
        people, keypoints = pack_poses(observed.poses)
        self._record(PoseRecord(observed.seq, to_ns(observed.t), people, keypoints))
        while self._cues and self._cues[0].time_s <= observed.t:
            self._settle([self._cues.popleft()])
        begin = time.perf_counter()
        marks = self._analysis.update(observed)
        board.analysis.add(time.perf_counter() - begin)
        if observed.pose_s is not None:
            board.pose.add(observed.pose_s)
        analysis = self._analysis
        board.frame(observed.t, analysis.in_view, analysis.followed, analysis.known)
        self._settle(marks)
        if observed.captured_at is not None:
            board.mark.add(self._clock() - observed.captured_at)

    def _settle(self, marks: Sequence[Mark]) -> None:
        for mark in marks:
            self._record(mark)
        self._say(marks)

    def _show(self, change: StateChange) -> None:
        log_change(change, self._feed.info.uri)
        self._scoreboard.part(change, self._clock())
        for listener in self.listeners:
            listener.changed(change, self._scoreboard.elapsed_s)

    def _say(self, marks: Sequence[Mark]) -> None:
        self._scoreboard.add(marks)
        for listener in self.listeners:
            listener.said(marks)

    def _head(self) -> None:
        """Write the header before anything else: with the first frame it is known when that was.
        Where the first frame was lost, it is not."""
        header, self._header = self._header, None
        if header is not None:
            self.began = self._dated(self.origin_s)
            self._record(structs.replace(header, began=self.began))

    def _record(self, record: Record) -> None:
        self._head()
        self._recorder.append(record)

    def _report(self) -> None:
        self._pulse.beat()
        feed = self._feed
        self._scoreboard.progress(Progress(feed.captured, feed.dropped, self._clock()))

    def _finish(self) -> None:
        self._settle_early()
        self._settle([*self._faults.end(), *self._analysis.finish(), *self._cues])
        for noted in self._received():
            self._take(noted)
        if self._feed.error is not None:
            self._settle([Fault(self._scoreboard.elapsed_s, self._feed.error)])
        self._report()
        frames = self._frames()
        self._record(End(frames.captured, frames.dropped))

    def _frames(self) -> DocumentFrames:
        """Every captured frame is accounted for: one that was under way when the session was
        stopped is a dropped one."""
        captured, processed, lost = (
            self._feed.captured,
            self._scoreboard.processed,
            self._scoreboard.lost,
        )
        return DocumentFrames(captured, processed, captured - processed - lost, lost)

    def document(self) -> SessionDocument:
        """What was found so far."""
        board, feed = self._scoreboard, self._feed
        info = feed.info
        if feed.ended:  # what was there counts, not what the file announced
            info = replace(info, frames=feed.captured)
        return build_document(
            replace(info, duration_s=info.duration_s or board.elapsed_s),
            board.backend,
            self._frames(),
            marks=board.marks,
            followed=self._analysis.followed,
            latency=board.latency(),
        )
