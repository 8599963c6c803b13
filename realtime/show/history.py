"""What happened: the steps of the last seconds on a time axis, events and faults, the banner."""

from __future__ import annotations

from realtime.marks import Event, Expected, Fault, Jump, Lock, Mark
from realtime.show.glyphs import SMALL
from realtime.show.parts import is_trouble, symbol, told, wrong
from realtime.show.rows import (
    ALERT,
    BAR,
    EVENT,
    LEFT,
    RIGHT,
    STRONG,
    Row,
    bar,
    heading,
    row,
    shorten,
    together,
)
from realtime.show.snapshot import Snapshot
from realtime.show.wording import dated, measured, one_line, time_of

STEP_ROWS = 4
BANNER_S = 2.0
EXPECTED_S = 1.2
_CELL_S = 0.05  # of one column; speed steps of one foot are 0.2 s apart and more
_LABEL = 7
_FLASH_S = 0.25  # two flashes a second: three and more are a danger with photosensitive epilepsy


def steps(snapshot: Snapshot, width: int) -> list[Row]:
    """Two lanes of contacts, right and left, that move with the time: `STEP_ROWS` rows.

    A missing or doubled step shows as a gap or a close pair.
    """
    cells = width - _LABEL - 1
    first = int(snapshot.elapsed_s / _CELL_S) - cells + 1
    lanes = {"right": ["─"] * cells, "left": ["─"] * cells}
    for jump in (mark for mark in snapshot.marks if isinstance(mark, Jump)):
        at = int(jump.time_s / _CELL_S) - first
        if 0 <= at < cells:
            for foot in lanes if jump.foot == "both" else (jump.foot,):
                lanes[foot][at] = "●"
    last = "".join(f"last {jump.foot} {jump.time_s:.2f} s" for jump in _last_jump(snapshot))
    return [
        heading("STEPS", width, last or "none yet"),
        row((" RIGHT " + "".join(lanes["right"]), RIGHT)),
        row((" LEFT  " + "".join(lanes["left"]), LEFT)),
        row(" " * _LABEL + _axis(first, cells)),
    ]


def _axis(first: int, cells: int) -> str:
    """Whole seconds under the cells they begin at."""
    per_second = round(1 / _CELL_S)
    axis = [" "] * cells
    for at in range(-first % per_second, cells, per_second):
        second = (first + at) // per_second
        tick = f"╵{second} s"
        if second >= 0 and at + len(tick) <= cells:
            axis[at : at + len(tick)] = tick
    return "".join(axis)


def recent(snapshot: Snapshot, width: int, rows: int, jumps: bool) -> list[Row]:
    """Events, faults and changes of who is meant with their times, newest first; before them the
    last jump, if `jumps` and there is room."""
    others = [mark for mark in snapshot.marks if isinstance(mark, Fault | Lock)]
    shown: list[Mark] = sorted((*snapshot.events, *others), key=time_of, reverse=True)
    if jumps and (rows > 2 or not shown):
        shown = [*_last_jump(snapshot), *shown]
    lines = [_mark_row(mark, width) for mark in shown] or [row("  none yet")]
    if rows > 1:
        total = snapshot.earlier_events + len(snapshot.events)
        lines.insert(0, heading("EVENTS", width, f"{total} event{'' if total == 1 else 's'}"))
    return lines[:rows] + [[] for _ in range(rows - len(lines))]


def _last_jump(snapshot: Snapshot) -> list[Jump]:
    return [mark for mark in snapshot.marks if isinstance(mark, Jump)][-1:]


def _mark_row(mark: Mark, width: int) -> Row:
    text = shorten(dated(mark), width - 1)
    return row((text, None if isinstance(mark, Jump) else STRONG))


def fresh_event(snapshot: Snapshot) -> Event | None:
    """The last event while it is less than `BANNER_S` old and the stream goes on."""
    if not snapshot.events or snapshot.state == "ended":
        return None
    event = snapshot.events[-1]
    return event if 0 <= snapshot.elapsed_s - event.emitted_s < BANNER_S else None


def fresh_expected(snapshot: Snapshot) -> Expected | None:
    """What somebody in the air seems to be doing: the last that was expected, until its event comes
    or it is `EXPECTED_S` old."""
    if snapshot.state == "ended":
        return None
    for mark in reversed(snapshot.marks):
        if isinstance(mark, Event) and mark.emitted_s <= snapshot.elapsed_s:
            return None
        if isinstance(mark, Expected):
            return mark if 0 <= snapshot.elapsed_s - mark.emitted_s < EXPECTED_S else None
    return None


def expectation(expected: Expected, width: int) -> Row:
    """One quiet row: nothing flashes before it is certain."""
    return bar(f" {expected.kind.upper()}?  in the air", width, BAR)


def banner(event: Event, now: float, width: int, rows: int) -> list[Row]:
    """The event across the screen, flashing, in at most `rows` (at least 1) rows: in the largest
    block letters that fit, with its measures below where there is room, else one line."""
    style = (EVENT, BAR)[int((now - event.emitted_s) / _FLASH_S) % 2]
    words = f"{event.kind.upper()} {event.start_s:.2f}"
    for scale in (2, 1):
        columns = SMALL.columns(words, scale)
        if SMALL.rows(scale) + 2 <= rows and columns + 6 <= width:
            letters = SMALL.draw(words, scale)
            letters[-1] += " s"
            margin = " " * ((width - columns) // 2)
            below = f"{margin}{measured(event)}" if event.airtime_s is not None else ""
            lines = ["", *(margin + line for line in letters), below]
            return [bar(line, width, style) for line in lines]
    return [bar(f" {words} s", width, style)]


def notice(snapshot: Snapshot, width: int, expected: str) -> Row:
    """The row for what is wrong, warnings and, where the caption had no room for it, the truth of
    the scene: what comes first is shown whole, the rest as far as it fits."""
    parts = wrong(snapshot)
    said = [told(part) for part in parts]
    alert = bool(snapshot.notice) or any(map(is_trouble, parts))
    if snapshot.notice:
        said.append(one_line(snapshot.notice))
    if said:
        first = f" {symbol(alert)} {said[0]}"
        shown = together([first, *said[1:], *([expected] if expected else [])], width)
        return bar(shown, width, ALERT if alert else BAR)
    if expected:
        return row((shorten(f" {expected}", width), STRONG))
    return row(" waiting for the first frame" if snapshot.state == "starting" else "")
