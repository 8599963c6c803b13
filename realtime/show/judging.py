"""The judged attempt: time, counts, result, the human judges, what a judge must know."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from realtime.show.rows import ALERT, STRONG, Piece, Row, flow, heading, row, shorten
from realtime.show.snapshot import JudgeShown, Judging
from realtime.show.wording import one_line

_PHASES = {
    "waiting": "waiting for the start beep",
    "armed": "ATTENTION",
    "running": "RUNNING",
    "ended": "ended",
}


def judging_rows(judging: Judging | None, height: int) -> int:
    """Rows that the section would like on a screen of that height."""
    if judging is None:
        return 0
    return 3 + min(len(judging.notes), 2 if height >= 30 else 1)


def judging(shown: Judging | None, width: int, rows: int) -> list[Row]:
    """The section in `rows` rows."""
    if shown is None or rows < 1:
        return []
    name = f"{shown.event}  UNOFFICIAL"
    title = heading(name, width, _whole(shown.hint, width - cell_len(name) - 5))
    lines = [title, *flow(_machine(shown), width, 1), *flow(_panel(shown), width, 1)]
    lines += _notes(shown.notes, width, rows - len(lines))
    return lines[:rows] + [[] for _ in range(rows - len(lines))]


def _notes(notes: Sequence[str], width: int, rows: int) -> list[Row]:
    """One in a row; behind the last that has a row how many have none."""
    lines = []
    for place, note in enumerate(notes[: max(rows, 0)], start=1):
        left = len(notes) - place if place == rows else 0
        more = f"  +{left}" if left else ""
        text = shorten(one_line(note), width - 4 - len(more))
        lines.append(row((f" ! {text}{more}", ALERT)))
    return lines


def _whole(hint: str, width: int) -> str:
    """As many of its parts, three blanks apart, as fit."""
    parts = hint.split("   ")
    while len(parts) > 1 and cell_len("   ".join(parts)) > width:
        parts.pop()
    return shorten("   ".join(parts), width)


def _machine(shown: Judging) -> list[Piece]:
    """Count and time that is left are large above; before the start both are of earlier."""
    if shown.phase == "armed":
        return [(_PHASES[shown.phase], STRONG)]
    pieces: list[Piece] = [(f"machine R {shown.machine_result:g}", STRONG)]
    if shown.remaining_s is None:
        pieces.insert(0, (_PHASES[shown.phase], STRONG))
    pieces += [(fault, ALERT) for fault in shown.faults]
    pieces += [(f"steps {shown.steps}", None), (f"misses {shown.misses}", None)]
    return pieces


def _panel(shown: Judging) -> list[Piece]:
    joining: list[Piece] = [(shown.invitation, STRONG)] if shown.invitation else []
    if not shown.judges:
        return joining or [("no human judges", None)]
    mean: Piece = ("panel -" if shown.result is None else f"panel R {shown.result:g}", STRONG)
    return [mean, *(_judge(judge) for judge in shown.judges), *joining]


def _judge(judge: JudgeShown) -> Piece:
    away = "" if judge.connected else " (away)"
    doubt = "?" if judge.uncertain else ""
    text = f"{one_line(judge.name)} {judge.count}{doubt}{away}"
    return text, None if judge.connected else ALERT
