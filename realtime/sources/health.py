"""What is wrong with the pictures of a camera or a stream, from the pictures and their times."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.pose.protocol import Image
from realtime.sources.protocol import CameraMode, Frame

Kind = Literal["frozen", "dark", "jump", "slow", "below"]

_GRID = 16
"""Every 16th pixel of every 16th row is looked at: 3600 of a 720p picture, in which neither a
person nor the noise of a sensor is missed, for a hundredth of the pixels' cost."""
_FROZEN_S = 0.6
"""A sensor never gives one picture twice; 0.6 s of it are 36 pictures at 60 fps, and more than an
encoder repeats when it is late. Said well within a second."""
_DARK_MEAN = 10.0
"""A covered lens gives 0 to 5 of 255, with its noise; the darkest hall filmed gives over 30."""
_LIGHT = 40
_LIGHT_SHARE = 0.01
"""... and a dark hall with one bright window is not dark: 1 % of it is brighter than 40."""
_DARK_S = 0.4
"""A flash that makes a camera close its iris passes within a few pictures."""
_BACK_S = 0.05
"""Pictures of a network come out of order by less than this, if at all."""
_AHEAD_S = 0.5
"""A picture cannot come before it was taken: a stamp that is ahead by more than clocks drift and
buffers vary is another clock's."""
_JUMP_SHOWN_S = 1.0
_DELAY_WINDOW_S = 10.0
"""In it the shortest delay is found again, so that two clocks may drift apart for hours."""
_WINDOW_S = 0.6
"""The rate is measured over this: long enough for 10 pictures of a camera at 15 fps."""
_SLOW = 0.67
_SLOW_OVER = 0.8
"""A rate between half (0.5, low light) and all (1): below the first it is slow, above the second
no more."""
_BELOW = 0.9
"""Of what was asked for: 50 instead of 60 is said, 59.94 is not."""
_LASTING_S = 0.25
_SETTLE_S = 1.2
"""A camera finds its exposure first."""
_FEWEST = 4
"""... and over as many pictures at least, for a camera that has become very slow."""
_RUN_S = 0.2
"""A run of one picture is not a low rate."""


@dataclass(frozen=True, slots=True)
class Ailment:
    """What is wrong, in words that follow the part's name, and since when (monotonic clock)."""

    kind: Kind
    text: str
    since: float


class _Lasting:
    """Whether something is so: once it was for `begin_s`, until it was not for a while."""

    def __init__(self, begin_s: float) -> None:
        self._begin_s = begin_s
        self._changed: float | None = None
        self.holds = False
        self.since = 0.0

    @property
    def settled(self) -> bool:
        """Whether it is not just about to change."""
        return self._changed is None

    def update(self, is_so: bool, now: float) -> bool:
        if is_so == self.holds:
            self._changed = None
        elif self._changed is None:
            self._changed = now
        if self._changed is not None:
            needed = _LASTING_S if self.holds else self._begin_s
            if now - self._changed >= needed:
                self.holds, self.since, self._changed = is_so, self._changed, None
        return self.holds


