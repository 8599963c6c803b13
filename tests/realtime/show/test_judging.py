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


def test_the_large_number_is_what_the_event_counts() -> None:
    shown = example(judging=JUDGING)
    assert (shown.number, replace(shown, judging=None).number) == (53, shown.jumps)


def test_nobody_in_the_panel_is_said() -> None:
    lonely = replace(JUDGING, judges=(), result=None, notes=())
    assert "no human judges" in screen(example(judging=lonely), 80, 24)
    invited = replace(lonely, invitation="judges: http://192.168.100.200:8770/ code ACD34")
    assert "judges: http://192.168.100.200:8770/ code ACD34" in screen(
        example(judging=invited), 80, 24
    )
