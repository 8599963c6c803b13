"""One leg of an attempt: whose it is, what counts in it, and whether it was begun too early."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from models.rope.rules import RULES, Event
from realtime.judge.tally import Tally, stopped_s, tallies
from realtime.marks import Jump, Mark, Miss, rope_turns

FLAGGED_BELOW = 0.5
"""A jump with less confidence is shown to the reviewer."""
STEP_S = 0.25
"""How long a step lasts where too few are known to tell."""
_STEPS_KNOWN = 3
_FIRST_STEPS = 8
LAST_STEPS = 2.0
"""Who stops less than so many steps before the end has stopped at the beep: no miss."""
FIRST_TURN_S = 0.2
"""Nobody's first turn takes less, from behind the heels to under the feet: at record pace a turn
takes 0.13 s, and from rest about two of those."""
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
    seen: Mapping[Jump, str] = field(default_factory=dict)
    """Of the flagged jumps those that a reviewer looked at and found right, with his name."""

    @property
    def jumps(self) -> tuple[Jump, ...]:
        return tuple(mark for mark, _ in self.judged if isinstance(mark, Jump))

    @property
    def missed_s(self) -> tuple[float, ...]:
        """The contacts at which he stopped for a miss."""
        return tuple(
            stopped_s(mark, self.jumps) for mark, _ in self.judged if isinstance(mark, Miss)
        )

    @property
    def flagged(self) -> tuple[Jump, ...]:
        """The jumps that are uncertain, whoever has looked at them."""
        return tuple(jump for jump in self.jumps if jump.confidence < FLAGGED_BELOW)

    @property
    def open(self) -> tuple[Jump, ...]:
        """The flagged jumps that a reviewer should still look at."""
        return tuple(jump for jump in self.flagged if jump not in self.seen)

    def notes_at(self, now: float) -> tuple[str, ...]:
        """What a judge must know of the leg at `now`, each in one line."""
        if now < self.end_s or math.isinf(self.end_s):
            return self.notes
        if not self.judged:
            whose = "" if self.athlete is None else f" of athlete {self.athlete}"
            return (*self.notes, f"no jump{whose} was seen: was he in view, and in the zone?")
        last = self.judged[-1][0]
        idle_s = self.end_s - last.time_s if isinstance(last, Jump) else 0.0
        if idle_s <= IDLE_S:
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
    confirmed: Mapping[Jump, str],
) -> Leg:
    """The leg from `begin_s` to before `end_s`, of `athlete` or of whoever jumps most in it;
    `before` is whose the leg before was; `confirmed` are jumps that reviewers found right."""
    landed = [m for m in marks if isinstance(m, Jump)]
    jumps = Counter(jump.athlete for jump in landed if begin_s <= jump.time_s < end_s)
    if athlete is None and jumps:
        athlete = max(jumps, key=lambda number: (jumps[number], -number))
    his = [jump for jump in landed if jump.athlete == athlete]
    within = [jump for jump in his if begin_s <= jump.time_s < end_s]
    step_s = _step_s(within)
    missed = [m for m in marks if isinstance(m, Miss) and m.athlete == athlete]
    misses, stopped = _misses([*his, *missed], begin_s, end_s, LAST_STEPS * step_s)
    judged = tuple(tallies([*within, *misses], event.counting))
    early_s = None
    if begin_s > -math.inf and athlete not in (None, before):
        early_s = _early_s(his, begin_s)
    notes = []
    if early_s is not None:
        notes.append(_early_note(early_s))
    if before is not None and athlete == before:
        notes.append(f"athlete {athlete} jumps in this leg as in the one before: a wrong switch?")
    tally = judged[-1][1] if judged else Tally(event.counting)
    if event.counting == "triple under" and misses and tally.count < RULES.restart_below:
        notes.append(
            f"missed before {RULES.restart_below}: he may begin once more (a new start), and then "
            "that attempt counts"
        )
    if stopped is not None:
        notes.append(f"stopped {end_s - stopped:.2f} s before the end: not taken for a miss")
    notes += [
        f"athlete {number}, who is not meant, has {count} jumps in it"
        for number, count in sorted(jumps.items())
        if number != athlete and count >= OTHERS
    ]
    if event.counting == "double under":
        notes += _single_notes(within, begin_s)
    seen = {jump: confirmed[jump] for jump in within if jump in confirmed}
    return Leg(athlete, begin_s, end_s, judged, tally, early_s, tuple(notes), seen)


def _single_notes(jumps: Sequence[Jump], begin_s: float) -> list[str]:
    """What looks like single bounces among double unders, by the wrists. They are counted all the
    same: the wrists are right in 98 of 100 jumps, and some jumps late where the kind changes."""
    both = sorted((jump for jump in jumps if jump.foot == "both"), key=lambda jump: jump.time_s)
    single = [jump for jump, turns in zip(both, rope_turns(both), strict=True) if turns == 1]
    if not single:
        return []
    first_s = single[0].time_s - (begin_s if math.isfinite(begin_s) else 0.0)
    return [
        f"{len(single)} of {len(both)} jumps look like single bounces, the first at "
        f"{first_s:.1f} s: look at them in the review"
    ]


def _step_s(jumps: Sequence[Jump]) -> float:
    """How long a step lasts at the beginning of the leg."""
    times = sorted(jump.time_s for jump in jumps)[: _FIRST_STEPS + 1]
    steps = [after - before for before, after in pairwise(times)]
    return median(steps) if len(steps) >= _STEPS_KNOWN else STEP_S


def _misses(
    his: Sequence[Jump | Miss], begin_s: float, end_s: float, last_s: float
) -> tuple[list[Miss], float | None]:
    """The misses of the leg, and when he stopped if that was at the beep: less than `last_s` before
    it, which is no miss unless a reviewer says so."""
    jumps = [mark for mark in his if isinstance(mark, Jump)]
    misses, at_beep_s = [], None
    for miss in (mark for mark in his if isinstance(mark, Miss)):
        at_s = stopped_s(miss, jumps)
        if not begin_s <= at_s < end_s:
            continue
        if at_s > end_s - last_s and not miss.by_hand:
            at_beep_s = at_s
        else:
            misses.append(miss)
    return misses, at_beep_s


def _early_s(jumps: Sequence[Jump], begin_s: float) -> float | None:
    """The first contact that is too early, from the beep.

    The rope makes a turn before it passes under the first jump, so that a contact less than
    `FIRST_TURN_S` after the beep had the rope turning before it. Nobody reacts in under 0.1 s: a
    fair start is later by that much, which is what errors of both times may eat up. A contact
    before "Set" is of the warming-up.
    """
    since_s = begin_s - RULES.opening[-1].silence_s
    until_s = begin_s + FIRST_TURN_S
    early = [jump.time_s - begin_s for jump in jumps if since_s <= jump.time_s < until_s]
    return min(early, default=None)


def _early_note(early_s: float) -> str:
    side = "before" if early_s < 0 else "after"
    return (
        f"begun too early: a jump landed {abs(early_s):.2f} s {side} the beep; "
        f"-{RULES.false_start:g} unless the judges saw otherwise"
    )
