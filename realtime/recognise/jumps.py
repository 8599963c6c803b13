"""Counts jumps over a rope: speed steps and jumps with both feet, whichever is done.

Each kind has a counter of its own (`steps.py`, `bounces.py`), and both look at every frame. What
they ask for excludes each other, but for the moments in which one goes over into the other: then
the first to be sure is believed.
"""

from __future__ import annotations

import math
from typing import Literal

from realtime.marks import Jump, Mark, Miss
from realtime.recognise.bounces import BOUNCE_LIMITS, BounceCounter
from realtime.recognise.evidence import Limits
from realtime.recognise.gait import LIMITS
from realtime.recognise.steps import StepCounter
from realtime.stream.body import BodyPose

Mode = Literal["any", "steps", "bounces"]

STOPPED_S = 0.6
"""Jumps further apart than this, and than `STOPPED` of those before, have a stop between them."""
STOPPED = 2.5
RESUMED_S = 12.0
"""Who goes on within this time has missed; who stops for longer has ended."""
_PACE = 0.3  # how fast the usual distance of jumps follows
_CHANGE_S = 0.25  # two jumps of different kinds that are nearer are one


class JumpCounter:
    """The `Recogniser` of jumps, for one athlete. `mode` says what is counted; `limits` are the
    checks on steps, `bounce_limits` those on jumps with both feet."""

    def __init__(
        self,
        athlete: int = 1,
        mode: Mode = "any",
        limits: Limits = LIMITS,
        bounce_limits: Limits = BOUNCE_LIMITS,
    ) -> None:
        self._athlete = athlete
        self._counters: list[StepCounter | BounceCounter] = []
        if mode != "bounces":
            self._counters.append(StepCounter(athlete, limits))
        if mode != "steps":
            self._counters.append(BounceCounter(athlete, bounce_limits))
        self._last: Jump | None = None
        self._apart_s = STOPPED_S
        self._unseen_s = -math.inf

    def update(self, pose: BodyPose) -> list[Mark]:
        """See `Recogniser.update`."""
        if not pose.seen:
            self._unseen_s = pose.t
        return self._said([jump for c in self._counters for jump in c.update(pose)])

    def finish(self) -> list[Mark]:
        """See `Recogniser.finish`."""
        return self._said([jump for c in self._counters for jump in c.finish()])

    def _said(self, jumps: list[Jump]) -> list[Mark]:
        """The jumps, and before the first one after a stop the miss that it is."""
        marks: list[Mark] = []
        for jump in jumps:
            last = self._last
            if last is not None:
                apart = jump.time_s - last.time_s
                if (last.foot == "both") != (jump.foot == "both") and apart < _CHANGE_S:
                    continue
                if self._missed(last.time_s, apart):
                    marks.append(Miss(self._athlete, last.time_s, jump.emitted_s))
                elif apart < STOPPED_S:
                    self._apart_s += _PACE * (apart - self._apart_s)
            self._last = jump
            marks.append(jump)
        return marks

    def _missed(self, since: float, apart: float) -> bool:
        """Whether he was seen to stop and go on; where he was hidden, nobody knows."""
        stopped = max(STOPPED_S, STOPPED * self._apart_s) < apart < RESUMED_S
        return stopped and self._unseen_s < since
