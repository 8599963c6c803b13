"""Which answers are right at each moment of a stream."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.gym.live.features import Floats
from models.gym.live.streams import KINDS, Element

LEAD_S = 0.35
"""Before the take-off: from here on the element may be named."""
SURE = 0.5
"""From this part of the flight on it must be named."""
HOLD_S = 0.3
"""After the landing it must still be named for this long,"""
FADE_S = 0.3
"""and may be for this long then."""
_OVER_S = 0.1


def allowed(t: Floats, elements: Sequence[Element]) -> NDArray[np.float32]:
    """(T, 3), 1 for each of KINDS that may be said at times `t` (T,), else 0, for the elements in
    order of time. Where the next of a series begins, the one before need no longer be named."""
    answers = np.zeros((len(t), len(KINDS)), np.float32)
    for element in elements:
        over_s = _OVER_S if element.kind is None else HOLD_S + FADE_S
        span = _within(t, element.takeoff_s - LEAD_S, element.landing_s + over_s)
        kinds = range(len(KINDS)) if element.kind is None else (0, KINDS.index(element.kind))
        for kind in kinds:
            answers[span, kind] = 1
    answers[~answers.any(axis=1), 0] = 1
    for i, element in enumerate(elements):
        if element.kind is not None:
            next_s = elements[i + 1].takeoff_s - LEAD_S if i + 1 < len(elements) else np.inf
            takeoff, landing = element.takeoff_s, element.landing_s
            until = max(landing, min(landing + HOLD_S, next_s))
            span = _within(t, takeoff + SURE * (landing - takeoff), until)
            answers[span] = np.eye(len(KINDS))[KINDS.index(element.kind)]
    return answers


def _within(t: Floats, begin_s: float, end_s: float) -> NDArray[np.bool_]:
    flags: NDArray[np.bool_] = (t >= begin_s) & (t < end_s)
    return flags
