"""Finds each landing of a body that goes up and down with both feet together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.skeleton import BODY
from realtime.recognise.stride import LAG, STEP_S, CycleDecoder, HalfCycles
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats, RingBuffer

FEET, BODY_Y, DIFF, APART, TRUNK, HANDS, HIP_X, LEG = range(8)
COLUMNS = 8
"""Columns of a hop row. In pixels: FEET, height of the middle of the feet in the image, BODY_Y,
that of the middle of hips and shoulders, HIP_X, place of the hips, and LEG. In leg lengths: DIFF,
left over right foot, and APART, their distance across; TRUNK, shoulders over hips; HANDS, the
smaller known drop from a shoulder to its wrist."""

CENTRE_S = 1.2
"""Window of the trailing extent by which the heights are centred and scaled."""
CENTRE_CYCLES = 1.8
LEAST_SPREAD = 0.04
"""Leg lengths: a smaller spread counts as this much, so that noise is not scaled up."""
LEAST_RISE = 0.05
"""Leg lengths by which the feet must rise before a landing."""
MEMORY_S = 6.0

_SLOWEST, _FASTEST = 2, 8  # half cycles per second: 1 to 4 jumps per second
_SATURATION = 1.5
_CAPACITY = round(MEMORY_S / STEP_S)
_HEIGHTS = slice(FEET, BODY_Y + 1)
_FEET = [
    [BODY.index(f"{side}_{part}") for part in ("ankle", "heel", "toe")]
    for side in ("left", "right")
]
_UPPER = [BODY.index(f"{side}_shoulder") for side in ("left", "right")]
_WRISTS = [BODY.index(f"{side}_wrist") for side in ("left", "right")]


def hop_row(pose: BodyPose) -> Floats:
    """(8,) float64 of this frame in the order of the columns; NaN where joints are missing."""
    joints: list[list[float]] = pose.points.tolist()  # of single numbers, plain Python is faster
    left, right = ([joints[j] for j in foot] for foot in _FEET)
    shared = [i for i in range(len(left)) if not math.isnan(left[i][1] + right[i][1])]
    n = len(shared) or math.nan
    left_x, left_y = (sum(left[i][axis] for i in shared) / n for axis in (0, 1))
    right_x, right_y = (sum(right[i][axis] for i in shared) / n for axis in (0, 1))
    hip_x, hip_y = pose.hip.tolist()
    shoulders = [joints[j][1] for j in _UPPER]
    trunk = sum(shoulders) / 2
    drops = [s - joints[j][1] for s, j in zip(shoulders, _WRISTS, strict=True)]
    hands = min((drop for drop in drops if not math.isnan(drop)), default=math.nan)
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
        )
    )


@dataclass(frozen=True, slots=True)
class Hop:
    """A landing on both feet, at decoder step `step` and time `t` (seconds); `rise` is how far the
    feet came down to it, and `up` before, in leg lengths."""

    step: int
    t: float
    rise: float


class HopDetector:
    """Hop rows in, hops out, `LAG` steps late. Stateful, causal, deterministic."""

    def __init__(self) -> None:
        self._decoder = CycleDecoder(_SLOWEST, _FASTEST)
        self._cycles = HalfCycles()
        self._rows = RingBuffer(_CAPACITY + LAG, (COLUMNS,))
        self._phases = RingBuffer(_CAPACITY)
        self._taken = 0
        self._settled = 0
        self._last_hop = 0
        self._hopping = False

    def update(self, t: float, row: Floats) -> Hop | None:
        """Take the row (8,) at `t` seconds, `STEP_S` after the last; no height in it is NaN."""
        self._rows.push(t, row)
        self._taken += 1
        phase = self._decoder.update(self._height())
        return None if phase is None else self._settle(phase)

    def flush(self) -> list[Hop]:
        """The hops of the last `LAG` steps as far as they are known. Ends the stream."""
        hops = [self._settle(phase) for phase in self._decoder.unsettled()]
        return [hop for hop in hops if hop is not None]

    def window(self, begin: int, end: int) -> tuple[Floats, Floats]:
        """Rows (n, 8) and phases (n,) of the settled steps `begin` ... `end`, both included."""
        phases = self._phases.window(np.inf)[1]
        last = len(phases) - (self._settled - 1 - end)
        return self._between(begin, end)[1], phases[max(last - (end + 1 - begin), 0) : last]

    def _between(self, begin: int, end: int) -> tuple[Floats, Floats]:
        times, rows = self._rows.window(np.inf)
        oldest = self._taken - len(rows)
        part = slice(max(begin - oldest, 0), end + 1 - oldest)
        return times[part], rows[part]

    def _height(self) -> float:
        """-1 ... 1, from the heights of feet and body alike, centred and scaled."""
        span = min(CENTRE_S, max(CENTRE_CYCLES * self._decoder.period_s, 0.5))
        rows = self._rows.window(span)[1]
        least = LEAST_SPREAD * float(rows[-1, LEG])
        heights = rows[:, _HEIGHTS]
        ordered = np.sort(heights, axis=0)
        last = len(ordered) - 1
        lows, highs = (ordered[round(q * last)].tolist() for q in (0.05, 0.95))
        swing = 0.0
        for value, low, high in zip(heights[-1].tolist(), lows, highs, strict=True):
            middle, spread = (low + high) / 2, max((high - low) / 2, least)
            swing += math.tanh(_SATURATION * (value - middle) / spread)
        return swing / 2

    def _settle(self, phase: int) -> Hop | None:
        step = self._settled
        self._settled += 1
        self._phases.push(step, phase)
        if not self._cycles.update(phase, self._hopping) or self._cycles.halves % 2 == 0:
            return None
        since = self._between(self._last_hop, step)[1][:, FEET]
        times, coming = self._between(step, self._taken - 1)
        lowest = min(coming[:, FEET].min(), since.min())
        rise = float(since.max() - lowest) / float(coming[0, LEG])
        self._last_hop = step
        self._hopping = rise >= LEAST_RISE
        return Hop(step, float(times[0]), rise)
