"""Finds each landing of a body that goes up and down with both feet together."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from models.rope.learned.features import feet
from models.rope.trailing import TrailingOrder
from models.skeleton import BODY
from realtime.recognise.detector import CycleDetector
from realtime.recognise.stride import CycleDecoder
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats

FEET, BODY_Y, DIFF, APART, TRUNK, HANDS, HIP_X, LEG, WRISTS = range(9)
COLUMNS = 9
"""Columns of a hop row. In pixels: FEET, height of the middle of the feet in the image, BODY_Y,
that of the middle of hips and shoulders, HIP_X, place of the hips, and LEG. In leg lengths: DIFF,
left over right foot, and APART, their distance across; TRUNK, shoulders over hips; HANDS, the
smaller known drop from a shoulder to its wrist; WRISTS, how high the wrists are over the
shoulders, in the mean."""

CHANGE_STEPS = 4
"""What is followed is how much higher feet and body are than this many steps (67 ms) ago: their
speed, in which a camera that moves in a hand shows far less than in their height."""
USUAL_S = 1.5
"""Window of the trailing changes by which they are scaled."""
LEAST_CHANGE = 0.02
"""Leg lengths: a smaller change counts as this much, so that noise is not scaled up."""
LEAST_RISE = 0.05
"""Leg lengths by which the feet must rise before a landing."""
LEAST_LEAP = 0.05
"""How much faster (leg lengths per `CHANGE_STEPS`) the body must go up than down."""
LANDED = 0.42
"""The feet touch the floor when the body has come down to this part of its rise, as the legs then
give way. Body, not feet: a network sees them much better."""
MEMORY_S = 6.0

_SLOWEST, _FASTEST = 2, 8  # half cycles per second: 1 to 4 jumps per second
_SATURATION = 1.5
_MOST = 0.9  # of the trailing changes are no outliers
_RISING_STEPS, _FALLING_STEPS = 40, 15  # before a beat, at most
_EARLIEST_STEPS = 6  # a landing before its beat
_UPPER = [BODY.index(f"{side}_shoulder") for side in ("left", "right")]
_WRISTS = [BODY.index(f"{side}_wrist") for side in ("left", "right")]


def hop_row(pose: BodyPose) -> Floats:
    """(9,) float64 of this frame in the order of the columns; NaN where joints are missing."""
    joints: list[list[float]] = pose.points.tolist()  # of single numbers, plain Python is faster
    left_x, left_y, right_x, right_y = feet(joints)
    hip_x, hip_y = pose.hip.tolist()
    (_, left), (_, right) = joints[_UPPER[0]], joints[_UPPER[1]]
    trunk = (left + right) / 2
    drop, other = left - joints[_WRISTS[0]][1], right - joints[_WRISTS[1]][1]
    hands = other if math.isnan(drop) or other < drop else drop
    lower = drop if math.isnan(other) or drop > other else other  # as `hands` where one is unknown
    return np.array(
        (
            (left_y + right_y) / 2 * pose.leg_length - hip_y,
            trunk / 2 * pose.leg_length - hip_y,
            left_y - right_y,
            abs(left_x - right_x),
            trunk,
            hands,
            hip_x,
            pose.leg_length,
            -(hands + lower) / 2,
        )
    )


@dataclass(frozen=True, slots=True)
class Hop:
    """A landing on both feet: body and feet fall fastest at decoder step `step` and time `t`, and
    the feet touch the floor at `contact_s` (seconds).

    `rise` is how far the feet rose before it; `leap` is how much faster the body went up than down,
    in leg lengths per `CHANGE_STEPS`: much for a flight, little for who goes up on his toes;
    `feet_leap` is the same of the feet: little also for who only bends his knees or straightens up.
    """

    step: int
    t: float
    contact_s: float
    rise: float
    leap: float
    feet_leap: float


class HopDetector(CycleDetector[Hop]):
    """Hop rows in, hops out, `LAG` steps late; no height is NaN."""

    def __init__(self) -> None:
        super().__init__(CycleDecoder(_SLOWEST, _FASTEST, CHANGE_STEPS), COLUMNS, MEMORY_S)
        self._heights: deque[tuple[float, tuple[float, float]]] = deque()
        self._usual = TrailingOrder(), TrailingOrder()
        self._last_hop = 0
        self._hopping = False

    def wrists(self, since: float) -> tuple[Floats, Floats]:
        """Times and heights of the wrists (n,) later than `since` seconds, as far as they are
        remembered."""
        times, rows = self._rows.window(self._rows.last_t - since)
        return times, rows[:, WRISTS]

    def _followed(self, t: float, row: list[float]) -> float:
        """-1 ... 1, from the changes of the heights of feet and body alike, scaled."""
        heights = row[FEET], row[BODY_Y]
        self._heights.append((t, heights))
        if len(self._heights) <= CHANGE_STEPS:
            return 0.0
        since, before = self._heights.popleft()
        least = LEAST_CHANGE * row[LEG]
        followed = 0.0
        for now, then, usual in zip(heights, before, self._usual, strict=True):
            usual.push(since, abs(now - then), t - USUAL_S)
            followed += math.tanh(_SATURATION * (now - then) / max(usual.at(_MOST), least)) / 2
        return followed

    def _going(self) -> bool:
        return self._hopping

    def _beat(self, step: int) -> Hop | None:
        if self._cycles.halves % 2 == 0:
            return None  # going up
        hop = self._describe(step)
        self._last_hop = step
        self._hopping = hop.rise >= LEAST_RISE
        return hop

    def _describe(self, step: int) -> Hop:
        times, rows = self._between(self._last_hop, self._taken - 1)
        beat = len(rows) - self._taken + step
        leg = float(rows[-1, LEG])
        feet, body = rows[:, FEET], rows[:, BODY_Y]
        rise = float(feet[: beat + 1].max() - feet.min()) / leg
        contact_s = _landing(times, body, beat)
        leap, feet_leap = _leap(body, beat) / leg, _leap(feet, beat) / leg
        return Hop(step, float(times[beat]), contact_s, rise, leap, feet_leap)


def _leap(heights: Floats, beat: int) -> float:
    """How much faster these heights (n,) go up than down, before and about `beat`."""
    changes = heights[CHANGE_STEPS:] - heights[:-CHANGE_STEPS]
    falling = beat - CHANGE_STEPS // 2
    up = float(changes[max(falling - _RISING_STEPS, 0) : falling].max(initial=0.0))
    down = float(changes[max(falling - _FALLING_STEPS, 0) :].min(initial=0.0))
    return up - down


def _landing(times: Floats, body: Floats, beat: int) -> float:
    """When the body of these heights (n,), which falls fastest at `beat`, is as low as it is when
    the feet touch the floor; the last of `times` when it is not yet."""
    begin = max(beat - _FALLING_STEPS, 0)
    top = begin + int(body[begin : beat + 1].argmax())
    low = float(body[top:].min())
    # Somebody who still falls has not been at his lowest: where he jumped from says more.
    low += min(float(body[begin : top + 1].min()) - low, 0.0) / 2
    level = low + LANDED * (float(body[top]) - low)
    first = max(top, beat - _EARLIEST_STEPS)
    below = np.flatnonzero(body[first:] <= level)
    if not len(below):
        return float(times[-1])
    i = first + int(below[0])
    if i == first:
        return float(times[i])
    part = (body[i - 1] - level) / (body[i - 1] - body[i])
    return float(times[i - 1] + part * (times[i] - times[i - 1]))
