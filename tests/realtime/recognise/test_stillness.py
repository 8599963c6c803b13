"""When legs stand still, and for how long they are level."""

from __future__ import annotations

import numpy as np

from realtime.recognise.stillness import longest_level

RATE = 60.0


def _stepping(seconds: float) -> np.ndarray:
    """Differences (n, 2) of feet and of knees at three strides a second."""
    t = np.arange(0, seconds, 1 / RATE)
    return np.sin(2 * np.pi * 3 * t)[:, None] * (0.4, 0.2)


def test_stepping_legs_are_level_for_a_third_of_a_step():
    step = RATE / 6
    assert 0.2 * step < longest_level(_stepping(1.2), _stepping(1.0)) < 0.45 * step


def test_the_time_on_both_feet_is_found():
    pause = np.zeros((12, 2))
    since = np.concatenate((_stepping(0.5), pause, _stepping(0.5)))
    assert 12 <= longest_level(_stepping(1.2), since) <= 18


def test_feet_that_are_exchanged_hide_no_stop():
    since = np.zeros((12, 2))
    since[::2, 0] = 0.4
    assert longest_level(_stepping(1.2), since) == 12


def test_knees_that_are_not_seen_say_nothing():
    before, since = _stepping(1.2), np.zeros((12, 2))
    before[3, 1] = np.nan
    assert longest_level(before, since) == 12
    assert longest_level(before, np.full((12, 2), np.nan)) == 0
