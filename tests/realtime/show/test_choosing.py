"""Which keys mean whom."""

from __future__ import annotations

import pytest

from realtime.show.choosing import WAIT_S, Chooser
from realtime.show.keys import Click, Key
from realtime.show.snapshot import Person
from tests.realtime.show.example import example

Pressed = list[tuple[float, Key | None]]


def chosen(numbers: list[int], pressed: Pressed) -> list[int | None]:
    """What is chosen among people with `numbers` by keys at their times."""
    people = tuple(Person(number, 0, 0, 0, None, 0.0) for number in numbers)
    made: list[int | None] = []
    rows = dict(enumerate(numbers))
    chooser = Chooser(lambda: example(people=people), lambda c: rows.get(c.row), made.append)
    for now, key in pressed:
        chooser.take(key, now)
    return made


@pytest.mark.parametrize(
    ("numbers", "pressed", "made"),
    [
        ([1, 2], [(0.0, "2")], [2]),
        ([1, 2], [(0.0, "2"), (0.1, "1")], [2, 1]),
        ([1, 2], [(0.0, "7")], [7]),  # said to be nobody's by those who know
        ([1, 2], [(0.0, "0"), (1.0, "a"), (2.0, "A")], [None, None, None]),
        ([1, 2], [(0.0, "q"), (0.1, " "), (0.2, None)], []),
        ([1, 12], [(0.0, "1"), (0.2, "2")], [12]),
        ([1, 12], [(0.0, "1"), (0.2, None)], []),
        ([1, 12], [(0.0, "1"), (WAIT_S, None)], [1]),
        ([1, 12], [(0.0, "1"), (WAIT_S + 0.1, "2")], [1, 2]),
        ([1, 10], [(0.0, "1"), (0.2, "0")], [10]),
        ([1, 12], [(0.0, "1"), (0.2, "a"), (5.0, None)], [None]),
        ([4, 6], [(0.0, Click(3, 1)), (1.0, Click(3, 9))], [6]),
    ],
)
def test_who_is_chosen(numbers: list[int], pressed: Pressed, made: list[int | None]) -> None:
    assert chosen(numbers, pressed) == made
