"""One attempt of an event: its legs counted, its starts and switches watched, its panel averaged.

Everything is a function of the marks of a session, or of its first part while it runs; edits are
made before (`realtime.judge.edits`). Nothing here is official.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from models.rope.rules import RULES, Event
from realtime.judge.edits import confirmed, edits_of
from realtime.judge.judges import JudgeCount, judge_counts
from realtime.judge.leg import Leg, leg_of
from realtime.judge.scoring import PanelScore, panel_score, result
from realtime.judge.window import TOLERANCE_S, Window, windows
from realtime.marks import Beep, Click, Fault, Foot, Jump, Lock, Mark, Offence, Ruling

MACHINE = "machine"
HEAD_JUDGE = "head judge"
"""Whose rulings at the station's keyboard are."""
STATUS: Literal["unofficial"] = "unofficial"
"""Only the judges' panel makes a result; an athlete may be told an unofficial one."""


@dataclass(frozen=True)
class Attempt:
    """An attempt as far as its marks go."""

    event: Event
    window: Window
    legs: tuple[Leg, ...]
    judges: tuple[JudgeCount, ...]
    rulings: tuple[Ruling, ...] = ()
    """The head judge's, in the order in which they were made."""
    unseen: tuple[tuple[float, float], ...] = ()
    """From when to when in it there was no picture (seconds of capture time)."""
    machine_counts: bool = False
    """Whether the machine is one of the panel. It is not, unless this is asked for."""
    now_s: float = math.inf
    ends_s: float = math.inf
    """Capture time at which the recording ends."""

    status = STATUS

    @property
    def count(self) -> int:
        """The machine's count of all legs."""
        return sum(leg.tally.count for leg in self.legs)

    @property
    def steps(self) -> int:
        return sum(leg.tally.steps for leg in self.legs)

    @property
    def feet(self) -> Counter[Foot]:
        """How many of the steps landed on which foot."""
        return Counter(jump.foot for leg in self.legs for jump in leg.jumps)

    @property
    def misses(self) -> int:
        return sum(leg.tally.misses for leg in self.legs)

    @property
    def false_starts(self) -> int:
        """As the head judge says, or else the machine: 1 at most."""
        machine = int(bool(self.legs) and self.legs[0].early_s is not None)
        return self._ruled("false start", machine)

    @property
    def false_switches(self) -> int:
        """As the head judge says, or else the machine: the legs that were begun too early."""
        machine = sum(leg.early_s is not None for leg in self.legs[1:])
        return self._ruled("false switch", machine)

    @property
    def faults(self) -> tuple[tuple[Offence, int, Ruling | None], ...]:
        """What points are taken off for: how many of each, and the ruling that says so (None: as
        the machine says)."""
        found: list[tuple[Offence, int, Ruling | None]] = [
            ("false start", self.false_starts, self.ruling("false start"))
        ]
        if self.event.legs > 1:
            switches = self.false_switches, self.ruling("false switch")
            found.append(("false switch", *switches))
        return tuple(found)

    def ruling(self, what: Offence) -> Ruling | None:
        """What the head judge decided last; None where he left it to the machine."""
        last = next((each for each in reversed(self.rulings) if each.what == what), None)
        return None if last is None or last.count is None else last

    @cached_property
    def members(self) -> tuple[tuple[str, int], ...]:
        """Name and count of everybody whose count enters the mean, in the order of `panel`."""
        machine = [(MACHINE, self.count)] if self.machine_counts else []
        return (*((judge.name, judge.count) for judge in self.judges), *machine)

    @cached_property
    def panel(self) -> PanelScore | None:
        """The book's mean; None while nobody counts."""
        return panel_score([count for _, count in self.members]) if self.members else None

    @property
    def result(self) -> float | None:
        """R of the panel, unofficial; None while nobody counts."""
        return None if self.panel is None else self._less_deductions(self.panel.a)

    @property
    def machine_result(self) -> float:
        """R if the machine's count were the mean."""
        return self._less_deductions(self.count)

    @property
    def notes(self) -> tuple[str, ...]:
        """The warnings, and what the head judge ruled, each in one line."""
        ruled = [
            f"{said_by(ruling)}: {fault_words(what, count)}"
            for what, count, ruling in self.faults
            if ruling is not None
        ]
        return (*self.warnings, *ruled)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a judge must know, each in one line, what decides most first."""
        ended = self.now_s >= self.ends_s
        now_s = self.ends_s + TOLERANCE_S if ended else self.now_s  # nothing more will come
        said = list(self.window.notes(now_s))
        if ended and self.ends_s < self.window.stop_s - TOLERANCE_S < math.inf:
            said.append(
                f"the recording ends {self.ends_s - self.window.start_s:.1f} s after the start: "
                "the attempt is not whole"
            )
        said += [
            f"no picture from {begin - self.window.start_s:.1f} to "
            f"{end - self.window.start_s:.1f} s after the start: no jump is counted there"
            for begin, end in self.unseen
        ]
        for number, leg in enumerate(self.legs, start=1):
            where = f"leg {number}: " if len(self.legs) > 1 else ""
            timed = self.event.leg_s is not None
            said += [where + note for note in (leg.notes_at(now_s) if timed else leg.notes)]
        if self.panel is not None and self.panel.agree is False:
            apart = f"the two closest counts are {self.panel.apart:g} apart, more than"
            said.insert(0, f"{apart} {RULES.agreement:g}: a replay panel recounts")
        return tuple(said)

    def remaining_s(self, now: float) -> float | None:
        """Until the stop beep; None where it has no time."""
        return self.window.remaining_s(now)

    def _ruled(self, what: Offence, machine: int) -> int:
        ruling = self.ruling(what)
        return machine if ruling is None or ruling.count is None else ruling.count

    def _less_deductions(self, a: float) -> float:
        return result(a, self.false_starts, self.false_switches)


def attempts(
    marks: Sequence[Mark],
    event: Event,
    *,
    athletes: Sequence[int] = (),
    machine_counts: bool = False,
    now_s: float = math.inf,
    ends_s: float = math.inf,
) -> tuple[Attempt, ...]:
    """Every attempt of a session, in order; without a start beep, all of it as one.

    `athletes` are the numbers of who jumps in each leg. Without them it is, in an event of one leg,
    the one who was chosen by hand, and else whoever jumps most in it. Of edits among `marks` only
    those that confirm a jump are looked at: the others are made before. `now_s` is the capture time
    up to which the marks go, `ends_s` that at which the recording ends.
    """
    found = windows([mark for mark in marks if isinstance(mark, Beep)], event)
    clicks = [mark for mark in marks if isinstance(mark, Click)]
    rulings = [mark for mark in marks if isinstance(mark, Ruling)]
    gaps = [mark for mark in marks if isinstance(mark, Fault) and mark.gap_s > 0]
    seen = confirmed(marks, edits_of(marks))
    judged = []
    for place, window in enumerate(found):
        since = window.start_s if place else -math.inf
        until = found[place + 1].start_s if place + 1 < len(found) else math.inf
        judged.append(
            Attempt(
                event=event,
                window=window,
                legs=_legs(marks, event, window, athletes, seen),
                judges=judge_counts(clicks, window, until),
                rulings=tuple(each for each in rulings if since <= each.time_s < until),
                unseen=_unseen(gaps, window),
                machine_counts=machine_counts,
                now_s=now_s,
                ends_s=ends_s,
            )
        )
    return tuple(judged)


def said_by(ruling: Ruling) -> str:
    """Who decided, in words; at the station's keyboard nobody gives a name."""
    return HEAD_JUDGE if ruling.who == HEAD_JUDGE else f"{HEAD_JUDGE} {ruling.who}"


