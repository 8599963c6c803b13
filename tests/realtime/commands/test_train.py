"""`fliptally train gym` and `explain gym`: one line on bad input, tables and files on good."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest

from models.gym.dataset import save
from realtime.cli import main
from realtime.commands import gym_data
from tests.models.gym.recordings import flip


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    save(tmp_path / "set", [flip(), flip("flack-2-ann", seed=1)])
    return tmp_path / "set"


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(argument) for argument in arguments]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize("command", ["train", "explain"])
def test_what_is_not_there_is_said(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    err = refused(capsys, command, "gym", "--data", tmp_path / "none")
    assert "none: no such folder" in err
    assert "--data" in err
    monkeypatch.setenv("FLIPTALLY_DATA", str(tmp_path / "data"))
    assert str(tmp_path / "data" / "gym") in refused(capsys, command, "gym")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert "KERAS_BACKEND is torch, expected jax; unset it" in refused(capsys, command, "gym")
    monkeypatch.delenv("KERAS_BACKEND")
    monkeypatch.setattr(gym_data, "is_installed", lambda name: name != "keras")
    err = refused(capsys, command, "gym")
    assert "keras is not installed; run: pip install --upgrade 'fliptally[train]'" in err


def test_one_athlete_is_too_few(
    capsys: pytest.CaptureFixture[str], small: Path, tmp_path: Path
) -> None:
    err = refused(capsys, "train", "gym", "--data", small, "--protocol", "athlete")
    assert "all recordings are of ann: expected two athletes or more" in err
    err = refused(capsys, "explain", "gym", "--data", small, "--out", tmp_path / "out")
    assert "all recordings are of ann" in err
    err = refused(
        *(capsys, "explain", "gym", "--data", small, "--athlete", "bob", "--out", tmp_path)
    )
    assert "athlete bob: expected one of ann" in err


def test_show_draws_the_preparation(
    capsys: pytest.CaptureFixture[str],
    small: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gym_data, "is_installed", lambda _: False)  # it needs no Keras
    monkeypatch.chdir(tmp_path)
    show = ("train", "gym", "--data", small, "--show")
    assert main([*map(str, show), "flack-2-ann"]) == 0
    assert capsys.readouterr().out == "flack-2-ann.png\n"
    assert cv2.imread(str(tmp_path / "flack-2-ann.png")) is not None
    assert "nobody: no such recording" in refused(capsys, *show, "nobody")
    assert "ends in .png" in refused(capsys, *show, "flack-2-ann", "--out", tmp_path / "a.txt")
    assert "--out" in refused(capsys, "train", "gym", "--data", small, "--out", tmp_path / "a.png")


@pytest.mark.slow
def test_by_athlete_it_holds_and_mirrored_it_does_not(
    capsys: pytest.CaptureFixture[str], data: Path
) -> None:
    """What `findings.md` measured: right on athletes not seen, a guess on mirrored ones."""
    arguments = "train gym --network simple --network hierarchical-written --repetitions 3 --json -"
    assert main([*arguments.split(), "--data", str(data / "gym")]) == 0
    out, err = capsys.readouterr()
    assert "under stress" in err
    assert all(len(line.rstrip()) <= 80 for line in err.splitlines())
    result = json.loads(out)
    for network in result["published"]["networks"]:
        assert network["accuracy"]["mean"] > 0.8
        assert len(network["runs"]) == 3
    for network in result["by_athlete"]["networks"]:
        assert network["accuracy"]["mean"] > 0.85
        for stress in ("mirrored", "30 fps"):
            runs = network["stressed"][stress]
            assert sum(runs) / len(runs) < 0.75


@pytest.mark.slow
def test_explain_draws_an_athlete_not_trained_on(
    capsys: pytest.CaptureFixture[str], data: Path, tmp_path: Path
) -> None:
    arguments = "explain gym --network hierarchical-written --repetitions 1 --epochs 2"
    out = tmp_path / "drawn"
    assert main([*arguments.split(), "--data", str(data / "gym"), "--out", str(out)]) == 0
    assert "rasmus" in capsys.readouterr().out
    assert sorted(path.name for path in out.iterdir()) == [
        "activations.html",
        "hierarchical-written.png",
    ]
    assert '"others":7' in (out / "activations.html").read_text(encoding="utf-8")
