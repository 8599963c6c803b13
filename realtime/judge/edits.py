"""A review's changes to the machine's marks: appended one by one, the originals kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from realtime.judge.leg import FLAGGED_BELOW
from realtime.marks import Edit, Jump, Mark, Miss

SAME_S = 0.005
"""A removal is of the mark of this athlete within so many seconds of its time."""


def edited(marks: Sequence[Mark], edits: Sequence[Edit]) -> list[Mark]:
    """The marks with every edit that is in force; `marks` itself is not changed.

    Edits are applied in their order. A removal that meets no mark changes nothing: `check` says
    so before it is written.
    """
    result = list(marks)
    for edit in _in_force(edits):
        if edit.action == "add":
            result.append(_added(edit))
        elif edit.action == "remove":
            place = _target(result, edit)
            if place is not None:
                del result[place]
    return result


def confirmed(marks: Sequence[Mark], edits: Sequence[Edit]) -> dict[Jump, str]:
    """The uncertain jumps among `marks` that were looked at and are right, each with who said so
    last."""
    seen: dict[Jump, str] = {}
    for edit in _in_force(edits):
        place = _target(marks, edit) if edit.action == "confirm" else None
        jump = None if place is None else marks[place]
        if isinstance(jump, Jump):
            seen[jump] = edit.who
    return seen


def edits_of(marks: Sequence[Mark]) -> list[Edit]:
    """The edits of a session, in the order in which they were made."""
    return [mark for mark in marks if isinstance(mark, Edit)]


def check(marks: Sequence[Mark], edits: Sequence[Edit], edit: Edit) -> None:
    """Raises ValueError, in one line, for a next edit that says nothing or means nothing that is
    there; any other may be written."""
    try:
        datetime.fromisoformat(edit.when)
    except ValueError:
        raise ValueError(
            f"edit: when: expected a time such as 2026-11-21T15:04:05+01:00, got {edit.when!r}"
        ) from None
    if not edit.who.strip():
        raise ValueError("edit: who: expected the reviewer's name, got none")
    if edit.action == "undo":
        _check_undo(edits, edit)
    elif edit.action == "add" and edit.what == "jump" and edit.foot is None:
        raise ValueError("edit: foot: expected left, right or both for a jump to add, got none")
    elif edit.action in ("remove", "confirm"):
        _check_target(edited(marks, edits), edits, edit)


def _check_target(marks: Sequence[Mark], edits: Sequence[Edit], edit: Edit) -> None:
    place = _target(marks, edit)
    where = f"{edit.what} of athlete {edit.athlete} at {edit.time_s:.3f} s"
    if place is None:
        raise ValueError(f"edit: there is no {where} to {edit.action}")
    if edit.action == "remove":
        return
    jump = marks[place]
    if not isinstance(jump, Jump) or jump.confidence >= FLAGGED_BELOW:
        raise ValueError(f"edit: the {where} is not flagged: there is nothing to confirm")
    if who := confirmed(marks, edits).get(jump):
        raise ValueError(f"edit: {who} has seen the {where} already")


def _check_undo(edits: Sequence[Edit], edit: Edit) -> None:
    if edit.edit is None or not 0 <= edit.edit < len(edits):
        expected = f"expected the place of one of {len(edits)} edits, from 0"
        raise ValueError(f"edit: undo: {expected}, got {edit.edit}")
    if not forces(edits)[edit.edit]:
        raise ValueError(f"edit: undo: edit {edit.edit} is undone already")


def forces(edits: Sequence[Edit]) -> list[bool]:
    """Of each edit whether it is in force: not undone by a later one that is."""
    force = [True] * len(edits)
    for place in range(len(edits) - 1, -1, -1):
        target = edits[place].edit
        undoes = force[place] and edits[place].action == "undo"
        if undoes and target is not None and 0 <= target < place:
            force[target] = False
    return force


def _in_force(edits: Sequence[Edit]) -> list[Edit]:
    pairs = zip(edits, forces(edits), strict=True)
    return [edit for edit, force in pairs if force and edit.action != "undo"]


def _added(edit: Edit) -> Jump | Miss:
    """Said at its own time: it has no delay. -1 stands for a frame that is not known."""
    if edit.what == "miss":
        return Miss(edit.athlete, edit.time_s, edit.time_s)
    frame = -1 if edit.frame is None else edit.frame
    return Jump(edit.athlete, frame, edit.time_s, edit.foot or "both", edit.time_s)


def _target(marks: Sequence[Mark], edit: Edit) -> int | None:
    """The place of the mark that is nearest to what the edit means."""
    kind = Jump if edit.what == "jump" else Miss
    near = [
        (abs(mark.time_s - edit.time_s), place)
        for place, mark in enumerate(marks)
        if isinstance(mark, kind)
        and mark.athlete == edit.athlete
        and abs(mark.time_s - edit.time_s) <= SAME_S
    ]
    return min(near)[1] if near else None
