"""An edit is in force when it is in the file, and never before."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime.judge.edits import edits_of
from realtime.judge.review.book import Book
from realtime.marks import Edit, Jump, Mark, Miss
from realtime.record.session import RecordedSession, RecordingError, SessionWriter
from tests.realtime.judge.review.conftest import WHEN, jumps_of


def edits_in(session: Path) -> list[Edit]:
    return edits_of(list(RecordedSession(session).marks()))


def book_of(session: Path) -> Book:
    return Book(session, lambda: WHEN)


def test_every_edit_is_in_the_file_at_once_and_the_rest_as_it_was(session: Path) -> None:
    before = session.read_bytes()
    third = jumps_of(session)[2]
    book = book_of(session)
    book.remove("Ada", third)
    assert edits_in(session) == [Edit("remove", "Ada", WHEN, 1, third.time_s, foot=third.foot)]
    book.undo("Ben", 0)
    book.add("Ben", Miss(1, third.time_s, third.time_s))
    assert [edit.action for edit in edits_in(session)] == ["remove", "undo", "add"]
    assert [edit.who for edit in edits_in(session)] == ["Ada", "Ben", "Ben"]
    book.close()
    assert session.read_bytes().startswith(before)


def test_looking_writes_nothing(session: Path) -> None:
    session.chmod(0o444)
    before = session.stat().st_mtime_ns
    book = book_of(session)
    assert book.marks
    book.close()
    assert session.stat().st_mtime_ns == before


def test_a_key_that_is_hit_twice(session: Path) -> None:
    jump = jumps_of(session)[0]
    early = Jump(1, 0, jump.time_s - 0.2, "left", 0.0)
    book = book_of(session)
    book.add("Ada", early)
    with pytest.raises(ValueError, match=r"^a left jump is at \d+\.\d\d s already"):
        book.add("Ada", early)
    book.undo("Ada", 0)
    with pytest.raises(ValueError, match="is undone already"):
        book.undo("Ada", 0)
    book.add("Ada", early)
    book.close()
    assert [edit.action for edit in edits_in(session)] == ["add", "undo", "add"]


@pytest.mark.parametrize("place", [-1, 0, 7])
def test_nothing_to_undo(session: Path, place: int) -> None:
    book = book_of(session)
    with pytest.raises(ValueError, match="expected the place of one of 0 edits"):
        book.undo("Ada", place)
    book.close()


def test_two_reviewers_one_after_the_other(session: Path) -> None:
    """The second had the session open before the first wrote: places of edits still fit."""
    jumps = jumps_of(session)
    second = book_of(session)
    first = book_of(session)
    first.remove("Ada", jumps[0])
    with pytest.raises(RecordingError, match="is being written"):
        second.remove("Ben", jumps[1])
    first.close()
    second.remove("Ben", jumps[1])
    second.undo("Ben", 1)
    second.close()
    assert [(edit.who, edit.edit) for edit in edits_in(session)] == [
        ("Ada", None),
        ("Ben", None),
        ("Ben", 1),
    ]


def test_what_could_not_be_written_is_not_in_force(
    session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jump = jumps_of(session)[0]
    book = book_of(session)

    def full(_writer: SessionWriter, _record: Mark) -> None:
        raise RecordingError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(SessionWriter, "append", full)
        with pytest.raises(RecordingError):
            book.remove("Ada", jump)
    assert edits_of(book.marks) == edits_in(session) == []
    book.remove("Ada", jump)
    assert edits_of(book.marks) == edits_in(session) != []
    book.close()
