"""Counts the steps of speed and alternate step: one jump per change of the supporting foot.

The height of the left foot and knee over the right ones is followed by a fixed-lag decoder of the
stride (`stride.py`, `switching.py`). A switch of the feet counts when it lies within `CONFIRMING`
consecutive switches that look like rope jumping (`gait.py`): the first ones of a run are said
together, each with its own time, and later ones as soon as they are settled. Two-footed bounces
and double unders are not counted.
"""

from __future__ import annotations

import math
from collections import deque

from realtime.marks import Jump, Mark
from realtime.recognise.gait import FOOT, KNEE, LIMITS, Limits, gait_row, looks_like_rope, measure
from realtime.recognise.resample import Resampler
from realtime.recognise.stride import STEP_S
from realtime.recognise.switching import LEAST_TURN, Switch, SwitchDetector
from realtime.stream.body import BodyPose

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
CONTACT_S = 1 / 30
"""From the feet passing each other to the contact that is marked."""
LONGEST_GAP_S = 0.25
"""Frames further apart than this are not interpolated: whatever went on has ended."""
LARGEST_LEAP = 0.7
"""Hips that move further than this (leg lengths) between two frames are somebody else's."""
_FRAMES_KEPT_S = 0.5  # a switch is settled, and its frame looked up, well within this


class JumpCounter:
    """The `Recogniser` of speed steps, for one athlete.

    `limits` are the checks that are asked for; leaving some out shows what each is worth.
    """

    def __init__(self, athlete: int = 1, limits: Limits = LIMITS) -> None:
        self._athlete = athlete
        self._limits = limits
        self._last: BodyPose | None = None
        self._restart()

    def update(self, pose: BodyPose) -> list[Mark]:
        """See `Recogniser.update`."""
        row = gait_row(pose)
        if not math.isfinite(row[FOOT] + row[KNEE]):
            self._last = None
            return []
        if self._last is None or _broken(self._last, pose):
            self._restart()
        self._last = pose
        self._frames.append((pose.t, pose.frame))
        while pose.t - self._frames[0][0] > _FRAMES_KEPT_S:
            self._frames.popleft()
        marks: list[Mark] = []
        for t, resampled in self._resampler.push(pose.t, row):
            switch = self._detector.update(t, resampled)
            if switch is not None:
                marks += self._judge(switch)
        return marks

    def finish(self) -> list[Mark]:
        """See `Recogniser.finish`."""
        if self._last is None:
            return []
        self._last = None
        return [mark for switch in self._detector.flush() for mark in self._judge(switch)]

    def _restart(self) -> None:
        """What came before has nothing to do with the next pose."""
        self._resampler = Resampler(STEP_S)
        self._detector = SwitchDetector()
        self._frames: deque[tuple[float, int]] = deque()
        self._break_run()

    def _break_run(self) -> None:
        self._run: deque[Switch] = deque(maxlen=CONFIRMING)
        self._unsaid: deque[tuple[Switch, float, int]] = deque(maxlen=CONFIRMING)

    def _judge(self, switch: Switch) -> list[Mark]:
        """Add the switch to the run and say whatever is now known to be jumps."""
        if self._run and switch.t - self._run[-1].t > self._longest_step():
            self._break_run()
        if switch.turn < LEAST_TURN:
            self._break_run()
            return []
        self._run.append(switch)
        self._unsaid.append((switch, *self._contact(switch)))
        if len(self._run) < CONFIRMING:
            return []
        gait = measure(*self._detector.window(self._run[0].step, switch.step))
        if not looks_like_rope(gait, self._limits):
            return []
        self._drop_first_support(FIRST_LIFT * gait.foot_swing)
        if len(self._run) < CONFIRMING:
            return []
        now = self._frames[-1][0]
        said = self._unsaid
        self._unsaid = deque(maxlen=CONFIRMING)
        return [Jump(self._athlete, frame, t, switch.foot, now) for switch, t, frame in said]

    def _longest_step(self) -> float:
        """After how many seconds the next switch is not of the run any more."""
        if len(self._run) < CONFIRMING // 2:
            return LONGEST_STEP_S
        step_s = (self._run[-1].t - self._run[0].t) / (len(self._run) - 1)
        return min(LONGEST_STEP_S, LONGEST_STEP * step_s)

    def _drop_first_support(self, least_lift: float) -> None:
        """Begin a run, of which nothing is said yet, with a switch that a lift came before."""
        while len(self._unsaid) == len(self._run) > 0 and self._run[0].lift < least_lift:
            self._run.popleft()
            self._unsaid.popleft()

    def _contact(self, switch: Switch) -> tuple[float, int]:
        """Time and number of the frame nearest to the contact."""
        contact = switch.t + CONTACT_S
        return min(self._frames, key=lambda known: abs(known[0] - contact))


def _broken(last: BodyPose, pose: BodyPose) -> bool:
    """Whether the two poses are too far apart, in time or in the image, to be one movement."""
    leap = math.dist(pose.hip, last.hip) / pose.leg_length
    return pose.t - last.t > LONGEST_GAP_S or leap > LARGEST_LEAP
