"""Counts jumps with both feet: single bounces and double unders, one for each landing.

The heights of the feet and of the body are followed by a fixed-lag decoder (`stride.py`,
`hopping.py`). A landing counts when it lies within `CONFIRMING` consecutive ones that look like
rope jumping (`BOUNCE_LIMITS`).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
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
from realtime.recognise.turns import TURN_LIMITS, RopeTurns
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
WEAK_LEAP, IN_PACE = 0.5, (0.85, 1.15)
"""One from more than this is a jump all the same when it comes, and the next one follows, within
these parts of the run's jump: a network saw the body badly."""
CLEAR_LEAP = 0.7
"""One from less than this is a jump when another follows: who has ended comes down once more."""
FIRST_LEAP = 0.68
"""The same for a run's first landing: most go up on their toes before."""
TOES_LEAP, TOES_RISE = 0.75, 0.65
"""The same where the feet rose less than the second part of what is usual, or moved too slowly."""
FEET_LEAP = 0.5
"""Feet that moved less than this part as fast as usual did not leave the floor: the body is bent
for the first jump, or straightened after the last one."""
SURE = 12
"""Who has jumped so often in a run has a rope: only `GOING_ON` is asked for any more. A network
that misplaces a joint must cost no jumps."""
ROPE_IN_HAND_S = 6.0
"""So soon after that he still has it."""
USUAL = 8
"""So many landings say what is usual."""
PATIENCE = 8
"""So many landings of a run wait for it to look like rope jumping."""

_LANDINGS_KEPT = 32  # more than from a stop to the confirmation of the run after it
_HEIGHTS = slice(FEET, BODY_Y + 1)
_WAVE = np.sin(2 * np.pi * (np.arange(PHASES) + 0.5) / PHASES)


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
GOING_ON = frozenset({"rhythm", "feet_rise", "lift", "travel"})
"""The limits that are still asked for when somebody has jumped for a while."""
GOING_RHYTHM = 0.4
"""The least rhythm then."""


def measure(rows: Floats, phases: Floats) -> Bounce:
    """The bounce over hop rows (n, 9) with their decoded phases (n,), n at least 2."""
    last = len(rows) - 1
    ordered = rows.T.copy()
    ordered.sort()  # NaN last: a column with any NaN has an unknown extent
    low, middle, high = ordered.T[[round(q * last) for q in (0.05, 0.5, 0.95)]].tolist()
    wave = _WAVE.take(phases.astype(np.intp))
    heights = rows[:, _HEIGHTS]
    heights = heights - np.add.reduce(heights) / len(rows)
    sines = (wave @ heights).tolist()
    power = float(wave @ wave)
    heights *= heights
    spreads = [math.sqrt(power * energy) for energy in np.add.reduce(heights).tolist()]
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
        (ordered.item(HIP_X, last) - ordered.item(HIP_X, 0)) / leg,
    )


