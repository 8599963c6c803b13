"""When the legs last stood still, and for how long they were level."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from models.skeleton import BODY
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats

STILL_S = 0.15
"""For at least this long ..."""
STILL = 0.12
"""... neither foot moved by more than this, against the other or the hips, in leg lengths."""
LEVEL = 0.7
"""Legs that are apart by less than this part of the usual are level: half of how far they swing."""

_ANKLES = [BODY.index("left_ankle"), BODY.index("right_ankle")]


class Stillness:
    """Watches the ankles of one athlete. Stateful, causal, deterministic."""

    def __init__(self) -> None:
        self._past: deque[tuple[float, float, float]] = deque()
        self.last_s = -math.inf
        """The last moment (seconds) at the end of which the legs were still."""

    def update(self, pose: BodyPose) -> None:
        left, right = (float(pose.points[ankle, 1]) for ankle in _ANKLES)
        if math.isnan(left + right):
            self._past.clear()
            return
        past = self._past
        past.append((pose.t, left, right))
        while len(past) > 2 and past[1][0] <= pose.t - STILL_S:
            past.popleft()
        if pose.t - past[0][0] < STILL_S:
            return
        _, lefts, rights = zip(*past, strict=True)
        if max(lefts) - min(lefts) < STILL and max(rights) - min(rights) < STILL:
            self.last_s = pose.t


def longest_level(before: Floats, since: Floats) -> int:
    """For how many rows on end both legs were down in `since` (n, k), differences of left and right
    heights, after they stepped in `before` (m, k), m at least 1. Of the columns that are known, the
    one with more is believed, as left and right are exchanged in one of them at times."""
    known = np.isfinite(before).all(axis=0) & np.isfinite(since).all(axis=0)
    before, since = before[:, known], since[:, known]
    middle = np.median(before, axis=0)
    level = np.abs(since - middle) < LEVEL * np.median(np.abs(before - middle), axis=0)
    longest = run = np.zeros(level.shape[1])
    for row in level:
        run = (run + 1) * row
        longest = np.maximum(longest, run)
    return int(longest.max(initial=0))
