from __future__ import annotations

import string

import pytest

from realtime.show.glyphs import DIGITS, SMALL, Font


@pytest.mark.parametrize("scale", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    ("font", "text"), [(DIGITS, string.digits), (SMALL, string.ascii_uppercase + "0123456789.:")]
)
def test_a_drawing_has_the_size_it_says(font: Font, text: str, scale: int) -> None:
    rows = font.draw(text, scale)
    assert len(rows) == font.rows(scale)
    assert {len(row) for row in rows} == {font.columns(text, scale)}


def test_half_blocks_carry_two_pixels_a_row() -> None:
    assert SMALL.draw("3.20") == [
        "▀▀█   ▀▀█ █▀█",
        " ▀█   █▀▀ █ █",
        "▀▀▀ ▀ ▀▀▀ ▀▀▀",
    ]


def test_double_size_uses_whole_blocks() -> None:
    assert SMALL.draw("7", 2) == ["██████", "    ██", "    ██", "    ██", "    ██"]


@pytest.mark.parametrize("font", [DIGITS, SMALL])
def test_no_two_characters_look_the_same(font: Font) -> None:
    # In three by five pixels the letter O would pass for a zero were it not one pixel wider.
    assert len(set(font.bitmaps.values())) == len(font.bitmaps)


def test_count_does_not_move_sideways_as_it_grows() -> None:
    assert {DIGITS.columns(digit, 2) for digit in string.digits} == {14}


def test_unknown_character_is_left_blank() -> None:
    assert [row.strip() for row in SMALL.draw("é")] == ["", "", ""]
