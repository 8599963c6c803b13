"""An athlete's count of one leg by the book, from the marks of the machine.

A judge clicks as jumps land; when he has clicked the jump that was missed, he leaves the next one
out, and at the end of the leg he takes one off. So does this, one mark at a time: the count after
each mark is what it would be if the leg ended there.

Which jumps were not whole a miss says itself (`Miss.takes_back`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from models.rope.rules import RULES, Counting
from realtime.marks import SAME_CONTACT_S, Foot, Jump, Miss

Verdict = Literal[
    "counted",
    "skipped",  # in place of a jump that was counted and missed
    "other foot",
    "same foot",  # no alternation
    "not of the event",  # one foot where both must land together, or the other way round
    "over",  # after the end of consecutive jumps
    "missed",
    "missed a countable jump",
]
"""What became of a mark."""

_KEPT = 8  # countable jumps that may turn out not to be whole


@dataclass(frozen=True, slots=True)
class Tally:
    """The state after some marks of one athlete in one leg."""

    counting: Counting
    counted: int = 0
    """What a judge's device shows."""
    owes: int = 0
    """Counted jumps that were missed and for which no other one was skipped yet."""
    steps: int = 0
    """Every contact, of whichever foot."""
    misses: int = 0
    over: bool = False
    verdict: Verdict | None = None
    """Of the last mark."""
    last_s: float | None = None
    """The last contact."""
    _foot: Foot | None = None
    _right_landed: bool = False  # in this run
    _countable: tuple[Jump, ...] = ()  # the last ones of this run

    @property
    def count(self) -> int:
        """The count if the leg ends now."""
        return self.counted - int(RULES.missed_last) * self.owes

    def after(self, mark: Jump | Miss) -> Tally:
        """The state after one more mark, in time order, a miss after the jump it is of."""
        return self._missed(mark) if isinstance(mark, Miss) else self._landed(mark)

    def _landed(self, jump: Jump) -> Tally:
        verdict = self._verdict(jump.foot)
        countable = verdict in ("counted", "skipped")
        return replace(
            self,
            counted=self.counted + (verdict == "counted"),
            owes=self.owes - (verdict == "skipped"),
            steps=self.steps + 1,
            over=self.over or self._ends_with(jump.foot),
            verdict=verdict,
            last_s=jump.time_s,
            _foot=jump.foot,
            _right_landed=self._right_landed or jump.foot == "right",
            _countable=(*self._countable, jump)[-_KEPT:] if countable else self._countable,
        )

    def _verdict(self, foot: Foot) -> Verdict:
        if self.over or self._ends_with(foot):
            return "over"
        if self.counting == "speed step":
            if foot == "both":
                return "not of the event"
            if foot == "left":
                return "same foot" if self._foot == "left" else "other foot"
            if self._right_landed and self._foot != "left":
                return "same foot"
        elif foot != "both":
            return "not of the event"
        return "skipped" if self.owes else "counted"

    def _ends_with(self, foot: Foot) -> bool:
        """Consecutive jumps end with any other skill."""
        return self.counting == "triple under" and foot != "both" and self.count > 0

    def _missed(self, miss: Miss) -> Tally:
        """The run is over, and what was missed was no jump; skipping one for it is owed."""
        lost = sum(map(miss.takes_back, self._countable))
        missed = replace(self, owes=self.owes + lost)
        return replace(
            missed,
            misses=self.misses + 1,
            over=self.over or (self.counting == "triple under" and missed.count > 0),
            verdict="missed a countable jump" if lost else "missed",
            _foot=None,
            _right_landed=False,
            _countable=(),
        )


def stopped_s(miss: Miss, jumps: Sequence[Jump]) -> float:
    """The contact at which the athlete stopped: the last of his `jumps` that was said before the
    miss, or the one that a reviewer means."""
    if miss.by_hand:
        near = [j.time_s for j in jumps if abs(j.time_s - miss.time_s) <= SAME_CONTACT_S]
        return max([*near, miss.time_s])
    said = [j.time_s for j in jumps if not j.by_hand and j.emitted_s < miss.emitted_s]
    return max([*said, miss.time_s])


def in_order(marks: Sequence[Jump | Miss]) -> list[Jump | Miss]:
    """Marks of one athlete by time, a miss after the contact at which he stopped; of several there,
    as they were said."""
    jumps = [mark for mark in marks if isinstance(mark, Jump)]

    def key(mark: Jump | Miss) -> tuple[float, bool, float]:
        if isinstance(mark, Jump):
            return mark.time_s, False, mark.emitted_s
        return stopped_s(mark, jumps), True, mark.emitted_s

    return sorted(marks, key=key)


def tallies(marks: Sequence[Jump | Miss], counting: Counting) -> list[tuple[Jump | Miss, Tally]]:
    """Each mark, in order, with the state after it."""
    state = Tally(counting)
    states = []
    for mark in in_order(marks):
        state = state.after(mark)
        states.append((mark, state))
    return states


def tally(marks: Sequence[Jump | Miss], counting: Counting) -> Tally:
    """The state after all marks."""
    states = tallies(marks, counting)
    return states[-1][1] if states else Tally(counting)