def fault_words(what: Offence, count: int) -> str:
    """ "no false start", "2 false switches"."""
    if count == 0:
        return f"no {what}"
    plural = "es" if what == "false switch" else "s"
    return f"{count} {what}{plural if count > 1 else ''}"


def _unseen(gaps: Sequence[Fault], window: Window) -> tuple[tuple[float, float], ...]:
    """The parts of the gaps that lie within the attempt, one that has a start."""
    if math.isinf(window.start_s):
        return ()
    cut = [
        (max(gap.time_s - gap.gap_s, window.start_s), min(gap.time_s, window.stop_s))
        for gap in gaps
    ]
    return tuple((begin, end) for begin, end in cut if begin < end)


def _legs(
    marks: Sequence[Mark],
    event: Event,
    window: Window,
    athletes: Sequence[int],
    seen: Mapping[Jump, str],
) -> tuple[Leg, ...]:
    legs: list[Leg] = []
    for place, (begin, end) in enumerate(window.legs):
        athlete = athletes[place] if place < len(athletes) else None
        if athlete is None and event.legs == 1:
            athlete = _chosen(marks, end)
        before = legs[-1].athlete if legs else None
        leg = leg_of(marks, event, begin, end, athlete=athlete, before=before, confirmed=seen)
        legs.append(leg)
    return tuple(legs)


def _chosen(marks: Sequence[Mark], until_s: float) -> int | None:
    """Who was last chosen by hand before `until_s`, if nothing has changed that."""
    locks = [mark for mark in marks if isinstance(mark, Lock) and mark.time_s < until_s]
    return locks[-1].athlete if locks and locks[-1].by_hand else None
