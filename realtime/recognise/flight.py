"""What a body did while the pose network had lost it in the air.

A free body's centre of mass moves on a parabola and its angular momentum stays the same. So the
hips, which are near it, are put on the parabola through the last place before the gap and the first
one after it, and the trunk turns on evenly.
"""

from __future__ import annotations

import numpy as np

from realtime.stream.ring import Floats

GRAVITY = 11.8
"""Leg lengths/s²: 9.81 m/s² for legs of 0.83 m, 0.49 of a stature of 1.70 m (Drillis and Contini,
1966)."""
SHORTEST_S, LONGEST_S = 0.06, 0.35
"""A gap that is shorter needs no bridge; over a longer one anything may have happened."""
EVERY_S = 1 / 60


def moments(begin_s: float, end_s: float) -> Floats:
    """Times (n,) strictly inside a gap from `begin_s` to `end_s`; none where it is not bridged."""
    gap = end_s - begin_s
    if not SHORTEST_S < gap <= LONGEST_S:
        return np.empty(0)
    count = max(1, round(gap / EVERY_S) - 1)
    return begin_s + gap * np.arange(1, count + 1) / (count + 1)


def rise(t: Floats, begin_s: float, end_s: float) -> Floats:
    """How far above the straight line between its ends a free body is at times `t` (n,) of a gap,
    in leg lengths."""
    above: Floats = GRAVITY / 2 * (t - begin_s) * (end_s - t)
    return above
