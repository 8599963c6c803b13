"""`fliptally data`: exit codes, one line on bad input, tables that fit 80 columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.gym.dataset import load, save
from models.skeleton import BODY_25, OPENPOSE_18, convert
from realtime.cli import main
from tests.models.gym.recordings import flip, write_csv, write_json


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def says(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Exit code, and what was printed; on bad input the one line on standard error."""
    code = main(["data", *map(str, arguments)])
    out, err = capsys.readouterr()
    if code == 2:
        assert not out
        assert err.count("\n") == 1
        return code, err
    assert not err
    assert all(len(line.rstrip()) <= 80 for line in out.splitlines() if "/" not in line)
    return code, out


@pytest.fixture
def good(tmp_path: Path) -> Path:
    save(tmp_path / "good", [flip(), flip("backflip-2-bob", seed=1), flip("flack-1-ann", seed=2)])
    return tmp_path / "good"


def test_import_check_and_stats(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for seed, name in enumerate(("backflip-1-ann", "flack-2-bob")):
        write_csv(tmp_path / "in" / name, f"{name}.mov", flip(name, seed=seed).keypoints)
    code, out = says(capsys, "import", tmp_path / "in", tmp_path / "set", "--fps", 60)
    assert code == 0
    assert "2 clips of 2 people imported" in out
    assert "2 with one person, seen in every frame" in out
    assert [r.label for r in load(tmp_path / "set")] == ["backflip", "handspring"]
    code, out = says(capsys, "check", tmp_path / "set")
    assert code == 0
    assert "wrong: nothing" in out
    code, out = says(capsys, "stats", tmp_path / "set", "--clips")
    assert code == 0
    for part in ("handspring", "bob", "right wrist", "faces left", "flack-2-bob"):
        assert part in out


def test_what_is_left_out_fails_and_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    people = [[one, one + np.float32([700, 0, 0])] for one in flip().keypoints]
    write_json(tmp_path / "in" / "a", "backflip-1-ann", people)
    write_csv(tmp_path / "in" / "b", "backflip-2-ann.mov", flip().keypoints[:3])
    (tmp_path / "in" / "b" / "backflip-2-ann.mov-1-0.csv").write_text("x,y,c\nnone\n")
    code, out = says(capsys, "import", tmp_path / "in", tmp_path / "set", "--fps", 60)
    assert code == 1
    assert "2 at once, 2 tracks" in " ".join(out.split())
    assert "LEFT OUT" in out
    assert "backflip-2-ann" in out
    assert [r.skeleton for r in load(tmp_path / "set")] == [OPENPOSE_18]


def test_a_fault_fails_the_check(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    save(tmp_path / "set", [flip(), replace(flip(), name="copy-2-ann")])
    code, out = says(capsys, "check", tmp_path / "set")
    assert code == 1
    assert "backflip-1-ann, copy-2-ann" in out


def test_all_names_every_clip(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    save(tmp_path / "set", [flip(f"backflip-{i}-{'ab'[i % 2]}", seed=i) for i in range(6)])
    assert "backflip-5-b" not in says(capsys, "check", tmp_path / "set")[1]
    assert "backflip-5-b" in says(capsys, "check", tmp_path / "set", "--all")[1]


def test_eighteen_joints(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    r = flip()
    save(
        tmp_path / "set",
        [replace(r, skeleton=OPENPOSE_18, keypoints=convert(r.keypoints, BODY_25, OPENPOSE_18))],
    )
    assert says(capsys, "check", tmp_path / "set")[0] == 0
    assert "faces left" in says(capsys, "stats", tmp_path / "set")[1]


@pytest.mark.parametrize("part", ["check", "stats"])
def test_bad_data_sets(capsys: pytest.CaptureFixture[str], good: Path, part: str) -> None:
    assert "index.csv" in says(capsys, part, good.parent)[1]
    (good / "clips" / "backflip-2-bob.npz").write_bytes(b"PK damaged")
    code, line = says(capsys, part, good)
    assert code == 2
    assert "backflip-2-bob.npz: not a readable key-point .npz" in line


def test_bad_imports(capsys: pytest.CaptureFixture[str], good: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "an empty folder" in says(capsys, "import", tmp_path / "empty", tmp_path / "x")[1]
    assert "no such file" in says(capsys, "import", tmp_path / "none", tmp_path / "x")[1]
    assert "is there already" in says(capsys, "import", good, good)[1]
    assert not (tmp_path / "x").exists()
