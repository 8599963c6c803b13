"""Start and stop are the same tone: the plan tells them apart."""

from __future__ import annotations

import pytest

from models.rope.rules import RULES
from realtime.judge.sound.plan import EventPlan, beeps_by_plan
from realtime.judge.sound.tones import Pitch, Tone


def tones(*heard: tuple[Pitch, float]) -> list[Tone]:
    return [Tone(pitch, time_s, 0.9) for pitch, time_s in heard]


def kinds(code: str, *heard: tuple[Pitch, float]) -> list[tuple[str, float]]:
    plan = EventPlan(RULES.events[code], "microphone")
    beeps = [plan.hear(tone) for tone in tones(*heard)]
    return [(beep.kind, beep.time_s) for beep in beeps if beep]


def test_a_sprint_is_a_start_and_a_stop() -> None:
    assert kinds("SRSS", ("high", 5.0), ("high", 35.0)) == [("start", 5.0), ("stop", 35.0)]


def test_a_relay_has_its_switches() -> None:
    heard: list[tuple[Pitch, float]] = [("high", 1.0), ("low", 31.0), ("high", 61.0)]
    assert kinds("SRDR", *heard) == [("start", 1.0), ("switch", 31.0), ("stop", 61.0)]


def test_a_tone_out_of_its_place_is_nothing() -> None:
    assert kinds("SRDR", ("low", 0.5), ("high", 1.0), ("low", 20.0), ("low", 31.6)) == [
        ("start", 1.0)
    ]


@pytest.mark.parametrize(("at", "kind"), [(35.49, "stop"), (35.51, "start"), (34.49, "start")])
def test_a_beep_may_be_half_a_second_from_its_place(at: float, kind: str) -> None:
    assert kinds("SRSS", ("high", 5.0), ("high", at))[1] == (kind, at)


def test_after_a_recall_the_attempt_begins_anew() -> None:
    heard: list[tuple[Pitch, float]] = [("high", 1.0), ("high", 9.0), ("high", 39.0)]
    assert kinds("SRSS", *heard) == [("start", 1.0), ("start", 9.0), ("stop", 39.0)]


def test_a_switch_that_was_not_heard_does_not_stop_the_rest() -> None:
    heard: list[tuple[Pitch, float]] = [("high", 0.0), ("low", 60.0), ("high", 120.0)]
    assert [kind for kind, _ in kinds("SRSR", *heard)] == ["start", "switch", "stop"]


def test_after_the_stop_there_is_nothing() -> None:
    plan = EventPlan(RULES.events["SRSS"], "microphone")
    for tone in tones(("high", 0.0), ("high", 30.0)):
        assert not plan.over
        plan.hear(tone)
    assert plan.over
    assert plan.hear(Tone("high", 45.0, 1.0)) is None


def test_the_calibrated_offset_is_taken_off() -> None:
    plan = EventPlan(RULES.events["SRSS"], "microphone", offset_s=0.12)
    beep = plan.hear(Tone("high", 5.0, 1.0))
    assert beep is not None
    assert beep.time_s == pytest.approx(4.88)
    assert beep.heard == "microphone"


def test_in_a_whole_file_the_start_with_the_most_beeps_is_meant() -> None:
    heard = tones(("high", 1.0), ("high", 9.0), ("high", 24.0), ("high", 39.0), ("low", 2.0))
    beeps = beeps_by_plan(heard, RULES.events["SRSS"], "sound track", offset_s=1.0)
    assert [(beep.kind, beep.time_s) for beep in beeps] == [("start", 8.0), ("stop", 38.0)]
    assert beeps_by_plan(tones(("low", 1.0)), RULES.events["SRSS"], "sound track") == []


def test_an_event_without_a_time_has_no_beeps() -> None:
    with pytest.raises(ValueError, match="SRTU: has no beeps"):
        EventPlan(RULES.events["SRTU"], "microphone")
