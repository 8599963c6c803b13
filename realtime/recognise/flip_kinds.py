"""Which element a measured one is: by its kinematics, by the network, by both.

Kinematics alone know nothing of views from the front or from behind, where backward and forward
look the same, and of turns that the pose network loses; the network knows those, but not what a
fall is, and nothing is known of what it says of things that it was never shown. So either may bring
up an element: kinematics unless the network is sure that it was none, the network if it is sure in
the air and after the landing and nothing that was measured speaks against it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from realtime.marks import EventKind
from realtime.recognise.elements import Element

Evidence = Literal["both", "kinematics", "network"]
Probabilities = NDArray[np.float32]
"""(3,): of neither, backflip, handspring."""

BACKFLIP_HEIGHT = 0.85
"""Between what backflips and handsprings measure (`bench/flips.py` prints both)."""
HIGHEST = 2.5
"""More than this is no tumbling from the floor but a bar, or a cut in the film."""
ALOFT_S = (0.25, 0.85)
"""For so long a backflip is higher than a quarter of a leg."""
HIP_RISE = 0.2
"""In a backflip the hips rise by more than this; who drops from somewhere has them up already."""
OVER_S = 0.05
"""For so long, at least, the trunk of who turns over is seen to be flat or upside down."""
HANDSPRING_S = 0.5
"""The feet are off the floor for longer than this; what lands sooner are the hands."""
HANDS_S = 0.08
"""In a handspring the hands are on the floor for longer than this."""
FEET_S, LONG_S = 0.1, 0.65
"""Where the feet were up for less than the one, and all was shorter than the other, what landed
were the hands."""
HANDSPRING_TURN = (190.0, 350.0)
"""How far the trunk of who lands a handspring on the feet has turned: he is still piked."""
FEET_UP_S, TRAVEL = 0.15, 0.4
"""Where the turn was lost on the way, so that it lacks a whole one, feet that were up for so long
and a landing so far behind the take-off (leg lengths) say that he went over."""
FLOOR_STEP = (-0.8, 0.4)
"""How far down the floor may seem to go, start to landing: up with travel into the picture."""

SURE, VETO = 0.9, 0.1
"""From this probability on the network is believed; below that, it was none."""
MAJORITY = 0.5
"""From this on it is believed where it is asked alone."""
STEP_AT_MOST = (-1.3, 0.6)
"""`FLOOR_STEP` where the network is sure."""
LOW, HIGH = 0.6, 1.1
"""A backflip of which the network is sure is higher than the one, such a handspring lower than the
other, in leg lengths."""
SHORTEST_S: dict[EventKind, float] = {"backflip": 0.35, "handspring": 0.5}
"""From the start to the landing."""

_KINDS: tuple[EventKind, EventKind] = ("backflip", "handspring")
_HEAD_DOWN_S = 0.08
_FEET = 0.25
_HANDS_SEEN_S = 0.03


class Opinion(NamedTuple):
    """What the network said of an element: the highest probabilities (3,) in the flight, and the
    mean since the landing."""

    flight: Probabilities
    after: Probabilities

    def of(self, kind: EventKind) -> tuple[float, float]:
        at = 1 + _KINDS.index(kind)
        return float(self.flight[at]), float(self.after[at])


def kind_of(element: Element, opinion: Opinion | None, evidence: Evidence) -> EventKind | None:
    """Which element this is, None when it is neither."""
    if opinion is None:
        return by_kinematics(element)
    if evidence == "network":
        return next(
            (k for k in _KINDS if opinion.of(k)[1] >= MAJORITY and _possible(element, k)), None
        )
    kind = by_kinematics(element)
    if kind is not None:
        return kind if max(opinion.of(kind)) >= VETO else None
    return next((k for k in _KINDS if min(opinion.of(k)) >= SURE and _likely(element, k)), None)


def _possible(element: Element, kind: EventKind) -> bool:
    """Whether somebody landed on his feet after as long as it takes."""
    return element.feet < _FEET and element.end_s - element.start_s >= SHORTEST_S[kind]


def _likely(element: Element, kind: EventKind) -> bool:
    """Whether nothing that was measured speaks against it."""
    if not STEP_AT_MOST[0] <= element.floor_step <= STEP_AT_MOST[1]:
        return False
    if kind == "backflip":
        high = LOW <= element.height < HIGHEST and element.hip_rise >= HIP_RISE
        return high and _possible(element, kind)
    return element.height < HIGH and _on_hands(element) and _possible(element, kind)


def by_kinematics(element: Element) -> EventKind | None:
    """Which element this is; None when it is neither, or was not seen from the side."""
    if not element.backward or not FLOOR_STEP[0] <= element.floor_step <= FLOOR_STEP[1]:
        return None
    if element.height >= BACKFLIP_HEIGHT:  # nobody jumps that high upright: any sign will do
        turned = element.over_s + element.head_down_s >= OVER_S
        return "backflip" if turned and _flew(element) else None
    landed = element.end_s - element.start_s > HANDSPRING_S and element.feet < _FEET
    over = element.head_down_s >= _HEAD_DOWN_S and _on_hands(element)
    return "handspring" if landed and over and _piked(element) else None


def _on_hands(element: Element) -> bool:
    """Whether the hands were on the floor, and have left it again."""
    back = element.feet_up_s >= FEET_S or element.end_s - element.start_s >= LONG_S
    return back and element.hands_down_s >= HANDS_S


def _flew(element: Element) -> bool:
    in_time = ALOFT_S[0] <= element.aloft_s <= ALOFT_S[1]
    return in_time and element.hip_rise >= HIP_RISE and element.height < HIGHEST


def _piked(element: Element) -> bool:
    low, high = HANDSPRING_TURN
    if low < element.turned < high:
        return True
    went_over = element.feet_up_s >= FEET_UP_S and element.travel >= TRAVEL
    return went_over and low < element.turned + 360 < high


def expected(element: Element, said: Probabilities | None) -> EventKind | None:
    """What somebody who is still in the air seems to be doing; `said` (3,) is the network's last
    word, None where it is not asked."""
    if said is None:
        return _expected(element)
    if said[1:].max() >= SURE:
        return _KINDS[int(said[1:].argmax())]
    kind = _expected(element)
    return kind if kind is not None and said[1 + _KINDS.index(kind)] >= VETO else None


def _expected(element: Element) -> EventKind | None:
    if not element.backward:
        return None
    if element.height >= BACKFLIP_HEIGHT:
        over = element.over_s + element.head_down_s >= OVER_S
        return "backflip" if over and element.height < HIGHEST else None
    hands = element.hands_down_s >= _HANDS_SEEN_S and element.head_down_s >= _HEAD_DOWN_S
    return "handspring" if hands else None


def confidence_of(element: Element) -> float:
    """0.5 at `BACKFLIP_HEIGHT`, 1 half a leg length away from it."""
    return min(1.0, 0.5 + abs(element.height - BACKFLIP_HEIGHT))
