"""Clicks of one phone, each taken exactly once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from realtime.judge.panel.messages import Touch
from realtime.marks import Click, Ruling

TakeClick = Callable[[Click | Ruling], None]
"""Takes what judges say on their phones, with the station's time."""


class ClickInbox:
    """Hands on what a phone sends in its order, and ignores what it sends again.

    It outlives connections: after one is lost, the phone sends again from `received` on.
    """

    def __init__(self, take: TakeClick, since_s: float, received: int = 0) -> None:
        """`since_s` is when the panel began: no click can be older. `received` is the highest
        number that came before."""
        self._take = take
        self._since_s = since_s
        self.received = received
        """The highest number so far."""

    def put(self, judge: str, touches: Iterable[Touch], now_s: float) -> None:
        """A phone's estimate of the station's clock can be ahead of it by its error: what would
        lie in the future happened now."""
        for touch in touches:
            if touch.seq <= self.received:
                continue
            time_s = touch.time_s if math.isfinite(touch.time_s) else now_s
            time_s = min(max(time_s, self._since_s), now_s)
            self._take(Click(judge, time_s, touch.by, touch.seq))
            self.received = touch.seq
