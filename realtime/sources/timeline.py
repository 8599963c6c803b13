"""One capture time for a stream that is opened several times, or whose clock jumps."""

from __future__ import annotations

from dataclasses import replace

from realtime.sources.protocol import Frame

_OLDEST_S = 2.0
"""A picture is no older than this when it comes; what says so has another clock."""
_LEAST_S = 1e-6
_EARLY_S = 0.03
"""By so much a picture may be sooner than the soonest of the first opening: clocks drift. More is a
burst: pictures that waited somewhere come at once, when what held them lets go."""
_PACE = 0.5
"""Of its own pace, at which a picture is still shown."""
_STUCK_S = 0.25
"""For so long a time that stands still is a picture given twice; then, a clock that stands."""


class Timeline:
    """Gives frames times that strictly increase from 0.

    Within one opening the source's own times count, for they are nearer to the exposure than the
    moment of arrival; from one to the next, the monotonic clock.
    """

    def __init__(self) -> None:
        self._offset: float | None = None
        self._last: Frame | None = None
        self._first = True
        self._before = 0.0  # the source's time of the last frame that came
        self._skipped = 0
        self._soonest = float("-inf")
        """The highest of time less capture in the first opening: its shortest delay."""

    def restart(self) -> None:
        """What comes now has times of another origin."""
        self._offset = None
        self._first = self._last is None

    def gap_s(self, frame: Frame, arrived: float) -> float:
        """How long after the last frame this one was captured; 0 for the first."""
        if self._last is None:
            return 0.0
        return max(_captured(frame, arrived) - self._last.captured_at, 0.0)

    def place(self, frame: Frame, arrived: float) -> Frame | None:
        """The frame with its time in the session; None for one that has none: the same picture
        again, or one of a burst of old ones, which came too late (the next says how many were left
        out)."""
        captured = _captured(frame, arrived)
        t = self._time(frame, captured)
        if not self._first:
            t = min(t, captured + self._soonest + _EARLY_S)
        step, self._before = frame.t - self._before, frame.t
        again = self._offset is not None and not self._first and step > 0
        self._offset = t - frame.t
        skipped = self._skipped + frame.skipped
        if self._last is not None:
            since_last = t - self._last.t
            if since_last <= 0 or (again and since_last < step * _PACE):
                self._skipped = skipped + again
                return None
        if self._first:
            self._soonest = max(self._soonest, t - captured)
        self._skipped = 0
        self._last = replace(frame, t=t, captured_at=captured, skipped=skipped)
        return self._last

    def _time(self, frame: Frame, captured: float) -> float:
        if self._last is None:
            return 0.0
        since_last = captured - self._last.captured_at
        own = self._last.t if self._offset is None else frame.t + self._offset
        if self._offset is None or (own <= self._last.t and since_last > _STUCK_S):
            return self._last.t + max(since_last, _LEAST_S)
        return own


def _captured(frame: Frame, arrived: float) -> float:
    return frame.captured_at if 0 <= arrived - frame.captured_at <= _OLDEST_S else arrived
