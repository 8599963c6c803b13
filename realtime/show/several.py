"""Several stations on one screen: a row for each, and the chosen one large."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.style import Style

from realtime.show.choosing import Choose, Chooser
from realtime.show.dashboard import MIN_HEIGHT, SYMBOLS, render
from realtime.show.display import (
    Display,
    PlainLines,
    Screen,
    Source,
    draws,
    every,
    last_lines,
)
from realtime.show.history import fresh_event
from realtime.show.keys import Click, Key, terminal_input
from realtime.show.parts import is_trouble, symbol, told, wrong
from realtime.show.rows import (
    ALERT,
    EVENT,
    STRONG,
    Row,
    Rows,
    fit,
    heading,
    of_station,
    row,
    shorten,
)
from realtime.show.snapshot import Snapshot
from realtime.show.wording import clock, one_line

_TITLE_MOST = 28
_TITLE_LEAST = 8
_COLUMNS = (14, 8, 10, 22)  # seen, cadence, clock, news or rate; two blanks before each
_BESIDE = 50  # columns of a row beside the title, without its news
_NEXT = "\t"
_NUMBERS = tuple("123456789")


def render_several(
    snapshots: Sequence[Snapshot],
    selected: int,
    width: int,
    height: int,
    *,
    hint: str = "",
    keys: bool = False,
) -> Rows:
    """A row for each station, under them the dashboard of the one that is `selected` (from 0), as
    exactly `height` rows of exactly `width` cells. Pure. On a screen too low for all of them, the
    rows around the chosen one are shown. `hint` says how another is chosen; with `keys` it is
    said how an athlete is.
    """
    width, height = max(width, 1), max(height, 1)
    listed = _listed(snapshots, selected, width, height, hint)
    large = height - len(listed)
    shown = [fit(line, width) for line in listed]
    if large:
        shown += render(snapshots[selected], width, large, keys).rows
    return Rows(shown)


def _listed(
    snapshots: Sequence[Snapshot], selected: int, width: int, height: int, hint: str
) -> list[Row]:
    count = len(snapshots)
    room = count if count + 6 <= height else max(height // 2, 1)
    first = min(max(selected - room // 2, 0), max(count - room, 0))
    places = range(first, min(first + room, count))
    titles = max(cell_len(one_line(each.title)) for each in snapshots)
    title = max(min(titles, _TITLE_MOST, (width - _BESIDE) * 2 // 3), _TITLE_LEAST)
    rows = [_station(snapshots[at], at, selected, width, title) for at in places]
    if height < count + 1 + MIN_HEIGHT:
        return rows
    return [heading(f"STATIONS  {count}", width, shorten(hint, width - 24)), *rows]


def _station(snapshot: Snapshot, at: int, selected: int, width: int, title: int) -> Row:
    """One station: who, how many, and what is wrong, or else how it goes."""
    chosen = at == selected
    base = of_station(at, STRONG if chosen else None)
    name = set_cell_size(shorten(snapshot.title, title), title)
    what = "jumps" if snapshot.judging is None else "count"
    head = f" {'▶' if chosen else ' '} {at + 1}  {name}  {snapshot.number:>5} {what}"
    line = row((shorten(head, width), base))
    left = width - line[0].cell_length - 2
    trouble, style = _trouble(snapshot)
    if trouble and left > 8:
        return [*line, *row(("  ", base), (shorten(f" {trouble} ", left), of_station(at, style)))]
    return [*line, *_going(snapshot, at, left + 2, base), *row((" " * width, base))]


def _going(snapshot: Snapshot, at: int, left: int, style: Style) -> Row:
    """Whole columns, as many as fit."""
    unseen = not snapshot.athlete_seen and snapshot.state in ("live", "replay")
    event = fresh_event(snapshot)
    news = f" {event.kind.upper()} {event.start_s:.2f} s " if event else ""
    columns = (
        (" ○ NOT SEEN " if unseen else " ● seen " if snapshot.athlete_seen else "", unseen),
        (f"{snapshot.cadence:4.1f}/s", False),
        (f"{SYMBOLS[snapshot.state]} {clock(snapshot.elapsed_s)}", False),
        (news or f"{snapshot.fps_processed:.1f} fps", bool(news)),
    )
    line: Row = []
    for width, (text, stands_out) in zip(_COLUMNS, columns, strict=True):
        if width > left:
            break
        left -= width
        alert = EVENT if news and text == news else ALERT
        piece = (text, of_station(at, alert if stands_out else style))
        line += row(("  ", style), piece, (" " * (width - 2 - cell_len(text)), style))
    return line


def _trouble(snapshot: Snapshot) -> tuple[str, Style | None]:
    """What is wrong with a station that has not ended, or still being started; the last warning."""
    parts = wrong(snapshot)
    if parts and (is_trouble(parts[0]) or not snapshot.notice):
        alert = is_trouble(parts[0])
        return f"{symbol(alert)} {told(parts[0])}", ALERT if alert else None
    return (f"! {one_line(snapshot.notice)}", ALERT) if snapshot.notice else ("", None)


class _Switch:
    """Which station is the chosen one, and the keys: Tab is the next one, a click on a row is that
    one. Numbers choose an athlete where there is a `choose` for each station, else a station."""

    def __init__(
        self,
        snapshots: Sequence[Source],
        choose: Sequence[Choose],
        station_at: Callable[[Click], int | None],
        athlete_at: Callable[[Click], int | None],
    ) -> None:
        self.selected = 0
        self._count = len(snapshots)
        self._station_at = station_at
        self._choosers = [
            Chooser(snapshot, athlete_at, choice)
            for snapshot, choice in zip(snapshots, choose, strict=False)
        ]

    def take(self, key: Key | None, now: float) -> None:
        station = self._station(key)
        if station is not None and station < self._count:
            self.selected = station
        for at, chooser in enumerate(self._choosers):
            chooser.take(key if at == self.selected and station is None else None, now)

    def _station(self, key: Key | None) -> int | None:
        if isinstance(key, Click):
            return self._station_at(key)
        if key == _NEXT:
            return (self.selected + 1) % self._count
        if not self._choosers and key is not None and key in _NUMBERS:
            return int(key) - 1
        return None


class SeveralDashboard(Screen[tuple[Snapshot, ...]]):
    """The dashboard of several stations on the screen of `console`. `choose` has, for each station,
    what chooses an athlete there, or nothing.
    """

    def __init__(
        self,
        snapshots: Sequence[Source],
        console: Console,
        rate_hz: float = 20.0,
        *,
        choose: Sequence[Choose] = (),
        keys: int | None = None,
    ) -> None:
        super().__init__(every(snapshots), console, rate_hz, keys)
        self._switch = _Switch(snapshots, choose, self._station_at, self._athlete_at)
        self._hint = ""
        if keys is not None:
            self._hint = "Tab or click shows another" + ("" if choose else ", 1-9 too")
        self._chooses = bool(choose) and keys is not None

    def _station_at(self, click: Click) -> int | None:
        return self._frame.station_at(click.column, click.row)

    def _take(self, key: Key | None, now: float) -> None:
        self._switch.take(key, now)

    def _render(self, shown: tuple[Snapshot, ...], width: int, height: int) -> Rows:
        selected = self._switch.selected
        return render_several(shown, selected, width, height, hint=self._hint, keys=self._chooses)

    def _left(self, shown: tuple[Snapshot, ...]) -> list[str]:
        return [
            f"{number}  {line}"
            for number, snapshot in enumerate(shown, start=1)
            for line in last_lines(snapshot)
        ]


def choose_several(
    snapshots: Sequence[Source], console: Console, choose: Sequence[Choose] = ()
) -> Display:
    """One dashboard for all on a terminal, plain lines anywhere else. It takes keys where standard
    input is a terminal too."""
    if draws(console):
        return SeveralDashboard(snapshots, console, choose=choose, keys=terminal_input())
    return PlainLines(snapshots, console.file)
