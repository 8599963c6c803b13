"""One leg of an attempt: whose it is, what counts in it, and whether it was begun too early."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from models.rope.rules import RULES, Event
from realtime.judge.tally import Tally, tallies
from realtime.marks import Jump, Mark, Miss

FLAGGED_BELOW = 0.5
"""A jump with less confidence is shown to the reviewer."""
STEP_S = 0.25
"""How long a step lasts where too few are known to tell."""
_STEPS_KNOWN = 3
_FIRST_STEPS = 8
LAST_STEPS = 2.0
"""Who stops less than so many steps before the end has stopped at the beep: no miss."""
IDLE_S = 1.0
"""Who jumps no more for so long before the end may have missed: a miss is known by going on."""
OTHERS = 6
"""So many jumps of somebody else in the leg are said: a number may have been lost, or the wrong
one be meant."""


@dataclass(frozen=True, slots=True)
class Leg:
    """What one athlete did between two beeps. `judged` is each jump and miss of the leg, in order,
    with the state of the count after it."""

    athlete: int | None
    begin_s: float
    end_s: float
    judged: tuple[tuple[Jump | Miss, Tally], ...]
    tally: Tally
    early_s: float | None
    """The first contact that was too early, seconds after the beep (before it: negative)."""
    notes: tuple[str, ...]

    @property
    def jumps(self) -> tuple[Jump, ...]:
        return tuple(mark for mark, _ in self.judged if isinstance(mark, Jump))

    @property
    def flagged(self) -> tuple[Jump, ...]:
        """The jumps that a reviewer should look at."""
        return tuple(jump for jump in self.jumps if jump.confidence < FLAGGED_BELOW)

    def notes_at(self, now: float) -> tuple[str, ...]:
        """What a judge must know of the leg at `now`, each in one line."""
        last = self.judged[-1][0] if self.judged else None
        idle_s = self.end_s - last.time_s if isinstance(last, Jump) else 0.0
        if now < self.end_s or math.isinf(idle_s) or idle_s <= IDLE_S:
            return self.notes
        idle = f"no jump in the last {idle_s:.1f} s: if that was a miss, add it in the review"
        return (*self.notes, idle)


def leg_of(
    marks: Sequence[Mark],
    event: Event,
    begin_s: float,
    end_s: float,
    *,
    athlete: int | None,
    before: int | None,
) -> Leg:
    """The leg from `begin_s` to before `end_s`, of `athlete` or of whoever jumps most in it;
    `before` is whose the leg before was."""
    within = [m for m in marks if isinstance(m, Jump | Miss) and begin_s <= m.time_s < end_s]
    jumps = Counter(mark.athlete for mark in within if isinstance(mark, Jump))
    if athlete is None and jumps:
        athlete = max(jumps, key=lambda number: (jumps[number], -number))
    own = [mark for mark in within if mark.athlete == athlete]
    step_s = _step_s(own)
    counted, stopped_s = _without_stop(own, end_s, step_s)
    judged = tuple(tallies(counted, event.counting))
    early_s = None
    if begin_s > -math.inf and athlete not in (None, before):
        early_s = _early_s(marks, athlete, begin_s, step_s / event.turns / 2)
    notes = []
    if early_s is not None:
        notes.append(_early_note(early_s))
    if before is not None and athlete == before:
        notes.append(f"athlete {athlete} jumps in this leg as in the one before: a wrong switch?")
    if stopped_s is not None:
        notes.append(f"stopped {end_s - stopped_s:.2f} s before the end: not taken for a miss")
    notes += [
        f"athlete {number}, who is not meant, has {count} jumps in it"
        for number, count in sorted(jumps.items())
        if number != athlete and count >= OTHERS
    ]
    tally = judged[-1][1] if judged else Tally(event.counting)
    return Leg(athlete, begin_s, end_s, judged, tally, early_s, tuple(notes))


def _step_s(own: Sequence[Jump | Miss]) -> float:
    """How long a step lasts at the beginning of the leg."""
    times = sorted(mark.time_s for mark in own if isinstance(mark, Jump))[: _FIRST_STEPS + 1]
    steps = [after - before for before, after in pairwise(times)]
    return median(steps) if len(steps) >= _STEPS_KNOWN else STEP_S


def _without_stop(
    own: Sequence[Jump | Miss], end_s: float, step_s: float
) -> tuple[list[Jump | Miss], float | None]:
    """The marks without the machine's miss of an athlete who stops at the beep, and when he did.

    A miss that a reviewer added has no delay and is one.
    """
    last_s = end_s - LAST_STEPS * step_s
    stops = [m for m in own if isinstance(m, Miss) and m.time_s > last_s and m.emitted_s > m.time_s]
    return [m for m in own if m not in stops], min((m.time_s for m in stops), default=None)


def _early_s(
    marks: Sequence[Mark], athlete: int | None, begin_s: float, half_turn_s: float
) -> float | None:
    """The first contact that is too early, from the beep.

    The rope needs half a turn at least before it passes under the first jump, so that a contact
    less than that after the beep had the rope turning before it. Nobody reacts in under 0.1 s: a
    fair start is later by that much, which is what errors of both times may eat up. A contact
    before "Set" is of the warming-up.
    """
    since_s = begin_s - RULES.opening[-1].silence_s
    early = [
        mark.time_s - begin_s
        for mark in marks
        if isinstance(mark, Jump)
        and mark.athlete == athlete
        and since_s <= mark.time_s < begin_s + half_turn_s
    ]
    return min(early, default=None)


def _early_note(early_s: float) -> str:
    side = "before" if early_s < 0 else "after"
    return (
        f"begun too early: a jump landed {abs(early_s):.2f} s {side} the beep; "
        f"-{RULES.false_start:g} unless the judges saw otherwise"
    )
