"""The mean of a panel and the result, by the book."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.judge.scoring import panel_score, result
from tests.realtime.judge.cases import each

COUNTS = st.lists(st.integers(0, 200), min_size=1, max_size=7)


@each("panel")
def test_panel(case: dict[str, Any]) -> None:
    score = panel_score(case["counts"])
    assert score.a == pytest.approx(case["a"], abs=1e-9), case["why"]
    assert list(score.dropped) == case["dropped"], case["why"]
    assert score.agree is case.get("agree"), case["why"]


@each("result")
def test_result(case: dict[str, Any]) -> None:
    r = result(case["a"], case["false_starts"], case["false_switches"])
    assert r == case["r"], case["why"]


@given(COUNTS)
def test_the_mean_lies_within_the_counts_and_the_order_of_judges_does_not_matter(
    counts: list[int],
) -> None:
    score = panel_score(counts)
    assert min(counts) <= score.a <= max(counts)
    assert score.a == panel_score(sorted(counts)).a
    assert sorted((*score.used, *score.dropped)) == list(range(len(counts)))


@given(COUNTS.filter(lambda counts: len(counts) > 1))
def test_the_closest_two_are_the_closest_of_all_pairs(counts: list[int]) -> None:
    pairs = [abs(a - b) for i, a in enumerate(counts) for b in counts[:i]]
    score = panel_score(counts)
    assert score.apart == min(pairs)
    assert score.agree == (min(pairs) <= 3)


@pytest.mark.parametrize("counts", [[], [-1, 3], [math.nan], [math.inf, 2]])
def test_counts_that_are_none_are_refused(counts: list[float]) -> None:
    with pytest.raises(ValueError, match="counts: expected one or more numbers from 0 up, got"):
        panel_score(counts)


def test_nobody_is_given_points_for_false_starts() -> None:
    with pytest.raises(ValueError, match="expected 0 or more, got -1 and 0"):
        result(100, -1, 0)