class BounceCounter(RhythmCounter[Hop]):
    """Jumps with both feet of one athlete."""

    def __init__(
        self,
        athlete: int = 1,
        limits: Limits = BOUNCE_LIMITS,
        turn_limits: tuple[float, float] = TURN_LIMITS,
    ) -> None:
        self._turn_limits = turn_limits
        self._limits = limits
        self._going_on = {name: limits[name] for name in limits if name in GOING_ON}
        if "rhythm" in limits:
            self._going_on["rhythm"] = (GOING_RHYTHM, np.inf)
        self._sure_s = -math.inf  # when somebody was last sure to have a rope
        self._whole_leap = 0.0  # the usual one of the last run that was believed
        self.landings: deque[float] = deque(maxlen=_LANDINGS_KEPT)
        """When (seconds) the last landings were that were as strong as those of jumps."""
        super().__init__(athlete)

    def _row(self, pose: BodyPose) -> Floats | None:
        row = hop_row(pose)
        return row if math.isfinite(row[FEET] + row[BODY_Y]) else None

    def _new_detector(self) -> HopDetector:
        self._hops = HopDetector()
        return self._hops

    def _break_run(self) -> None:
        self._run: deque[Hop] = deque(maxlen=CONFIRMING)
        self._unsaid: deque[tuple[Hop, float, int]] = deque(maxlen=PATIENCE)
        self._leaps: deque[float] = deque(maxlen=USUAL)
        self._feet_leaps: deque[float] = deque(maxlen=USUAL)
        self._turns = RopeTurns(self._turn_limits)
        self._weak: tuple[Hop, tuple[float, int]] | None = None
        self._begun = False
        self._said_in_run = 0

    def _judge(self, hop: Hop) -> list[Jump]:
        """Add the landing to the run and say whatever is now known to be jumps."""
        contact = self._nearest_frame(hop.contact_s)
        self._go_on_to(hop)
        if hop.rise < LEAST_RISE or hop.leap < LEAST_LEAP:
            self._break_run()
            return []
        if len(self._run) == CONFIRMING and hop.leap < WHOLE_LEAP * self._usual_leap():
            if hop.leap >= WEAK_LEAP * self._usual_leap():
                self._weak = hop, contact
            return []
        self._land(hop, contact)
        strong = hop.leap >= FIRST_LEAP * max(self._usual_leap(), self._whole_leap)
        if strong and self._leaves_floor(hop):
            self.landings.append(contact[0])
        if len(self._run) < CONFIRMING:
            return []
        bounce = measure(*self._detector.window(self._run[0].step, hop.step))
        sure = self._said_in_run >= SURE or hop.t - self._sure_s < ROPE_IN_HAND_S
        if not within(bounce, self._going_on if sure else self._limits):
            return []
        if not self._begun:
            self._drop_first()
            if len(self._run) < CONFIRMING:
                return []
        self._begun = True
        self._whole_leap = self._usual_leap()
        clear = [self._is_clear(hop) for hop, *_ in self._unsaid]
        said = [self._unsaid.popleft() for _ in range(_upto_last(clear))]
        self._said_in_run += len(said)
        if self._said_in_run >= SURE:
            self._sure_s = hop.t
        turns = self._turns.turns
        return [
            Jump(self.athlete, frame, t, "both", self._now, turns=turns) for _, t, frame in said
        ]

    def _go_on_to(self, hop: Hop) -> None:
        """Break the run when this landing is too late for it. A weak landing on the way was a jump,
        or is forgotten."""
        if self._weak is not None and self._between(self._weak[0], hop):
            self._land(*self._weak)
        elif self._run and hop.t - self._run[-1].t > self._longest_jump():
            self._break_run()
        self._weak = None

    def _land(self, hop: Hop, contact: tuple[float, int]) -> None:
        """Add a landing to the run; time and frame of its contact."""
        self._run.append(hop)
        self._leaps.append(hop.leap)
        self._feet_leaps.append(hop.feet_leap)
        self._turns.landed(hop.contact_s, self._hops)
        self._unsaid.append((hop, *contact))

    def _between(self, weak: Hop, hop: Hop) -> bool:
        """Whether the run goes on at its pace through a weak landing to this one, a clear one."""
        jump_s = (self._run[-1].t - self._run[0].t) / (len(self._run) - 1)
        on_time = all(
            IN_PACE[0] * jump_s < after.t - before.t < IN_PACE[1] * jump_s
            for before, after in ((self._run[-1], weak), (weak, hop))
        )
        return on_time and hop.leap >= CLEAR_LEAP * self._usual_leap()

    def _drop_first(self) -> None:
        """Begin a run with a jump."""
        leap, rise = self._usual_leap(), _middle([hop.rise for hop in self._run])
        while self._unsaid:
            first = self._unsaid[0][0]
            steps_off = first.rise >= TOES_RISE * rise and self._leaves_floor(first)
            if first.leap >= (FIRST_LEAP if steps_off else TOES_LEAP) * leap:
                return
            self._unsaid.popleft()
            if self._run[0] is first:
                self._run.popleft()

    def _is_clear(self, hop: Hop) -> bool:
        return hop.leap >= CLEAR_LEAP * self._whole_leap and self._leaves_floor(hop)

    def _leaves_floor(self, hop: Hop) -> bool:
        return hop.feet_leap >= FEET_LEAP * _middle(self._feet_leaps)

    def _usual_leap(self) -> float:
        return _middle(self._leaps)

    def _longest_jump(self) -> float:
        """After how many seconds the next landing is not of the run any more."""
        if not self._begun:  # the first may be no jumps
            return LONGEST_JUMP_S
        jump_s = (self._run[-1].t - self._run[0].t) / (len(self._run) - 1)
        return min(LONGEST_JUMP_S, LONGEST_JUMP * jump_s)


def _middle(values: Iterable[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def _upto_last(found: list[bool]) -> int:
    """How many there are up to the last that is true."""
    return max((i + 1 for i, one in enumerate(found) if one), default=0)
