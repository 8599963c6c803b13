"""How often the rope goes round in a jump with both feet: once, or twice (a double under).

The wrists drive the rope: they go up and down once with each of its turns. So what is asked is how
strongly they move twice in a jump, against once.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import numpy as np

from realtime.marks import Turns
from realtime.recognise.hopping import HopDetector
from realtime.stream.ring import Floats

CYCLES = 8
"""Jumps over which the wrists are watched ..."""
LEAST_CYCLES = 4
"""... at least."""
TURN_LIMITS = (-2.0, -1.2)
"""Less evidence than the first: one turn; more than the second: two; between: as before."""
LEAST_KNOWN = 0.7
"""Share of the time in which the wrists must have been seen."""
LEAST_SWING = 0.004
"""Leg lengths; wrists that move by less turn no rope."""

_HARMONICS = 3  # of the jumps: a third one, as hands pause while the feet are on the floor
_PASSES = 3
_SPREAD = 1.5  # of the median error: what is further off is misplaced, and weighs less


def evidence(times: Floats, heights: Floats, contacts: Sequence[float]) -> float:
    """Natural logarithm of the power with which the `heights` (n,) of the wrists (leg lengths, NaN
    where unknown) change twice and three times in a jump, in parts of that with which they change
    once. `times` (n,) and `contacts`, the landings between which the jumps are, in seconds. NaN
    when too little is known, or the wrists hardly move.

    Least squares of a Fourier series over the phase of the jumps, reweighted against outliers
    (Huber's weights).
    """
    inside = (times >= contacts[0]) & (times < contacts[-1])
    known = inside & np.isfinite(heights)
    count = int(np.count_nonzero(known))
    if count < LEAST_KNOWN * np.count_nonzero(inside) or count < 4 * _HARMONICS:
        return math.nan
    phase = np.interp(times[known], contacts, np.arange(len(contacts)))
    angles = 2 * np.pi * np.arange(1, _HARMONICS + 1)[:, None] * phase
    series = np.concatenate(
        [np.ones((1, count)), phase[None] - phase.mean(), np.cos(angles), np.sin(angles)]
    )
    wanted = heights[known]
    weights = np.ones(count)
    for _ in range(_PASSES):
        weighted = series * weights
        fitted = np.linalg.lstsq(weighted @ series.T, weighted @ wanted, rcond=1e-6)[0]
        error = np.abs(wanted - fitted @ series)
        weights = 1 / np.maximum(1.0, error / max(_SPREAD * float(np.median(error)), 1e-6))
    power = fitted[2 : 2 + _HARMONICS] ** 2 + fitted[2 + _HARMONICS :] ** 2
    once, more = float(power[0]), float(power[1:].sum())
    if once + more < LEAST_SWING**2:
        return math.nan
    return math.log(max(more, 1e-9) / max(once, 1e-9))


class RopeTurns:
    """How often the rope goes round in the jumps of one run. Stateful, causal, deterministic."""

    def __init__(self, limits: tuple[float, float] = TURN_LIMITS) -> None:
        self._limits = limits
        self._contacts: deque[float] = deque(maxlen=CYCLES + 1)
        self.turns: Turns | None = None
        """In the last jump; None: not known yet."""

    def landed(self, contact_s: float, detector: HopDetector) -> None:
        """Take the contact of the next landing of the run."""
        self._contacts.append(contact_s)
        if len(self._contacts) <= LEAST_CYCLES:
            return
        found = evidence(*detector.wrists(self._contacts[0]), self._contacts)
        single, double = self._limits
        if found > double:
            self.turns = 2
        elif found < single:
            self.turns = 1
