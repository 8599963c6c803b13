"""Which of the people in view is the athlete who is meant. It never changes without a word."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, get_args

from realtime.marks import BY_HAND, Lock
from realtime.stream.tracking import Tracked

LockRule = Literal["active", "largest", "motion"]
LOCK_RULES: tuple[str, ...] = get_args(LockRule)
"""active: the first who does something that is recognised, until then the largest; after him the
next who does something.
motion: whoever clearly moves most for a while, but nobody who is not counted after one who is."""

GONE_S = 3.0
"""Who is out of view for longer than this is let go when somebody else is there."""
TOGETHER_S = 1.5
"""Of several who begin within this time, the largest is meant."""
MOST_TIMES = 2.0
"""Who is to take over by motion has so many times the motion energy of the one who is meant ..."""
MOST_FOR_S = 1.0
"""... for this long, ..."""
MOST_LEAST = 2.0
"""... and has more than this, (leg lengths per second) squared: simulated, who stands or cheers has
up to 2, who walks 1 to 3, who flips 5 and more, who jumps 10 and more."""
COUNTED_S = 3.0
"""Whoever did something that counts within this time keeps the lock from those who did not."""

_LARGEST, _MOST = "largest in view", "moves most"
_STILL: Mapping[int, float] = MappingProxyType({})


class AthleteLock:
    """Says who is meant. Stateful, causal, deterministic."""

    def __init__(self, rule: LockRule = "active") -> None:
        self._rule = rule
        self._by_hand = False
        self._seen_at = -math.inf
        self._active: dict[int, float] = {}  # when each did something last
        self._first_active_at = math.inf
        self._moving_most: dict[int, float] = {}  # since when
        self.athlete: int | None = None
        """Who is meant; None until somebody was seen."""

    def choose(self, t: float, athlete: int | None) -> Lock | None:
        """Take a choice by hand: he is meant, in view or not, until the next choice; None gives the
        choice back to the rule, which goes on from him. Returns the mark of a change."""
        if athlete is None:
            if not self._by_hand or self.athlete is None:
                return None
            self._by_hand = False
            return Lock(self.athlete, t, "automatic again")
        if self._by_hand and athlete == self.athlete:
            return None
        self._by_hand = True
        return self._pass_to(t, athlete, BY_HAND)

    def update(
        self,
        t: float,
        people: Sequence[Tracked],
        acting: Collection[int],
        motion: Mapping[int, float] = _STILL,
    ) -> Lock | None:
        """Take a frame: who is in view, who of them has just done something that counts, and for
        the rule "motion" the motion energy of each.

        Returns the mark of a change of the athlete who is meant.
        """
        if acting and not self._active:
            self._first_active_at = t
        self._active.update(dict.fromkeys(acting, t))
        if any(person.id == self.athlete for person in people):
            self._seen_at = t
        if self._by_hand or not people:
            return None
        if self._rule == "motion":
            return self._by_motion(t, people, motion)
        return self._by_deeds(t, people)

    def _by_deeds(self, t: float, people: Sequence[Tracked]) -> Lock | None:
        if not self._free(t):
            return None
        best = max(people, key=self._rank)
        acted = self._rank(best)[0]
        # After an attempt its athlete leaves, and a judge, the next one or an end card is in view:
        # the attempt is not theirs.
        kept = self._rule == "active" and self.athlete in self._active and not acted
        if kept or best.id == self.athlete:
            return None
        return self._pass_to(t, best.id, "does something" if acted else _LARGEST)

    def _rank(self, person: Tracked) -> tuple[bool, float]:
        return self._rule == "active" and person.id in self._active, person.size

    def _free(self, t: float) -> bool:
        """Whether it may pass to somebody else."""
        if self._gone(t):
            return True
        if self._rule != "active" or not self._active:
            return False
        return self.athlete not in self._active or t - self._first_active_at <= TOGETHER_S

    def _gone(self, t: float) -> bool:
        return self.athlete is None or t - self._seen_at > GONE_S

    def _by_motion(
        self, t: float, people: Sequence[Tracked], motion: Mapping[int, float]
    ) -> Lock | None:
        self._note_movers(t, motion)
        best = max(people, key=lambda person: (motion.get(person.id, 0.0), person.size))
        if best.id == self.athlete:
            return None
        if self._gone(t):
            moves = motion.get(best.id, 0.0) >= MOST_LEAST
            largest = max(people, key=lambda person: person.size)
            return self._pass_to(t, *((best.id, _MOST) if moves else (largest.id, _LARGEST)))
        long_enough = t - self._moving_most.get(best.id, math.inf) >= MOST_FOR_S
        if long_enough and (self._counted(t, best.id) or not self._counted(t, self.athlete)):
            return self._pass_to(t, best.id, _MOST)
        return None

    def _counted(self, t: float, athlete: int | None) -> bool:
        """Whether somebody is being counted."""
        return t - self._active.get(athlete or 0, -math.inf) <= COUNTED_S

    def _note_movers(self, t: float, motion: Mapping[int, float]) -> None:
        """Keep since when somebody moves clearly more than the one who is meant."""
        limit = max(MOST_LEAST, MOST_TIMES * motion.get(self.athlete or 0, 0.0))
        movers = (number for number, energy in motion.items() if energy > limit)
        self._moving_most = {mover: self._moving_most.get(mover, t) for mover in movers}

    def _pass_to(self, t: float, athlete: int, why: str) -> Lock:
        self.athlete, self._seen_at = athlete, t
        self._moving_most = {}
        return Lock(athlete, t, why)