class Health:
    """Watches one stream, picture by picture.

    `asked` is the mode that was asked for, `pixel_format` what came. Where `still` is true a
    picture may be the same as the one before because nothing moves (compressed streams, simulated
    pictures): repeats are then no lower rate, only a long run of them is said.
    """

    def __init__(
        self,
        *,
        asked: CameraMode | None = None,
        pixel_format: str | None = None,
        still: bool = False,
    ) -> None:
        self._asked = asked
        self._pixel_format = pixel_format
        self._still = still
        self._best = 0.0
        self.restart()

    def restart(self) -> None:
        """The stream was opened again: everything is new but the rate that it once had."""
        self.rate: float | None = None
        """Pictures a second, measured; None before it is known."""
        self.jumped_s = 0.0
        """By how much the stamp of the last picture was off (below 0: back)."""
        self._begin: float | None = None
        self._stamp: float | None = None
        self._delays = _Shortest(_DELAY_WINDOW_S)
        self._seen: bytes | None = None
        self._same_since = 0.0
        self._dark = _Lasting(_DARK_S)
        self._slow = _Lasting(_LASTING_S)
        self._below = _Lasting(_LASTING_S)
        self._jump: Ailment | None = None
        self._times: deque[tuple[float, int, int]] = deque()  # t, new pictures, all pictures
        self._count = 0
        self._given = 0

    def see(self, frame: Frame, now: float) -> Ailment | None:
        """The worst that is wrong with the stream after this picture, which came at `now`."""
        if self._begin is None:
            self._begin = self._same_since = now
        grid = np.ascontiguousarray(frame.image[::_GRID, ::_GRID])
        new = self._is_new(grid, now)
        self._check_stamp(frame, now)
        self._measure(frame, new or self._still)
        dark = self._dark.update(_is_dark(grid), now)
        slow = self._slow.update(self._is_slow(now), now)
        below = self._below.update(self._is_below(now), now)
        if now - self._same_since >= _FROZEN_S:
            same_s = now - self._same_since
            return Ailment("frozen", f"the same picture for {same_s:.1f} s", self._same_since)
        if dark:
            text = f"dark ({grid.mean():.0f} of 255): is the lens covered, the light off?"
            return Ailment("dark", text, self._dark.since)
        if self._jump is not None and now - self._jump.since < _JUMP_SHOWN_S:
            return self._jump
        if slow:
            return Ailment("slow", self._slow_text(), self._slow.since)
        return Ailment("below", self._below_text(), self._below.since) if below else None

    @property
    def settled(self) -> bool:
        """Whether the rate has been measured, the camera having found its exposure, and held
        against what was asked for."""
        return self._best > 0 and self._below.settled

    def _is_new(self, grid: Image, now: float) -> bool:
        seen = grid.tobytes()
        if seen == self._seen:
            return False
        self._seen = seen
        if now - self._same_since > _RUN_S:
            self._times.clear()
        self._same_since = now
        return True

    def _check_stamp(self, frame: Frame, now: float) -> None:
        stamp = frame.t if frame.stamp is None else frame.stamp
        before, self._stamp, self.jumped_s = self._stamp, stamp, 0.0
        ahead = self._delays.ahead(stamp - now)
        if before is not None:
            if stamp < before - _BACK_S:
                self.jumped_s = stamp - before
            elif stamp - before > _AHEAD_S and ahead > _AHEAD_S:
                self.jumped_s = ahead
        if self.jumped_s:
            way = "back" if self.jumped_s < 0 else "forward"
            text = f"its clock jumped {way} by {abs(self.jumped_s):.1f} s; time goes on without it"
            self._jump = Ailment("jump", text, now)
            self._delays.clear()
            self._times.clear()
        self._delays.add(stamp - now, now)

    def _measure(self, frame: Frame, counts: bool) -> None:
        self._count += frame.skipped + counts
        self._given += frame.skipped + 1
        times = self._times
        if times and frame.t <= times[-1][0]:
            times.clear()
        times.append((frame.t, self._count, self._given))
        while len(times) > _FEWEST and frame.t - times[0][0] > _WINDOW_S:
            times.popleft()
        (begin, first, _), (end, last, _) = times[0], times[-1]
        whole = end - begin > 0.8 * _WINDOW_S
        self.rate = (last - first) / (end - begin) if whole else None

    def _is_slow(self, now: float) -> bool:
        if self.rate is None or now - self._same_since > _RUN_S:
            return self._slow.holds
        return self.rate < self._best * (_SLOW_OVER if self._slow.holds else _SLOW)

    def _is_below(self, now: float) -> bool:
        settled = self._begin is not None and now - self._begin >= _SETTLE_S
        if self.rate is None or not settled or now - self._same_since > _RUN_S:
            return self._below.holds
        self._best = max(self._best, self.rate)
        return self._asked is not None and self.rate < self._asked.fps * _BELOW

    def _slow_text(self) -> str:
        (begin, _, first), (end, _, last) = self._times[0], self._times[-1]
        given = (last - first) / (end - begin) if end > begin else 0.0
        rate = self.rate or 0.0
        if given > rate / _SLOW:
            return f"{rate:.0f} new pictures a second of {given:.0f}: it repeats itself"
        return f"{rate:.0f} pictures a second, {self._best:.0f} before: more light?"

    def _below_text(self) -> str:
        asked = self._asked.fps if self._asked else 0
        text = f"{self.rate or self._best:.0f} pictures a second, asked for {asked:.0f}"
        if self._pixel_format in {None, "MJPG"}:
            return f"{text}: more light, or another camera"
        return f"{text}: {self._pixel_format} is too much for USB 2, it needs MJPG"


class _Shortest:
    """The highest of stamps less arrival (the shortest delay) of the last seconds."""

    def __init__(self, window_s: float) -> None:
        self._half_s = window_s / 2
        self.clear()

    def clear(self) -> None:
        self._halves: list[float] = []
        self._begin = 0.0

    def add(self, value: float, now: float) -> None:
        if not self._halves or now - self._begin > self._half_s:
            self._halves = [value, *self._halves[:1]]
            self._begin = now
        self._halves[0] = max(self._halves[0], value)

    def ahead(self, value: float) -> float:
        """By how much `value` is above the highest; 0 without one."""
        return value - max(self._halves) if self._halves else 0.0


def _is_dark(grid: Image) -> bool:
    light = np.count_nonzero(grid > _LIGHT) > _LIGHT_SHARE * grid.size
    return not light and float(grid.mean()) < _DARK_MEAN
