"""Which of the people in view is the athlete who is meant. It never changes without a word."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Literal, get_args

from realtime.marks import Lock
from realtime.stream.tracking import Tracked

LockRule = Literal["active", "largest"]
LOCK_RULES: tuple[str, ...] = get_args(LockRule)
"""active: the first who does something that is recognised, until then the largest."""

GONE_S = 3.0
"""Who is out of view for longer than this is let go when somebody else is there."""
TOGETHER_S = 1.5
"""Of several who begin within this time, the largest is meant."""


class AthleteLock:
    """Says who is meant. Stateful, causal, deterministic."""

    def __init__(self, rule: LockRule = "active") -> None:
        self._rule = rule
        self._seen_at = -math.inf
        self._active: set[int] = set()
        self._first_active_at = math.inf
        self.athlete: int | None = None
        """Who is meant; None until somebody was seen."""

    def update(self, t: float, people: Sequence[Tracked], acting: Collection[int]) -> Lock | None:
        """Take a frame: who is in view, and who of them has just done something that counts.

        Returns the mark of a change of the athlete who is meant.
        """
        if acting and not self._active:
            self._first_active_at = t
        self._active.update(acting)
        if any(person.id == self.athlete for person in people):
            self._seen_at = t
        if not people or not self._free(t, people):
            return None
        best = max(people, key=self._rank)
        if best.id == self.athlete:
            return None
        self.athlete, self._seen_at = best.id, t
        why = "does something" if self._rank(best)[0] else "largest in view"
        return Lock(best.id, t, why)

    def _rank(self, person: Tracked) -> tuple[bool, float]:
        return self._rule == "active" and person.id in self._active, person.size

    def _free(self, t: float, people: Sequence[Tracked]) -> bool:
        """Whether it may pass to somebody else."""
        if self.athlete is None or t - self._seen_at > GONE_S:
            return True
        if self._rule != "active" or not self._active:
            return False
        return self.athlete not in self._active or t - self._first_active_at <= TOGETHER_S
