"""Finds each change of the supporting foot in gait rows that come at the decoder's fixed step."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from realtime.marks import Foot
from realtime.recognise.detector import CycleDetector
from realtime.recognise.gait import COLUMNS, FOOT, KNEE
from realtime.recognise.stride import CycleDecoder
from realtime.stream.ring import Floats

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
_LEGS = slice(FOOT, KNEE + 1)


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
        self._middle = 0.0
        self._last_switch = 0
        self._stepping = False

    def _followed(self) -> float:
        """-1 ... 1, from the foot and knee differences alike, centred and scaled; from the feet
        alone where the knees are not known."""
        legs = self._rows.window(CENTRE_S)[1][:, _LEGS]
        ordered = np.sort(legs, axis=0)  # NaN last
        foot, knee = legs[-1].tolist()
        self._middle, swing = _scaled(foot, ordered[:, 0])
        return swing if math.isnan(knee) else (swing + _scaled(knee, ordered[:, 1])[1]) / 2

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


def _scaled(value: float, ordered: Floats) -> tuple[float, float]:
    """The median of the values in order (n,), and how far up (-1 ... 1) `value` is in them."""
    last = len(ordered) - 1
    if math.isnan(ordered[last]):
        last -= int(np.isnan(ordered).sum())
    low, middle, high = (float(ordered[round(q * last)]) for q in (0.05, 0.5, 0.95))
    spread = max((high - low) / 2, LEAST_SPREAD)
    return middle, math.tanh(_SATURATION * (value - middle) / spread)
