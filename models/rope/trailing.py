"""The middle and the extent of a number over its trailing past."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from functools import cache
from math import isnan, nan


class TrailingOrder:
    """The values of the last moments in order; unknown ones (NaN) are left out. Stateful.

    Kept in order from step to step: for a number per step this is faster than to sort an array.
    """

    def __init__(self) -> None:
        self._past: deque[tuple[float, float]] = deque()
        self._ordered: list[float] = []

    def push(self, at: float, value: float, forgotten: float) -> None:
        """Take the `value` at the moment `at`, in any unit, later than the last; let go of what was
        at `forgotten` or before."""
        past, ordered = self._past, self._ordered
        past.append((at, value))
        if not isnan(value):
            insort(ordered, value)
        while past[0][0] <= forgotten:
            value = past.popleft()[1]
            if not isnan(value):
                del ordered[bisect_left(ordered, value)]

    def extent(self) -> tuple[float, float, float]:
        """The values that 5, 50 and 95 % of the known ones are less than; NaN of none."""
        ordered = self._ordered
        if not ordered:
            return nan, nan, nan
        low, middle, high = _places(len(ordered))
        return ordered[low], ordered[middle], ordered[high]

    def at(self, part: float) -> float:
        """The value that this `part` (0 ... 1) of the known ones are less than, of which there must
        be one."""
        return self._ordered[round(part * (len(self._ordered) - 1))]

    def __len__(self) -> int:
        return len(self._ordered)


@cache
def _places(n: int) -> tuple[int, int, int]:
    return round(0.05 * (n - 1)), round(0.5 * (n - 1)), round(0.95 * (n - 1))
