"""From the marks of a session to attempts, legs and results."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rope.rules import RULES, BeepKind, custom_event
from realtime.judge.attempt import attempts
from realtime.judge.window import windows
from realtime.marks import Beep, Click, Fault
from tests.realtime.judge.cases import attempt_marks, each, event_of, jump, run


@each("attempt")
def test_attempt(case: dict[str, Any]) -> None:
    found = attempts(
        attempt_marks(case),
        event_of(case),
        machine_counts=case.get("machine_counts", False),
    )
    assert len(found) == case.get("attempts", 1)
    last = found[-1]
    assert (last.count, last.steps) == (case["count"], case["steps"]), case["why"]
    assert last.misses == case.get("misses_counted", 0), case["why"]
    assert last.false_starts == case.get("false_starts", 0), case["why"]
    assert last.false_switches == case.get("false_switches", 0), case["why"]
    assert last.machine_result == case["r"], case["why"]
    assert last.result == case.get("panel_r"), case["why"]
    assert {judge.name: judge.count for judge in last.judges} == case.get("judges", {})
    if "by_leg" in case:
        assert [leg.tally.count for leg in last.legs] == case["by_leg"]
    assert case.get("says", "") in "; ".join(last.notes)
    if not {"says", "ruling", "rulings"} & case.keys():
        deducted = last.false_starts + last.false_switches
        apart = last.panel is not None and last.panel.agree is False
        assert bool(last.notes) == bool(deducted or apart), last.notes


SPRINT = custom_event(1, 4.0)
TWICE: list[tuple[BeepKind, float]] = [
    ("start", 10.0), ("stop", 14.0), ("start", 30.0), ("stop", 34.0)
]  # fmt: skip


def test_the_time_that_remains() -> None:
    (attempt,) = attempts([Beep("start", 10.0, "played")], SPRINT, now_s=10.0)
    assert [attempt.remaining_s(t) for t in (9.0, 10.0, 11.5, 14.0, 20.0)] == [4, 4, 2.5, 0, 0]
    (waiting,) = attempts([], SPRINT)
    assert waiting.remaining_s(3.0) is None
    (untimed,) = attempts([Beep("start", 10.0, "played")], RULES.events["SRTU"])
    assert untimed.remaining_s(11.0) is None


def test_a_beep_that_is_not_due_yet_is_not_missed() -> None:
    beeps = [Beep("start", 10.0, "played")]
    (running,) = attempts(beeps, SPRINT, now_s=13.0)
    assert running.notes == ()
    (ended,) = attempts(beeps, SPRINT, now_s=15.0)
    assert ended.notes[0] == "no stop beep was heard: it is taken to be 4 s after the start"


def test_of_a_start_by_hand_no_beep_is_missed() -> None:
    marks = [Beep("start", 10.0, "by hand"), *run(10.4, 18, 0.2, "R", 1)]
    assert attempts(marks, SPRINT)[0].notes == ()


def test_a_leg_in_which_nobody_was_seen_is_said_once_it_is_over() -> None:
    relay = custom_event(2, 4.0)
    marks = [Beep("start", 10.0, "played"), *run(10.4, 18, 0.2, "R", 1)]
    unseen = "leg 2: no jump was seen: was he in view, and in the zone?"
    assert unseen not in attempts(marks, relay, now_s=17.0)[0].notes
    assert unseen in attempts(marks, relay, now_s=19.0)[0].notes
    named = attempts(marks, relay, athletes=(1, 3), now_s=19.0)[0].notes
    assert "leg 2: no jump of athlete 3 was seen: was he in view, and in the zone?" in named


def test_a_recording_that_ends_before_the_attempt_says_so() -> None:
    relay = custom_event(2, 4.0)
    marks = [Beep("start", 10.0, "sound track"), *run(10.4, 18, 0.2, "R", 1)]
    (cut,) = attempts(marks, relay, ends_s=15.5)
    assert cut.notes == (
        "no 1st switch beep was heard: it is taken to be 4 s after the start",
        "the recording ends 5.5 s after the start: the attempt is not whole",
    )
    for ends_s in (17.8, 30.0):
        (whole,) = attempts(marks, relay, ends_s=ends_s)
        assert not any("not whole" in note for note in whole.notes)
    (running,) = attempts(marks, relay, now_s=12.0)
    assert running.notes == ()


@pytest.mark.parametrize("ends_s", [14.0, 14.3, 15.0])
def test_of_a_recording_that_ends_with_the_attempt_all_is_said(ends_s: float) -> None:
    (attempt,) = attempts([Beep("start", 10.0, "sound track")], SPRINT, ends_s=ends_s)
    assert attempt.notes == (
        "no stop beep was heard: it is taken to be 4 s after the start",
        "no jump was seen: was he in view, and in the zone?",
    )


def test_a_time_without_picture_within_the_attempt_is_said() -> None:
    beeps = [Beep("start", 10.0, "played"), Beep("stop", 14.0, "played")]
    jumps = run(10.4, 18, 0.2, "R", 1)
    gap = Fault(12.5, "session: started again", gap_s=1.5)
    said = "no picture from 1.0 to 2.5 s after the start: no jump is counted there"
    assert said in attempts([*beeps, *jumps, gap], SPRINT)[0].notes
    for outside in (Fault(9.0, "", gap_s=5.0), Fault(20.0, "", gap_s=6.0), Fault(12.0, "")):
        assert attempts([*beeps, *jumps, outside], SPRINT)[0].unseen == ()


def test_of_two_beeps_the_one_nearer_to_the_plan_counts() -> None:
    times = (14.2, 14.05, 14.3)
    beeps = [Beep("start", 10.0, "microphone"), *(Beep("stop", t, "microphone") for t in times)]
    assert [window.bounds for window in windows(beeps, SPRINT)] == [(10.0, 14.05)]


def test_a_click_taken_back_in_the_next_attempt_is_of_that_one() -> None:
    marks = [
        *(Beep(kind, t, "played") for kind, t in TWICE),
        *(Click("Anna", t) for t in (11.0, 12.0, 31.0)),
        Click("Anna", 32.0, -1),
    ]
    first, second = attempts(marks, SPRINT)
    assert [judge.count for judge in first.judges] == [2]
    assert second.judges == ()


def test_who_jumps_in_each_leg_can_be_said() -> None:
    relay = custom_event(2, 4.0)
    marks = [
        Beep("start", 10.0, "played"),
        *run(10.3, 19, 0.2, "R", 1),
        *run(10.3, 5, 0.2, "R", 3),
        *run(14.3, 19, 0.2, "R", 2),
    ]
    (found,) = attempts(marks, relay, athletes=[3, 2])
    assert [leg.athlete for leg in found.legs] == [3, 2]
    assert [leg.tally.count for leg in found.legs] == [3, 10]


def test_jumps_of_little_confidence_are_flagged_and_counted() -> None:
    marks = [Beep("start", 10.0, "played"), jump(11, "right"), jump(11.2, "left", 1, 0.3)]
    (found,) = attempts(marks, SPRINT)
    assert [j.time_s for j in found.legs[0].flagged] == [11.2]
    assert found.steps == 2


def test_a_result_is_never_official() -> None:
    (found,) = attempts([], SPRINT)
    assert found.status == "unofficial"
    assert found.result is None


BEEPS = st.builds(
    Beep,
    st.sampled_from(("start", "switch", "stop")),
    st.floats(0, 500, allow_nan=False),
    st.sampled_from(("played", "microphone", "sound track", "by hand")),
)


@given(st.lists(BEEPS, max_size=12), st.sampled_from([*RULES.events.values(), SPRINT]))
def test_whatever_beeps_attempts_have_times_in_order(beeps: list[Beep], event: Any) -> None:
    found = windows(beeps, event)
    assert found
    for window in found:
        assert list(window.bounds) == sorted(window.bounds)
        assert len(window.heard) == len(window.bounds) <= event.legs + 1
    starts = [window.start_s for window in found]
    assert starts == sorted(starts)


@given(st.lists(BEEPS, max_size=12), st.sampled_from([*RULES.events.values(), SPRINT]))
def test_later_beeps_do_not_move_an_attempt_that_is_over(beeps: list[Beep], event: Any) -> None:
    before = windows(beeps, event)
    if math.isinf(before[-1].stop_s):
        return
    later = Beep("start", before[-1].stop_s + 1.0, "microphone")
    if any(beep.time_s >= later.time_s for beep in beeps):
        return
    assert windows([*beeps, later], event)[: len(before)] == before
