"""Writes what became of a judged session into a folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from realtime.judge.attempt import Attempt
from realtime.judge.export.document import json_text
from realtime.judge.export.pdf import PdfError, write_pdf
from realtime.judge.export.ropescore import ropescore_sheets, ropescore_text
from realtime.judge.export.sheet import Heading, sheet_html
from realtime.judge.export.table import csv_text
from realtime.judge.export.wall import date_of, unix_s
from realtime.marks import Mark


def write_results(
    folder: Path,
    marks: Sequence[Mark],
    judged: Sequence[Attempt],
    source: str,
    *,
    began: datetime | None = None,
    pdf: bool = False,
) -> list[str]:
    """`marks.csv`, `attempts.json`, and for each attempt a sheet and RopeScore's marks. `began`
    is the wall time of capture time 0. Returns what could not be written, a line each."""
    problems: list[str] = []

    def write(name: str, text: str) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        except OSError as error:
            problems.append(f"--out {folder / name}: cannot be written ({error.strerror})")

    write("marks.csv", csv_text(marks, judged))
    write("attempts.json", json_text(judged, source, began))
    for number, attempt in enumerate(judged, start=1):
        html = sheet_html(attempt, Heading(date=date_of(began, attempt), source=source), number)
        write(f"sheet-{number}.html", html)
        sheets = ropescore_sheets(attempt, epoch_s=unix_s(began))
        write(f"ropescore-{number}.json", ropescore_text(sheets))
        if pdf:
            try:
                write_pdf(html, folder / f"sheet-{number}.pdf")
            except PdfError as error:
                problems.append(str(error))
    return problems
