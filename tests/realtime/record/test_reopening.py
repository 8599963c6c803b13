"""Appending to a session that has ended changes nothing that is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.marks import Edit
from realtime.observations import Observed
from realtime.record.session import RecordedSession, RecordingError, SessionWriter
from realtime.supervision.states import StateChange
from tests.realtime.record.test_session import EVENT, FAULT, JUMP, write

EDIT = Edit("remove", "Ada", "2026-11-21T15:04:05+01:00", 1, 0.1)
MARKS = [JUMP, EVENT, FAULT]


def append(path: Path) -> None:
    writer = SessionWriter.reopen(path)
    writer.append(EDIT)
    writer.sync()
    writer.close()


def test_behind_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.fliptally"
    write(path)
    before = path.read_bytes()
    append(path)
    append(path)
    assert path.read_bytes().startswith(before)
    session = RecordedSession(path)
    assert list(session.marks()) == [*MARKS, EDIT, EDIT]
    assert sum(isinstance(each, Observed) for each in session.observations()) == 5
    assert session.end is not None


def test_a_record_that_broke_off_is_replaced(tmp_path: Path) -> None:
    """A crash in the middle of an edit costs that edit, wherever it came."""
    path = tmp_path / "a.fliptally"
    write(path)
    whole = path.read_bytes()
    append(path)
    longer = path.read_bytes()
    for size in range(len(whole) + 1, len(longer)):
        path.write_bytes(longer[:size])
        append(path)
        assert path.read_bytes() == longer


def test_a_session_that_was_cut_off_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "a.fliptally"
    write(path, end=False)
    append(path)
    session = RecordedSession(path)
    assert list(session.marks()) == [*MARKS, EDIT]
    assert isinstance(list(session.observations())[-1], StateChange)


@pytest.mark.parametrize("place", [100, -40])
def test_a_damaged_file_is_left_alone(tmp_path: Path, place: int) -> None:
    path = tmp_path / "a.fliptally"
    write(path)
    content = bytearray(path.read_bytes())
    content[place] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=r"is damaged \d+ bytes before its end.*--record NEW"):
        SessionWriter.reopen(path)
    assert path.read_bytes() == content


def test_a_damaged_length_is_no_record_that_broke_off(tmp_path: Path) -> None:
    """What seems to reach beyond the end of the file may only seem so."""
    path = tmp_path / "a.fliptally"
    write(path, frames=400)
    content = bytearray(path.read_bytes())
    content[22] = 0xF0  # of the first record: now 15 MB
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="is damaged"):
        SessionWriter.reopen(path)
    assert path.read_bytes() == content


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "a.fliptally"
    write(path)
    first = SessionWriter.reopen(path)
    with pytest.raises(RecordingError, match="is being written by another FlipTally"):
        SessionWriter.reopen(path)
    first.close()
    append(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="cannot be written"):
        SessionWriter.reopen(tmp_path / "none.fliptally")
