"""The dashboard: one snapshot drawn to fill a terminal of a given size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from rich.cells import cell_len

from realtime.show.count import (
    athlete,
    caption,
    count,
    count_columns,
    side_panel,
    sparkline,
)
from realtime.show.glyphs import DIGITS, SMALL
from realtime.show.history import (
    STEP_ROWS,
    banner,
    expectation,
    fresh_event,
    fresh_expected,
    notice,
    recent,
    steps,
)
from realtime.show.judging import judging, judging_rows
from realtime.show.parts import is_trouble, parts_row, parts_rows, told, wrong
from realtime.show.people import other_people, people, people_rows
from realtime.show.rows import (
    ALERT,
    BAR,
    CURVE,
    STRONG,
    Piece,
    Row,
    Rows,
    bar,
    fit,
    flow,
    row,
    side_by_side,
)
from realtime.show.snapshot import Snapshot
from realtime.show.wording import (
    UNOFFICIAL,
    analysis,
    clock,
    dated,
    drops,
    latency,
    one_line,
    rates,
)

MIN_WIDTH, MIN_HEIGHT = 40, 12
"""Below either, the compact form."""
_SIDE = 14  # columns the side panel needs
_SIDE_MOST = 40
_MARGINS = 3  # columns beside the count
SYMBOLS = {"starting": "○", "live": "●", "replay": "▶", "ended": "■"}


def render(snapshot: Snapshot, width: int, height: int, keys: bool = False) -> Rows:
    """`snapshot` as exactly `height` rows of exactly `width` cells. Pure; needs no terminal.

    The count gets the largest block digits that leave room for the rest. Below `MIN_WIDTH` by
    `MIN_HEIGHT` a compact form shows what fits, most important first. Sizes under 1 count as 1.
    With `keys` it says how an athlete is chosen.
    """
    width, height = max(width, 1), max(height, 1)
    listed, quiet = _listed(snapshot, width, height), parts_rows(snapshot.parts, height)
    plan = _plan(width, height, snapshot.number, listed, quiet)
    lines = (
        _full(snapshot, width, height, plan, keys) if plan else _compact(snapshot, width, height)
    )
    return Rows([fit(line, width) for line in lines])


@dataclass(frozen=True)
class _Plan:
    """Sizes of the parts, in rows and columns; header, notice and caption take one row each."""

    scale: int
    side: int  # columns of the side panel; 0: one row of figures under the count instead
    people: int
    lower: int  # rows of steps, events and banner
    pipeline: int


def _plan(width: int, height: int, jumps: int, listed: int, quiet: int) -> _Plan | None:
    """The largest digits that leave `listed` rows for people, and rows for steps, three of events
    and two of pipeline with `quiet` more; else for people, two of events and two of pipeline; else
    the same without people; else, with the smallest digits, with them; else for one and one
    without. None below the smallest size or above 9999 on a narrow one.
    """
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        return None
    largest = height // DIGITS.rows(1)
    wishes = ((listed, STEP_ROWS + 5, 2), (listed, 4, 2), (0, 4, 2), (listed, 4, 1), (0, 2, 1))
    for persons, rest, smallest in wishes:
        least = persons + rest
        for scale in range(largest, smallest - 1, -1):
            beside = width - count_columns(jumps, scale) - _MARGINS
            side = min(beside, _SIDE_MOST) if beside >= _SIDE else 0
            spare = height - quiet - 3 - DIGITS.rows(scale) - (0 if side else 1)
            if spare >= least and beside >= 0:
                pipeline = 2 if spare >= 4 else 1
                lower = spare - persons - pipeline
                return _Plan(scale, side, persons, lower, pipeline + quiet)
    return None


def _full(snapshot: Snapshot, width: int, height: int, plan: _Plan, keys: bool) -> list[Row]:
    under = caption(snapshot)
    expected = one_line(f"expected {snapshot.expected}") if snapshot.expected else ""
    gap = width - sum(segment.cell_length for segment in under) - cell_len(expected) - 1
    beside = gap > 0  # else the truth of the scene goes to the row of notices
    return [
        _header(snapshot, width),
        notice(snapshot, width, "" if beside else expected),
        *_middle(snapshot, width, plan),
        under + row(" " * gap, (expected, STRONG)) if beside else under,
        *_who(snapshot, width, height, plan.people, keys),
        *_lower(snapshot, width, plan.lower),
        *_pipeline(snapshot, width, plan.pipeline),
    ]


def _listed(snapshot: Snapshot, width: int, height: int) -> int:
    """Rows for the attempt that is judged and for the people."""
    return judging_rows(snapshot.judging, height) + people_rows(snapshot, width, height)


def _who(snapshot: Snapshot, width: int, height: int, rows: int, keys: bool) -> list[Row]:
    attempt = judging(snapshot.judging, width, min(rows, judging_rows(snapshot.judging, height)))
    return [*attempt, *people(snapshot, width, rows - len(attempt), keys)]


def _header(snapshot: Snapshot, width: int) -> Row:
    state = f"{SYMBOLS[snapshot.state]} {snapshot.state.upper()}"
    now = clock(snapshot.elapsed_s)
    whole = now if snapshot.duration_s is None else f"{now} / {clock(snapshot.duration_s)}"
    mark = "● REC  " if snapshot.recording else ""
    choices = (
        f"{mark or 'not recorded  '}{state}  {whole} ",
        f"{mark}{state}  {whole} ",
        f"{mark}{state}  {now} ",
    )
    right = next((text for text in choices if len(text) <= width - 24), choices[-1])
    left = bar(f" FlipTally  {snapshot.title}", width - len(right) - 1, BAR)
    return [*left, *row((" " + right, BAR))]


def _middle(snapshot: Snapshot, width: int, plan: _Plan) -> list[Row]:
    area = width - plan.side
    digits = count(snapshot.number, area, plan.scale)
    if plan.side:
        return side_by_side(digits, area, side_panel(snapshot, plan.side, len(digits)))
    return [*digits, *flow(_figures(snapshot), width, 1)]


def _figures(snapshot: Snapshot) -> list[Piece]:
    """Right, left, cadence and athlete where there is no room for the side panel."""
    return [
        (f"R {snapshot.right}  L {snapshot.left}", STRONG),
        (f"{snapshot.cadence:.1f}/s", STRONG),
        athlete(snapshot, 0),
        (sparkline(snapshot.cadence_history, 8)[0], CURVE),
    ]


def _lower(snapshot: Snapshot, width: int, rows: int) -> list[Row]:
    """Steps, then events; a fresh event covers the steps, so that its line in the list stays. What
    is only expected takes the steps' first row."""
    lanes = rows >= STEP_ROWS + 2
    event, expected = fresh_event(snapshot), fresh_expected(snapshot)
    top = steps(snapshot, width) if lanes else []
    if expected:
        top = [expectation(expected, width), *top[1:]]
    elif event:
        top = banner(event, snapshot.elapsed_s, width, max(rows - 2, 1))
    return [*top, *recent(snapshot, width, rows - len(top), jumps=not lanes)]


