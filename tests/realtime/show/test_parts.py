"""The parts of a station: quiet while all is well, loud when one is not."""

from __future__ import annotations

import pytest

from realtime.show.lines import Lines
from realtime.show.snapshot import PartShown
from tests.realtime.show.example import STALL, example
from tests.realtime.show.test_dashboard import drawn, escaped

WELL = (
    PartShown("camera 0", "running", for_s=20.0),
    PartShown("pose worker local-1", "running", for_s=18.0),
    PartShown("recording", "running", for_s=20.0),
)
GONE = PartShown("camera 0", "degraded", "camera 0: unplugged, tried again", 3.4)
LOST = PartShown("network", "failed", "network: no such address", 65.0)
LOADING = PartShown("pose worker local-2", "starting", "pose worker local-2: starting", 12.0)


def test_all_well_says_nothing_at_80_by_24_and_one_quiet_row_where_there_is_room() -> None:
    assert drawn(example(parts=WELL), 80, 24) == drawn(example(), 80, 24)
    row = drawn(example(parts=WELL), 80, 30)[-1]
    assert row.strip() == "parts   ● camera 0   ● pose worker local-1   ● recording"


def test_what_is_wrong_is_a_bar_with_what_and_for_how_long() -> None:
    screen = drawn(example(parts=(GONE, *WELL[1:])), 80, 24)
    assert screen[1].rstrip() == " ! camera 0: unplugged, tried again, for 3 s"
    assert "\x1b[1;7;31m ! camera 0: unplugged" in escaped(example(parts=(GONE,)))


def test_the_worst_comes_first_and_what_does_not_fit_is_counted() -> None:
    screen = drawn(example(parts=(GONE, LOST, LOADING), notice="disk full"), 80, 24)
    assert screen[1].rstrip() == " ! network: no such address, for 1 min 5 s   +3"
    wide = drawn(example(parts=(GONE, LOST, LOADING), notice="disk full"), 200, 50)[1]
    assert [piece.strip() for piece in wide.split("   ") if piece.strip()] == [
        "! network: no such address, for 1 min 5 s",
        "camera 0: unplugged, tried again, for 3 s",
        "pose worker local-2: starting, for 12 s",
        "disk full",
    ]


def test_what_is_only_starting_is_said_without_alarm() -> None:
    assert drawn(example(parts=(LOADING,)), 80, 24)[1].startswith(" ○ pose worker local-2")
    assert "\x1b[1;7;31m" not in escaped(example(parts=(LOADING,)))
    silent = PartShown("camera 0", "starting")
    assert drawn(example(parts=(silent,)), 80, 24)[1].strip() == ""


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 12), (39, 11), (30, 6)])
def test_a_small_screen_says_it_too(width: int, height: int) -> None:
    assert "! camera 0: unplugged" in "\n".join(drawn(example(parts=(GONE,)), width, height))


def test_after_the_end_nothing_is_wrong_any_more() -> None:
    assert "unplugged" not in "\n".join(drawn(example(parts=(GONE,), state="ended"), 80, 24))


def test_lines_say_every_change_once_and_nothing_that_a_fault_says() -> None:
    lines = Lines()
    assert not any("camera 0" in line for line in lines.news(example(title="x", parts=WELL)))
    assert lines.news(example(title="x", parts=(GONE, *WELL[1:]))) == [GONE.why]
    assert lines.news(example(title="x", parts=(GONE, *WELL[1:]))) == []
    assert lines.news(example(title="x", parts=WELL)) == ["camera 0: running"]
    stalled = PartShown("camera 0", "degraded", STALL.what, 0.0)
    assert lines.news(example(title="x", parts=(stalled, *WELL[1:]))) == []
    failed = PartShown("re\x1bcording", "failed", "re\x1bcording: disk full")
    assert lines.news(example(title="x", parts=(failed,))) == ["re cording: disk full"]


def test_lines_do_not_say_how_far_a_start_is() -> None:
    lines = Lines()
    lines.news(example(title="x", parts=(PartShown("session", "starting"),)))
    said = [
        line
        for percent in range(0, 100, 10)
        for line in lines.news(
            example(title="x", parts=(PartShown("session", "starting", f"session: {percent} %"),))
        )
    ]
    assert said == ["session: 0 %"]
