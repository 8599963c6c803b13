"""Where in the stride the legs are: a fixed-lag Viterbi decoder over (phase, cadence).

One stride is two steps: the left foot up (first half of the phase), then the right foot up. The
decoder advances in fixed steps of capture time, so that its tables do not depend on the frame
rate, and settles each step `LAG` steps later. The maximum-a-posteriori path is Viterbi's (1967);
the phase-and-cadence grid is the one of bar and beat tracking (Whiteley, Cemgil and Godsill,
ISMIR 2006), with the legs in the place of the rhythm.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from realtime.stream.ring import Floats

STEP_S = 1 / 60
"""The decoder's step in seconds; frames are interpolated onto this grid."""
LAG = 4
"""Steps between a moment and its settled phase (67 ms)."""
PHASES = 120
"""Phase bins of one stride. A cadence row moves a whole number of bins per decoder step, so the
rows below are 2, 3, ... 10 steps per second; a path mixes neighbouring rows for what lies between.
"""
_SLOWEST, _FASTEST = 2, 10
_ADVANCE = np.arange(_SLOWEST, _FASTEST + 1)
_CHANGE_COST = 1.0  # one cadence row up or down, against at most 1 per step for the fit

_ROWS = len(_ADVANCE)
_SOURCE = (np.arange(PHASES) - _ADVANCE[:, None]) % PHASES + PHASES * np.arange(_ROWS)[:, None]
_LIFT = np.sin(2 * np.pi * (np.arange(PHASES) + 0.5) / PHASES)


class StrideDecoder:
    """Follows the phase of the stride. Stateful, causal, deterministic; memory is constant."""

    def __init__(self) -> None:
        start = np.zeros((_ROWS, PHASES))
        self._scores: deque[Floats] = deque([start], maxlen=LAG + 1)
        self._steps = 0

    def update(self, lift: float) -> int | None:
        """Take one step's lift (left over right leg, about -1 ... 1) and settle an older one.

        Returns the phase bin (0 ... PHASES - 1) of `LAG` steps ago, None for the first `LAG`.
        """
        score = _advance(self._scores[-1])
        score += lift * _LIFT
        score -= score.max()
        self._scores.append(score)
        self._steps += 1
        return self._back(LAG) if self._steps > LAG else None

    def unsettled(self) -> list[int]:
        """The most likely phases of the steps that `update` has not settled, oldest first."""
        return [self._back(lag) for lag in range(min(LAG, self._steps) - 1, -1, -1)]

    def _back(self, lag: int) -> int:
        """The phase `lag` steps ago on the path that is best now."""
        row, phase = divmod(int(self._scores[-1].argmax()), PHASES)
        for ago in range(lag):
            phase = (phase - row - _SLOWEST) % PHASES
            before = self._scores[-2 - ago].item  # of single numbers, plain Python is faster
            best = before(row, phase)
            for other in (row - 1, row + 1):
                if 0 <= other < _ROWS and (cost := before(other, phase) - _CHANGE_COST) > best:
                    best, row = cost, other
        return phase


def _advance(score: Floats) -> Floats:
    """The best score of each state one step on, before that step's fit is added."""
    best = score.copy()
    changed = score - _CHANGE_COST
    np.maximum(best[1:], changed[:-1], out=best[1:])
    np.maximum(best[:-1], changed[1:], out=best[:-1])
    return best.take(_SOURCE)
