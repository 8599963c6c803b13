"""The reviewed result as files, made when they are asked for."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from realtime.judge.edits import edited, edits_of
from realtime.judge.export.document import json_text
from realtime.judge.export.pdf import write_pdf
from realtime.judge.export.ropescore import ropescore_sheets, ropescore_text
from realtime.judge.export.sheet import Heading, sheet_html
from realtime.judge.export.table import csv_text
from realtime.judge.export.wall import date_of, unix_s
from realtime.judge.review.state import Judge
from realtime.marks import Mark

KINDS = {
    "csv": ("marks.csv", "text/csv"),
    "json": ("attempts.json", "application/json"),
    "ropescore": ("ropescore-{number}.json", "application/json"),
    "sheet": ("sheet-{number}.html", "text/html"),
    "pdf": ("sheet-{number}.pdf", "application/pdf"),
}
"""Name and type of each; those with a number are of one attempt."""


class Export(NamedTuple):
    name: str
    content_type: str
    body: bytes


def export(
    kind: str,
    marks: Sequence[Mark],
    judge: Judge,
    *,
    number: int,
    source: str,
    stem: str,
    began: datetime | None = None,
) -> Export:
    """The file of a kind, with all edits among `marks` in it; `number` is the attempt's, from 1,
    `began` the wall time of capture time 0.

    Raises KeyError for a kind or an attempt that there is not, PdfError where none can be made.
    """
    name, content_type = KINDS[kind]
    after = edited(marks, edits_of(marks))
    judged = judge(after)
    if not 1 <= number <= len(judged):
        raise KeyError(number)
    attempt = judged[number - 1]
    if kind == "csv":
        body = csv_text(after, judged).encode()
    elif kind == "json":
        body = json_text(judged, source, began).encode()
    elif kind == "ropescore":
        body = ropescore_text(ropescore_sheets(attempt, epoch_s=unix_s(began))).encode()
    else:
        html = sheet_html(attempt, Heading(date=date_of(began, attempt), source=source), number)
        body = _pdf(html) if kind == "pdf" else html.encode()
    return Export(f"{stem}-{name.format(number=number)}", content_type, body)


def _pdf(html: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="sheet-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "sheet.pdf"
        write_pdf(html, path)
        return path.read_bytes()
