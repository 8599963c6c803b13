"""Counts the steps of speed and alternate step: one jump per change of the supporting foot.

The height of the left foot and knee over the right ones is followed by a fixed-lag decoder of the
stride (`stride.py`, `switching.py`). A switch of the feet counts when it lies within `CONFIRMING`
consecutive switches that look like rope jumping (`gait.py`).
"""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

from realtime.marks import Jump
from realtime.recognise.evidence import Limits, within
from realtime.recognise.gait import FOOT, GOING_ON, LIMITS, Gait, gait_row, measure
from realtime.recognise.rhythm import RhythmCounter
from realtime.recognise.switching import LEAST_TURN, Switch, SwitchDetector
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats

CONFIRMING = 6
"""Consecutive switches (three strides) that must look like rope jumping."""
ALIKE = 2
"""So many times in a row they must look like it before a run is believed: who walks or untangles
his rope has it look so once."""
LOOKS, MOSTLY_ALIKE = 12, 1 / 3
"""Nor is anybody believed who did not look like it in this part of so many looks: who jogs on the
spot has it look so now and then."""
SURE = 20
"""Who has done so many jumps in a run has a rope: only `GOING_ON` is asked for any more. Hands
leave their place at the end, and a network that misplaces a joint must cost no jumps."""
ROPE_S = 6.0
"""Nor has he put it away when he goes on within this time after a stop."""
LONGEST_STEP_S = 0.5
"""Switches further apart than this are not of one run."""
LONGEST_STEP = 2.0
"""Nor are those that are more than this many of the run's steps apart: an athlete who stops puts
the last foot down at leisure, and that is no jump."""
FIRST_LIFT = 0.25
"""The lift before a run's first switch, as a fraction of the run's swing. With a lesser one the
athlete leaves both feet: the first support, which is not a jump."""
WHOLE_TURN = 0.65
"""A switch in which the feet turn over by less than this part of the run's usual turn is uncertain:
it may be a foot that is put down at the end."""
FIRST_TURN = 0.6
"""The same for a run's first switch: the first support, which is not a jump."""
PATIENCE = 24
"""So many switches of a run wait for it to look like rope jumping."""
CONTACT_S = 1 / 30
"""From the feet passing each other to the contact that is marked."""


class Step(NamedTuple):
    """A switch, and what will be said of it."""

    switch: Switch
    time_s: float
    frame: int
    confidence: float

    def jump(self, athlete: int, now: float) -> Jump:
        _, time_s, frame, confidence = self
        return Jump(athlete, frame, time_s, self.switch.foot, now, confidence)


