"""A clock for deadlines of others."""

from __future__ import annotations

from collections.abc import Callable

INATTENTIVE_S = 0.5


class AttentiveClock:
    """Stands still while nobody looks: what comes while a station's process is suspended must not
    look late."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._looked_at = clock()
        self._missed_s = 0.0

    def look(self) -> float:
        """The time (s); a gap of more than `INATTENTIVE_S` between two calls takes none."""
        now = self._clock()
        if now - self._looked_at > INATTENTIVE_S:
            self._missed_s += now - self._looked_at
        self._looked_at = now
        return now - self._missed_s
