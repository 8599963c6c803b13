"""Several stations on one screen: on screens of several sizes, by keys, and as lines."""

from __future__ import annotations

import io
import os
from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from realtime.show.display import PlainLines
from realtime.show.glyphs import DIGITS
from realtime.show.keys import Click
from realtime.show.several import (
    SeveralDashboard,
    choose_several,
    render_several,
)
from realtime.show.snapshot import PartShown, Snapshot
from tests.realtime.show.example import BACKFLIP, crowd, example
from tests.realtime.show.terminals import opened_pair, until

AWAY = PartShown("camera", "degraded", "stream: no picture, opened again", 12.3)
SIX = (
    example(title="camera 0", jumps=123),
    crowd(title="camera 1", jumps=41, athlete_seen=False),
    example(title="rtsp://192.168.1.20:554/stream/high", jumps=7, parts=(AWAY,)),
    example(title="camera 3", elapsed_s=4.2, events=(BACKFLIP,)),
    example(title="gopro", state="starting", jumps=0, elapsed_s=0.0),
    example(title="the last\x1b[2J", state="ended", notice="disk full"),
)


def drawn(
    snapshots: tuple[Snapshot, ...], selected: int, width: int, height: int, **said: str
) -> list[str]:
    console = Console(
        file=StringIO(), width=width, height=height, force_terminal=True, color_system=None
    )
    with console.capture() as capture:
        console.print(render_several(snapshots, selected, width, height, **said), end="")
    return capture.get().removesuffix("\n").split("\n")


@pytest.mark.parametrize("count", [1, 2, 3, 6])
@pytest.mark.parametrize(
    ("width", "height"), [(80, 24), (120, 40), (40, 12), (60, 18), (20, 5), (7, 2), (1, 1)]
)
def test_the_screen_is_filled_exactly_whoever_is_chosen(
    width: int, height: int, count: int
) -> None:
    for selected in range(count):
        rows = drawn(SIX[:count], selected, width, height)
        assert len(rows) == height
        assert {cell_len(row) for row in rows} == {width}
        if width >= 40:
            chosen = [row for row in rows if row.startswith(" ▶ ") and f" {selected + 1}  " in row]
            assert len(chosen) == 1


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_six_stations_have_a_row_each_and_the_chosen_one_is_large(width: int, height: int) -> None:
    screen = drawn(SIX, 0, width, height)
    for number, (name, count) in enumerate(
        [("camera 0", 123), ("camera 1", 41), ("rtsp://", 7), ("camera 3", 105), ("gopro", 0)],
        start=1,
    ):
        assert f" {number}  {name}" in screen[number]
        assert f"{count} jumps" in screen[number]
    assert "○ NOT SEEN" in screen[2]
    assert "! stream: no" in screen[3]
    assert "! disk full" in screen[6]
    assert "\x1b" not in "".join(screen)
    assert screen[7].startswith(" FlipTally  camera 0")
    text = "\n".join(screen)
    assert any(
        all(line.rstrip() in text for line in DIGITS.draw("123", scale)) for scale in (1, 2, 3)
    )


def test_a_fresh_event_stands_in_its_row_where_there_is_room() -> None:
    assert "BACKFLIP 3.20 s" in drawn(SIX, 0, 120, 40)[4]
    assert "29.8 fps" in drawn(SIX, 0, 120, 40)[1]


def test_how_to_choose_is_said_where_there_is_room() -> None:
    assert "Tab shows another" in drawn(SIX, 0, 80, 24, hint="Tab shows another")[0]
    assert drawn(SIX, 0, 80, 16, hint="Tab shows another")[0].startswith(" ▶ 1  camera 0")


class Shown:
    """Several stations on a pseudo-terminal whose keys are handed over by hand."""

    def __init__(self, chooses: bool, stations: int = 3) -> None:
        self.console = Console(file=StringIO(), width=80, height=24, force_terminal=True)
        self.chosen: list[tuple[int, int | None]] = []
        self.stations = [lambda each=each: each for each in (*SIX, example())[:stations]]
        choose = [
            lambda athlete, at=at: self.chosen.append((at, athlete)) for at in range(stations)
        ]
        self.display = SeveralDashboard(
            self.stations, self.console, choose=choose if chooses else ()
        )
        self.press(None)

    def press(self, *keys: str | Click | None) -> int:
        """Which station is large after these keys."""
        for key in keys:
            self.display._take(key, 0.0)
        frame = self.display._render(tuple(s() for s in self.stations), 80, 40)
        self.display._frame = frame
        rows = ["".join(segment.text for segment in row) for row in frame.rows]
        return next(i for i, row in enumerate(rows[1 : len(self.stations) + 1]) if "▶" in row)


def test_tab_goes_around_and_a_click_is_on_a_row() -> None:
    shown = Shown(chooses=True)
    assert [shown.press("\t") for _ in range(4)] == [1, 2, 0, 1]
    assert shown.press(Click(70, 3)) == 2
    assert shown.chosen == []


def test_numbers_choose_an_athlete_of_the_chosen_station() -> None:
    shown = Shown(chooses=True)
    shown.press("\t", "3", "0", "\t", "a")
    assert shown.chosen == [(1, 3), (1, None), (2, None)]


def test_a_click_on_somebody_chooses_him_at_that_station() -> None:
    shown = Shown(chooses=True)
    shown.press("\t")
    rows = ["".join(s.text for s in row) for row in shown.display._frame.rows]
    line = next(i for i, row in enumerate(rows) if "41 jumps  ● in view" in row)
    assert shown.press(Click(8, line)) == 1
    assert shown.chosen == [(1, 3)]


def test_without_somebody_who_can_be_chosen_numbers_choose_a_station() -> None:
    shown = Shown(chooses=False)
    assert shown.press("3") == 2
    assert shown.press("7") == 2  # there is none
    assert Shown(chooses=False, stations=7).press("7") == 6


def test_a_real_terminal_is_driven_by_its_keys() -> None:
    with opened_pair() as (far, near):
        file = os.fdopen(os.dup(near), "w", encoding="utf-8")
        console = Console(file=file, width=80, height=24, force_terminal=True)
        stations = [lambda each=each: each for each in SIX[:3]]
        output = ""
        with SeveralDashboard(stations, console, rate_hz=50, keys=near):
            while "FlipTally  camera 0" not in output:
                output += os.read(far, 65536).decode(errors="replace")
            os.write(far, b"\t")
            while "FlipTally  camera 1" not in output:
                output += os.read(far, 65536).decode(errors="replace")
            os.write(far, b"3")
            while "FlipTally  rtsp:" not in output:
                output += os.read(far, 65536).decode(errors="replace")
        file.close()


def test_lines_carry_the_number_of_their_station() -> None:
    stream = io.StringIO()
    with PlainLines([lambda: SIX[0], lambda: SIX[2]], stream, every_s=0.05):
        until(lambda: "1  source: camera 0" in stream.getvalue())
        until(lambda: "2  stream: no picture, opened again" in stream.getvalue())
    lines = stream.getvalue().splitlines()
    assert all(line[:3] in ("1  ", "2  ") for line in lines)
    assert sum("no picture" in line for line in lines) == 1


def test_lines_are_for_what_is_no_terminal() -> None:
    assert isinstance(choose_several([example], Console(file=io.StringIO())), PlainLines)
