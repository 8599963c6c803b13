"""The attempt that is judged, as it stands: for the dashboard, for the judges' phones, in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from models.rope.rules import Event
from realtime.judge.attempt import Attempt, attempts, fault_words
from realtime.judge.edits import edited, edits_of
from realtime.judge.judges import LATE_CLICK_S
from realtime.judge.panel.messages import PanelState
from realtime.marks import Mark, Offence, Ruling
from realtime.show.snapshot import JudgeShown, Judging, Phase

if TYPE_CHECKING:
    from realtime.judge.panel.server import JudgeStatus  # with a web server behind it

_EVERY_S = 0.2  # of capture time; an attempt of three minutes costs some ms to work out
_COUNTS = {"speed step": "right foot", "double under": "double unders"}


class Referee:
    """Works out the attempts of a session from its marks. `connected` says who is, `armed` whether
    the timing track is playing, `hint` how an attempt begins, `rules` what a head judge can do once
    it has, `invitation` where judges join, `ends_s` when the recording ends, once it has."""

    def __init__(
        self, event: Event, *, athletes: Sequence[int] = (), machine_counts: bool = False
    ) -> None:
        self.event = event
        self.armed = False
        self.hint = ""
        self.rules = ""
        self.invitation = ""
        self.ends_s = math.inf
        self.connected: Callable[[], Sequence[JudgeStatus]] = tuple
        self._athletes = athletes
        self._machine_counts = machine_counts
        self._known: tuple[int, float] = (-1, -math.inf)
        self._attempts: tuple[Attempt, ...] = ()

    def attempts(self, marks: Sequence[Mark], now_s: float = math.inf) -> tuple[Attempt, ...]:
        """Every attempt as far as the marks go, at capture time `now_s`, as they were reviewed."""
        return attempts(
            edited(marks, edits_of(marks)),
            self.event,
            athletes=self._athletes,
            machine_counts=self._machine_counts,
            now_s=now_s,
            ends_s=self.ends_s,
        )

    def judging(self, marks: Sequence[Mark], now_s: float) -> Judging:
        """What the dashboard shows of the last attempt."""
        attempt = self._last(marks, now_s)
        phase = self._phase(attempt, now_s)
        clicked = {judge.name: judge.count for judge in attempt.judges}
        status = {judge.name: judge for judge in self.connected()}
        return Judging(
            event=self.event.code if self.event.code != "custom" else self.event.name,
            phase=phase,
            remaining_s=attempt.remaining_s(now_s) if phase == "running" else None,
            counts=_COUNTS.get(self.event.counting, "jumps"),
            count=attempt.count,
            steps=attempt.steps,
            right=attempt.feet["right"],
            left=attempt.feet["left"],
            misses=attempt.misses,
            faults=_faults(attempt),
            machine_result=attempt.machine_result,
            result=attempt.result,
            judges=tuple(
                JudgeShown(
                    name,
                    clicked.get(name, 0),
                    name not in status or status[name].connected,
                    name in status and status[name].uncertain,
                )
                for name in dict.fromkeys([*status, *clicked])
            ),
            notes=() if phase in ("waiting", "armed") else attempt.warnings,
            hint=self.hint if phase in ("waiting", "armed") else self._hint_after(phase),
            invitation=self.invitation,
        )

    def panel_state(self, marks: Sequence[Mark], now_s: float, origin_s: float) -> PanelState:
        """What the judges' phones are told; times on the monotonic clock."""
        attempt = self._last(marks, now_s)
        window = attempt.window
        phase = self._phase(attempt, now_s)
        if phase in ("waiting", "armed"):
            return PanelState(phase, self.event.name)
        begin, end = window.start_s + origin_s, window.stop_s + origin_s
        timed = math.isfinite(end)
        ruled = {what: ruling.count for what, _, ruling in attempt.faults if ruling is not None}
        return PanelState(
            phase,
            self.event.name,
            from_s=begin,
            until_s=end + LATE_CLICK_S if timed else None,
            end_s=end if timed else None,
            switches=self.event.legs - 1,
            false_starts=ruled.get("false start"),
            false_switches=ruled.get("false switch"),
        )

    def running_since(self, marks: Sequence[Mark], now_s: float) -> float | None:
        """When the attempt that is under way began; None where none is."""
        attempt = self._last(marks, now_s)
        return attempt.window.start_s if self._phase(attempt, now_s) == "running" else None

    def ruling(
        self, marks: Sequence[Mark], now_s: float, who: str, what: Offence, by: int
    ) -> Ruling:
        """`who`, the head judge, says that the last attempt had `by` more of a fault than is shown.
        Raises ValueError, in one line, for what cannot be."""
        attempt = self._last(marks, now_s)
        if self._phase(attempt, now_s) in ("waiting", "armed"):
            raise ValueError(f"{what}: no attempt has begun; say it after the start beep")
        most = 1 if what == "false start" else self.event.legs - 1
        if most == 0:
            raise ValueError(f"{what}: {self.event.name} has no switches")
        shown = next(count for each, count, _ in attempt.faults if each == what)
        return Ruling(who, now_s, what, min(max(shown + by, 0), most))

    def _last(self, marks: Sequence[Mark], now_s: float) -> Attempt:
        known, when = self._known
        if len(marks) != known or not 0 <= now_s - when < _EVERY_S:
            self._attempts = self.attempts(list(marks), now_s)
            self._known = len(marks), now_s
        return self._attempts[-1]

    def _hint_after(self, phase: Phase) -> str:
        both = self.rules and self.hint and phase == "ended"
        return f"{self.hint}   {self.rules}" if both else self.rules or self.hint

    def _phase(self, attempt: Attempt, now_s: float) -> Phase:
        window = attempt.window
        begun = not math.isinf(window.start_s)
        if self.armed and not (begun and window.start_s <= now_s < window.stop_s):
            return "armed"
        if not begun:
            return "waiting"
        return "running" if now_s < window.stop_s else "ended"


def _faults(attempt: Attempt) -> tuple[str, ...]:
    """What is taken off, and what the head judge ruled that it is not; what only the machine thinks
    has a question mark."""
    return tuple(
        fault_words(what, count) + ("" if ruling else "?")
        for what, count, ruling in attempt.faults
        if count or ruling
    )


def describe(attempt: Attempt, number: int) -> list[str]:
    """An attempt's result in a few lines."""
    name = attempt.event.code if attempt.event.code != "custom" else attempt.event.name
    misses = f"{attempt.misses} miss" if attempt.misses == 1 else f"{attempt.misses} misses"
    counted = _COUNTS.get(attempt.event.counting, "jumps")
    lines = [
        f"{name}, attempt {number}: machine {attempt.count} {counted} ({attempt.steps} steps, "
        f"{misses}), R {attempt.machine_result:g} ({attempt.status})"
    ]
    if attempt.panel is not None:
        members = ", ".join(f"{name} {count:g}" for name, count in attempt.members)
        lines.append(f"panel: {members}; mean {attempt.panel.a:g}, R {attempt.result:g}")
    return [*lines, *(f"! {note}" for note in attempt.notes)]
