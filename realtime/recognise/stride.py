"""Where in its cycle a movement is: a fixed-lag Viterbi decoder over (phase, cadence).

In the first half of the phase what is followed is up, in the second down: the left foot over the
right one in a stride of two steps, the whole body in a jump with both feet. The decoder advances in
fixed steps of capture time, so that its tables do not depend on the frame rate, and settles each
step `LAG` steps later. The maximum-a-posteriori path is Viterbi's (1967); the phase-and-cadence
grid is the one of bar and beat tracking (Whiteley, Cemgil and Godsill, ISMIR 2006), with the legs
in the place of the rhythm.
"""

from __future__ import annotations

import numpy as np

STEP_S = 1 / 60
"""The decoder's step in seconds; frames are interpolated onto this grid."""
LAG = 4
"""Steps between a moment and its settled phase (67 ms)."""
PHASES = 120
"""Phase bins of one cycle. A cadence row moves a whole number of bins per decoder step, so row n
is n half cycles per second; a path mixes neighbouring rows for what lies between."""
_HALF = PHASES // 2
_CHANGE_COST = 1.0  # one cadence row up or down, against at most 1 per step for the fit
_ANGLES = 2 * np.pi * (np.arange(PHASES) + 0.5) / PHASES


class CycleDecoder:
    """Follows the phase of a cycle that takes `slowest` ... `fastest` half cycles per second.
    Stateful, causal, deterministic; memory is constant.

    It is told how far up something is, or, with `change_steps`, how much higher than that many
    steps ago: a quarter of the cycle ahead, and half of those steps late at any cadence.
    """

    def __init__(self, slowest: int, fastest: int, change_steps: int = 0) -> None:
        advance = np.arange(slowest, fastest + 1)[:, None]
        late = 2 * np.pi / PHASES * advance * change_steps / 2
        self._expected = np.cos(_ANGLES - late) if change_steps else np.sin(_ANGLES)
        rows = len(advance)
        self._slowest = slowest
        self._rows = rows
        self._source = (np.arange(PHASES) - advance) % PHASES + PHASES * np.arange(rows)[:, None]
        # No cadence is slower than the first row or faster than the last.
        self._scores = [np.full((rows + 2, PHASES), -np.inf) for _ in range(LAG + 1)]
        self._scores[-1][1:-1] = 0.0
        self._best = np.empty((rows, PHASES))
        self._last = 0  # the best state now
        self._steps = 0

    def update(self, followed: float) -> int | None:
        """Take one step's height or change (up 1, down -1, or between) and settle an older one.

        Returns the phase bin (0 ... PHASES - 1) of `LAG` steps ago, None for the first `LAG`.
        """
        before, score = self._scores[-1], self._scores.pop(0)
        best, now = self._best, score[1:-1]
        np.maximum(before[:-2], before[2:], out=best)
        best -= _CHANGE_COST
        np.maximum(best, before[1:-1], out=best)
        best.take(self._source, out=now, mode="clip")  # with "raise", NumPy buffers
        now += followed * self._expected
        self._last = int(now.argmax())
        now -= now.item(self._last)
        self._scores.append(score)
        self._steps += 1
        return self._back(LAG) if self._steps > LAG else None

    def unsettled(self) -> list[int]:
        """The most likely phases of the steps that `update` has not settled, oldest first."""
        return [self._back(lag) for lag in range(min(LAG, self._steps) - 1, -1, -1)]

    def _back(self, lag: int) -> int:
        """The phase `lag` steps ago on the path that is best now."""
        row, phase = divmod(self._last, PHASES)
        for ago in range(lag):
            phase = (phase - row - self._slowest) % PHASES
            before = self._scores[-2 - ago].item  # of single numbers, plain Python is faster
            best = before(row + 1, phase)
            for other in (row - 1, row + 1):
                if (cost := before(other + 1, phase) - _CHANGE_COST) > best:
                    best, row = cost, other
        return phase


class HalfCycles:
    """Unwraps settled phases and says when a half of the cycle is new. Stateful."""

    def __init__(self) -> None:
        self.halves = 0
        """How many half cycles have begun; even: the first half, what is followed is up."""
        self._unwrapped: int | None = None

    def update(self, phase: int, going: bool) -> bool:
        """Whether the next settled `phase` begins a half. `going`: no half begins twice, should
        the best path slip back."""
        if self._unwrapped is None:
            self._unwrapped = phase
            self.halves = phase // _HALF
            return False
        self._unwrapped += (phase - self._unwrapped + _HALF) % PHASES - _HALF
        half = self._unwrapped // _HALF
        if half <= self.halves:
            self.halves = self.halves if going else half
            return False
        self.halves += 1
        return True
