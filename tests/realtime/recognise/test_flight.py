"""What a body did in a gap: checked against a stone that was thrown."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.recognise.flight import EVERY_S, GRAVITY, LONGEST_S, SHORTEST_S, moments, rise


def test_a_thrown_stone_is_where_it_was() -> None:
    def height(t):
        return 1.1 + 3.0 * t - GRAVITY / 2 * t**2

    begin, end = 0.15, 0.35
    t = moments(begin, end)
    line = height(begin) + (height(end) - height(begin)) * (t - begin) / (end - begin)
    assert line + rise(t, begin, end) == pytest.approx(height(t))


def test_moments_are_inside_evenly_and_only_in_gaps_worth_a_bridge() -> None:
    t = moments(10.0, 10.2)
    assert t.min() > 10.0
    assert t.max() < 10.2
    assert np.diff(t) == pytest.approx(np.full(len(t) - 1, EVERY_S), abs=0.002)
    assert len(moments(0.0, SHORTEST_S)) == len(moments(0.0, LONGEST_S + 0.01)) == 0
