"""Everybody who is followed, on screens of several sizes."""

from __future__ import annotations

import pytest

from realtime.marks import BY_HAND, Lock
from realtime.show.dashboard import render
from realtime.show.snapshot import Person
from tests.realtime.show.example import crowd, example
from tests.realtime.show.test_dashboard import drawn


def rows_of_people(width: int, height: int, **changes: object) -> list[str]:
    screen = [line.rstrip() for line in drawn(crowd(**changes), width, height)]
    title = next((i for i, line in enumerate(screen) if line.startswith(" PEOPLE")), None)
    if title is None:
        return []
    body = screen[title + 1 :]
    return screen[title : title + 1 + next(i for i, line in enumerate(body) if "jumps" not in line)]


def test_everybody_at_80_by_24() -> None:
    assert rows_of_people(80, 24) == [
        " PEOPLE  automatic ────────────────────────────────── 4 people, analysis 0.6 ms",
        " ▶ 1     105 jumps  ● in view    R   53  L   52  backflip 3.20 s",
        "   2       0 jumps  ● in view    R    0  L    0",
        "   3      41 jumps  ● in view    R   20  L   21",
        "   4       0 jumps  ○ away 12 s  R    0  L    0  backflip 9.50 s",
    ]


def test_steps_and_everybody_at_120_by_40() -> None:
    assert len(rows_of_people(120, 40)) == 5
    assert any(line.startswith(" STEPS") for line in drawn(crowd(), 120, 40))


def test_a_small_screen_drops_them_and_still_says_who_is_meant() -> None:
    assert rows_of_people(50, 14) == []
    screen = "\n".join(drawn(crowd(), 50, 14))
    assert "athlete 1 of 3" in screen
    assert "105" not in screen  # in block digits
    compact = "\n".join(drawn(crowd(), 39, 11))
    assert "1 of 3" in compact
    assert "athlete 3: 41" in compact


def test_what_does_not_fit_beside_is_left_out_whole() -> None:
    widths = {width: rows_of_people(width, 30)[1] for width in range(40, 81)}
    for width, row in widths.items():
        assert len(row) < width
        assert row.endswith(("in view", "L   52", "3.20 s"))
    assert widths[40].endswith("in view")
    assert widths[50].endswith("L   52")
    assert widths[80].endswith("3.20 s")


def test_alone_there_is_no_list_and_the_cost_is_said_where_there_is_room() -> None:
    assert "PEOPLE" not in "\n".join(drawn(example(), 80, 24))
    assert "1 person, analysis 0.2 ms" in "\n".join(drawn(example(), 120, 30))


def test_when_they_are_too_many_the_important_ones_are_listed_in_order() -> None:
    idle = [Person(n, 0, 0, 0, None, 0.0) for n in (2, 3, 4, 5)]
    jumper, gone = Person(6, 30, 15, 15, None, 0.0), Person(7, 50, 25, 25, None, 20.0)
    everybody = (Person(9, 5, 3, 2, None, 8.0), *idle, jumper, gone)
    title, *shown = rows_of_people(80, 24, people=everybody, athlete=9, athlete_seen=False)
    assert "3 more" in title
    assert [row.split()[0] for row in shown] == ["▶", "2", "3", "6"]


def test_how_to_choose_is_said_where_keys_are_read() -> None:
    for by_hand, hint in ((False, "1-9 or click chooses"), (True, "0 is automatic")):
        snapshot = crowd(by_hand=by_hand)
        rows = render(snapshot, 80, 24, keys=True).rows
        text = "\n".join("".join(segment.text for segment in row) for row in rows)
        assert hint in text
        assert hint not in "\n".join(drawn(snapshot, 80, 24))
        assert ("by hand" if by_hand else "automatic") in text


def test_the_chosen_one_who_is_not_there_is_an_alert() -> None:
    absent = crowd(athlete=4, by_hand=True, athlete_seen=False, people=crowd().people[::-1])
    assert "ATHLETE 4 NOT SEEN" in "\n".join(drawn(absent, 80, 24))
    assert "▶ 4 " in "\n".join(drawn(absent, 80, 24))


@pytest.mark.parametrize("age", [0.5, 3.0])
def test_a_change_is_among_the_events_and_marked_for_a_moment(age: float) -> None:
    lock = Lock(1, 17.5 - age, BY_HAND)
    snapshot = crowd(marks=(lock,))
    assert "following athlete 1: chosen by hand" in "\n".join(drawn(snapshot, 80, 24))
    pieces = [s for row in render(snapshot, 80, 24).rows for s in row if "athlete 1 of" in s.text]
    assert [bool(piece.style and piece.style.reverse) for piece in pieces] == [age < 2]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (50, 30), (39, 11)])
def test_a_click_is_on_whoever_is_drawn_there(width: int, height: int) -> None:
    screen = render(crowd(), width, height)
    found = {}
    for line, row in enumerate(screen.rows):
        text = "".join(segment.text for segment in row)
        for column in range(-1, width + 1):
            number = screen.athlete_at(column, line)
            if number is not None:
                found.setdefault(number, text)
    expected = {2, 3, 4} if height < 12 else {1, 2, 3, 4}
    assert set(found) == expected
    assert all(str(number) in text for number, text in found.items())
    assert screen.athlete_at(3, -1) is None
    assert screen.athlete_at(3, height) is None
