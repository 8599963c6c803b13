"""Counts the steps of speed and alternate step: one jump per change of the supporting foot.

The height of the left foot and knee over the right ones is followed by a fixed-lag decoder of the
stride (`stride.py`, `switching.py`). A switch of the feet counts when it lies within `CONFIRMING`
consecutive switches that look like rope jumping (`gait.py`).
"""

from __future__ import annotations

import math
from collections import deque

from realtime.marks import Jump
from realtime.recognise.evidence import Limits, within
from realtime.recognise.gait import FOOT, KNEE, LIMITS, gait_row, measure
from realtime.recognise.rhythm import RhythmCounter
from realtime.recognise.switching import LEAST_TURN, Switch, SwitchDetector
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats

CONFIRMING = 6
"""Consecutive switches (three strides) that must look like rope jumping."""
LONGEST_STEP_S = 0.5
"""Switches further apart than this are not of one run."""
LONGEST_STEP = 2.0
"""Nor are those that are more than this many of the run's steps apart: an athlete who stops puts
the last foot down at leisure, and that is no jump."""
FIRST_LIFT = 0.25
"""The lift before a run's first switch, as a fraction of the run's swing. With a lesser one the
athlete leaves both feet: the first support, which is not a jump."""
WEAK_TURN = 0.65
"""A switch in which the feet turn over by less than this part of the run's usual turn is said only
when a whole one follows: the last foot that is put down after a stop is no jump."""
PATIENCE = 12
"""So many switches of a run wait for it to look like rope jumping."""
CONTACT_S = 1 / 30
"""From the feet passing each other to the contact that is marked."""


class StepCounter(RhythmCounter[Switch]):
    """Speed steps of one athlete.

    `limits` are the checks that are asked for; leaving some out shows what each is worth.
    """

    contact_s = CONTACT_S

    def __init__(self, athlete: int = 1, limits: Limits = LIMITS) -> None:
        self._limits = limits
        super().__init__(athlete)

    def _row(self, pose: BodyPose) -> Floats | None:
        row = gait_row(pose)
        return row if math.isfinite(row[FOOT] + row[KNEE]) else None

    def _new_detector(self) -> SwitchDetector:
        return SwitchDetector()

    def _break_run(self) -> None:
        self._run: deque[Switch] = deque(maxlen=CONFIRMING)
        self._unsaid: deque[tuple[Switch, float, int]] = deque(maxlen=PATIENCE)
        self._weak = False

    def _judge(self, switch: Switch) -> list[Jump]:
        """Add the switch to the run and say whatever is now known to be jumps."""
        if self._run and switch.t - self._run[-1].t > self._longest_step():
            self._break_run()
        weak = switch.turn < max(LEAST_TURN, self._least_turn())
        if switch.turn < LEAST_TURN or (weak and self._weak):
            self._break_run()
            return []
        self._weak = weak
        self._run.append(switch)
        self._unsaid.append((switch, *self._contact(switch)))
        if weak or len(self._run) < CONFIRMING:
            return []
        gait = measure(*self._detector.window(self._run[0].step, switch.step))
        if not within(gait, self._limits):
            return []
        self._drop_first_support(FIRST_LIFT * gait.foot_swing)
        if len(self._run) < CONFIRMING:
            return []
        said = self._unsaid
        self._unsaid = deque(maxlen=PATIENCE)
        return [Jump(self.athlete, frame, t, switch.foot, self._now) for switch, t, frame in said]

    def _longest_step(self) -> float:
        """After how many seconds the next switch is not of the run any more."""
        if len(self._run) < CONFIRMING // 2:
            return LONGEST_STEP_S
        step_s = (self._run[-1].t - self._run[0].t) / (len(self._run) - 1)
        return min(LONGEST_STEP_S, LONGEST_STEP * step_s)

    def _least_turn(self) -> float:
        """What the run's next switch must turn over not to be weak."""
        if len(self._run) < CONFIRMING // 2:
            return 0.0
        turns = sorted(switch.turn for switch in self._run)
        return WEAK_TURN * turns[len(turns) // 2]

    def _drop_first_support(self, least_lift: float) -> None:
        """Begin a run, of which nothing is said yet, with a switch that a lift came before."""
        while len(self._unsaid) == len(self._run) > 0 and self._run[0].lift < least_lift:
            self._run.popleft()
            self._unsaid.popleft()
