"""The table of the rules: each row has its source, and the timing track follows from it."""

from dataclasses import fields

import pytest

from models.rope.rules import BOOKS, COUNTING_3, RULES, TRACKS, SpeedRules


def test_each_row_says_where_it_comes_from_and_what_it_means() -> None:
    for row in fields(SpeedRules):
        assert row.metadata["source"] in (BOOKS, COUNTING_3, TRACKS), row.name
        assert row.metadata["what"], row.name
        assert "unit" in row.metadata, row.name


@pytest.mark.parametrize(
    ("code", "legs", "seconds"),
    [
        ("SRSS", 1, 30),
        ("SRSE", 1, 180),
        ("SRSR", 4, 120),
        ("SRDR", 2, 60),
        ("DDSR", 4, 120),
        ("DDSS", 1, 60),
        ("SRTU", 1, None),
    ],
)
def test_the_events(code: str, legs: int, seconds: float | None) -> None:
    event = RULES.events[code]
    assert (event.code, event.legs, event.duration_s) == (code, legs, seconds)


def test_the_beeps_of_a_relay_run_from_onset_to_onset() -> None:
    signals = RULES.signals(RULES.events["SRSR"])
    assert [(s.kind, s.time_s) for s in signals] == [
        ("start", 0), ("switch", 30), ("switch", 60), ("switch", 90), ("stop", 120)
    ]  # fmt: skip
    assert [RULES.beep_hz(s.kind) for s in signals] == [578.3, 493.9, 493.9, 493.9, 578.3]


def test_a_sprint_has_no_switch_and_the_untimed_event_no_beep() -> None:
    assert [s.time_s for s in RULES.signals(RULES.events["SRSS"])] == [0, 30]
    assert RULES.signals(RULES.events["SRTU"]) == ()
    assert RULES.time_calls(RULES.events["SRTU"]) == ()


@pytest.mark.parametrize(
    ("code", "calls"),
    [
        ("SRSS", [(10, 10), (20, 20)]),
        ("SRDR", [(10, 10), (20, 20), (40, 10), (50, 20)]),
        ("DDSS", [(15, 15), (30, 30), (45, 45)]),
        ("SRSE", [(t, t) for t in range(15, 180, 15)]),
    ],
)
def test_time_is_called_within_each_leg(code: str, calls: list[tuple[float, float]]) -> None:
    assert list(RULES.time_calls(RULES.events[code])) == calls
