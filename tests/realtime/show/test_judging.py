"""The judged attempt on the dashboard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from realtime.show.dashboard import render
from realtime.show.snapshot import Snapshot
from tests.realtime.show.example import JUDGING, example


def screen(snapshot: Snapshot, width: int, height: int) -> str:
    rows = render(snapshot, width, height).rows
    assert len(rows) == height
    return "\n".join("".join(segment.text for segment in row) for row in rows)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (100, 30)])
def test_a_judge_sees_time_count_result_panel_and_what_to_know(width: int, height: int) -> None:
    text = screen(example(judging=JUDGING), width, height)
    for what in (
        "0:12.3 left", "RIGHT FOOT", "UNOFFICIAL", "steps 105", "misses 1", "machine R 43",
        "1 false start?", "panel R 52.5", "Anna 53", "Ben 52? (away)",
        "the two closest counts are 4 apart",
    ):  # fmt: skip
        assert what in text, what


@pytest.mark.parametrize(("width", "height"), [(50, 14), (40, 12)])
def test_a_small_screen_keeps_count_and_time(width: int, height: int) -> None:
    text = screen(example(judging=JUDGING), width, height)
    assert "RIGHT FOOT" in text
    assert "0:12.3" in text


def test_what_the_session_has_in_all_is_not_said_of_the_attempt() -> None:
    warmed_up = example(jumps=145, double_unders=40)
    assert "40 on both feet, 40 double unders" in screen(warmed_up, 120, 40)
    assert "both feet" not in screen(replace(warmed_up, judging=JUDGING), 120, 40)


def test_the_large_number_is_what_the_event_counts() -> None:
    shown = example(judging=JUDGING)
    assert (shown.number, replace(shown, judging=None).number) == (53, shown.jumps)


def test_how_many_notes_have_no_room_is_said() -> None:
    noted = replace(JUDGING, notes=("a" * 100, "b" * 100, "c" * 100))
    small = screen(example(judging=noted), 80, 24)
    assert f" ! {'a' * 71}…  +2" in small
    assert "bb" not in small
    large = screen(example(judging=noted), 120, 40)
    assert f" ! {'b' * 100}  +1" in large


@pytest.mark.parametrize(("width", "shown"), [(80, False), (120, True)])
def test_what_can_be_done_is_whole_or_left_out(width: int, shown: bool) -> None:
    rules = "e false start, w switch; E W undo"
    relay = replace(JUDGING, phase="ended", hint=f"{JUDGING.hint}   {rules}")
    text = screen(example(judging=relay), width, 24)
    assert JUDGING.hint in text
    assert (rules in text) == shown
    assert "…" not in text.split("UNOFFICIAL")[1].splitlines()[0]


def test_the_feet_are_those_of_the_attempt() -> None:
    text = screen(example(judging=replace(JUDGING, right=777, left=666)), 50, 14)
    assert "777" in text
    assert "666" in text


def test_nobody_in_the_panel_is_said() -> None:
    lonely = replace(JUDGING, judges=(), result=None, notes=())
    assert "no human judges" in screen(example(judging=lonely), 80, 24)
    invited = replace(lonely, invitation="judges: http://192.168.100.200:8770/ code ACD34")
    assert "judges: http://192.168.100.200:8770/ code ACD34" in screen(
        example(judging=invited), 80, 24
    )