def _pipeline(snapshot: Snapshot, width: int, rows: int) -> list[Row]:
    if rows == 1:
        total = f"{snapshot.fps_processed:.1f} fps, {snapshot.dropped} dropped"
        return flow([(total, None), (latency(snapshot), None)], width, 1)
    cost = analysis(snapshot)
    rate = [(text, None) for text in (rates(snapshot), latency(snapshot), snapshot.backend, cost)]
    links: list[Piece] = [(drops(snapshot.links, width - 1), STRONG if snapshot.dropped else None)]
    if snapshot.recording:
        links.append((f"recording {PurePath(snapshot.recording).name}", None))
    quiet = [parts_row(snapshot.parts, width)] if rows > 2 else []
    return [*flow(rate, width, 1), *flow(links, width, 1), *quiet]


def _compact(snapshot: Snapshot, width: int, height: int) -> list[Row]:
    """The count, in small block digits where there are rows for them, and a flow of the rest."""
    number = str(snapshot.number)
    block = height >= 6 and SMALL.columns(number, 1) + 2 <= width
    digits = [row((f" {line}", STRONG)) for line in SMALL.draw(number)] if block else []
    event, expected = fresh_event(snapshot), fresh_expected(snapshot)
    if expected:
        digits.append(expectation(expected, width))
    elif event:
        digits += banner(event, snapshot.elapsed_s, width, 1)
    what = snapshot.judging.counts if snapshot.judging else "jumps"
    pieces: list[Piece] = [
        (what if block else f"{number} {what}", STRONG),
        athlete(snapshot, 0),
        *_troubles(snapshot),
        *other_people(snapshot),
        (UNOFFICIAL, None),
        (f"R {snapshot.right}  L {snapshot.left}", STRONG),
        (f"{snapshot.cadence:.1f}/s", STRONG),
        (f"{snapshot.state} {clock(snapshot.elapsed_s)}", None),
    ]
    if snapshot.notice:
        pieces.append((f"! {snapshot.notice}", ALERT))
    pieces.append((f"{snapshot.fps_processed:.1f} fps, {snapshot.dropped} dropped", None))
    pieces += [(dated(event).strip(), None) for event in snapshot.events[-1:]]
    return (digits + flow(pieces, width, max(height - len(digits), 0)))[:height]


def _troubles(snapshot: Snapshot) -> list[Piece]:
    return [(f"! {told(part)}", ALERT) for part in wrong(snapshot) if is_trouble(part)]
