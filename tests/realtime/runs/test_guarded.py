"""Where a station that is started again goes on."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from realtime.cli import main
from realtime.options.arguments import target_or_folder
from realtime.runs.guarded import go_on, take_over
from tests.realtime.record.test_session import write


def options(record: Path | None, sources: int = 1) -> argparse.Namespace:
    return argparse.Namespace(
        source=["0"] * sources,
        record=record,
        resume=None,
        no_record=False,
        zone="0,0,9,9",
        lock="active",
        calibration=None,
    )


@pytest.fixture
def ended_before(monkeypatch):
    monkeypatch.setenv("FLIPTALLY_ENDED_BEFORE", "1")


def test_the_first_one_begins_a_session(tmp_path, monkeypatch):
    monkeypatch.setenv("FLIPTALLY_SESSION", str(tmp_path / "a.fliptally"))
    asked = options(None)
    take_over(asked)
    assert (asked.record, asked.resume) == (tmp_path / "a.fliptally", None)


@pytest.mark.usefixtures("ended_before")
def test_the_next_goes_on_in_it_as_it_was(tmp_path):
    path = tmp_path / "a.fliptally"
    write(path, end=False)
    asked = options(path)
    go_on(asked)
    assert (asked.record, asked.resume) == (None, path)
    assert (asked.zone, asked.lock) == (None, None)  # the session has them


@pytest.mark.usefixtures("ended_before")
def test_a_session_without_frames_is_left_and_the_one_after_it_found(tmp_path):
    path = tmp_path / "a.fliptally"
    path.write_bytes(b"FlipTally session 1\n")
    asked = options(path)
    go_on(asked)
    assert (asked.record, asked.resume) == (tmp_path / "a-2.fliptally", None)
    write(tmp_path / "a-2.fliptally", end=False)
    asked = options(path)
    go_on(asked)
    assert (asked.record, asked.resume) == (None, tmp_path / "a-2.fliptally")


@pytest.mark.usefixtures("ended_before")
def test_a_session_that_has_ended_is_left(tmp_path):
    path = tmp_path / "a.fliptally"
    write(path)
    asked = options(path)
    go_on(asked)
    assert (asked.record, asked.resume) == (tmp_path / "a-2.fliptally", None)


@pytest.mark.usefixtures("ended_before")
def test_what_is_not_recorded_begins_again():
    asked = options(None)
    take_over(asked)
    go_on(asked)
    assert (asked.record, asked.resume) == (None, None)


def test_the_folder_of_several_stations_may_be_there_already(tmp_path, capsys):
    assert target_or_folder(str(tmp_path)) == tmp_path
    assert main(["live", str(tmp_path / "none.mp4"), "--record", str(tmp_path)]) == 2
    assert "is a folder; expected a file to write" in capsys.readouterr().err
