"""A fixed-capacity, time-indexed ring buffer whose windows are views."""

from __future__ import annotations

import math

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
        self._last_t = math.nan

    def __len__(self) -> int:
        return min(self._pushed, self._capacity)

    def push(self, t: float, value: NDArray[np.floating] | float) -> None:
        """Add a sample. Raises ValueError when `t` does not increase."""
        if t <= self._last_t:
            raise ValueError(f"sample time: expected more than {self._last_t} s, got {t} s")
        slot = self._pushed % self._capacity
        self._t[slot] = self._t[slot + self._capacity] = t
        self._values[slot] = self._values[slot + self._capacity] = value
        self._pushed += 1
        self._last_t = float(t)

    @property
    def last_t(self) -> float:
        return self._last_t

    def window(self, seconds: float) -> tuple[Floats, Floats]:
        """Views (times (n,), values (n, ...)) of the samples newer than `seconds` before the last,
        oldest first. They stay valid until the next push."""
        times, values = self.latest(self._capacity)
        begin = int(times.searchsorted(self._last_t - seconds, side="right"))
        return times[begin:], values[begin:]

    def latest(self, count: int) -> tuple[Floats, Floats]:
        """Views like `window`'s of the last `count` samples, or as many as are kept."""
        end = (self._pushed - 1) % self._capacity + 1
        if self._pushed >= self._capacity:
            end += self._capacity
        begin = end - min(count, len(self))
        return self._t[begin:end], self._values[begin:end]
