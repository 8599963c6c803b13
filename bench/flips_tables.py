"""The tables of the flip benchmarks: a column for each evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from rich.table import Table

from bench.flips_recognised import PEAK_S, Judged
from bench.flips_scores import (
    DISTANCES,
    Edge,
    Verdict,
    average_precision,
    landing_error_s,
    late_s,
    spread,
    takeoff_error_s,
    takeoff_of,
    together,
)
from bench.flips_stress import BEGUN
from realtime.marks import Event

MOST = 5
"""Faults of a group."""
CLOSEST = 2
"""Calls of a group."""
_MEASURES = ("height", "turned", "aloft_s", "over_s", "head_down_s", "floor_step", "feet")
"""Of `realtime.recognise.elements.Element`."""


def groups(found: Sequence[Judged]) -> dict[str, list[Judged]]:
    """By group, in the order in which they come first."""
    result: dict[str, list[Judged]] = {}
    for one in found:
        result.setdefault(one.group, []).append(one)
    return result


def said(verdict: Verdict) -> str:
    """What was said, in words."""
    events = [_moments(event) for event in verdict.said]
    return ", ".join(events) or "nothing"


def _moments(event: Event) -> str:
    return f"{event.kind} {takeoff_of(event):.2f}-{event.end_s:.2f} s"


def _table(title: str, first: str, evidence: Sequence[str], *last: str) -> Table:
    table = Table(title=title)
    table.add_column(first)
    for name in evidence:
        table.add_column(name, justify="right")
    for name in last:
        table.add_column(name)
    return table


def _found(verdicts: Sequence[Verdict]) -> str:
    """A case is right when each of its elements is said once and nothing else is."""
    right = sum(v.faultless for v in verdicts)
    wrong, false = sum(v.wrong for v in verdicts), sum(v.false for v in verdicts)
    faults = [f"{n} {what}" for n, what in ((wrong, "wrong kind"), (false, "false")) if n]
    return f"{right}/{len(verdicts)}" + (f" ({', '.join(faults)})" if faults else "")


def found_tables(title: str, found: Sequence[Judged], evidence: Sequence[str]) -> Iterator[Table]:
    """A row for each group; then some of the cases that the first evidence has not right."""
    table = _table(f"{title}: right of all", "", evidence)
    failed = Table("", "recording", "said", title=f"{title}: not right by {evidence[0]}")
    due = [case for case in found if case.group != BEGUN]
    for group, cases in groups(found).items():
        table.add_row(group, *(_found([c.verdicts[name] for c in cases]) for name in evidence))
        wrong = [case for case in cases if not case.verdicts[evidence[0]].faultless]
        for case in wrong[:MOST] if group != BEGUN else ():
            failed.add_row(group, case.name, said(case.verdicts[evidence[0]]))
        if len(wrong) > MOST and group != BEGUN:
            failed.add_row(group, f"and {len(wrong) - MOST} more", "")
    table.add_row("all", *(_found([case.verdicts[name] for case in due]) for name in evidence))
    yield table
    if failed.row_count:
        yield failed


def recall_table(title: str, found: Sequence[Judged], evidence: Sequence[str]) -> Table:
    """Elements that are said, where there are any, by group and kind; then what is said wrongly."""
    table = _table(f"{title}: elements said of all", "", evidence)
    whole = [*groups(found).items(), ("all", list(found))]
    for group, cases in whole:
        kinds = sorted({e.kind for c in cases for e in c.verdicts[evidence[0]].expected})
        for kind in kinds:
            cells = [_recall([c.verdicts[name] for c in cases], kind) for name in evidence]
            table.add_row(f"{group}, {kind}", *cells)
    for what in ("wrong", "false"):
        cells = [str(sum(getattr(c.verdicts[n], what) for c in found)) for n in evidence]
        table.add_row("wrong kind" if what == "wrong" else "false events", *cells)
    return table


def _recall(verdicts: Sequence[Verdict], kind: str) -> str:
    right = sum(true.kind == kind for v in verdicts for true, _ in v.pairs)
    total = sum(true.kind == kind for v in verdicts for true in v.expected)
    return f"{right}/{total} ({right / total:.2f})"


def error_table(title: str, found: Sequence[Judged], evidence: Sequence[str]) -> Table:
    """Of the right events, 5/50/95 %."""
    table = _table(f"{title}: 5/50/95 %, ms", "", evidence)
    whole = {name: together([case.verdicts[name] for case in found]) for name in evidence}
    measures = {
        "take-off, said less true": takeoff_error_s,
        "landing, said less true": landing_error_s,
        "said after the true landing": late_s,
    }
    for name, measure in measures.items():
        table.add_row(name, *(spread(measure(whole[one])) for one in evidence))
    return table


def stream_tables(found: Sequence[Judged], evidence: Sequence[str]) -> Iterator[Table]:
    precise = f"average precision at {'/'.join(map(str, DISTANCES))} frames"
    rows: dict[str, Callable[[Sequence[Verdict]], str]] = {
        "F1 within 200 ms": lambda vs: f"{together(vs).f1:.3f}",
        "missed, wrong kind, false": _faults,
        "said after landing, p50/p95 ms": lambda vs: spread(late_s(together(vs)), (50, 95)),
        f"take-off, {precise}": partial(_precisions, "takeoff"),
        f"landing, {precise}": partial(_precisions, "landing"),
    }
    table = _table("streams", "", evidence)
    for group, cases in groups(found).items():
        seconds = sum(c.seconds for c in cases)
        elements = sum(len(case.verdicts[evidence[0]].expected) for case in cases)
        table.add_section()
        table.add_row(f"[bold]{group}: {len(cases)}, {seconds:.0f} s, {elements} elements")
        for name, cell in rows.items():
            table.add_row(name, *(cell([c.verdicts[one] for c in cases]) for one in evidence))
    yield table
    yield _not_right(found, evidence)


def _faults(verdicts: Sequence[Verdict]) -> str:
    whole = together(verdicts)
    return f"{whole.missed}, {whole.wrong}, {whole.false}"


def _precisions(edge: Edge, verdicts: Sequence[Verdict]) -> str:
    return "/".join(f"{average_precision(verdicts, edge, frames):.2f}" for frames in DISTANCES)


def _not_right(found: Sequence[Judged], evidence: Sequence[str]) -> Table:
    """Each fault by the first evidence."""
    table = Table("stream", "fault", title=f"streams, not right by {evidence[0]}")
    for case in found:
        verdict = case.verdicts[evidence[0]]
        paired = {id(event) for _, event in verdict.pairs}
        taken = {id(true) for true, _ in verdict.pairs}
        faults = [
            f"no. {i} {true.kind} {true.takeoff_s:.2f}-{true.landing_s:.2f} s not said"
            for i, true in enumerate(verdict.expected, 1)
            if id(true) not in taken
        ]
        faults += [f"{_moments(event)} said" for event in verdict.said if id(event) not in paired]
        if faults:
            table.add_row(f"{case.group}, {case.name}", "; ".join(faults))
    return table


def false_tables(found: Sequence[Judged], evidence: Sequence[str]) -> Iterator[Table]:
    """Events where there is none to say, and what was nearest to being said."""
    table = _table("false events", "", evidence, "said")
    for group, cases in groups(found).items():
        seconds = sum(case.seconds for case in cases)
        cells = [str(sum(case.verdicts[name].false for case in cases)) for name in evidence]
        wrong = [
            f"{case.name}, {name}: {said(case.verdicts[name])}"
            for case in cases
            for name in evidence
            if case.verdicts[name].said
        ]
        table.add_row(f"{group}, {len(cases)}, {seconds:.0f} s", *cells, "; ".join(wrong[:MOST]))
    yield table
    yield _closest(found, evidence[0])
    yield _peaks(found)


def _closest(found: Sequence[Judged], evidence: str) -> Table:
    """In each group, what was measured that came nearest to being said, by the height that was
    held; all evidence measures the same."""
    columns = ("", "recording", "landing", *_MEASURES)
    table = Table(*columns, title=f"closest calls, {evidence}", caption="leg lengths, deg, s")
    for group, cases in groups(found).items():
        calls = [
            (max(case.runs[evidence].measured, key=lambda element: element.height), case.name)
            for case in cases
            if case.runs[evidence].measured and not case.verdicts[evidence].said
        ]
        for element, name in sorted(calls, key=lambda call: -call[0].height)[:CLOSEST]:
            numbers = [f"{getattr(element, measure):.2f}" for measure in _MEASURES]
            table.add_row(group, name, f"{element.end_s:.2f} s", *numbers)
    return table


def _peaks(found: Sequence[Judged]) -> Table:
    """In each group, the surest of the network alone."""
    table = Table("", "recording", "probability", title="closest calls of the network alone")
    table.caption = f"highest probability held for {PEAK_S:g} s"
    for group, cases in groups(found).items():
        peaks = [(case.peak, case.name) for case in cases if case.peak is not None]
        for peak, name in sorted(peaks, key=lambda one: -one[0].probability)[:CLOSEST]:
            words = f"{peak.probability:.3f} {peak.kind} at {peak.t:.2f} s"
            table.add_row(group, name, words)
    return table


def cost_table(found: Sequence[Judged], evidence: Sequence[str]) -> Table:
    table = _table("processor time of a frame, ms", "", evidence)
    for share in (50, 99, 100):
        cells = []
        for name in evidence:
            cost = np.concatenate([case.runs[name].frame_s for case in found])
            cells.append(f"{1000 * np.percentile(cost, share):.3f}")
        table.add_row(f"p{share}", *cells)
    return table
