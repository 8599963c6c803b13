"""The marks of a session as comma-separated values, one row per mark, for a spreadsheet."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence

from realtime.judge.attempt import Attempt
from realtime.judge.leg import FLAGGED_BELOW
from realtime.judge.tally import Verdict
from realtime.marks import Beep, Click, Edit, FromOutside, Jump, Mark, Miss, Ruling

COLUMNS = (
    "time_s", "kind", "athlete", "foot", "counted", "confidence", "flagged",
    "attempt", "leg", "who", "what", "seen",
)  # fmt: skip
"""`time_s`: capture time. `counted`: 1 or 0 for jumps and clicks. `what`: what became of a jump or
a miss, the kind of a beep, the action of an edit, what a head judge ruled. `seen`: who looked at a
flagged jump and found it right. Columns may be added, never renamed or moved."""

Row = dict[str, object]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(marks: Sequence[Mark], judged: Sequence[Attempt]) -> str:
    """All jumps, misses, beeps, clicks, rulings and edits in order of time; `judged` are the
    attempts that were made of these marks."""
    jumps = {
        mark: (number, leg_number, state.verdict)
        for number, attempt in enumerate(judged, start=1)
        for leg_number, leg in enumerate(attempt.legs, start=1)
        for mark, state in leg.judged
    }
    seen = {
        jump: who for attempt in judged for leg in attempt.legs for jump, who in leg.seen.items()
    }
    clicks = {
        (judge.name, t): number
        for number, attempt in enumerate(judged, start=1)
        for judge in attempt.judges
        for t in judge.clicks
    }
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    kept = [mark for mark in marks if isinstance(mark, Jump | Miss | FromOutside)]
    for mark in sorted(kept, key=lambda mark: mark.time_s):
        if isinstance(mark, Jump | Miss):
            row = _jump_row(mark, jumps.get(mark))
            if isinstance(mark, Jump) and mark in seen:
                row["seen"] = _plain(seen[mark])
        elif isinstance(mark, Click):
            row = _click_row(mark, clicks.get((mark.judge, mark.time_s)))
        elif isinstance(mark, Beep):
            row = {"kind": "beep", "who": mark.heard, "what": mark.kind}
        elif isinstance(mark, Ruling):
            many = "as the machine" if mark.count is None else mark.count
            row = {"kind": "ruling", "who": _plain(mark.who), "what": f"{mark.what}: {many}"}
        else:
            row = _edit_row(mark)
        writer.writerow({"time_s": _time(mark.time_s), **row})
    return out.getvalue()


def _jump_row(mark: Jump | Miss, place: tuple[int, int, Verdict | None] | None) -> Row:
    row: Row = {"kind": "miss", "athlete": mark.athlete, "what": "outside"}
    if isinstance(mark, Jump):
        row["kind"], row["foot"] = "jump", mark.foot
        row["confidence"] = f"{mark.confidence:.3f}"
        row["flagged"] = int(mark.confidence < FLAGGED_BELOW)
        row["counted"] = int(place is not None and place[2] == "counted")
    if place is not None:
        row["attempt"], row["leg"], row["what"] = place
    return row


def _click_row(mark: Click, attempt: int | None) -> Row:
    row: Row = {"kind": "click", "who": _plain(mark.judge), "counted": int(attempt is not None)}
    if mark.by == -1:
        return {"kind": "click", "who": _plain(mark.judge), "what": "taken back"}
    return row if attempt is None else row | {"attempt": attempt}


def _edit_row(mark: Edit) -> Row:
    target = f" {mark.edit}" if mark.action == "undo" else f" {mark.what}"
    row = {"kind": "edit", "athlete": mark.athlete, "who": _plain(mark.who)}
    return row | {"foot": mark.foot or "", "what": f"{mark.action}{target}, {_plain(mark.when)}"}


def _time(t: float) -> str:
    """Nothing where no jump was whole before a miss."""
    return f"{t:.4f}" if math.isfinite(t) else ""


def _plain(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name.startswith(_FORMULA) else name
