"""The count in block digits, and beside it right, left, cadence and the athlete."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style

from realtime.marks import Lock
from realtime.show.glyphs import DIGITS, SMALL
from realtime.show.rows import ALERT, BAR, CURVE, LEFT, RIGHT, STRONG, Piece, Row, row
from realtime.show.snapshot import Snapshot
from realtime.show.wording import UNOFFICIAL, clock

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_FULL_SCALE = 4.0  # jumps/s: the least the top of the cadence curve stands for, so rest looks flat
_TALL = 12  # rows from which the side panel has block digits
_TALL_DOUBLE = 24
_CHANGED_S = 2.0


def places(jumps: int) -> int:
    """Digits to reserve: three until a thousand, so that the layout holds still."""
    return max(3, len(str(jumps)))


def count_columns(jumps: int, scale: int) -> int:
    """Columns of the count at `scale`, unused places included."""
    return DIGITS.columns("0" * places(jumps), scale)


def count(jumps: int, width: int, scale: int) -> list[Row]:
    """The count, centred in `width` columns, `DIGITS.rows(scale)` rows."""
    columns = count_columns(jumps, scale)
    left = " " * ((width - columns) // 2)
    return [row((left + line.rjust(columns), STRONG)) for line in DIGITS.draw(str(jumps), scale)]


def caption(snapshot: Snapshot) -> Row:
    """What the number is: unofficial, and final once the stream has ended."""
    final = ", final" if snapshot.state == "ended" else ""
    both = snapshot.jumps - snapshot.right - snapshot.left
    what = "JUMPS" if snapshot.judging is None else snapshot.judging.counts.upper()
    line = row((f" {what}", STRONG), f"  {UNOFFICIAL}{final}")
    if snapshot.judging is not None and snapshot.judging.remaining_s is not None:
        line += row((f"  {clock(snapshot.judging.remaining_s)} left", STRONG))
    if both > 0 and snapshot.judging is None:  # of the whole session, not of the attempt
        twice = f", {snapshot.double_unders} double unders" if snapshot.double_unders else ""
        line += row(f"  ({both} on both feet{twice})")
    return line


def side_panel(snapshot: Snapshot, width: int, rows: int) -> list[Row]:
    """Right, left, cadence with its curve, athlete: `rows` rows (at least 6), `width` columns."""
    if rows < _TALL:
        return _short_panel(snapshot, width, rows)
    scale = 2 if rows >= _TALL_DOUBLE and _fits("RIGHT", "888", width, 2) else 1
    spare = rows - 3 * SMALL.rows(scale) - 1
    gap: list[Row] = [[]] * min(spare // 6, 3)
    curve = min(spare - 3 * len(gap), 5)
    right, left = _feet(snapshot)
    panel = [
        *_number(("RIGHT", "R"), str(right), width, scale, RIGHT),
        *gap,
        *_number(("LEFT", "L"), str(left), width, scale, LEFT),
        *gap,
        *_number(("JUMPS/S", "/s"), f"{snapshot.cadence:.1f}", width, scale, STRONG),
        *(row((line, CURVE)) for line in sparkline(snapshot.cadence_history, width - 1, curve)),
    ]
    padding: list[Row] = [[] for _ in range(rows - len(panel) - 1)]
    return [*panel, *padding, row(athlete(snapshot, width))]


def sparkline(values: Sequence[float], width: int, rows: int = 1) -> list[str]:
    """The newest `width` values as columns of eighths, newest at the right."""
    shown = values[-width:]
    top = max(_FULL_SCALE, *shown) if shown else _FULL_SCALE
    levels = [round(max(value, 0.0) / top * rows * 8) for value in shown]
    return [
        "".join(_EIGHTHS[min(max(level - 8 * below, 0), 8)] for level in levels).rjust(width)
        for below in reversed(range(rows))
    ]


def athlete(snapshot: Snapshot, width: int) -> Piece:
    """Whether the athlete is seen, and who it is where several are; a bar while the count depends
    on it and they are not, and for a moment when somebody else is meant."""
    several = len(snapshot.people) > 1 or snapshot.in_view > 1
    number = f"{snapshot.athlete} " if several and snapshot.athlete is not None else ""
    if snapshot.athlete_seen:
        seen = f"of {snapshot.in_view}" if number and snapshot.in_view > 1 else "seen"
        text = f"● athlete {number}{seen}"
        text = text if width > len(text) + 1 else f"● {number}{seen}"
        return text, BAR if _changed(snapshot) else None
    text = f" ○ ATHLETE {number}NOT SEEN "
    text = text if width > len(text) + 1 else f" ○ {number}NOT SEEN "
    return text, ALERT if snapshot.state in ("live", "replay") else None


def _changed(snapshot: Snapshot) -> bool:
    """Whether somebody else is meant since a moment ago."""
    locks = (mark for mark in snapshot.marks if isinstance(mark, Lock))
    return any(snapshot.elapsed_s - lock.time_s < _CHANGED_S for lock in locks)


def _feet(snapshot: Snapshot) -> tuple[int, int]:
    """Right and left, of what the large number counts."""
    of = snapshot.judging or snapshot
    return of.right, of.left


def _short_panel(snapshot: Snapshot, width: int, rows: int) -> list[Row]:
    curve = sparkline(snapshot.cadence_history, width - 1, rows - 4)
    right, left = _feet(snapshot)
    return [
        row((f"RIGHT {right:>5}", RIGHT)),
        row((f"LEFT  {left:>5}", LEFT)),
        row((f"{snapshot.cadence:.1f} jumps/s", STRONG)),
        *(row((line, CURVE)) for line in curve),
        row(athlete(snapshot, width)),
    ]


def _fits(label: str, digits: str, width: int, scale: int) -> bool:
    return len(label) + 1 + SMALL.columns(digits, scale) < width


def _number(labels: Sequence[str], digits: str, width: int, scale: int, style: Style) -> list[Row]:
    """The longest label that fits and block digits, flush right; else both as plain text."""
    rows = SMALL.rows(scale)
    label = next((name for name in labels if _fits(name, digits, width, scale)), None)
    if label is None:
        return [row((f"{labels[0]} {digits}", style)), *([] for _ in range(rows - 1))]
    room = width - 1 - SMALL.columns(digits, scale)
    return [
        row(((label if at == rows // 2 else "").ljust(room) + line, style))
        for at, line in enumerate(SMALL.draw(digits, scale))
    ]
