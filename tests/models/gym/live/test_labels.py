"""Which answers are right when."""

from __future__ import annotations

import numpy as np

from models.gym.live.labels import HOLD_S, LEAD_S, allowed
from models.gym.live.streams import KINDS, Element

T = np.arange(0, 6, 0.01)


def may(elements: list[Element], at_s: float) -> set[str | None]:
    answers = allowed(T, elements)[round(at_s / 0.01)]
    return {kind for kind, ok in zip(KINDS, answers, strict=True) if ok}


def test_nothing_is_neither() -> None:
    assert may([], 1.0) == {"neither"}


def test_an_element_must_be_named_from_mid_flight_until_a_moment_after_the_landing() -> None:
    one = [Element("backflip", 2.0, 2.6)]
    assert may(one, 2.0 - LEAD_S - 0.1) == {"neither"}
    assert may(one, 2.0) == {"neither", "backflip"}
    assert may(one, 2.5) == {"backflip"}
    assert may(one, 2.6 + HOLD_S - 0.05) == {"backflip"}
    assert may(one, 4.0) == {"neither"}


def test_the_next_of_a_series_ends_the_one_before() -> None:
    two = [Element("handspring", 1.0, 1.7), Element("backflip", 1.8, 2.4)]
    assert may(two, 1.6) == {"handspring"}
    assert may(two, 1.75) == {"neither", "handspring", "backflip"}
    assert may(two, 2.3) == {"backflip"}


def test_of_a_fall_nothing_is_asked_until_it_is_down() -> None:
    fall = [Element(None, 2.0, 2.6)]
    assert may(fall, 2.3) == set(KINDS)
    assert may(fall, 2.9) == {"neither"}
