"""What a station left, and how it is said at the end: the document, the result, the errors."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from realtime import exits
from realtime.marks import Mark
from realtime.record.document import SessionDocument
from realtime.runs.summary import describe_run

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a station left: its document, and what went wrong (None: nothing)."""

    document: SessionDocument
    complete: bool
    source_error: str | None
    recording_error: str | None
    worker_error: str | None
    marks: tuple[Mark, ...] = ()
    began: str | None = None
    """The wall time of capture time 0, ISO 8601; None where nobody knows it."""

    @property
    def exit_code(self) -> int:
        if self.worker_error or self.recording_error:
            return exits.FAILED
        return exits.BAD_INPUT if self.source_error else exits.DONE

    @property
    def errors(self) -> list[str]:
        found = (self.source_error, self.worker_error, self.recording_error)
        return [error for error in found if error]


def report(outcome: Outcome, record: Path | None, options: argparse.Namespace) -> int:
    """Write the document, say the result and the errors, one line each; the exit code."""
    errors = list(outcome.errors)
    code = outcome.exit_code
    if options.json is not None:
        try:
            _write_document(options.json, outcome.document)
        except OSError as error:
            _write_document(STDOUT, outcome.document)  # better there than lost
            errors.append(f"--json {options.json}: cannot be written ({error.strerror})")
            code = code or exits.FAILED
    if options.json != STDOUT:
        for line in describe_run(outcome.document):
            sys.stdout.write(f"{line}\n")
        if record is not None and outcome.recording_error is None:
            sys.stdout.write(f"recorded: {record}\n")
    for line in errors:
        sys.stderr.write(f"fliptally: {line}\n")
    return code


def _write_document(target: str, document: SessionDocument) -> None:
    text = msgspec.json.format(msgspec.json.encode(document)) + b"\n"
    if target == STDOUT:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    else:
        Path(target).write_bytes(text)
