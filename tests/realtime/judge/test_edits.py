"""A review changes what is counted and nothing that was recorded."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rope.rules import custom_event
from realtime.judge.attempt import attempts
from realtime.judge.edits import check, edited, edits_of
from realtime.judge.referee import Referee
from realtime.marks import Beep, Edit, Jump, Mark, Miss
from realtime.show.wording import dated
from tests.realtime.judge.cases import jump, run

WHEN = "2026-11-21T15:04:05+01:00"
MARKS: list[Mark] = [Beep("start", 10.0, "played"), *run(10.3, 10, 0.2, "R", 1)]
THIRD = Edit("remove", "Ada", WHEN, 1, 10.3 + 0.2 * 2)
ADDED = Edit("add", "Ada", WHEN, 1, 12.3, foot="right", frame=738)


def undo(place: int) -> Edit:
    return Edit("undo", "Ben", WHEN, 1, 0.0, edit=place)


def steps(edits: list[Edit]) -> int:
    return attempts(edited(MARKS, edits), custom_event(1, 4.0))[0].steps


def test_add_remove_and_undo() -> None:
    assert steps([]) == 10
    assert steps([THIRD]) == 9
    assert steps([ADDED]) == 11
    assert steps([THIRD, ADDED, undo(0)]) == 11
    assert steps([THIRD, undo(0), undo(1)]) == 9  # the undo is undone
    assert steps([undo(1), THIRD]) == 9  # what is not yet made cannot be undone


def test_the_originals_are_kept() -> None:
    before = list(MARKS)
    changed = edited(MARKS, [THIRD, ADDED])
    assert before == MARKS
    assert [m for m in changed if m not in MARKS] == [Jump(1, 738, 12.3, "right", 12.3)]


def test_a_miss_can_be_added_and_removed() -> None:
    miss = Edit("add", "Ada", WHEN, 1, 12.1, what="miss")
    assert Miss(1, 12.1, 12.1) in edited(MARKS, [miss])
    gone = Edit("remove", "Ada", WHEN, 1, 12.1, what="miss")
    assert edited(MARKS, [miss, gone]) == MARKS


def test_an_added_jump_can_be_removed() -> None:
    gone = Edit("remove", "Ben", WHEN, 1, 12.3)
    check(MARKS, [ADDED], gone)
    assert edited(MARKS, [ADDED, gone]) == MARKS


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Edit("add", "Ada", "yesterday", 1, 12.3, foot="left"), "when: expected a time such as"),
        (Edit("add", " ", WHEN, 1, 12.3, foot="left"), "who: expected the reviewer's name"),
        (Edit("add", "Ada", WHEN, 1, 12.3), "foot: expected left, right or both"),
        (Edit("remove", "Ada", WHEN, 1, 10.4), "no jump of athlete 1 at 10.400 s to remove"),
        (Edit("remove", "Ada", WHEN, 2, 10.3), "no jump of athlete 2 at 10.300 s to remove"),
        (Edit("remove", "Ada", WHEN, 1, 10.3, what="miss"), "no miss of athlete 1"),
        (undo(1), "expected the place of one of 1 edits, from 0, got 1"),
        (Edit("undo", "Ada", WHEN, 1, 0.0), "got None"),
    ],
)
def test_an_edit_that_means_nothing_is_refused(edit: Edit, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check(MARKS, [THIRD], edit)


def test_what_is_undone_is_not_undone_again() -> None:
    check(MARKS, [THIRD], undo(0))
    with pytest.raises(ValueError, match="edit 0 is undone already"):
        check(MARKS, [THIRD, undo(0)], undo(0))


def test_edits_are_marks_of_the_session() -> None:
    written = msgspec.msgpack.encode([*MARKS, THIRD])
    read = msgspec.msgpack.decode(written, type=list[Mark])
    assert edits_of(read) == [THIRD]
    assert dated(THIRD) == "   10.70 s  remove jump, by Ada"
    assert dated(undo(0)).endswith("undo edit 0, by Ben")


UNSURE = jump(12.5, "right", confidence=0.2)
SEEN = Edit("confirm", "Ada", WHEN, 1, 12.5, foot="right")


def flags(*edits: Edit) -> tuple[int, int, int]:
    """Steps, flagged jumps, those that are still to be looked at."""
    (attempt,) = attempts(edited([*MARKS, UNSURE, *edits], edits), custom_event(1, 4.0))
    (leg,) = attempt.legs
    return attempt.steps, len(leg.flagged), len(leg.open)


def test_what_was_seen_and_is_right_need_not_be_looked_at_again() -> None:
    """It counts as before, and undo works."""
    assert flags() == (11, 1, 1)
    assert flags(SEEN) == (11, 1, 0)
    assert flags(SEEN, undo(0)) == (11, 1, 1)
    assert flags(SEEN, undo(0), undo(1)) == (11, 1, 0)
    gone = Edit("remove", "Ben", WHEN, 1, 12.5)
    assert flags(SEEN, gone) == (10, 0, 0)


@pytest.mark.parametrize(
    ("before", "edit", "words"),
    [
        ([], Edit("confirm", "Ada", WHEN, 1, 10.3), "jump of athlete 1 at 10.300 s is not flagged"),
        ([], Edit("confirm", "Ada", WHEN, 1, 12.45), "no jump of athlete 1 at 12.450 s to confirm"),
        ([SEEN], SEEN, "Ada has seen the jump of athlete 1 at 12.500 s already"),
    ],
)
def test_there_is_nothing_to_confirm(before: list[Edit], edit: Edit, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check([*MARKS, UNSURE], before, edit)


def test_a_session_that_is_judged_again_is_judged_as_reviewed() -> None:
    referee = Referee(custom_event(1, 4.0))
    assert referee.attempts([*MARKS, THIRD])[0].steps == 9


EDITS = st.one_of(
    st.builds(
        Edit,
        st.sampled_from(("add", "remove")),
        st.just("Ada"),
        st.just(WHEN),
        st.just(1),
        st.sampled_from([10.3 + 0.2 * n for n in range(12)]),
        foot=st.sampled_from(("left", "right")),
    ),
    st.builds(undo, st.integers(0, 12)),
)


@given(st.lists(EDITS, max_size=12))
def test_undoing_all_edits_gives_the_machine_s_marks(edits: list[Edit]) -> None:
    undone = [*edits, *(undo(place) for place in reversed(range(len(edits))))]
    assert edited(MARKS, undone) == MARKS
