"""When the legs last stood still."""

from __future__ import annotations

import math
from collections import deque

from models.skeleton import BODY
from realtime.stream.body import BodyPose

STILL_S = 0.15
"""For at least this long ..."""
STILL = 0.12
"""... neither foot moved by more than this, against the other or the hips, in leg lengths."""

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
