"""Every fault that a station promises to survive: `python -m bench.faults [--only WORD]`.

Each is made on purpose in a live station at 60 fps with real pose workers, sockets and files.
Printed for each: what is promised, after how many seconds it was noticed and all was well again,
the longest time without a pose, frames dropped and lost from then on, and how many of the marks
that were made are not in the session file (always none). The exit code is 1 when a promise is
broken.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from bench import (
    faults_camera,
    faults_files,
    faults_keys,
    faults_network,
    faults_station,
    faults_workers,
)
from bench.faults_rows import Row
from bench.virtual_camera import LoopedFilm

_SUITES = (
    faults_camera,
    faults_workers,
    faults_network,
    faults_keys,
    faults_files,
    faults_station,
)
_WIDTH = 150
_COLUMNS = (
    "noticed after s",
    "back after s",
    "longest silence s",
    "dropped",
    "lost",
    "marks lost",
)


def rows(chosen: str) -> Iterator[Row]:
    film = LoopedFilm()
    for suite in _SUITES:
        yield from suite.rows(film, chosen)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", default="", metavar="WORD", help="faults with this in their name")
    parser.add_argument("--said", action="store_true", help="what the station said of each, too")
    options = parser.parse_args()
    console = Console()
    console.width = max(console.width, _WIDTH)
    table = Table(title="faults, live at 60 fps")
    table.add_column("fault")
    table.add_column("promised")
    for column in _COLUMNS:
        table.add_column(column, justify="right")
    table.add_column("verdict")
    measured = []
    for row in rows(options.only):
        measured.append(row)
        table.add_row(*row.cells())
        sys.stderr.write(f"{len(measured)}: {row.fault}: {'; '.join(row.broken) or 'kept'}\n")
    console.print(table)
    if options.said:
        for row in measured:
            console.print(f"{row.fault}: {row.said or 'nothing said'}")
    return any(row.broken for row in measured)


if __name__ == "__main__":
    sys.exit(main())
