"""Puts samples of any frame rate, constant or not, onto a fixed step of time."""

from __future__ import annotations

from collections.abc import Iterator

from realtime.stream.ring import Floats


class Resampler:
    """Linear interpolation between consecutive samples, at the multiples of `step_s` seconds after
    the first sample. Causal: a step is given once the sample at or after it is there."""

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._taken = 0
        self._origin = 0.0
        self._last: tuple[float, Floats] | None = None

    def push(self, t: float, sample: Floats) -> Iterator[tuple[float, Floats]]:
        """Take the sample at `t` seconds, later than the last; returns (time, sample) of each step
        up to it. Use up the iterator before the next push."""
        if self._last is None:
            self._origin = t
            self._last = t, sample
        last_t, last = self._last
        self._last = t, sample
        while (due := self._origin + self._taken * self._step_s) <= t:
            self._taken += 1
            part = (due - last_t) / (t - last_t) if t > last_t else 1.0
            yield due, last + (sample - last) * part
