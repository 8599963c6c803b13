"""Finds each change of the supporting foot in gait rows that come at the decoder's fixed step."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from realtime.marks import Foot
from realtime.recognise.gait import COLUMNS, FOOT, KNEE
from realtime.recognise.stride import LAG, STEP_S, CycleDecoder, HalfCycles
from realtime.stream.ring import Floats, RingBuffer

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
_CAPACITY = round(MEMORY_S / STEP_S)
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


class SwitchDetector:
    """Gait rows in, switches out, `LAG` steps late. Stateful, causal, deterministic."""

    def __init__(self) -> None:
        self._decoder = CycleDecoder(_SLOWEST, _FASTEST)
        self._cycles = HalfCycles()
        self._rows = RingBuffer(_CAPACITY + LAG, (COLUMNS,))
        self._phases = RingBuffer(_CAPACITY)
        self._taken = 0
        self._settled = 0
        self._middle = 0.0
        self._last_switch = 0
        self._stepping = False

    def update(self, t: float, row: Floats) -> Switch | None:
        """Take the row (14,) at `t` seconds, `STEP_S` after the last; FOOT and KNEE are not NaN."""
        self._rows.push(t, row)
        self._taken += 1
        phase = self._decoder.update(self._left_over_right())
        return None if phase is None else self._settle(phase)

    def flush(self) -> list[Switch]:
        """The switches of the last `LAG` steps as far as they are known. Ends the stream."""
        switches = [self._settle(phase) for phase in self._decoder.unsettled()]
        return [switch for switch in switches if switch is not None]

    def window(self, begin: int, end: int) -> tuple[Floats, Floats]:
        """Rows (n, 14) and phases (n,) of the settled steps `begin` ... `end`, both included."""
        phases = self._phases.window(np.inf)[1]
        last = len(phases) - (self._settled - 1 - end)
        return self._between(begin, end)[1], phases[last - (end + 1 - begin) : last]

    def _between(self, begin: int, end: int) -> tuple[Floats, Floats]:
        times, rows = self._rows.window(np.inf)
        oldest = self._taken - len(rows)
        part = slice(max(begin - oldest, 0), end + 1 - oldest)
        return times[part], rows[part]

    def _left_over_right(self) -> float:
        """-1 ... 1, from the foot and knee differences alike, centred and scaled."""
        legs = self._rows.window(CENTRE_S)[1][:, _LEGS]
        ordered = np.sort(legs, axis=0)
        last = len(ordered) - 1
        lows, middles, highs = (ordered[round(q * last)].tolist() for q in (0.05, 0.5, 0.95))
        self._middle = middles[FOOT]
        swing = 0.0
        for value, low, middle, high in zip(legs[-1].tolist(), lows, middles, highs, strict=True):
            spread = max((high - low) / 2, LEAST_SPREAD)
            swing += math.tanh(_SATURATION * (value - middle) / spread)
        return swing / 2

    def _settle(self, phase: int) -> Switch | None:
        """Unwrap the phase of the next settled step; a new half of the stride is a switch."""
        step = self._settled
        self._settled += 1
        self._phases.push(step, phase)
        if not self._cycles.update(phase, self._stepping):
            return None
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
