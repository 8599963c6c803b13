"""Rows of styled text: how every part of the dashboard is built and made to fit.

A row is a list of rich segments without line ends. Parts are drawn row by row rather than with
rich's tables and layouts, which take several times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

from realtime.show.wording import one_line

Row = list[Segment]
Piece = tuple[str, Style | None]

# Nothing is told by colour alone: words and symbols say the same, and "reverse" survives NO_COLOR.
STRONG = Style.parse("bold")
FAINT = Style.parse("dim")
BAR = Style.parse("bold reverse")
ALERT = Style.parse("bold reverse red")
EVENT = Style.parse("bold reverse yellow")
RIGHT = Style.parse("bold cyan")
LEFT = Style.parse("bold magenta")
CURVE = Style.parse("green")

_ATHLETE, _STATION = "athlete", "station"
_ASCII = str.maketrans("█▀▄▁▂▃▅▆▇─│╵●○▶■·…", "#\"o_.-=+*-|'*o>#-~")


@dataclass(frozen=True)
class Rows:
    """The renderable: rows as they are, in plain ASCII where the output can write nothing else."""

    rows: Sequence[Row]

    def athlete_at(self, column: int, line: int) -> int | None:
        """Whose piece is drawn there, counted from 0; None where nobody's is."""
        return self._at(_ATHLETE, column, line)

    def station_at(self, column: int, line: int) -> int | None:
        """Which station's row is drawn there; None where no one's is."""
        return self._at(_STATION, column, line)

    def _at(self, what: str, column: int, line: int) -> int | None:
        if not 0 <= line < len(self.rows):
            return None
        for segment in self.rows[line]:
            column -= segment.cell_length
            if column < 0:
                return segment.style.meta.get(what) if segment.style else None
        return None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        new_line = Segment.line()
        for row in self.rows:
            yield from map(_in_ascii, row) if options.ascii_only else row
            yield new_line


@lru_cache
def of_athlete(number: int, style: Style | None = None) -> Style:
    """`style` for a piece that chooses an athlete when it is clicked on."""
    return (style or Style.null()) + Style.from_meta({_ATHLETE: number})


@lru_cache
def of_station(place: int, style: Style | None = None) -> Style:
    """`style` for a piece that chooses a station, counted from 0, when it is clicked on."""
    return (style or Style.null()) + Style.from_meta({_STATION: place})


def _in_ascii(segment: Segment) -> Segment:
    text = segment.text.translate(_ASCII).encode("ascii", "replace").decode()
    return Segment(text, segment.style)


def row(*pieces: str | Piece) -> Row:
    """A row of plain and styled pieces."""
    return [Segment(p) if isinstance(p, str) else Segment(*p) for p in pieces]


def fit(line: Row, width: int) -> Row:
    """`line` cut or padded to exactly `width` cells."""
    return Segment.adjust_line_length(line, width)


def bar(text: str, width: int, style: Style) -> Row:
    """`text` on a bar of the full width."""
    return [Segment(set_cell_size(shorten(text, width), width), style)]


def heading(title: str, width: int, note: str = "") -> Row:
    """A rule that carries a title and, at its right end, a note."""
    room = width - cell_len(title) - cell_len(note) - (4 if note else 3)
    if note and room < 1:
        return heading(title, width)
    rule = "─" * max(room, 0)
    return row((f" {title} ", STRONG), (rule, FAINT), f" {note} " if note else " ")


def side_by_side(left: Sequence[Row], left_width: int, right: Sequence[Row]) -> list[Row]:
    """Two blocks of the same number of rows; the left one gets `left_width` cells."""
    return [fit(a, left_width) + b for a, b in zip(left, right, strict=True)]


def flow(pieces: Iterable[Piece], width: int, rows: int) -> list[Row]:
    """Whole pieces, most important first, laid into at most `rows` rows three blanks apart.

    A piece goes into the first row that has room. What fits nowhere is left out rather than cut in
    the middle of a number; only a piece wider than a row is shortened.
    """
    lines: list[Row] = []
    free: list[int] = []
    for full, style in pieces:
        text = shorten(full, width - 1)
        size = cell_len(text)
        at = next((i for i, room in enumerate(free) if size + 3 <= room), None)
        if at is not None:
            lines[at] += row("   ", (text, style))
            free[at] -= size + 3
        elif len(lines) < rows:
            lines.append(row(" ", (text, style)))
            free.append(width - 1 - size)
    return lines + [[] for _ in range(rows - len(lines))]


def together(texts: Sequence[str], width: int) -> str:
    """The first text, and as many of the others as fit whole in `width` cells behind it; how many
    do not is said."""
    line = texts[0]
    for place, text in enumerate(texts[1:], start=1):
        left = len(texts) - place
        rest = f"   +{left}"
        if cell_len(line) + 3 + cell_len(text) + (len(rest) if left > 1 else 0) > width:
            return shorten(line, width - len(rest)) + rest
        line += f"   {text}"
    return line


def shorten(text: str, width: int) -> str:
    """`text` without control characters, with an ellipsis when it is wider than `width` cells."""
    text = one_line(text)
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 1 else "…"[:width]
