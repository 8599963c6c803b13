"""The clock of a sound stream, read on the station's monotonic clock."""

from __future__ import annotations

import numpy as np

from realtime.judge.sound.decimate import Floats

_WINDOW_S = 4.0
_ROWS = 2048
_LATEST_S = 1.0  # a device's time this far from its call is none


class StreamClock:
    """Follows how far two clocks are apart, from what each callback sees of both.

    A callback runs some time after the moment that the stream names, never before it: the smallest
    of the recent differences is the one with the least delay in it. "Recent" is `_WINDOW_S`, so
    that the drift of the two is followed: 100 ppm are 0.4 ms. Written by the callback, read by
    another thread, without a lock: a row is complete before it is counted.
    """

    def __init__(self) -> None:
        self._rows: Floats = np.full((_ROWS, 2), np.nan)
        self._count = 0

    def note(self, stream_s: float, monotonic_s: float) -> None:
        """Both clocks at the beginning of a callback. Allocates nothing that stays."""
        row = self._rows[self._count % _ROWS]
        row[0] = stream_s
        row[1] = monotonic_s - stream_s
        self._count += 1

    def monotonic(self, stream_s: float) -> float:
        """The monotonic time of a moment of the stream's clock, by what is known around it.
        NaN before the first callback."""
        known = self._rows[: min(self._count, _ROWS)].copy()
        if not len(known):
            return float("nan")
        apart = np.abs(known[:, 0] - stream_s)
        near = apart <= max(_WINDOW_S / 2, float(apart.min()) + _WINDOW_S / 4)
        return stream_s + float(known[near, 1].min())


def device_time(named_s: float, current_s: float, latency_s: float) -> float:
    """The stream time at which a buffer is at the converter: as the driver names it, or by the
    stream's latency (negative: input) where it names none that can be."""
    if abs(named_s - current_s) > _LATEST_S or named_s == 0:
        return current_s + latency_s
    return named_s