class StepCounter(RhythmCounter[Switch]):
    """Speed steps of one athlete.

    `limits` are the checks that are asked for; leaving some out shows what each is worth.
    """

    def __init__(self, athlete: int = 1, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._going_on = {name: limits[name] for name in limits if name in GOING_ON}
        self._roped_s = -math.inf  # the last jump of somebody who is sure to have a rope
        self._unsaid: deque[Step] = deque(maxlen=PATIENCE)
        self._left: deque[Step] = deque(maxlen=PATIENCE)  # unsaid when their run broke
        super().__init__(athlete)

    def took_weight(self, contact_s: float) -> bool:
        """Whether what was said at `contact_s` (seconds) was a landing, not a foot put down: as far
        as this rule knows."""
        return True

    def was_caught(self, contact_s: float) -> bool:
        """Whether what was said at `contact_s` turned out to be the landing in which the rope was
        caught. This rule knows of none."""
        return False

    def was_whole(self, contact_s: float) -> bool:
        """Whether what was said at `contact_s`, no clear landing, turned out to be a whole jump.
        This rule knows of none."""
        return False

    def rested_s(self, since_s: float) -> float:
        """For how long on end (seconds) the legs were level since the contact at `since_s`."""
        return 0.0

    def _row(self, pose: BodyPose) -> Floats | None:
        row = gait_row(pose)
        return row if math.isfinite(row[FOOT]) else None

    def _new_detector(self) -> SwitchDetector:
        return SwitchDetector()

    def _break_run(self) -> None:
        self._run: deque[Switch] = deque(maxlen=CONFIRMING)
        self._left += self._unsaid
        self._unsaid.clear()
        self._looks: deque[bool] = deque(maxlen=LOOKS)
        self._alike = 0
        self._said_in_run = 0
        self._begun = False

    def _judge(self, switch: Switch) -> list[Jump]:
        """Add the switch to the run and say whatever is now known to be jumps."""
        if self._run and switch.t - self._run[-1].t > self._longest_step():
            self._break_run()
        if switch.turn < LEAST_TURN:
            self._break_run()
            return []
        contact = self._nearest_frame(switch.t + CONTACT_S)
        self._unsaid.append(Step(switch, *contact, self._confidence(switch)))
        self._run.append(switch)
        if len(self._run) < CONFIRMING:
            return []
        gait = self._alike_gait(switch)
        if gait is None:
            self._alike = 0
            return []
        self._alike += 1
        if not self._begun:
            if self._alike < ALIKE:
                return []
            self._drop_first_support(FIRST_LIFT * gait.foot_swing)
            if len(self._run) < CONFIRMING:
                return []
        said = list(self._unsaid) if self._begun else [*self._begun_before(), *self._unsaid]
        self._begun = True
        self._left.clear()
        self._unsaid.clear()
        self._said_in_run += len(said)
        if self._said_in_run >= SURE:
            self._roped_s = switch.t
        return [step.jump(self.athlete, self._now) for step in said]

    def _begun_before(self) -> list[Step]:
        """Steps that were not said of the runs before this one, and are jumps. This rule knows of
        none."""
        return []

    def _asked(self, limits: Limits) -> Limits:
        """Those of the `limits` that are asked for now."""
        return limits

    def _alike_gait(self, switch: Switch) -> Gait | None:
        """The gait of the run so far, if it looks like rope jumping and mostly did."""
        rows, phases = self._detector.window(self._run[0].step, switch.step)
        if len(rows) < 2:  # it was proposed so long ago that nothing is known of it any more
            return None
        gait = measure(rows, phases)
        roped = switch.t - self._roped_s < ROPE_S
        alike = within(gait, self._asked(self._going_on if roped else self._limits))
        self._looks.append(alike)
        return gait if alike and sum(self._looks) >= MOSTLY_ALIKE * len(self._looks) else None

    def _confidence(self, switch: Switch) -> float:
        """0.5 for a switch with `WHOLE_TURN` of the usual turn, 1 for a usual one."""
        if len(self._run) < CONFIRMING // 2:
            return 1.0
        part = switch.turn / self._usual_turn()
        return min(max(1 - 0.5 * (1 - part) / (1 - WHOLE_TURN), 0.0), 1.0)

    def _usual_turn(self) -> float:
        turns = sorted(switch.turn for switch in self._run)
        return turns[len(turns) // 2]

    def _longest_step(self) -> float:
        """After how many seconds the next switch is not of the run any more."""
        if len(self._run) < CONFIRMING // 2:
            return LONGEST_STEP_S
        step_s = (self._run[-1].t - self._run[0].t) / (len(self._run) - 1)
        return min(LONGEST_STEP_S, LONGEST_STEP * step_s)

    def _drop_first_support(self, least_lift: float) -> None:
        """Begin a run with a switch that a lift came before, and in which the feet turn over."""
        least_turn = FIRST_TURN * self._usual_turn()
        while self._unsaid:
            first = self._unsaid[0].switch
            if first.lift >= least_lift and first.turn >= least_turn:
                return
            self._drop_first()

    def _drop_first(self) -> None:
        """Leave the first of those that are not said out of the run."""
        first = self._unsaid.popleft().switch
        if self._run[0] is first:
            self._run.popleft()
