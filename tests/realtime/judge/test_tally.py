"""The count of a leg by the book: the table of cases, and an independent count of any marks."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rope.rules import Counting
from realtime.judge.tally import Tally, tallies, tally
from realtime.marks import Jump, Miss, whole_jumps
from tests.realtime.judge.cases import CASES, FEET, each, jump, marks_of, total

LETTERS = st.lists(st.sampled_from("RLRLRLBx~"), max_size=40).map(" ".join)


@each("count")
def test_count(case: dict[str, Any]) -> None:
    marks = marks_of(case["marks"])
    done = tally(marks, case.get("counting", "speed step"))
    assert done.count == case["count"], case["why"]
    assert done.misses == case.get("misses", 0)
    assert done.steps == sum(isinstance(mark, Jump) for mark in marks)


def test_there_are_sixty_cases_and_more() -> None:
    assert total(CASES) >= 60


def by_definition(letters: list[str], counting: Counting) -> int:
    """All completed jumps that can count: run by run, without those that were missed."""
    count = 0
    for number, run in enumerate(runs := " ".join(letters).replace("~", "x~").split("x")):
        feet = run.replace("~", "").split()
        countable = [i for i in range(len(feet)) if can_count(feet, i, counting)]
        after = runs[number + 1] if number + 1 < len(runs) else "~"
        missed = bool(countable) and countable[-1] == len(feet) - 1 and not after.startswith("~")
        count += len(countable) - missed
    return count


def can_count(feet: list[str], i: int, counting: Counting) -> bool:
    if counting == "double under":
        return feet[i] == "B"
    return feet[i] == "R" and ("R" not in feet[:i] or feet[i - 1] == "L")


@given(LETTERS, st.sampled_from(("speed step", "double under")))
def test_the_count_is_of_all_jumps_that_were_completed(letters: str, counting: Counting) -> None:
    assert tally(marks_of(letters), counting).count == by_definition(letters.split(), counting)


@given(LETTERS, st.sampled_from(("speed step", "double under", "triple under")))
def test_mark_by_mark_it_is_what_a_count_of_all_gives(letters: str, counting: Counting) -> None:
    """So the count shown live is the count of the marks so far, whatever follows."""
    marks = marks_of(letters)
    live = Tally(counting)
    for place, mark in enumerate(marks, start=1):
        live = live.after(mark)
        assert live == tally(marks[:place], counting)


@given(LETTERS, st.randoms(use_true_random=False))
def test_the_order_in_which_marks_are_given_does_not_matter(letters: str, random: Any) -> None:
    marks = marks_of(letters)
    shuffled = random.sample(marks, len(marks))
    assert tally(shuffled, "speed step").count == tally(marks, "speed step").count


def test_a_miss_that_a_reviewer_put_near_a_contact_is_of_it() -> None:
    marks = marks_of("R L R")
    at = marks[-1].time_s - 0.02
    assert tally([*marks, Miss(1, at, at)], "speed step").count == 1


def test_all_that_was_said_after_the_last_whole_jump_is_not_whole() -> None:
    marks = marks_of("R L R L R")
    miss = Miss(1, marks[1].time_s, 2.0)
    done = tally([*marks, miss], "speed step")
    assert (done.counted, done.owes, done.count) == (3, 2, 1)
    assert tally([*marks, miss, *again(5.0, "RLRLR")], "speed step").count == 4


def test_what_is_said_with_the_miss_is_of_the_next_run() -> None:
    """A run's first jumps are said together, and the miss before them."""
    marks = [*marks_of("R L R"), Miss(1, 0.4, 3.0)]
    resumed = [Jump(1, 0, t, foot, 3.0) for t, foot in ((2.0, "right"), (2.2, "left"))]
    live = Tally("speed step")
    for mark in [*marks, *resumed]:
        live = live.after(mark)
    assert live == tally([*resumed, *marks], "speed step")
    assert (live.counted, live.count) == (2, 2)


def test_a_jump_that_a_reviewer_added_is_whole() -> None:
    marks = [*marks_of("R L"), Jump(1, 0, 0.6, "right", 0.6), Miss(1, 0.4, 3.0)]
    assert tally(marks, "speed step").count == 2


@pytest.mark.parametrize("letters", ["B B B x B B", "B B ~ B x B B B", "B x", "B B x B B x B B ~"])
def test_session_and_judge_agree_on_what_a_miss_takes_back(letters: str) -> None:
    """The judge leaves the next one out in its place."""
    marks = marks_of(letters)
    assert len(whole_jumps(marks)) == tally(marks, "double under").count


def again(first_s: float, feet: str) -> list[Jump | Miss]:
    return [jump(first_s + 0.2 * n, FEET[foot]) for n, foot in enumerate(feet)]


def test_each_mark_says_what_became_of_it() -> None:
    states = tallies(marks_of("R L R x R R L R"), "speed step")
    assert [state.verdict for _, state in states] == [
        "counted",
        "other foot",
        "counted",
        "missed a countable jump",
        "skipped",
        "same foot",
        "other foot",
        "counted",
    ]
    assert [state.count for _, state in states] == [1, 1, 2, 1, 2, 2, 2, 3]


def test_a_run_begins_anew_after_a_miss() -> None:
    states = tallies(marks_of("R L L x L R"), "speed step")
    assert [state.verdict for _, state in states] == [
        "counted", "other foot", "same foot", "missed", "other foot", "counted"
    ]  # fmt: skip
