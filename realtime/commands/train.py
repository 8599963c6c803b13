"""`fliptally train gym`: the thesis's networks, its way, then by athlete and under stress."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
from rich import box
from rich.console import Console
from rich.table import Table as Grid

from models.gym.drawing import preparation_sheet
from models.gym.thesis import COPIES, Design
from realtime import exits
from realtime.commands.gym_data import (
    COPIES_BY_ATHLETE,
    chosen_designs,
    epochs_bar,
    load_recordings,
    named,
    need_keras,
    preparation,
    settings,
    write_text,
)
from realtime.sources.errors import SourceError

if TYPE_CHECKING:
    from models.gym.protocols import Judged
    from models.gym.report import Table


def gym(options: argparse.Namespace) -> int:
    """Print the tables and write what is asked for."""
    if options.show is not None:
        return _show(options)
    if options.out is not None:
        raise SourceError(f"--out {options.out}: only for --show; results go to --json")
    need_keras()
    from models.gym import report  # noqa: PLC0415 - Keras takes seconds to load

    try:
        published, athletes = _judge(options)
    except ValueError as error:  # too few recordings
        raise SourceError(f"{options.data or 'the data'}: {error}") from None
    tables = [report.published_table(published)] if published else []
    if athletes:
        tables += [report.athlete_table(athletes), report.stress_table(athletes)]
    _print(tables, Console(stderr=options.json == "-"))
    if options.json:
        _write(options.json, json.dumps(report.document(published, athletes), indent=1) + "\n")
    return exits.DONE


def _judge(options: argparse.Namespace) -> tuple[Judged | None, Judged | None]:
    """By the protocols that are asked for."""
    from models.gym import protocols  # noqa: PLC0415 - Keras takes seconds to load

    recordings = load_recordings(options)
    designs = chosen_designs(options)
    asked = {"published", "athlete"} if options.protocol == "both" else {options.protocol}

    published = athletes = None
    with epochs_bar(len(designs) * len(asked) * options.epochs) as (bar, task):

        def progress(design: Design) -> None:
            bar.update(task, description=design.title, advance=1)

        if "published" in asked:
            published = protocols.judge_published(
                designs, recordings, settings(options, COPIES), options.splits, progress
            )
        if "athlete" in asked:
            athletes = protocols.judge_by_athlete(
                designs, recordings, settings(options, COPIES_BY_ATHLETE), progress
            )
    for name, reason in next(filter(None, (athletes, published))).data.prepared.dropped:
        sys.stderr.write(f"left out: {name}: {reason}\n")
    return published, athletes


def _show(options: argparse.Namespace) -> int:
    recording = named(load_recordings(options), options.show)
    out: Path = options.out or Path(f"{recording.name}.png")
    if out.suffix.lower() != ".png":
        raise SourceError(f"--out {out}: expected a name that ends in .png")
    try:
        sheet = preparation_sheet(recording, preparation(options))
    except ValueError as error:  # nobody is in it
        raise SourceError(str(error)) from None
    if not cv2.imwrite(str(out), sheet):
        raise SourceError(f"{out}: cannot be written")
    sys.stdout.write(f"{out}\n")
    return exits.DONE


def _print(tables: list[Table], console: Console) -> None:
    for table in tables:
        grid = Grid(box=box.SIMPLE_HEAD, padding=0)
        columns = [list(cells) for cells in zip(table.columns, *table.rows, strict=True)]
        whole = sum(max(map(len, cells)) + 1 for cells in columns) < console.width
        for i, (name, *cells) in enumerate(columns):
            words = [name] if whole else name.split()  # the heading takes more lines instead
            width = max(map(len, [*words, *cells]))
            grid.add_column(name, justify="right" if i else "left", width=width)
        for row in table.rows:
            grid.add_row(*row)
        console.print(table.title, style="bold")
        console.print(grid)
        console.print(f"{table.note}\n", style="dim", highlight=False)


def _write(where: str, text: str) -> None:
    if where == "-":
        sys.stdout.write(text)
        return
    write_text(Path(where), text)
