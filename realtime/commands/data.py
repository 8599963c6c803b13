"""`fliptally data`: import recordings of elements, check them, say what is in them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from statistics import median

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from models.gym.checking import Finding
from models.gym.checking import check as find
from models.gym.dataset import Recording, load, save, subjects
from models.gym.importing import Imported, Wishes, import_recordings
from models.gym.preparation import JOINTS
from models.gym.statistics import Measures, measure
from realtime import exits

_SHOWN = 3  # names, where not all are asked for


def import_(options: argparse.Namespace) -> int:
    """Write what can be taken of SOURCE to DEST and name the rest; exit code 1 when there is a
    rest."""
    wishes = Wishes(options.fps, options.label, options.subject, options.undo_mean)
    imported = import_recordings(options.source, wishes)
    save(options.folder, [one.recording for one in imported.taken])
    _say_imported(imported, str(options.folder))
    return exits.FAILED if imported.skipped else exits.DONE


def check(options: argparse.Namespace) -> int:
    """Print what is wrong and what to know; exit code 1 when something is wrong."""
    recordings = load(options.folder)
    findings = find(recordings)
    console = Console()
    _line(console, f"{_clips(recordings)}: {options.folder}")
    faults = [finding for finding in findings if finding.fault]
    rest = [finding for finding in findings if not finding.fault]
    for title, some in (("wrong", faults), ("to know", rest)):
        if some:
            console.print(_findings(title, some, len(recordings), everything=options.all))
        else:
            _line(console, f"{title}: nothing")
    return exits.FAILED if faults else exits.DONE


def stats(options: argparse.Namespace) -> int:
    """Print tables of classes, people, joints and skeletons."""
    recordings = load(options.folder)
    measured = [(recording, measure(recording)) for recording in recordings]
    console = Console()
    _line(console, f"{_clips(recordings)}: {options.folder}")
    for table in (_classes(measured), _people(recordings), _joints(measured), _skeletons(measured)):
        console.print(table)
    if options.clips:
        console.print(_every_clip(measured))
    return exits.DONE


Measured = Sequence[tuple[Recording, Measures]]


def _clips(recordings: Sequence[Recording]) -> str:
    people = len(subjects(recordings))
    return f"{len(recordings)} clips of {people} {'person' if people == 1 else 'people'}"


def _say_imported(imported: Imported, folder: str) -> None:
    console = Console()
    recordings = [one.recording for one in imported.taken]
    _line(console, f"{_clips(recordings)} imported: {folder}")
    chosen = [one for one in imported.taken if one.choice.others or one.notes]
    alone = len(imported.taken) - len(chosen)
    if alone:
        _line(console, f"{alone} with one person, seen in every frame")
    if chosen:
        table = _table("the athlete chosen, and what to know", "clip", "")
        for one in chosen:
            table.add_row(one.recording.name, "; ".join([str(one.choice), *one.notes]))
        console.print(table)
    if imported.skipped:
        table = _table("LEFT OUT", "recording", "why")
        for name, reason in imported.skipped:
            table.add_row(escape(name), escape(reason))
        console.print(table)
    if imported.others:
        _line(console, f"{len(imported.others)} other files: {_names(imported.others)}")


def _findings(title: str, findings: Sequence[Finding], clips: int, *, everything: bool) -> Table:
    table = _table(title, "", ">clips", "")
    for finding in findings:
        number = len(finding.clips)
        which = ", ".join(finding.clips) if everything else _names(finding.clips)
        text = Text(f"{finding.text}\n")
        every = number == clips and number > _SHOWN and not everything
        text.append("all" if every else which, style="dim")
        table.add_row(finding.what, str(number), text)
    return table


def _names(names: Sequence[str]) -> str:
    rest = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _classes(measured: Measured) -> Table:
    table = _table(
        "classes", "class", *(f">{n}" for n in ("clips", "people", "frames", "seconds", "fps"))
    )
    for label, some in _by_label(measured):
        table.add_row(
            label,
            str(len(some)),
            str(len({recording.subject for recording, _ in some})),
            _range([m.frames for _, m in some], ".0f"),
            _range([m.seconds for _, m in some], ".2f"),
            _range([m.fps for _, m in some], ".4g"),
        )
    return table


def _people(recordings: Sequence[Recording]) -> Table:
    labels = sorted({recording.label for recording in recordings})
    table = _table("people, clips", "person", *(f">{label}" for label in labels))
    for person in subjects(recordings):
        table.add_row(
            person,
            *(
                str(sum(r.subject == person and r.label == label for r in recordings) or "-")
                for label in labels
            ),
        )
    return table


def _joints(measured: Measured) -> Table:
    groups = _by_label(measured)
    names = (f">{label}" for label, _ in groups)
    table = _table("not seen, share of frames", "joint", *names, ">worst clip", "")
    for i, joint in enumerate(JOINTS):
        worst = max(measured, key=lambda one: one[1].unseen[i])
        table.add_row(
            joint.replace("_", " "),
            *(_percent(sum(m.unseen[i] for _, m in some) / len(some)) for _, some in groups),
            _percent(worst[1].unseen[i]),
            escape(worst[0].name),
        )
    return table


def _skeletons(measured: Measured) -> Table:
    groups = _by_label(measured)
    table = _table(
        "skeletons, clips with it and how often", "", *(f">{label}" for label, _ in groups)
    )
    rows: Sequence[tuple[str, Callable[[Measures], int]]] = (
        ("turned over", lambda m: m.turned_over),
        ("left and right swapped", lambda m: m.swapped),
        ("somebody else", lambda m: m.elsewhere),
        ("nobody seen", lambda m: m.lost),
        ("picture repeated", lambda m: m.repeated),
    )
    for name, count in rows:
        cells = []
        for _, some in groups:
            counts = [count(m) for _, m in some]
            cells.append(f"{sum(n > 0 for n in counts)} of {len(some)}, {sum(counts)}")
        table.add_row(name, *cells)
    for side in ("left", "right", "unclear"):
        table.add_row(
            f"faces {side}", *(str(sum(m.facing == side for _, m in some)) for _, some in groups)
        )
    table.add_row(
        "confidence", *(_range([m.confidence for _, m in some], ".2f") for _, some in groups)
    )
    return table


def _every_clip(measured: Measured) -> Table:
    names = ("frames", "conf.", "unseen", "over", "swap", "else", "lost", "rep.")
    table = _table("clips", "clip", *(f">{name}" for name in names), "faces")
    for recording, m in measured:
        counts = (m.turned_over, m.swapped, m.elsewhere, m.lost, m.repeated)
        unseen = sum(m.unseen) / len(m.unseen)
        table.add_row(
            *(escape(recording.name), str(m.frames), f"{m.confidence:.2f}", _percent(unseen)),
            *(str(count or "-") for count in counts),
            m.facing,
        )
    return table


def _by_label(measured: Measured) -> list[tuple[str, Measured]]:
    labels = sorted({recording.label for recording, _ in measured})
    return [(label, [one for one in measured if one[0].label == label]) for label in labels]


def _range(values: Iterable[float], style: str) -> str:
    some = sorted(values)
    least, middle, most = (format(value, style) for value in (some[0], median(some), some[-1]))
    return least if least == most else f"{least} {middle} {most}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _table(title: str, *columns: str) -> Table:
    """A column whose name begins with > is of numbers."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in columns:
        table.add_column(
            name.removeprefix(">"), justify="right" if name.startswith(">") else "left"
        )
    return table


def _line(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
