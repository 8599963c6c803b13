"""The score sheet: one HTML file that needs nothing else, for the screen and for A4 paper."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from models.rope.rules import BOOKS, RULES
from realtime.judge.attempt import MACHINE, Attempt, fault_words, said_by
from realtime.judge.export.drawing import drawing, signed
from realtime.judge.export.style import STYLE
from realtime.judge.leg import FLAGGED_BELOW
from realtime.judge.tally import Verdict
from realtime.marks import Jump, Miss, Offence, Ruling

MOST_ROWS, LEAST_ROWS = 14, 4
"""So many misses and flagged jumps are listed, fewer with more judges, so that it stays one page;
the rest is in the CSV file."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What only people know of an attempt; what is empty is a line to write on."""

    athletes: str = ""
    competition: str = ""
    station: str = ""
    date: str = ""
    source: str = ""


def sheet_html(attempt: Attempt, heading: Heading, number: int = 1) -> str:
    """The sheet of the `number`th attempt of a session."""
    title = f"{attempt.event.name}, attempt {number}"
    body = "\n".join(
        [
            _head(attempt, heading, number),
            _result(attempt),
            _notes(attempt.notes),
            _counts(attempt),
            _course(attempt),
            _review(attempt),
            _signatures(),
            _foot(heading),
        ]
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _head(attempt: Attempt, heading: Heading, number: int) -> str:
    event = attempt.event
    code = "" if event.code == "custom" else f"{event.code} · "
    duration = "untimed" if event.leg_s is None else f"{event.legs} x {event.leg_s:g} s"
    fields = [
        ("Athlete", heading.athletes),
        ("Competition", heading.competition),
        ("Station", heading.station),
        ("Date and time", heading.date),
    ]
    listed = "".join(f"<div><dt>{k}</dt><dd>{escape(v) or '&nbsp;'}</dd></div>" for k, v in fields)
    return (
        f"<header><div><h1>{escape(event.name[:1].upper() + event.name[1:])}</h1>"
        f"<p>{code}{duration} · counted: {event.counting} · attempt {number}</p></div>"
        f"<strong>unofficial</strong></header>\n<dl>{listed}</dl>"
    )


def _result(attempt: Attempt) -> str:
    """R large, and how it comes about."""
    panel, r = attempt.panel, attempt.result
    whose = "of the panel" if panel else "of the machine alone"
    a = panel.a if panel else float(attempt.count)
    shown = attempt.machine_result if r is None else r
    each = {"false start": RULES.false_start, "false switch": RULES.false_switch}
    taken = "".join(
        f"<tr><td>{_fault(what, n, ruling)}</td><td>{_number(-n * each[what])}</td></tr>"
        for what, n, ruling in attempt.faults
    )
    how = (
        f"<table><tr><td>{_mean_words(attempt)}</td><td>a = {_number(a)}</td></tr>{taken}"
        f"<tr><td>machine: {attempt.count} counted, {attempt.steps} steps, {attempt.misses} missed"
        f"</td><td>R = {_number(attempt.machine_result)}</td></tr></table>"
    )
    return (
        f'<section class="result"><div><p>R {whose}</p><b>{_number(shown)}</b>'
        f"<p>unofficial</p></div>{how}</section>"
    )


def _fault(what: Offence, count: int, ruling: Ruling | None) -> str:
    """What is taken off, and who says so."""
    words = fault_words(what, count)
    if ruling is not None:
        return f"{words}, by {escape(said_by(ruling))}"
    return f"{words}, by the machine" if count else words


def _mean_words(attempt: Attempt) -> str:
    if attempt.panel is None:
        return "the machine's count: no judge clicked"
    used = [attempt.members[place][0] for place in attempt.panel.used]
    if len(used) == 1:
        return f"the count of {escape(used[0])}"
    return f"mean of {escape(', '.join(used[:-1]))} and {escape(used[-1])}"


def _notes(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    return f"<ul>{''.join(f'<li>{escape(note)}</li>' for note in notes)}</ul>"


def _counts(attempt: Attempt) -> str:
    legs = len(attempt.legs)
    heads = [f"leg {n}" for n in range(1, legs + 1)] if legs > 1 else []
    rows = [
        (j.name, j.legs, j.count, _standing(attempt, j.name), signed(j.count - attempt.count))
        for j in attempt.judges
    ]
    own = tuple(leg.tally.count for leg in attempt.legs)
    rows.append((MACHINE, own, attempt.count, _standing(attempt, MACHINE), ""))
    body = "".join(
        f"<tr><th>{escape(name)}</th>"
        + "".join(f"<td>{n}</td>" for n in (by_leg if legs > 1 else ()))
        + f"<td><b>{count}</b></td><td>{off}</td><td>{standing}</td></tr>"
        for name, by_leg, count, standing, off in rows
    )
    head = _cells(["", *heads, "count", "to machine", "in the mean"])
    few = 0 < len(attempt.judges) < RULES.panel
    judges = f"judge{'s' if len(attempt.judges) > 1 else ''}"
    short = f" of {len(attempt.judges)} {judges}; the book has {RULES.panel}" if few else ""
    return f'<h2>Counts{short}</h2><table class="counts"><tr>{head}</tr>{body}</table>'


def _standing(attempt: Attempt, name: str) -> str:
    """Whether a count is in the mean, and whether it is one of the two closest."""
    panel = attempt.panel
    places = [place for place, (member, _) in enumerate(attempt.members) if member == name]
    if panel is None or not places:
        return "no"
    place = places[-1] if name == MACHINE else places[0]
    closest = ", closest pair" if panel.closest and place in panel.closest else ""
    return ("yes" if place in panel.used else "dropped") + closest


def _course(attempt: Attempt) -> str:
    svg = drawing(attempt)
    if not svg:
        return ""
    key = "&times; miss   ▲ flagged for review   ¦ switch"
    return f"<h2>Course</h2><figure>{svg}<figcaption>{key}</figcaption></figure>"


_WORDS: dict[Verdict, str] = {
    "missed": "nothing to take off",
    "missed a countable jump": "one jump does not count",
}


def _review(attempt: Attempt) -> str:
    """Misses, and jumps to look at, in two tables side by side."""
    start_s = attempt.window.start_s if math.isfinite(attempt.window.start_s) else 0.0
    most = max(LEAST_ROWS, MOST_ROWS - 2 * len(attempt.judges) - len(attempt.notes))
    misses, flagged = [], []
    reviewed = sum(len(leg.seen) for leg in attempt.legs)
    for number, leg in enumerate(attempt.legs, start=1):
        verdicts = [state.verdict for mark, state in leg.judged if isinstance(mark, Miss)]
        for t, verdict in zip(leg.missed_s, verdicts, strict=True):
            words = _WORDS.get(verdict, "") if verdict else ""
            misses.append([f"{t - start_s:.2f}", str(number), words])
        for mark, state in leg.judged:
            if isinstance(mark, Jump) and mark.confidence < FLAGGED_BELOW:
                t, sure = mark.time_s - start_s, f"{mark.confidence:.0%}"
                by = f"☑ {leg.seen[mark]}" if mark in leg.seen else "☐"
                row = [f"{t:.2f}", str(number), mark.foot, sure, state.verdict or "", by]
                flagged.append(row)
    return (
        '<section class="review">'
        + _listed(
            f"Misses ({attempt.misses})" if misses else "Misses",
            ["s", "leg", "by the book"],
            misses,
            most,
        )
        + _listed(
            f"{len(flagged)} flagged, {reviewed} reviewed" if flagged else "Flagged jumps",
            ["s", "leg", "foot", "sure", "taken as", "seen"],
            flagged,
            most,
        )
        + "</section>"
    )


def _listed(name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], most: int) -> str:
    if not rows:
        return f"<div><h2>{name}</h2><p>none</p></div>"
    body = "".join(f"<tr>{_cells(row, 'td')}</tr>" for row in rows[:most])
    more = f"<p>and {len(rows) - most} more: see the CSV file</p>" if len(rows) > MOST_ROWS else ""
    table = f"<table><tr>{_cells(heads)}</tr>{body}</table>"
    return f"<div><h2>{name}</h2>{table}{more}</div>"


def _cells(texts: Iterable[str], tag: str = "th") -> str:
    return "".join(f"<{tag}>{escape(text)}</{tag}>" for text in texts)


def _signatures() -> str:
    places = ("Head judge", "Judge", "Judge")
    return f'<section class="sign">{"".join(f"<p>{place}</p>" for place in places)}</section>'


def _foot(heading: Heading) -> str:
    source = f" · {escape(heading.source)}" if heading.source else ""
    return (
        f"<footer>Rules: {escape(BOOKS)}. "
        f"Counted by FlipTally; only the judges' panel makes a result.{source}</footer>"
    )


def _number(value: float) -> str:
    """In HTML: at most two decimals, a true minus sign."""
    text = f"{value:.{RULES.result_decimals}f}".rstrip("0").rstrip(".")
    return "0" if text in ("0", "-0") else text.replace("-", "&minus;")
