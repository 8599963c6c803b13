"""Whether somebody who turned over and came down has landed on his feet, or falls."""

from __future__ import annotations

from typing import Literal

import numpy as np

from realtime.marks import EventKind
from realtime.recognise.elements import HAND_HEIGHT, Element
from realtime.recognise.flip_past import FOOT_X, HAND, HEAD, HIP, HIP_X, LOWEST, TURN, middle
from realtime.stream.ring import Floats

ON_FOURS = ((0.75, 0.245), (0.63, 0.33))
"""Hips and the lower hand above the floor of who landed on hands and knees are lower than one of
these pairs; deep landings on the feet are not."""
HEAD_DOWN = -0.75
"""Whose trunk points down like this (the cosine of its turn) is still on his hands."""
OVER_ROTATED: dict[EventKind, float] = {"handspring": 38.0, "backflip": 15.0}
"""Whose trunk is this near to the vertical `LANDED_S` after his landing sits down backward, or
takes off again: which, is waited for."""
LANDED_S = 0.08
FALLING = 0.1
"""With his centre of mass, extrapolated (Hof, 2005), no further behind his feet than this, he
stands; in leg lengths."""
RISING = 0.05
"""So far up in `_SPEED_S` the hips of who sits down never go."""
SEATED = 0.62
"""Hips lower than this are those of who sits down, in leg lengths above the floor."""
LONGEST_WAIT_S = 0.45
"""Who is still on his feet after this, and not on his way down, stands."""

Balance = Literal["stands", "falls", "unclear"]

_PENDULUM_S = 0.29  # 1 / natural frequency of a standing body, sqrt(leg length / gravity)
_SPEED_S = 0.1
_LAST = 3  # frames
_AROUND_S = np.linspace(-0.03, 0.01, 3)


def on_fours(rows: Floats, leg: float, sole: float) -> bool:
    """Whether who landed is on hands and knees; `rows` (n, columns) are those since the landing,
    `sole` is how far the floor is below the lowest joint."""
    hips = middle(rows[-_LAST:, LOWEST] - rows[-_LAST:, HIP]) / leg + sole
    hand = _hand(rows[-_LAST:], leg) + sole
    return any(hips < low and hand < down for low, down in ON_FOURS)


def on_hands(rows: Floats, leg: float) -> bool:
    """Whether who seems to have landed still hangs over his hands."""
    return bool(rows[-1, HEAD] < HEAD_DOWN) and _hand(rows[-1:], leg) < HAND_HEIGHT


def over_rotated(t: Floats, rows: Floats, element: Element, kind: EventKind) -> bool:
    """Whether it is to be waited for how the landing ends."""
    times = element.end_s + LANDED_S + _AROUND_S
    turn = float(np.interp(times, t, rows[:, TURN]).mean())
    return abs(turn - 180 * round(turn / 180)) < OVER_ROTATED[kind]


def balance(t: Floats, rows: Floats, element: Element, leg: float) -> Balance:
    """Whether who was over-rotated at the landing has come to stand, or to sit."""
    floor = middle(rows[int(np.searchsorted(t, element.end_s)) :, LOWEST])
    hips = (floor - rows[:, HIP]) / leg
    before = min(int(np.searchsorted(t, t[-1] - _SPEED_S)), len(t) - 2)
    risen, stood_s = float(hips[-1] - hips[before]), float(t[-1] - element.end_s)
    if hips[-1] < SEATED:
        return "falls"
    if stood_s > LONGEST_WAIT_S:
        return "falls" if risen < -RISING else "stands"
    if stood_s <= 2 * _SPEED_S:
        return "unclear"
    speed = (rows[before, HIP_X] - rows[-1, HIP_X]) / (t[-1] - t[before])
    beyond = element.side * float(rows[-1, FOOT_X] - rows[-1, HIP_X] + _PENDULUM_S * speed) / leg
    over_feet = bool(element.backward) and beyond < FALLING  # from the front it always seems so
    return "stands" if over_feet or risen > RISING else "unclear"


def _hand(rows: Floats, leg: float) -> float:
    """How high the lower hand is."""
    return middle(rows[:, LOWEST] - rows[:, HAND]) / leg
