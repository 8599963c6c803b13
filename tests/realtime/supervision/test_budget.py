"""How often and how soon something is started again."""

from __future__ import annotations

from realtime.supervision.budget import RestartBudget


def test_starts_again_at_once_and_then_ever_later():
    budget = RestartBudget(5, 60, first_wait_s=0.5, longest_wait_s=1.5)
    assert [budget.failed(now) for now in (0.0, 1.0, 2.0, 3.0, 4.0)] == [0.0, 0.5, 1.0, 1.5, 1.5]


def test_is_spent_by_one_failure_too_many_in_its_window():
    budget = RestartBudget(2, 60)
    assert budget.failed(0.0) is not None
    assert budget.failed(1.0) is not None
    assert budget.failed(59.0) is None
    assert budget.failures == 3


def test_forgets_what_is_older_than_its_window():
    budget = RestartBudget(2, 60)
    for now in (0.0, 50.0, 100.0, 150.0):
        assert budget.failed(now) in (0.0, 0.25)
