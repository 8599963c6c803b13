"""A fixed-capacity, time-indexed ring buffer whose windows are views."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class RingBuffer:
    """The last `capacity` samples of shape `shape`, addressed by time in seconds.

    Every sample is written twice, `capacity` apart, so that any window is one contiguous view and
    nothing is allocated per frame.
    """

    def __init__(self, capacity: int, shape: tuple[int, ...] = ()) -> None:
        if capacity < 1:
            raise ValueError(f"ring buffer capacity: expected at least 1, got {capacity}")
        self._capacity = capacity
        self._t = np.empty(2 * capacity)
        self._values = np.empty((2 * capacity, *shape))
        self._pushed = 0

    def __len__(self) -> int:
        return min(self._pushed, self._capacity)

    def push(self, t: float, value: NDArray[np.floating] | float) -> None:
        """Add a sample. Raises ValueError when `t` does not increase."""
        if self._pushed and t <= self.last_t:
            raise ValueError(f"sample time: expected more than {self.last_t} s, got {t} s")
        slot = self._pushed % self._capacity
        for i in (slot, slot + self._capacity):
            self._t[i] = t
            self._values[i] = value
        self._pushed += 1

    @property
    def last_t(self) -> float:
        return float(self._t[(self._pushed - 1) % self._capacity])

    def window(self, seconds: float) -> tuple[Floats, Floats]:
        """Views (times (n,), values (n, ...)) of the samples newer than `seconds` before the last,
        oldest first. They stay valid until the next push."""
        end = (self._pushed - 1) % self._capacity + 1
        if self._pushed >= self._capacity:
            end += self._capacity
        begin = end - len(self)
        if begin < end:
            newest = self._t[end - 1]
            begin += int(np.searchsorted(self._t[begin:end], newest - seconds, side="right"))
        return self._t[begin:end], self._values[begin:end]
