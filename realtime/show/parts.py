"""The parts of a station: which are not as they should be, and quietly all of them."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.show.rows import FAINT, STRONG, Piece, Row, flow
from realtime.show.snapshot import PartShown, Snapshot
from realtime.show.wording import lasting, one_line
from realtime.supervision.states import TROUBLE

_TALL = 30  # rows of a screen that has room for what is well
_WORST_FIRST = ("failed", "degraded", "starting")
_SYMBOLS = {"starting": "○", "running": "●", "degraded": "!", "failed": "!", "stopped": "■"}


def wrong(snapshot: Snapshot) -> list[PartShown]:
    """What is in trouble, and what is starting and says why: the worst first, of equal ones the
    newest. Nothing after the end."""
    parts = snapshot.parts if snapshot.state != "ended" else ()
    found = [part for part in parts if is_trouble(part) or (part.state == "starting" and part.why)]
    return sorted(found, key=lambda part: (_WORST_FIRST.index(part.state), part.for_s))


def is_trouble(part: PartShown) -> bool:
    return part.state in TROUBLE


def symbol(alert: bool) -> str:
    """What stands before trouble and warnings, and before what is only starting."""
    return _SYMBOLS["failed" if alert else "starting"]


def told(part: PartShown) -> str:
    """What a part says of itself, and for how long it has been so."""
    why = one_line(part.why) or f"{one_line(part.part)}: {part.state}"
    return f"{why}, for {lasting(part.for_s)}" if part.for_s >= 1 else why


def parts_rows(parts: Sequence[PartShown], height: int) -> int:
    """Rows for all parts on a screen of that height."""
    return 1 if parts and height >= _TALL else 0


def parts_row(parts: Sequence[PartShown], width: int) -> Row:
    """Every part that has not ended, in a quiet row."""
    pieces: list[Piece] = [
        (f"{_SYMBOLS[part.state]} {one_line(part.part)}", STRONG if is_trouble(part) else FAINT)
        for part in parts
        if part.state != "stopped"
    ]
    return flow([("parts", FAINT), *pieces], width, 1)[0]
