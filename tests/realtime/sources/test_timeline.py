"""Capture times over gaps, jumps, bursts and repeats."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.sources.protocol import Frame
from realtime.sources.timeline import Timeline

IMAGE = np.zeros((2, 2, 3), np.uint8)


def frame(t: float, at: float, skipped: int = 0) -> Frame:
    return Frame(t, IMAGE, at, skipped=skipped)


def test_within_one_opening_the_sources_own_times_count():
    timeline = Timeline()
    late = [0.0, 0.05, 0.01, 0.3, 0.0]
    placed = [timeline.place(frame(7 + i / 30, 100 + i / 30 + late[i]), 101) for i in range(5)]
    np.testing.assert_allclose([one.t for one in placed], np.arange(5) / 30)


def test_over_a_gap_the_monotonic_clock_counts():
    timeline = Timeline()
    timeline.place(frame(3.0, 100.0), 100.0)
    timeline.restart()
    assert timeline.gap_s(frame(0.0, 108.0), 108.0) == 8
    assert timeline.place(frame(0.0, 108.0), 108.0).t == 8
    assert timeline.place(frame(0.1, 108.1), 108.1).t == pytest.approx(8.1)


def test_a_burst_of_old_pictures_after_a_gap_is_left_out_and_counted():
    timeline = Timeline()
    for i in range(10):
        timeline.place(frame(i / 30, 100 + i / 30), 100 + i / 30)
    timeline.restart()
    burst = [timeline.place(frame(i / 30, 110 + i / 3000), 110 + i / 3000) for i in range(90)]
    assert sum(one is not None for one in burst) < 8
    after = [timeline.place(frame(3 + i / 30, 110.1 + i / 30), 110.1 + i / 30) for i in range(30)]
    given = [one for one in burst + after if one is not None]
    assert sum(1 + one.skipped for one in given) == 120
    assert after[-1].t == pytest.approx(after[-1].captured_at - 100, abs=0.06)


def test_the_same_picture_twice_comes_once():
    timeline = Timeline()
    assert timeline.place(frame(0.0, 100.0), 100.0) is not None
    assert timeline.place(frame(0.0, 100.01), 100.01) is None
    assert timeline.place(frame(0.03, 100.03), 100.03) is not None


def test_a_clock_that_stands_still_does_not_stop_time():
    timeline = Timeline()
    placed = [timeline.place(frame(5.0, 100 + i / 10), 100 + i / 10) for i in range(30)]
    times = [one.t for one in placed if one is not None]
    assert len(times) > 8
    assert times[-1] == pytest.approx(2.9, abs=0.3)


@given(
    st.lists(
        st.tuples(st.floats(-10, 10), st.floats(0, 3), st.floats(-5, 5), st.booleans()),
        max_size=40,
    )
)
def test_times_rise_whatever_a_source_says(steps):
    timeline, t, now, placed = Timeline(), 0.0, 50.0, []
    for stamp, passed, off, again in steps:
        t, now = t + stamp, now + passed
        if again:
            timeline.restart()
        one = timeline.place(frame(t, now + off), now)
        if one is not None:
            placed.append(one)
    assert all(b.t > a.t for a, b in itertools.pairwise(placed))
    if placed:
        assert placed[0].t == 0
