"""When a foot takes the weight in a jump over a rope: what the network says of each moment."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.rope.learned.features import StepFeatures
from models.rope.learned.network import AHEAD, StepNetwork, Weights

NEAR = 4
"""What the network says within so many steps of a moment is said of that moment."""
_LOOK = 1  # row of the answers that peaks are read from
_EARLY = 0  # row of those that come first
_LATE = AHEAD.index(max(AHEAD))  # row of those that look furthest ahead
_KEPT = 600  # steps, 10 s
AFTER = NEAR + AHEAD[_LATE] + 1
"""Steps after which `StepWitness.hindsight` is known."""


class Peak(NamedTuple):
    """A foot takes the weight at `step` (with a fraction); `weight` is about 1.5 when that is
    clear, 0 when it is not so."""

    step: float
    weight: float


class StepWitness:
    """Body rows (18,) at steps of `STEP_S` in; says of moments whether a foot took the weight.
    Stateful, causal, deterministic."""

    def __init__(self, weights: Weights) -> None:
        self._features = StepFeatures()
        self._network = StepNetwork(weights)
        self._said: deque[float] = deque([0.0] * _KEPT, maxlen=_KEPT)
        self._early = [0.0] * (AHEAD[_LOOK] - AHEAD[_EARLY])
        self._late: deque[float] = deque([0.0] * _KEPT, maxlen=_KEPT)
        self.taken = 0
        """Steps so far; the newest is `taken` - 1."""

    def update(self, row: NDArray[np.float64]) -> Peak | None:
        """Take the row of the next step; returns the peak that is known with it."""
        answers = self._network.update(self._features.update(row))
        steps = (answers[:, 1] + answers[:, 2]).tolist()
        self._said.append(steps[_LOOK])
        self._late.append(steps[_LATE])
        self._early = [*self._early[1:], steps[_EARLY]]
        self.taken += 1
        before, here, after = self._said[-3], self._said[-2], self._said[-1]
        if here < before or here <= after:
            return None
        weight = before + here + after
        return Peak(self.taken - 2 - AHEAD[_LOOK] + (after - before) / weight, weight)

    def weight(self, step: float) -> float:
        """How clearly a foot took the weight at `step`, as far as is known by now."""
        last = _KEPT - self.taken + AHEAD[_LOOK] + round(step)  # its place in what was said
        begin, end = max(last - NEAR, 0), last + NEAR + 1
        known = sum(self._said[i] for i in range(begin, min(end, _KEPT)))
        return known + sum(self._early[: max(end - _KEPT, 0)])

    def is_known(self, step: float) -> bool:
        """Whether what is said of `step` changes no more."""
        return round(step) + NEAR + AHEAD[_LOOK] < self.taken

    def hindsight(self, step: float) -> float:
        """The weight at `step` as it is known `AFTER` steps later, by how he went on: hardly any
        where the rope was caught in that jump."""
        last = _KEPT - self.taken + AHEAD[_LATE] + round(step)
        return sum(self._late[i] for i in range(max(last - NEAR, 0), min(last + NEAR + 1, _KEPT)))
