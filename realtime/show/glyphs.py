"""Block letters: bitmap fonts, scaled by whole numbers and drawn with half-block characters.

A character cell is about twice as tall as wide, so one column by half a row is a square pixel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

_BLOCKS = {(".", "."): " ", ("#", "."): "▀", (".", "#"): "▄", ("#", "#"): "█"}


@dataclass(frozen=True, eq=False)
class Font:
    """Bitmaps by character: rows of `#` and `.`, all `height` rows tall; widths may differ."""

    height: int
    bitmaps: Mapping[str, tuple[str, ...]]

    def rows(self, scale: int) -> int:
        """Screen rows a line of this font takes at `scale` columns per pixel."""
        return (self.height * scale + 1) // 2

    def columns(self, text: str, scale: int) -> int:
        """Screen columns `text` takes, one pixel between the characters."""
        pixels = sum(len(self.bitmap(char)[0]) for char in text) + max(len(text) - 1, 0)
        return pixels * scale

    def draw(self, text: str, scale: int = 1) -> list[str]:
        """`text` as `rows(scale)` strings of `columns(text, scale)` characters each; a character
        the font does not have is left blank."""
        glyphs = [_glyph(self, char, scale) for char in text]
        return [(" " * scale).join(row) for row in zip(*glyphs, strict=True)]

    def bitmap(self, char: str) -> tuple[str, ...]:
        """The pixels of one character."""
        return self.bitmaps.get(char, ("..",) * self.height)


@cache
def _glyph(font: Font, char: str, scale: int) -> tuple[str, ...]:
    wide = ["".join(pixel * scale for pixel in row) for row in font.bitmap(char)]
    tall = [row for row in wide for _ in range(scale)]
    if len(tall) % 2:
        tall.append("." * len(tall[0]))
    return tuple(
        "".join(_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(tall[::2], tall[1::2], strict=True)
    )


def _sheet(characters: str, art: str) -> dict[str, tuple[str, ...]]:
    """Bitmaps drawn side by side, blanks between them."""
    columns = zip(*(line.split() for line in art.strip().splitlines()), strict=True)
    return dict(zip(characters, columns, strict=True))


DIGITS = Font(
    12,
    _sheet(
        "0123456789",
        """
.#####. ...##.. .#####. .#####. ....##. ####### ..####. ####### .#####. .#####.
####### ..###.. ####### ####### ...###. ####### .#####. ####### ####### #######
##...## .####.. ##...## ##...## ..####. ##..... ###.... .....## ##...## ##...##
##...## .####.. .....## .....## ..####. ##..... ##..... ....### ##...## ##...##
##...## ...##.. .....## .....## .##.##. ######. ##..... ....##. ###.### ##...##
##...## ...##.. ....### ..####. .##.##. ####### ######. ...###. .#####. #######
##...## ...##.. ...###. ..####. ##..##. .....## ####### ...##.. ####### .######
##...## ...##.. ..###.. .....## ##..##. .....## ##...## ..###.. ##...## .....##
##...## ...##.. .###... .....## ####### .....## ##...## ..##... ##...## .....##
##...## ...##.. ###.... ##...## ####### ##...## ##...## ..##... ##...## ....###
####### .###### ####### ####### ....##. ####### ####### ..##... ####### .#####.
.#####. .###### ####### .#####. ....##. .#####. .#####. ..##... .#####. .####..
""",
    ),
)
"""The count: bold, seven pixels wide, so that numbers do not jump sideways as they grow."""

SMALL = Font(
    5,
    _sheet(
        "0123456789.:",
        """
### .#. ### ### #.# ### ### ### ### ### . .
#.# ##. ..# ..# #.# #.. #.. ..# #.# #.# . #
#.# .#. ### .## ### ### ### ..# ### ### . .
#.# .#. #.. ..# ..# ..# #.# ..# #.# ..# . #
### ### ### ### ..# ### ### ..# ### ### # .
""",
    )
    | _sheet(
        "ABCDEFGHIJKLM",
        """
.##. ###. .### ###. #### #### .### #..# ### ..## #..# #... #...#
#..# #..# #... #..# #... #... #... #..# .#. ...# #.#. #... ##.##
#### ###. #... #..# ###. ###. #.## #### .#. ...# ##.. #... #.#.#
#..# #..# #... #..# #... #... #..# #..# .#. #..# #.#. #... #...#
#..# ###. .### ###. #### #... .### #..# ### .##. #..# #### #...#
""",
    )
    | _sheet(
        "NOPQRSTUVWXYZ",
        """
#..# .##. ###. .##. ###. .### ### #..# #.# #...# #.# #.# ####
##.# #..# #..# #..# #..# #... .#. #..# #.# #...# #.# #.# ...#
#.## #..# ###. #..# ###. .##. .#. #..# #.# #.#.# .#. .#. .##.
#..# #..# #... #.## #.#. ...# .#. #..# #.# ##.## #.# .#. #...
#..# .##. #... .### #..# ###. .#. .##. .#. #...# #.# .#. ####
""",
    ),
)
"""Right, left, cadence, and the capital letters of a banner."""
