"""Where in the frame people are looked for.

The detector sees the whole frame at 224 pixels, and no one who is smaller than about 40 of them.
Whoever wants several people wants the small ones too: then squares as high as the frame take turns
with the whole of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from models.pose.blazepose.region import Region

_STEP = 0.6  # from one square to the next, in sides
_AROUND = 1.4


def windows(width: int, height: int) -> list[Region]:
    """The whole frame, then the overlapping squares that cover it (none if it is nearly square)."""
    side, length = min(width, height), max(width, height)
    whole = Region.of_frame(width, height)
    if length < 1.2 * side:
        return [whole]
    steps = math.ceil((length - side) / (_STEP * side))
    places = [side / 2 + i * (length - side) / steps for i in range(steps + 1)]
    squares = [
        Region(place, side / 2, side, 0.0) if width > height else Region(side / 2, place, side, 0.0)
        for place in places
    ]
    return [whole, *squares]


def around(region: Region) -> Region:
    """An upright window for a second opinion about the person in `region`."""
    return Region(region.x, region.y, _AROUND * region.side, 0.0)


class Search:
    """One camera's search for further people: when, and where next."""

    def __init__(self, windows: Sequence[Region], every: int) -> None:
        """The `windows` take turns: at first frame by frame, then every so many frames."""
        self._windows = windows
        self._every = every
        self._turn = 0
        self._waited = 0

    def next(self, *, urgent: bool) -> Region | None:
        """The window to search in this frame, None: not in this one. To be asked once in each
        frame in which somebody lacks; `urgent`: nobody is left, or somebody was lost just now."""
        self._waited += 1
        if not urgent and self._turn >= len(self._windows) and self._waited < self._every:
            return None
        self._waited = 0
        self._turn += 1
        return self._windows[(self._turn - 1) % len(self._windows)]
