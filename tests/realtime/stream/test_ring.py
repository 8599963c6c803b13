from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.stream.ring import RingBuffer

steps = st.lists(st.floats(0.001, 0.5), min_size=1, max_size=80)


@given(steps, st.integers(1, 20), st.floats(0.01, 3))
def test_a_window_is_what_a_plain_list_would_give(gaps, capacity, seconds):
    ring = RingBuffer(capacity, (2,))
    times = np.cumsum(gaps)
    for i, t in enumerate(times):
        ring.push(float(t), np.array([i, -i]))
        kept = np.arange(i + 1)[-capacity:]
        expected = kept[times[kept] > t - seconds]
        found_t, found = ring.window(seconds)
        np.testing.assert_array_equal(found_t, times[expected])
        np.testing.assert_array_equal(found[:, 0], expected)
        assert len(ring) == len(kept)


def test_windows_are_views_and_nothing_grows():
    ring = RingBuffer(4)
    for i in range(1000):
        ring.push(i / 60, i)
    t, values = ring.window(1.0)
    assert len(t) == 4
    assert not t.flags.owndata
    assert values.flags.c_contiguous
    assert not values.flags.owndata


def test_an_empty_ring_has_an_empty_window():
    t, values = RingBuffer(3, (5,)).window(1.0)
    assert t.shape == (0,)
    assert values.shape == (0, 5)


@pytest.mark.parametrize("t", [1.0, 0.5])
def test_time_must_increase(t):
    ring = RingBuffer(3)
    ring.push(1.0, 0)
    with pytest.raises(ValueError, match=rf"expected more than 1\.0 s, got {t} s"):
        ring.push(t, 0)


def test_capacity_is_at_least_one():
    with pytest.raises(ValueError, match="capacity: expected at least 1, got 0"):
        RingBuffer(0)
