"""The faults of a station as marks: no fault that repeats fills the session file."""

from __future__ import annotations

from collections.abc import Hashable

from msgspec import structs

from realtime.marks import Fault
from realtime.supervision.repeats import Repeats

WINDOW_S = 10.0


def _merged(earlier: Fault, later: Fault) -> Fault:
    return structs.replace(
        later,
        frames_lost=earlier.frames_lost + later.frames_lost,
        gap_s=earlier.gap_s + later.gap_s,
    )


class Faults:
    """The first of equal faults is a mark at once; those that follow within some seconds are one
    together, with their count and all that they cost."""

    def __init__(self) -> None:
        self._repeats: Repeats[Fault] = Repeats(WINDOW_S, _merged)

    def add(self, key: Hashable, fault: Fault, now: float) -> list[Fault]:
        """Marks to make of `fault` at `now` (monotonic, s); equal ones have the same `key`."""
        return [fault] if self._repeats.is_new(key, fault, now) else []

    def due(self, now: float) -> list[Fault]:
        """Marks to make of what was counted before."""
        return [_counted(*each) for each in self._repeats.due(now)]

    def end(self) -> list[Fault]:
        """The rest."""
        return [_counted(*each) for each in self._repeats.end()]


def _counted(fault: Fault, count: int) -> Fault:
    again = "once more" if count == 1 else f"{count} times more"
    return structs.replace(fault, what=f"{fault.what} ({again})")
