"""What there is to say about a run in lines of text, each said once."""

from __future__ import annotations

import math

from realtime.marks import Beep, Event, Expected, Fault, Lock, Mark, Miss
from realtime.show.snapshot import PartShown, Snapshot
from realtime.show.wording import UNOFFICIAL, dated, one_line, status, time_of
from realtime.supervision.states import TROUBLE

_TOLD = Event | Expected | Fault | Lock | Miss | Beep
_MARKS_MOST = 20_000


class Lines:
    """Compares every snapshot with what has been said and gives the lines that are new.

    Nothing is lost as long as a mark is in at least one of the snapshots it is given.
    """

    def __init__(self) -> None:
        self._said: dict[str, str] = {}
        self._marks: set[Mark] = set()
        self._faults: set[str] = set()
        self._notice: str | None = None
        self._parts: dict[str, tuple[str, str]] = {}

    def news(self, snapshot: Snapshot) -> list[str]:
        """Source, pose back end and recording when they change; new events, expected ones
        and faults, oldest first; parts that changed their state; a new warning. What a fault says
        is not repeated."""
        facts = [
            *self._change("source", f"{snapshot.title} ({UNOFFICIAL})"),
            *self._change("pose", snapshot.backend),
            *self._change("recording", snapshot.recording),
        ]
        shown = (*snapshot.events, *snapshot.marks)
        marks: set[Mark] = {mark for mark in shown if isinstance(mark, _TOLD)}
        faults = {mark.what for mark in marks if isinstance(mark, Fault)}
        new = sorted(marks - self._marks, key=_order)
        self._marks |= marks
        self._faults |= faults
        if len(self._marks) > _MARKS_MOST:
            self._marks, self._faults = marks, faults  # no other can come again
        changes = [line for part in snapshot.parts for line in self._changed(part)]
        self._parts = {part.part: (part.state, part.why) for part in snapshot.parts}
        return [*facts, *map(dated, new), *changes, *self._warning(snapshot.notice)]

    def state(self, snapshot: Snapshot) -> list[str]:
        """The state in one line if it has changed, and the truth of the scene once it is known."""
        now = status(snapshot)
        lines = [now] if self._said.get("state") != now else []
        self._said["state"] = now
        return [*lines, *self._change("expected", snapshot.expected)]

    def _change(self, name: str, value: str | None) -> list[str]:
        if value is None or self._said.get(name) == value:
            return []
        self._said[name] = value
        return [f"{name}: {one_line(value)}"]

    def _changed(self, part: PartShown) -> list[str]:
        """Why a part changed; without a reason, that it is well again."""
        now = part.state, part.why
        before = self._parts.get(part.part)
        again = before is not None and before[0] in TROUBLE
        if before is not None and before[1] and before[0] == now[0] == "starting":
            return []  # how far it is
        if now == before or not (part.why or again) or self._is_fault(part.why):
            return []
        return [one_line(part.why or f"{part.part}: {part.state}")]

    def _warning(self, notice: str | None) -> list[str]:
        same, self._notice = notice == self._notice, notice
        if same or (notice and self._is_fault(notice)):
            return []
        return self._change("warning", notice)

    def _is_fault(self, text: str) -> bool:
        """Slow after many faults: to be asked when the text has changed, not at every look."""
        return any(what in text for what in self._faults)


def _order(mark: Mark) -> tuple[float, float]:
    """By what a mark is about, then by when it was said."""
    return time_of(mark), getattr(mark, "emitted_s", math.inf)
