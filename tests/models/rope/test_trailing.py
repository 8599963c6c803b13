"""The order of what lies behind, kept from step to step."""

from __future__ import annotations

import numpy as np

from models.rope.trailing import TrailingOrder


def test_it_is_the_order_of_the_window():
    random = np.random.default_rng(4)
    values = np.round(random.normal(size=400), 1)  # many are alike
    values[random.random(400) < 0.2] = np.nan
    past = TrailingOrder()
    for i, value in enumerate(values.tolist()):
        past.push(i / 60, value, (i - 72) / 60)
        ordered = np.sort(values[max(i - 71, 0) : i + 1])
        ordered = ordered[~np.isnan(ordered)]
        assert len(past) == len(ordered)
        if len(ordered):
            last = len(ordered) - 1
            assert past.extent() == tuple(ordered[round(q * last)] for q in (0.05, 0.5, 0.95))
            assert past.at(0.9) == ordered[round(0.9 * last)]


def test_nothing_known_has_no_middle():
    past = TrailingOrder()
    assert np.isnan(past.extent()).all()
    past.push(0.0, np.nan, -1.0)
    assert np.isnan(past.extent()).all()
