"""`fliptally train flips`: one line on what it cannot begin with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from realtime.cli import main


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["train", "flips", *map(str, arguments)]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.count("\n") == 1
    return err


def test_absent_data_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said = refused(capsys, "--tracks", tmp_path, "--data", tmp_path / "none")
    assert "none/flips/labels.json" in said
    assert "--data" in said


def test_an_absent_track_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "flips").mkdir()
    labels = {"a.mp4": {"events": []}}
    (tmp_path / "flips" / "labels.json").write_text(json.dumps(labels))
    assert "flips/a.mp4.npz" in refused(capsys, "--tracks", tmp_path, "--data", tmp_path)


def test_some_simulated_streams_are_kept_to_judge_by(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = refused(capsys, "--tracks", tmp_path, "--simulated", 100)
    assert "--simulated 100: expected more than 200" in said
