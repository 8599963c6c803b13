"""Where the floor is under one athlete, from nothing but his lowest joint.

While something of him is on the floor, his lowest joint is at its level, and nothing of him is ever
below it. So the estimate follows a lower lowest joint fast, one a little above it at leisure (he
walks into the picture, the camera pans), and waits while all of him is further up: that is a
flight, until it has lasted longer than any. A trailing quantile of the lowest joint does as well
while the camera stands, and lags when it pans (`bench/trunk.py` prints both).
"""

from __future__ import annotations

import math

DOWN = 0.25
"""A lowest joint less than this above the floor, in leg lengths, is on it: jumps over a rope stay
below, and a slow camera moves less than this in a flight."""
LONGEST_FLIGHT_S = 0.8
"""Who is above the floor for longer stands on another one; backflips take 0.48 to 0.67 s."""

_SINK_S, _RISE_S = 0.1, 0.4  # time constants
_DEEPEST = 0.1  # leg lengths: a joint further below the floor is misplaced, and weighs no more


class FloorLevel:
    """The level of the floor in the image. Stateful, causal, deterministic."""

    def __init__(self) -> None:
        self._t = self._down_s = -math.inf
        self.level = math.nan
        """Pixels, y down; NaN until `update`. As high as the lowest joint of who stands there."""

    def update(self, t: float, lowest: float, leg: float) -> None:
        """`lowest` is the level of the lowest joint in pixels (y down), `leg` the leg length in
        pixels, `t` in seconds, increasing."""
        above = (self.level - lowest) / leg
        passed_s, self._t = t - self._t, t
        if math.isnan(above):
            self.level = lowest
        elif above < DOWN:
            time_s = _SINK_S if above < 0 else _RISE_S
            self.level -= max(above, -_DEEPEST) * leg * (1 - math.exp(-passed_s / time_s))
        elif t - self._down_s > LONGEST_FLIGHT_S:
            self.level = lowest
        else:
            return  # in flight
        self._down_s = t
