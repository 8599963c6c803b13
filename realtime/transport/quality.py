"""How the frames for a pose worker on another machine are packed: raw, or as JPEG of what quality.

The rate of the link decides, measured on the frames themselves: their bytes over the time from the
socket to the answer, less what the worker had them for, less the round trip of an empty message
(ADR 21). Pure: times come in.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from statistics import median

TRANSFER_S = 0.008
"""What a frame's way may take: half of the time between two of 60 a second."""
_WORSE, _BETTER = 1.5, 0.6
"""Of `TRANSFER_S`: a lower level is taken above the one, a higher one only below the other."""
_STEADY_S = 2.0
"""For so long a higher level must have fitted before it is taken; each time that it did not hold,
`_LONGER` times as long, up to `_LONGEST_S`."""
_LONGER, _LONGEST_S = 4.0, 120.0
_SAMPLES = 9
_ROUND_TRIPS = 20
_SHORTEST_S = 0.0002
"""Shorter ways cannot be told from nothing."""
PING_S = 0.5
_FRAME_S = 1 / 60
_PACKING_S = 0.004
_USUAL, _SPARE = 2, 0.5
"""Frames of the window near by, and what is added for a link that is not even."""
_MOST_MORE = 4
"""Frames under way beyond the usual window: up to 0.08 s there and back."""


@dataclass(frozen=True, slots=True)
class Level:
    """`jpeg` is the quality of OpenCV's encoder, None: raw. `bytes_per_px` is what a picture of a
    hall takes (`python -m bench.transport`); the first frame of a level says it better."""

    jpeg: int | None
    bytes_per_px: float

    def __str__(self) -> str:
        return "raw" if self.jpeg is None else f"JPEG {self.jpeg}"


LEVELS = (Level(60, 0.08), Level(75, 0.10), Level(85, 0.14), Level(95, 0.26), Level(None, 3.0))
"""From the smallest frames to the best ones."""
_FIRST = 2


class LinkQuality:
    """Of the link to one worker. The worker needs no more than `longest_side` pixels (0: all)."""

    def __init__(self, longest_side: int) -> None:
        self._longest_side = longest_side
        self._level = _FIRST
        self._round_trips: deque[float] = deque(maxlen=_ROUND_TRIPS)
        self._rates: deque[float] = deque(maxlen=_SAMPLES)
        self._bytes_per_px = [level.bytes_per_px for level in LEVELS]
        self._fits_since: float | None = None
        self.bits_per_s: float | None = None
        """The rate as it was measured last; None before there are enough frames to tell."""
        self._steady_s = [_STEADY_S] * len(LEVELS)
        self._pinged_at = -math.inf
        self._number = 0

    @property
    def level(self) -> Level:
        return LEVELS[self._level]

    def size(self, width: int, height: int) -> tuple[int, int]:
        """The size (width, height) in which a picture of this size is sent."""
        longest = max(width, height)
        if not self._longest_side or longest <= self._longest_side:
            return width, height
        scale = self._longest_side / longest
        return max(1, round(width * scale)), max(1, round(height * scale))

    def more_at_once(self, pose_s: float) -> int:
        """How many frames beyond the usual window keep a worker busy that takes `pose_s` for each
        and is far away. Not counted is the time that frames wait for each other: more of them
        would only wait for longer."""
        if not self._round_trips:
            return 0
        far_s = min(self._round_trips) + _PACKING_S + pose_s
        under_way = math.ceil(far_s / max(pose_s, _FRAME_S) + _SPARE)
        return min(max(under_way - _USUAL, 0), _MOST_MORE)

    def ping(self, now: float) -> int | None:
        """The number of the empty message that it is time for; None: it is not."""
        if now - self._pinged_at < PING_S:
            return None
        self._pinged_at = now
        self._number += 1
        return self._number

    def ponged(self, now: float, number: int) -> None:
        """The answer to such a message has come."""
        if number == self._number:
            self._round_trips.append(now - self._pinged_at)

    def came(self, now: float, size: int, pixels: int, way_s: float) -> bool:
        """A frame of `size` bytes and so many pixels was there and back in `way_s`, the worker's
        time not counted. Whether another level is taken from now on."""
        self._bytes_per_px[self._level] = size / pixels
        if not self._round_trips:
            return False
        transfer_s = max(way_s - min(self._round_trips), _SHORTEST_S)
        self._rates.append(size / transfer_s)
        if len(self._rates) < _SAMPLES:
            return False
        return self._choose(now, pixels)

    def _choose(self, now: float, pixels: int) -> bool:
        rate = median(self._rates)
        self.bits_per_s = 8 * rate
        takes_s = [pixels * one / rate for one in self._bytes_per_px]
        if takes_s[self._level] > TRANSFER_S * _WORSE:
            lower, steady_s = takes_s[: self._level], self._steady_s
            steady_s[self._level] = min(_LONGER * steady_s[self._level], _LONGEST_S)
            return self._take(max((i for i, s in enumerate(lower) if s <= TRANSFER_S), default=0))
        higher = self._level + 1
        if higher == len(LEVELS) or takes_s[higher] > TRANSFER_S * _BETTER:
            self._fits_since = None
        elif self._fits_since is None:
            self._fits_since = now
        elif now - self._fits_since >= self._steady_s[higher]:
            return self._take(higher)
        return False

    def _take(self, level: int) -> bool:
        if level == self._level:
            return False
        self._level = level
        self._fits_since = None
        self._rates.clear()
        return True

    def describe(self, width: int, height: int) -> str:
        """How a picture of this size is sent, for people."""
        sent = "{}x{}".format(*self.size(width, height))
        rate = self.bits_per_s
        measured = "" if rate is None else f", link {rate / 1e6:.0f} Mbit/s"
        return f"frames {sent} {self.level}{measured}"
