"""The samples of a sound stream on the station's monotonic clock."""

from __future__ import annotations

import numpy as np

from realtime.judge.sound.decimate import Floats

_AROUND_S = 2.0
_ROWS = 4096
_LATEST_S = 1.0  # a converter's time this far from its call is none
_SAMPLE, _NAMED, _APART, _GAPS = range(4)


class StreamClock:
    """When a sample is at the converter, from what the callbacks around it saw.

    The driver names that moment on its own clock, with some jitter: the median counts. A callback
    runs some time after the moment that it calls its own, never before: of the differences between
    the two clocks the smallest counts. Only callbacks within `_AROUND_S` are asked, so that drift
    is followed: 100 ppm are 0.2 ms; and only those since the same gap, as a gap moves the samples.

    Written by the callback, read by another thread, without a lock: a row is complete before it is
    counted, and the oldest is not the one that is asked for.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._rows: Floats = np.zeros((_ROWS, 4))
        self._count = 0

    def note(
        self, sample: int, named_s: float, current_s: float, monotonic_s: float, gaps: int
    ) -> None:
        """At the beginning of a callback: the number of its first sample, the stream time at which
        that is at the converter (as `named_time`), and the moment on both clocks. Allocates nothing
        that stays."""
        row = self._rows[self._count % _ROWS]
        row[_SAMPLE] = sample
        row[_NAMED] = named_s
        row[_APART] = monotonic_s - current_s
        row[_GAPS] = gaps
        self._count += 1

    def monotonic(self, sample: float) -> float:
        """The monotonic time at which `sample` is at the converter; NaN before any callback."""
        rows = self._rows[: min(self._count, _ROWS)].copy()
        if not len(rows):
            return float("nan")
        before = np.where(rows[:, _SAMPLE] <= sample, sample - rows[:, _SAMPLE], np.inf)
        own = int(np.argmin(before))
        far = np.abs(rows[:, _SAMPLE] - rows[own, _SAMPLE])
        near = rows[(far <= _AROUND_S * self._rate) & (rows[:, _GAPS] == rows[own, _GAPS])]
        late = float(np.median(near[:, _NAMED] - near[:, _SAMPLE] / self._rate))
        return sample / self._rate + late + float(near[:, _APART].min())


def named_time(named_s: float, current_s: float, latency_s: float) -> float:
    """The stream time at which a buffer is at the converter: as the driver names it, or by the
    stream's latency (negative: input) where it names none that can be."""
    if abs(named_s - current_s) > _LATEST_S or named_s == 0:
        return current_s + latency_s
    return named_s
