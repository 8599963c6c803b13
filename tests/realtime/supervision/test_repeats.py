"""What is said again and again is said once, and counted."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from realtime.faults import WINDOW_S, Faults
from realtime.marks import Fault
from realtime.supervision.repeats import Repeats


def test_the_first_is_said_and_the_others_counted_once_in_each_window():
    repeats: Repeats[str] = Repeats(10.0)
    said = [now for now in range(25) if repeats.is_new("gone", "gone", now) or repeats.due(now)]
    assert said == [0, 10, 20]
    assert repeats.end() == [("gone", 4)]
    assert repeats.end() == []


def test_what_has_ended_is_said_again_when_it_comes_back():
    repeats: Repeats[str] = Repeats(10.0)
    assert repeats.is_new("gone", "gone", 0.0)
    assert repeats.due(10.0) == []
    assert repeats.is_new("gone", "gone", 11.0)


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 3)), max_size=60))
def test_nothing_is_said_too_often_and_nothing_goes_uncounted(steps):
    repeats: Repeats[int] = Repeats(10.0)
    now, counted, lines = 0.0, 0, []
    for wait_s, key in steps:
        now += wait_s
        due = repeats.due(now)
        counted += sum(count for _, count in due)
        lines += [(item, now) for item, _ in due]
        if repeats.is_new(key, key, now):
            counted += 1
            lines.append((key, now))
    counted += sum(count for _, count in repeats.end())
    assert counted == len(steps)
    for key in range(4):
        times = [when for item, when in lines if item == key]
        assert all(later - sooner >= 10.0 for sooner, later in pairwise(times))


def test_endless_different_things_are_one_in_the_end():
    repeats: Repeats[int] = Repeats(10.0)
    assert sum(repeats.is_new(i, i, 0.0) for i in range(100_000)) < 300


def test_a_fault_that_repeats_is_two_marks_with_all_that_it_cost():
    faults = Faults()
    marks = []
    for i in range(100):
        now = i * 0.02
        marks += faults.due(now)
        marks += faults.add("died", Fault(now, f"frame {i}: the worker died", 1), now)
    marks += faults.end()
    first, rest = marks
    assert first == Fault(0.0, "frame 0: the worker died", 1)
    assert rest == Fault(1.98, "frame 99: the worker died (99 times more)", 99)
    assert faults.due(WINDOW_S * 2) == []
