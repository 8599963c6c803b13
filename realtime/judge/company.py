"""What goes along with a judged session: the beeps, the panel of judges, and their keys."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from threading import Event as Flag
from threading import Thread
from typing import Self

from msgspec import structs

from realtime.judge.attempt import HEAD_JUDGE
from realtime.judge.panel.keys import FAULTS, START, STOP, KeyPanel
from realtime.judge.panel.messages import PanelState
from realtime.judge.panel.server import PanelServer
from realtime.judge.referee import Referee
from realtime.judge.timing import Timing
from realtime.marks import Click, Offence, Ruling
from realtime.scoreboard import Scoreboard
from realtime.sources.errors import SourceError
from realtime.station import Station

_EVERY_S = 0.05


class Company:
    """Carries beeps and clicks to the station, in capture time, and the attempt's state to the
    dashboard and the phones. A context manager: between enter and exit a thread of its own."""

    def __init__(
        self,
        station: Station,
        scoreboard: Scoreboard,
        referee: Referee,
        *,
        timing: Timing | None = None,
        panel: PanelServer | None = None,
        keys: KeyPanel | None = None,
        clicks: queue.SimpleQueue[Click | Ruling] | None = None,
        start_now: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clicks` is what comes from the `panel`, on the clock. With `start_now` the first attempt
        begins as soon as frames come."""
        self._station = station
        self._scoreboard = scoreboard
        self._referee = referee
        self._timing = timing
        self._panel = panel
        self._keys = keys
        self._clicks: queue.SimpleQueue[Click | Ruling] = clicks or queue.SimpleQueue()
        self._start_now = start_now
        self._clock = clock
        self._shown: PanelState | None = None
        self._stopping = Flag()
        self._thread = Thread(target=self._run, name="Company", daemon=True)
        self.complaints: list[str] = []

    def press(self, key: str, now: float) -> bool:
        """A key: the judges' own, s and x for the timing, e and w for the head judge."""
        if self._keys is not None and (clicks := self._keys.press(key, now)):
            for click in clicks:
                self._clicks.put(click)
            return True
        if key in FAULTS:
            self._rule(*FAULTS[key], now)
            return True
        if self._timing is None or key not in (START, STOP):
            return False
        try:
            (self._timing.start if key == START else self._timing.stop)()
        except SourceError as error:
            self._scoreboard.say(str(error))
        return True

    def _rule(self, what: Offence, by: int, now: float) -> None:
        origin_s = self._station.origin_s
        if origin_s is None:
            self._scoreboard.say(f"{what}: nothing is captured yet; of a session, use the review")
            return
        marks, now_s = self._scoreboard.marks, now - origin_s
        try:
            self._station.add(self._referee.ruling(marks, now_s, HEAD_JUDGE, what, by))
        except ValueError as error:
            self._scoreboard.say(str(error))

    def __enter__(self) -> Self:
        self._referee.hint = self._timing.hint if self._timing else ""
        relay = self._referee.event.legs > 1
        keys = "e false start, w switch; E W undo" if relay else "e false start; E undoes"
        self._referee.rules = keys
        if (panel := self._panel) is not None:
            self._referee.connected = lambda: panel.judges
            self._referee.invitation = f"judges: {panel.urls[0]} code {panel.code}"
        self._scoreboard.judging = self._referee.judging
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        if self._timing is not None and (complaint := self._timing.close()):
            self.complaints.append(complaint)

    def _run(self) -> None:
        known = False
        while not self._stopping.wait(_EVERY_S):
            origin_s = self._station.origin_s
            if origin_s is None:
                continue
            if not known:
                known = True
                self._go_on(origin_s)
            if self._start_now:
                self._start_now = False
                self.press(START, self._clock())
            self._carry(origin_s)
            self._tell(origin_s)

    def _go_on(self, origin_s: float) -> None:
        """Where the session has an attempt that is under way, its track is played to the end."""
        marks, now_s = self._scoreboard.marks, self._clock() - origin_s
        onset_s = self._referee.running_since(marks, now_s)
        if self._timing is None or onset_s is None:
            return
        try:
            self._timing.go_on(onset_s + origin_s)
        except SourceError as error:
            self._scoreboard.say(str(error))

    def _carry(self, origin_s: float) -> None:
        if self._timing is not None:
            self._referee.armed = self._timing.armed
            for beep in self._timing.beeps(origin_s):
                self._station.add(beep)
        while not self._clicks.empty():
            said = self._clicks.get()
            self._station.add(structs.replace(said, time_s=said.time_s - origin_s))

    def _tell(self, origin_s: float) -> None:
        if self._panel is None:
            return
        now_s = self._clock() - origin_s
        state = self._referee.panel_state(self._scoreboard.marks, now_s, origin_s)
        if state != self._shown:
            self._panel.show(state)
            self._shown = state
