"""Which way an athlete faces who is seen from the side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from models.skeleton import BODY

Facing = Literal[-1, 0, 1]

SIDEWAYS = 0.25
"""Less than this, in leg lengths, is no side view; a true one gives about 0.5 to 1.3."""

_MEAN_S = 0.15  # time constant
_UPRIGHT = math.cos(math.radians(60))

_SHOULDERS, _HIPS, _KNEES, _ANKLES, _HEELS, _TOES = (
    [BODY.index(f"left_{joint}"), BODY.index(f"right_{joint}")]
    for joint in ("shoulder", "hip", "knee", "ankle", "heel", "toe")
)
_NOSE = BODY.index("nose")
_LEGS = list(zip(_HIPS, _KNEES, _ANKLES, _HEELS, _TOES, strict=True))


class SideView:
    """The facing of one athlete. Stateful, causal, deterministic.

    Nobody turns round while he turns over: only what is seen upright counts.
    """

    def __init__(self) -> None:
        self._t = -math.inf
        self._ahead = 0.0
        self.facing: Facing = 0
        """+1 to the right of the image, -1 to the left, 0 unknown."""

    def update(self, t: float, points: Sequence[Sequence[float]], turn: float) -> None:
        """`points` as in `BodyPose`, NaN where missing; `turn` in degrees from upright."""
        if math.cos(math.radians(turn)) < _UPRIGHT:
            return
        self._ahead += (_ahead(points) - self._ahead) * (1 - math.exp((self._t - t) / _MEAN_S))
        self._t = t
        self.facing = 0 if abs(self._ahead) < SIDEWAYS else 1 if self._ahead > 0 else -1


def _ahead(points: Sequence[Sequence[float]]) -> float:
    """How far to the right toes are before heels, knees before the line from hip to ankle and the
    nose before the shoulders, summed, in leg lengths."""
    x = [x for x, _ in points]
    parts = [x[_NOSE] - (x[_SHOULDERS[0]] + x[_SHOULDERS[1]]) / 2]
    for hip, knee, ankle, heel, toe in _LEGS:
        parts += (x[toe] - x[heel], x[knee] - (x[hip] + x[ankle]) / 2)
    return sum([part for part in parts if math.isfinite(part)])
