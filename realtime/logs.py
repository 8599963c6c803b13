"""The log: lines of JSON in a file that rotates, written by a thread of its own.

Whoever has something to say takes a logger below `LOG` of the standard library. What a program
says again and again within a minute is one line, and a second one with the count. Neither a slow
nor a full disk holds anybody up: what cannot be written is dropped, and how much is said later.
"""

from __future__ import annotations

import argparse
import copy
import logging
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from logging.handlers import QueueHandler, RotatingFileHandler
from pathlib import Path

import msgspec
import platformdirs

from realtime.sources.protocol import shown
from realtime.supervision.repeats import Repeats
from realtime.supervision.states import StateChange

LOG = logging.getLogger("fliptally")
LOG.addHandler(logging.NullHandler())  # where there is no log, nothing goes to the screen

LEVELS = {name: getattr(logging, name.upper()) for name in ("debug", "info", "warning", "error")}
OFF = "off"
_LEVEL_OF = {"failed": logging.ERROR, "degraded": logging.WARNING, "starting": logging.DEBUG}

_MAX_BYTES = 1 << 20
_KEPT = 5
_AT_HAND = 1000
"""Lines that wait for the disk at most."""
_REPEATED_S = 60.0
_LOOK_S = 1.0
_PATIENCE_S = 2.0
"""How long the end waits for the disk."""
_MAX_TEXT = 4000


_Lines = queue.Queue[logging.LogRecord | None]


class LogError(Exception):
    """The file of the log cannot be written; one line."""


@dataclass(frozen=True, slots=True)
class LogPlace:
    """What is written where; `path` is None for the user's log folder."""

    level: int = logging.INFO
    path: Path | None = None

    @property
    def file(self) -> Path:
        return self.path or Path(platformdirs.user_log_dir("fliptally")) / "fliptally.jsonl"


@contextmanager
def logging_to(place: LogPlace) -> Iterator[None]:
    """Write the log there meanwhile. Raises LogError for a place that was asked for and cannot be
    written; without the user's folder there is no log."""
    try:
        place.file.parent.mkdir(parents=True, exist_ok=True)
        file = _File(place.file, maxBytes=_MAX_BYTES, backupCount=_KEPT, encoding="utf-8")
    except OSError as error:
        if place.path is None:
            yield
            return
        raise LogError(
            f"--log {place.path}: {error.strerror}; expected a file that can be written"
        ) from None
    file.setFormatter(_JsonLines())
    lines: _Lines = queue.Queue(_AT_HAND)
    handler, writer = _Queue(lines), _Writer(lines, file)
    before = LOG.level
    LOG.setLevel(place.level)
    LOG.addHandler(handler)
    writer.start()
    try:
        yield
    finally:
        LOG.removeHandler(handler)
        LOG.setLevel(before)
        writer.dropped = handler.dropped
        writer.end()


@contextmanager
def logged(place: LogPlace | None, options: argparse.Namespace) -> Iterator[None]:
    """Log a command from its start, with what was asked of it, to its end. Without a place, do
    nothing. Raises LogError as `logging_to` does."""
    if place is None:
        yield
        return
    command = options.command.partition(":")[2]
    asked = {
        name: shown(str(value))
        for name, value in vars(options).items()
        if value is not None and name not in ("log", "command")
    }
    with logging_to(place):
        about = {"version": version("fliptally"), "options": asked}
        LOG.info("%s: started", command, extra={"fields": about})
        try:
            yield
        except BaseException as error:
            LOG.error("%s: ended by %s", command, type(error).__name__, exc_info=error)
            raise
        LOG.info("%s: ended", command)


def log_change(change: StateChange, source: str) -> None:
    """A part of the station of `source` has changed its state."""
    level = _LEVEL_OF.get(change.state, logging.INFO)
    if change.gap_s:
        level = logging.WARNING
    fields: dict[str, object] = {"source": source, "part": change.part, "state": change.state}
    if change.gap_s:
        fields["gap_s"] = round(change.gap_s, 3)
    what = change.why or f"{change.part}: {change.state}"
    LOG.getChild("station").log(level, "%s", what, extra={"fields": fields})


def log_loss(why: str, source: str) -> None:
    """A frame of `source` was lost."""
    fields = {"source": source}
    LOG.getChild("station").warning("a frame was lost: %s", why, extra={"fields": fields})


class _Queue(QueueHandler):
    """Gives lines to the thread that writes, and never waits for it."""

    dropped = 0

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """The text is made here: what it speaks of may change."""
        ready = copy.copy(record)
        ready.msg, ready.args = record.getMessage(), None
        if record.exc_info:
            ready.exc_text = logging.Formatter().formatException(record.exc_info)
            ready.exc_info = None
        return ready

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            self.dropped += 1


class _File(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """A full disk is no reason to say anything on the screen."""


class _Writer(threading.Thread):
    """The thread that writes."""

    def __init__(self, lines: _Lines, file: logging.Handler) -> None:
        super().__init__(name="log", daemon=True)
        self.dropped = 0
        self._lines = lines
        self._file = file
        self._repeats: Repeats[logging.LogRecord] = Repeats(_REPEATED_S)
        self._ending = False

    def run(self) -> None:
        while not (self._ending and self._lines.empty()):
            self._tell(self._repeats.due(time.monotonic()))
            with suppress(queue.Empty):
                self._write(self._lines.get(timeout=_LOOK_S))
        self._tell(self._repeats.end())
        if self.dropped:
            what = f"log: {self.dropped} lines dropped, as the disk was too slow"
            self._file.handle(logging.makeLogRecord({"msg": what, "levelname": "WARNING"}))
        with suppress(OSError):
            self._file.close()

    def _write(self, record: logging.LogRecord | None) -> None:
        if record is None:
            return  # it only woke this thread
        key = record.name, record.levelno, record.getMessage()
        if self._repeats.is_new(key, record, time.monotonic()):
            self._file.handle(record)

    def _tell(self, repeated: Sequence[tuple[logging.LogRecord, int]]) -> None:
        for record, count in repeated:
            record.count = count
            self._file.handle(record)

    def end(self) -> None:
        """Write what waits; for a disk that does not answer nobody waits long."""
        self._ending = True
        with suppress(queue.Full):
            self._lines.put_nowait(None)
        self.join(_PATIENCE_S)


class _JsonLines(logging.Formatter):
    """`time` (ISO 8601 with zone), `level`, `pid`, `from`, `what`, `count` (of equal lines that
    came after the one before), and what is special to a line: the `fields` given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        when = datetime.fromtimestamp(record.created).astimezone()
        line: dict[str, object] = {
            "time": when.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "pid": record.process,
            "from": record.name,
            "what": shown(record.getMessage())[:_MAX_TEXT],
        }
        count = getattr(record, "count", None)
        if count is not None:
            line["count"] = count
        for name, value in getattr(record, "fields", {}).items():
            line[name] = shown(value)[-_MAX_TEXT:] if isinstance(value, str) else value
        if record.exc_text:
            line["trace"] = shown(record.exc_text)[-_MAX_TEXT:]
        return msgspec.json.encode(line).decode()
