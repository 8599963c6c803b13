"""Everybody who is followed, a row each: who is meant, counts, last event, in view or not."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.show.rows import (
    ALERT,
    STRONG,
    Piece,
    Row,
    heading,
    of_athlete,
    row,
    shorten,
)
from realtime.show.snapshot import Person, Snapshot
from realtime.show.wording import analysis

_NARROWEST = 40
_BRIEFLY_S = 2.0  # whoever is out of view for less counts as there when rows are few


def people_rows(snapshot: Snapshot, width: int, height: int) -> int:
    """Rows that the section would like on a screen of that size; 0 when nobody is to be told from
    anybody."""
    if len(snapshot.people) < 2 or width < _NARROWEST:
        return 0
    return min(len(snapshot.people), max(height // 6, 3)) + 1


def people(snapshot: Snapshot, width: int, rows: int, keys: bool) -> list[Row]:
    """The section in `rows` rows, the most important people; how to choose one, if there are
    `keys`. A click on a row is on its athlete."""
    if not rows:
        return []
    shown = _most_important(snapshot, rows - 1)
    return [_title(snapshot, width, keys, len(shown)), *(_row(snapshot, p, width) for p in shown)]


def other_people(snapshot: Snapshot) -> list[Piece]:
    """Everybody but the one who is meant, as short as can be."""
    others = (person for person in snapshot.people if person.athlete != snapshot.athlete)
    return [(f"athlete {p.athlete}: {p.jumps}", of_athlete(p.athlete)) for p in others]


def _most_important(snapshot: Snapshot, rows: int) -> Sequence[Person]:
    """Who is meant, who is in view, who did most; in the order of the snapshot."""

    def rank(person: Person) -> tuple[bool, bool, int, float]:
        there = person.away_s < _BRIEFLY_S
        did = person.jumps + (person.event is not None)
        return person.athlete == snapshot.athlete, there, did, -person.away_s

    kept = sorted(snapshot.people, key=rank, reverse=True)[:rows]
    return [person for person in snapshot.people if person in kept]


def _title(snapshot: Snapshot, width: int, keys: bool, shown: int) -> Row:
    how = "by hand" if snapshot.by_hand else "automatic"
    more = len(snapshot.people) - shown
    title = f"PEOPLE  {how}" + (f"  {more} more" if more else "")
    hint = ("0 is automatic" if snapshot.by_hand else "1-9 or click chooses") if keys else ""
    cost = analysis(snapshot)
    notes = (f"{hint}   {cost}", hint, cost) if hint else (cost,)
    room = width - len(title) - 5
    return heading(title, width, next((note for note in notes if len(note) <= room), ""))


def _row(snapshot: Snapshot, person: Person, width: int) -> Row:
    meant = person.athlete == snapshot.athlete
    there = "● in view" if person.away_s == 0 else f"○ away {person.away_s:.0f} s"
    event = f"{person.event.kind} {person.event.start_s:.2f} s" if person.event else ""
    columns = (
        f" {'▶' if meant else ' '} {person.athlete:<2}",
        f"{person.jumps:>5} jumps",
        f"{there:<11}",
        f"R {person.right:>4}  L {person.left:>4}",
        event,
    )
    text = columns[0]
    for column in columns[1:]:
        if len(text) + 2 + len(column.rstrip()) < width:
            text += f"  {column}"
    missing = meant and person.away_s > 0 and snapshot.state in ("live", "replay")
    style = ALERT if missing else STRONG if meant else None
    return row((shorten(text, width - 1).ljust(width), of_athlete(person.athlete, style)))
