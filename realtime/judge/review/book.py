"""The reviewer's edits of one session: checked, written, and only then in force."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Lock

from realtime.judge.edits import check, edited, edits_of
from realtime.marks import SAME_CONTACT_S, Edit, Jump, Mark, Miss, Ruling
from realtime.record.session import RecordedSession, RecordingError, SessionWriter
from realtime.sources.errors import SourceError


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


class Book:
    """The marks of a session file, and the edits that are appended to it.

    The file is opened for writing by the first edit; from then on it is nobody else's until
    `close`. May be used from several threads.
    """

    def __init__(self, path: Path, now: Callable[[], str] = _now) -> None:
        """`now` is the wall time, ISO 8601. Raises SourceError when `path` is no session."""
        self._path = path
        self._now = now
        self._lock = Lock()
        self._writer: SessionWriter | None = None
        self._marks = list(RecordedSession(path).marks())

    @property
    def marks(self) -> list[Mark]:
        """Everything as it was recorded, the edits among it."""
        with self._lock:
            return list(self._marks)

    def add(self, who: str, mark: Jump | Miss) -> None:
        """Add a jump or a miss, of which athlete, time, foot and frame are taken. Raises as
        `remove` does."""
        now, athlete, t = self._now(), mark.athlete, mark.time_s
        if isinstance(mark, Miss):
            self._write(Edit("add", who, now, athlete, t, what="miss"))
        else:
            self._write(Edit("add", who, now, athlete, t, foot=mark.foot, frame=mark.frame))

    def remove(self, who: str, mark: Jump | Miss) -> None:
        """Remove a jump or a miss. Raises ValueError for what makes no sense, RecordingError for
        what could not be written; nothing is changed then."""
        now = self._now()
        if isinstance(mark, Miss):
            self._write(Edit("remove", who, now, mark.athlete, mark.time_s, what="miss"))
        else:
            self._write(Edit("remove", who, now, mark.athlete, mark.time_s, foot=mark.foot))

    def confirm(self, who: str, jump: Jump) -> None:
        """An uncertain jump was looked at and is right. Raises as `remove` does."""
        self._write(Edit("confirm", who, self._now(), jump.athlete, jump.time_s, foot=jump.foot))

    def rule(self, ruling: Ruling) -> None:
        """Add what a head judge decided. Raises ValueError for one without a name, RecordingError
        for what could not be written."""
        if not ruling.who.strip():
            raise ValueError("ruling: who: expected the head judge's name, got none")
        with self._lock:
            self._append(self._open(), ruling)

    def undo(self, who: str, place: int) -> None:
        """Take back the edit at `place`, which may be an undo itself. Raises as `remove` does."""
        edits = edits_of(self.marks)
        athlete, time_s = 0, 0.0
        with suppress(IndexError):  # then `check` says so
            athlete, time_s = edits[place].athlete, edits[place].time_s
        self._write(Edit("undo", who, self._now(), athlete, time_s, edit=place))

    def close(self) -> None:
        with self._lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    def _write(self, edit: Edit) -> None:
        with self._lock:
            writer = self._open()
            edits = edits_of(self._marks)
            check(self._marks, edits, edit)
            _check_new(edited(self._marks, edits), edit)
            self._append(writer, edit)

    def _append(self, writer: SessionWriter, mark: Edit | Ruling) -> None:
        try:
            writer.append(mark)
        except RecordingError:
            writer.close()
            self._writer = None
            raise
        writer.sync()
        self._marks.append(mark)

    def _open(self) -> SessionWriter:
        """What others wrote before it was ours is read first: edits are numbered."""
        if self._writer is None:
            self._writer = SessionWriter.reopen(self._path)
            with suppress(SourceError):
                self._marks = list(RecordedSession(self._path).marks())
        return self._writer


def _check_new(marks: Sequence[Mark], edit: Edit) -> None:
    """Raises ValueError for a second jump or miss at one contact: a key that was hit twice."""
    if edit.action != "add":
        return
    kind = Jump if edit.what == "jump" else Miss
    for mark in marks:
        if (
            isinstance(mark, kind)
            and mark.athlete == edit.athlete
            and abs(mark.time_s - edit.time_s) <= SAME_CONTACT_S
        ):
            foot = f"{mark.foot} " if isinstance(mark, Jump) else ""
            raise ValueError(
                f"a {foot}{edit.what} is at {mark.time_s:.2f} s already; remove it first"
            )
