"""A camera or stream that is watched, and opened again when it fails: the session goes on."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import cv2

from models.pose.protocol import Image
from realtime.sources.errors import SourceError
from realtime.sources.health import Ailment, Health
from realtime.sources.protocol import Frame, FrameSource, SourceInfo
from realtime.sources.reader import Arrival, FrameReader
from realtime.sources.timeline import Timeline
from realtime.supervision.budget import WINDOW_S, RestartBudget
from realtime.supervision.states import PartState, StateChange

_SILENT_S = 0.7
"""Without a picture: longer than a network's hiccup or a change of exposure, said within 1 s."""
_BLIND = {"frozen", "dark"}
_GONE = {"silent", "lost", "away"}
_MOST_ABANDONED = 2
_SAME_SHAPE = 0.01
_FIRST_WAIT_S = 0.25
_AT_ONCE_S = 1e-3
_COLUMNS = 80
_HUNG = "its driver does not answer; unplug it and plug it in again"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited before something is done, in seconds.

    `silent`: without a picture; `frozen`: with the same one (None: for ever); `opening`: for the
    first picture of what was opened again; `closing`: for a driver's last answer; `longest`:
    between two tries while it is away; `failed`: between two tries when it came and went too often.
    """

    silent: float = 2.0
    frozen: float | None = 2.0
    opening: float = 15.0
    closing: float = 0.5
    longest: float = 2.0
    failed: float = WINDOW_S


class HealingSource:
    """What `open_source` opens, watched by `health`. `part` names it in what is said of it.

    The size of the picture stays that of the first opening: another one of the same shape is
    scaled to it, one of another shape is not used. A natural end (of a source that knows how long
    it is) is the end; whatever else ends it is a fault.
    """

    live = True

    def __init__(
        self,
        open_source: Callable[[], FrameSource],
        part: str,
        *,
        health: Health | None = None,
        patience: Patience = Patience(),
        budget: RestartBudget | None = None,
        notice: str = "",
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
        read_through: Callable[..., FrameReader] = FrameReader,
    ) -> None:
        """Opens it. `notice` is said once, at the start. `clock`, `wait(seconds)` and
        `read_through`, which makes a reader of what opens a source, are replaced in tests.

        Raises SourceError when it cannot be opened the first time.
        """
        self._open = open_source
        self._part = part
        self._patience = patience
        self._budget = budget or RestartBudget()
        self._clock = clock
        self._interrupted = threading.Event()
        self._wait = wait or self._interrupted.wait
        self._read_through = read_through
        first = open_source()
        self._info = first.info
        self._health = health or Health(
            asked=self._info.asked, pixel_format=self._info.pixel_format
        )
        self._timeline = Timeline()
        self._said: deque[StateChange] = deque()
        self._held: Frame | None = None
        self._kind = ""  # what was last said to be wrong; empty: nothing
        self._begun = False
        self._describe = True
        self._seen_at = clock()  # when the last picture came
        self._lost_at: float | None = None  # since when nothing useful came
        self._frozen_again_at = float("-inf")
        self._due = 0.0
        self._next_wait_s = _FIRST_WAIT_S
        self._opened_at = 0.0
        self._abandoned: list[FrameReader] = []
        self._reasons: set[str] = set()  # said since it was lost
        self._reader: FrameReader | None = read_through(lambda: first, clock=clock)
        self._say("running", notice)

    @property
    def info(self) -> SourceInfo:
        return self._info

    def read(self) -> Frame | StateChange | None:
        while not self._interrupted.is_set():
            if self._said:
                return self._said.popleft()
            if self._held is not None:
                held, self._held = self._held, None
                return held
            reader = self._reader
            if reader is None:
                self._reopen()
                continue
            try:
                arrival = self._next(reader)
            except SourceError as error:
                self._lose(self._reason(error))
                continue
            if arrival is not None:
                self._take(arrival)
            elif reader.ended:
                if self._ends:
                    return None
                self._lose("its stream has ended; is it still being sent?")
            else:
                self._miss()
        return None

    def interrupt(self) -> None:
        self._interrupted.set()
        if (reader := self._reader) is not None:
            reader.interrupt()

    def close(self) -> None:
        self.interrupt()
        if self._reader is not None:
            self._reader.close(self._patience.closing)

    @property
    def _ends(self) -> bool:
        return self._info.duration_s is not None or self._info.frames is not None

    @property
    def _away(self) -> bool:
        """Whether it was lost, and no picture has come since."""
        return self._opened_at > self._seen_at

    def _next(self, reader: FrameReader) -> Arrival | None:
        """The next picture; first of all the newest: what came before anybody looked is nobody's,
        but was read, so that none waits in the driver."""
        if self._begun:
            return reader.next(self._until_silent())
        arrival = reader.newest(self._until_silent())
        self._begun = arrival is not None
        return arrival and Arrival(replace(arrival.frame, skipped=0), arrival.at)

    def _until_silent(self) -> float:
        if self._away:
            deadline = self._opened_at + self._patience.opening
        else:
            silent = self._kind == "silent"
            deadline = self._seen_at + (self._patience.silent if silent else _SILENT_S)
        return max(deadline - self._clock(), 0.001)

    def _say(self, state: PartState, text: str, gap_s: float = 0.0) -> None:
        why = f"{self._part}: {text}" if text else ""
        self._said.append(StateChange(self._part, state, why, gap_s))

    def _reason(self, error: SourceError) -> str:
        """What it says, without the name and, where that is too long for a line, the mend: this
        source is the mend."""
        text = str(error).partition(": ")[2] or str(error)
        room = _COLUMNS - len(self._part) - len(": ")
        while len(text) > room and ";" in text:
            text = text.rpartition(";")[0]
        return text[:room]

    def _take(self, arrival: Arrival) -> None:
        fitted = self._fit(arrival.frame)
        if fitted is None:
            height, width = arrival.frame.image.shape[:2]
            expected = f"{self._info.width}x{self._info.height}"
            self._lose(f"{width}x{height} now, expected {expected}: not used")
            return
        if self._away:
            self._health.restart()
            self._timeline.restart()
        self._seen_at = arrival.at
        ailment = self._health.see(fitted, arrival.at)
        if self._health.jumped_s:
            self._timeline.restart()
        gap_s = self._timeline.gap_s(fitted, arrival.at)
        self._held = self._timeline.place(fitted, arrival.at)
        self._tell(ailment, gap_s, arrival.at)
        if ailment is not None and ailment.kind == "frozen":
            self._thaw(ailment, arrival.at)

    def _tell(self, ailment: Ailment | None, gap_s: float, now: float) -> None:
        """Say it when what is wrong has changed."""
        kind = ailment.kind if ailment else ""
        if kind in _BLIND and self._lost_at is None and ailment is not None:
            self._lost_at = ailment.since
        elif kind not in _BLIND and self._lost_at is not None:
            gap_s, self._lost_at = max(now - self._lost_at, gap_s), None
        else:
            gap_s = 0.0
        if self._kind in _GONE or (gap_s and ailment is None):
            self._next_wait_s = _FIRST_WAIT_S
            self._say("running", f"back after {gap_s:.1f} s", gap_s)
            if ailment is not None:
                self._say("degraded", ailment.text)
        elif kind != self._kind:
            if ailment is not None:
                self._say("degraded", ailment.text, gap_s)
            else:
                self._say("running", "as it should be again")
        self._kind = kind
        if self._describe and self._health.settled:
            self._describe = False
            if not kind:
                self._say("running", self._mode())

    def _mode(self) -> str:
        """What it really gives, measured."""
        info, asked = self._info, self._info.asked
        form = f" {info.pixel_format}" if info.pixel_format else ""
        text = f"{info.width}x{info.height}{form}, {self._health.rate or 0:.0f} pictures a second"
        if asked and (asked.width, asked.height) != (info.width, info.height):
            text += f", asked for {asked.width}x{asked.height}"
        return text

    def _miss(self) -> None:
        """Nothing came in time."""
        if self._away:
            self._fail("gives no picture")
        elif self._kind != "silent":
            if self._lost_at is None:
                self._lost_at = self._seen_at
            self._kind = "silent"
            self._say("degraded", f"no picture for {_SILENT_S:g} s")
        elif self._clock() - self._seen_at >= self._patience.silent:
            self._lose(f"no picture for {self._patience.silent:g} s", said=True)

    def _thaw(self, frozen: Ailment, now: float) -> None:
        """Open a frozen camera again; not twice in a minute, for then it is the scene that stands
        still."""
        patience = self._patience
        long = patience.frozen is not None and now - frozen.since >= patience.frozen
        if long and now - self._frozen_again_at > patience.failed:
            self._frozen_again_at = now
            self._lose("the same picture all the time")

    def _lose(self, text: str, *, said: bool = False) -> None:
        """It failed: close it, and open it again when its budget allows. `said`: what is wrong was
        said before."""
        if self._away:
            self._fail(text)
            return
        now = self._clock()
        if self._lost_at is None:
            self._lost_at = self._seen_at
        said = said or self._kind == "frozen"
        self._kind, self._held = "lost", None
        self._reasons = {text}
        self._drop()
        wait_s = self._budget.failed(now)
        if wait_s is None:
            wait_s = self._patience.failed
            self._say("failed", f"{text}; too often, tried each {wait_s:.0f} s")
        elif not said:
            self._say("degraded", text)
        self._due = now + wait_s
        self._next_wait_s = max(wait_s, _FIRST_WAIT_S)

    def _fail(self, text: str) -> None:
        """What was opened again gives nothing."""
        self._drop()
        self._due = self._clock() + self._next_wait_s
        longest = max(self._next_wait_s, self._patience.longest)
        self._next_wait_s = min(2 * self._next_wait_s, longest)
        lost_s = self._clock() - (self._lost_at or self._clock())
        hopeful = self._next_wait_s < self._patience.failed
        if hopeful and lost_s > self._patience.longest and text not in self._reasons:
            self._say("degraded", text)
            self._reasons.add(text)
        self._kind = "away"

    def _drop(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None and not reader.close(self._patience.closing):
            self._abandoned.append(reader)
            if _HUNG not in self._reasons:
                self._say("degraded", _HUNG)
                self._reasons.add(_HUNG)

    def _reopen(self) -> None:
        early = self._due - self._clock()
        if early > _AT_ONCE_S:
            self._wait(early)
            return
        self._abandoned = [reader for reader in self._abandoned if reader.alive]
        if len(self._abandoned) >= _MOST_ABANDONED:
            self._due = self._clock() + self._patience.longest
            return
        self._opened_at = self._clock()
        self._reader = self._read_through(self._open, clock=self._clock)
        if self._interrupted.is_set():
            self._reader.interrupt()

    def _fit(self, frame: Frame) -> Frame | None:
        """The frame in the size of the first; None when its shape is another."""
        height, width = frame.image.shape[:2]
        info = self._info
        if (width, height) == (info.width, info.height):
            return frame
        if abs(width * info.height / (height * info.width) - 1) > _SAME_SHAPE:
            return None
        image = cv2.resize(frame.image, (info.width, info.height))
        return replace(frame, image=cast(Image, image))
