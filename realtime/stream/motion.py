"""How much somebody moves, most of all as jumpers do: foot against foot."""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

import numpy as np

from models.skeleton import BODY
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats

LAG_S = 0.1
"""Movement is measured over this long. The difference over a lag passes movement at frequency f in
proportion to sin(pi f lag): most at 5 Hz, ten steps a second, little at 1 Hz; and it divides the
jitter of the key points by the lag and not by the time between two frames."""
MEAN_S = 1.0
"""Time constant of the mean: what was a second ago counts a third."""
_STALE_S = 0.25  # joints seen longer ago tell nothing about now
_FASTEST = 8.0  # leg lengths per second; more is a joint taken for another
_FEWEST = 4  # joints
_LIMBS = [
    BODY.index(f"{side}_{part}")
    for part in ("ankle", "shoulder", "elbow", "wrist", "knee")
    for side in ("left", "right")
]


class _Posture(NamedTuple):
    """Where the limbs were, in the order of `_LIMBS`, from the mid-hip; NaN where not seen."""

    t: float
    limbs: Floats


class MotionEnergy:
    """The mean square speed of one athlete's limbs in his own frame, plus that of his left against
    his right ankle, vertically: (leg lengths per second) squared. Stateful, causal."""

    def __init__(self) -> None:
        self.energy = 0.0
        self._past: deque[_Posture] = deque()
        self._t: float | None = None

    def update(self, pose: BodyPose) -> None:
        """Take the next frame, with or without him."""
        now = 0.0
        if pose.seen:
            limbs = np.where(pose.confidence > 0, pose.points.T, np.nan).T[_LIMBS]
            now = self._since(_Posture(pose.t, limbs))
        dt = 0.0 if self._t is None else pose.t - self._t
        self.energy += -math.expm1(-dt / MEAN_S) * (now - self.energy)
        self._t = pose.t

    def _since(self, posture: _Posture) -> float:
        """Energy from the posture a lag ago to this one; 0 when there was none."""
        past = self._past
        past.append(posture)
        while len(past) > 2 and posture.t - past[1].t >= LAG_S:
            past.popleft()
        dt = posture.t - past[0].t
        if not LAG_S / 2 <= dt <= _STALE_S:
            return 0.0
        moved = (posture.limbs - past[0].limbs) / dt
        speed = np.hypot(moved[:, 0], moved[:, 1])
        known = speed[np.isfinite(speed)]
        if len(known) < _FEWEST:
            return 0.0
        stepping = abs(float(moved[0, 1] - moved[1, 1]))
        stepping = min(stepping, _FASTEST) if math.isfinite(stepping) else 0.0
        return float(np.mean(np.minimum(known, _FASTEST) ** 2)) + stepping**2
