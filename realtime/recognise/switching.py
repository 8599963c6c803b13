"""Finds each change of the supporting foot in gait rows that come at the decoder's fixed step."""

from __future__ import annotations

import math
from dataclasses import dataclass

from models.rope.trailing import TrailingOrder
from realtime.marks import Foot
from realtime.recognise.detector import CycleDetector
from realtime.recognise.gait import COLUMNS, FOOT, KNEE
from realtime.recognise.stride import CycleDecoder

CENTRE_S = 1.2
"""Window of the trailing median and spread by which the foot and knee differences are centred and
scaled. A median, as a side view makes the duty cycle of the legs unequal."""
LEAST_SPREAD = 0.06
"""Leg lengths: a smaller spread counts as this much, so that noise is not scaled up."""
LEAST_TURN = 0.1
"""Leg lengths by which the foot difference turns over when somebody does step."""
MEMORY_S = 3.0
"""How far back `SwitchDetector.window` can reach."""

_SATURATION = 1.5  # the swing reaches tanh(1.5) = 0.9: an outlier weighs no more than a good frame
_SLOWEST, _FASTEST = 2, 10  # steps per second


@dataclass(frozen=True, slots=True)
class Switch:
    """A change of the supporting foot, at decoder step `step` and time `t` (seconds).

    `foot` takes the weight. `lift` is how far (leg lengths) it had been raised over the other one
    since the last switch, against the trailing median; `turn` is how far the foot difference has
    turned over from there.
    """

    step: int
    t: float
    foot: Foot
    lift: float
    turn: float


class SwitchDetector(CycleDetector[Switch]):
    """Gait rows in, switches out, `LAG` steps late; FOOT is not NaN."""

    def __init__(self) -> None:
        super().__init__(CycleDecoder(_SLOWEST, _FASTEST), COLUMNS, MEMORY_S)
        self._foot, self._knee = TrailingOrder(), TrailingOrder()
        self._middle = 0.0
        self._last_switch = 0
        self._stepping = False

    def _followed(self, t: float, row: list[float]) -> float:
        """-1 ... 1, from the foot and knee differences alike, centred and scaled; from the feet
        alone where the knees are not known."""
        foot, knee = row[FOOT], row[KNEE]
        self._foot.push(t, foot, t - CENTRE_S)
        self._knee.push(t, knee, t - CENTRE_S)
        self._middle, swing = _scaled(foot, self._foot)
        return swing if math.isnan(knee) else (swing + _scaled(knee, self._knee)[1]) / 2

    def _going(self) -> bool:
        return self._stepping

    def _beat(self, step: int) -> Switch:
        switch = self._describe(step)
        self._last_switch = step
        self._stepping = switch.turn >= LEAST_TURN
        return switch

    def _describe(self, step: int) -> Switch:
        left_rises = self._cycles.halves % 2 == 0
        sign = -1 if left_rises else 1
        since = self._between(self._last_switch, step)[1][:, FOOT]
        times, coming = self._between(step, self._taken - 1)
        top = float((sign * since).max())
        turn = top - float((sign * coming[:, FOOT]).min())
        foot: Foot = "right" if left_rises else "left"
        return Switch(step, float(times[0]), foot, top - sign * self._middle, turn)


def _scaled(value: float, past: TrailingOrder) -> tuple[float, float]:
    """The median of the past, and how far up (-1 ... 1) `value` is in it."""
    low, middle, high = past.extent()
    spread = max((high - low) / 2, LEAST_SPREAD)
    return middle, math.tanh(_SATURATION * (value - middle) / spread)
