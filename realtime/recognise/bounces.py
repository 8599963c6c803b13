"""Counts jumps with both feet: single bounces and double unders, one for each landing.

The heights of the feet and of the body are followed by a fixed-lag decoder (`stride.py`,
`hopping.py`). A landing counts when it lies within `CONFIRMING` consecutive ones that look like
rope jumping (`BOUNCE_LIMITS`).
"""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

import numpy as np

from realtime.marks import Jump
from realtime.recognise.evidence import Limits, within
from realtime.recognise.hopping import (
    APART,
    BODY_Y,
    DIFF,
    FEET,
    HANDS,
    HIP_X,
    LEAST_LEAP,
    LEAST_RISE,
    LEG,
    TRUNK,
    Hop,
    HopDetector,
    hop_row,
)
from realtime.recognise.rhythm import RhythmCounter
from realtime.recognise.stride import PHASES
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats

CONFIRMING = 4
"""Consecutive landings that must look like rope jumping."""
LONGEST_JUMP_S = 1.1
"""Landings further apart than this are not of one run."""
LONGEST_JUMP = 1.6
"""Nor are those that are more than this many of the run's jumps apart."""
WHOLE_LEAP = 0.57
"""A landing from less than this part of the run's usual leap is no jump: who gets ready goes up on
his toes, and who has ended comes down from them."""
FIRST_LEAP = 0.68
"""The same for a run's first landing: most go up on their toes before."""
USUAL = 8
"""So many landings say what is usual."""
PATIENCE = 8
"""So many landings of a run wait for it to look like rope jumping."""

_LANDINGS_KEPT = 32  # more than from a stop to the confirmation of the run after it
_ANGLES = 2 * np.pi * (np.arange(PHASES) + 0.5) / PHASES
_WAVE = np.stack((np.sin(_ANGLES), np.cos(_ANGLES)))


class Bounce(NamedTuple):
    """A few jumps in numbers. `rhythm` is the correlation (-1 ... 1) of the heights of feet and
    body with the decoded cycle, mean of the two; `alone` how much the feet move against each other,
    in parts of how much they move together, and `lift` that in parts of how much the body moves;
    `apart` is the change of the distance of the feet. All others are in leg lengths."""

    rhythm: float
    feet_rise: float
    alone: float
    lift: float
    apart: float
    trunk: float
    hands: float
    travel: float


BOUNCE_LIMITS: Limits = {
    "rhythm": (0.6, np.inf),  # feet and body follow the cycle
    "feet_rise": (0.07, np.inf),  # the feet do leave the floor,
    "alone": (-np.inf, 1.6),  # both together,
    "lift": (0.35, np.inf),  # and with the body: not a squat
    "apart": (-np.inf, 0.7),  # not astride and together again, as in jumping jacks
    "trunk": (0.15, np.inf),  # upright, though a child may bend far over
    "hands": (-0.1, np.inf),  # hands never far above the shoulders
    "travel": (-np.inf, 0.6),  # on the spot
}


def measure(rows: Floats, phases: Floats) -> Bounce:
    """The bounce over hop rows (n, 8) with their decoded phases (n,), n at least 2."""
    ordered = np.sort(rows, axis=0)  # NaN last: a column with any NaN has an unknown extent
    last = len(rows) - 1
    low, middle, high = (ordered[round(q * last)].tolist() for q in (0.05, 0.5, 0.95))
    wave = _WAVE[:, phases.astype(np.intp)]
    heights = rows[:, [FEET, BODY_Y]] - rows[:, [FEET, BODY_Y]].mean(axis=0)
    sines = (wave[0] @ heights).tolist()
    power = float(wave[0] @ wave[0])
    spreads = [math.sqrt(power * energy) for energy in (heights * heights).sum(axis=0).tolist()]
    leg = middle[LEG]
    feet, body = (high[FEET] - low[FEET]) / leg, (high[BODY_Y] - low[BODY_Y]) / leg
    return Bounce(
        (sines[0] / max(spreads[0], 1e-9) + sines[1] / max(spreads[1], 1e-9)) / 2,
        feet,
        (high[DIFF] - low[DIFF]) / max(feet, 1e-9),
        feet / max(body, 1e-9),
        high[APART] - low[APART],
        middle[TRUNK],
        low[HANDS],
        float(ordered[last, HIP_X] - ordered[0, HIP_X]) / leg,
    )


class BounceCounter(RhythmCounter[Hop]):
    """Jumps with both feet of one athlete."""

    def __init__(self, athlete: int = 1, limits: Limits = BOUNCE_LIMITS) -> None:
        self._limits = limits
        self.landings: deque[float] = deque(maxlen=_LANDINGS_KEPT)
        """When (seconds) the last landings were that were as strong as those of jumps."""
        super().__init__(athlete)

    def _row(self, pose: BodyPose) -> Floats | None:
        row = hop_row(pose)
        return row if math.isfinite(row[FEET] + row[BODY_Y]) else None

    def _new_detector(self) -> HopDetector:
        return HopDetector()

    def _break_run(self) -> None:
        self._run: deque[Hop] = deque(maxlen=CONFIRMING)
        self._unsaid: deque[tuple[Hop, float, int]] = deque(maxlen=PATIENCE)
        self._leaps: deque[float] = deque(maxlen=USUAL)
        self._begun = False

    def _judge(self, hop: Hop) -> list[Jump]:
        """Add the landing to the run and say whatever is now known to be jumps."""
        if self._run and hop.t - self._run[-1].t > self._longest_jump():
            self._break_run()
        if hop.rise < LEAST_RISE or hop.leap < LEAST_LEAP:
            self._break_run()
            return []
        if len(self._run) == CONFIRMING and hop.leap < WHOLE_LEAP * self._usual_leap():
            return []
        self._run.append(hop)
        self._leaps.append(hop.leap)
        contact = self._nearest_frame(hop.contact_s)
        self._unsaid.append((hop, *contact))
        if hop.leap >= FIRST_LEAP * self._usual_leap():
            self.landings.append(contact[0])
        if len(self._run) < CONFIRMING:
            return []
        bounce = measure(*self._detector.window(self._run[0].step, hop.step))
        if not within(bounce, self._limits):
            return []
        if not self._begun:
            self._drop_first()
            if len(self._run) < CONFIRMING:
                return []
        self._begun = True
        said = list(self._unsaid)
        self._unsaid.clear()
        return [Jump(self.athlete, frame, t, "both", self._now) for _, t, frame in said]

    def _drop_first(self) -> None:
        """Begin a run with a jump."""
        least = FIRST_LEAP * self._usual_leap()
        while self._unsaid and (first := self._unsaid[0][0]).leap < least:
            self._unsaid.popleft()
            if self._run[0] is first:
                self._run.popleft()

    def _usual_leap(self) -> float:
        leaps = sorted(self._leaps)
        return leaps[len(leaps) // 2]

    def _longest_jump(self) -> float:
        """After how many seconds the next landing is not of the run any more."""
        if len(self._run) < 3:  # the first may be no jump
            return LONGEST_JUMP_S
        jump_s = (self._run[-1].t - self._run[0].t) / (len(self._run) - 1)
        return min(LONGEST_JUMP_S, LONGEST_JUMP * jump_s)
