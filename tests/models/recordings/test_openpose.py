"""OpenPose's files: 18 joints are read as such, and an archive as the folder it was made of."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from models.recordings.errors import KeypointsError
from models.recordings.reading import read_keypoints
from models.skeleton import BODY_25, OPENPOSE_18


def write_csv(folder: Path, recording: str, frames: int) -> None:
    folder.mkdir(parents=True)
    for i in range(frames):
        rows = "".join(f"{i + j},{2 * j},0.5\n" for j in range(25))
        (folder / f"{recording}-{i}-0.csv").write_text("x,y,c\n" + rows)


def pack(folder: Path, *, to: Path) -> Path:
    with tarfile.open(to, "w:gz") as archive:
        archive.add(folder, arcname="set")
    return to


def test_eighteen_joints(tmp_path: Path) -> None:
    flat = np.arange(54, dtype=float) + 1
    people = {"people": [{"pose_keypoints_2d": (flat / 54).tolist()}]}
    (tmp_path / "a_0_keypoints.json").write_text(json.dumps(people))
    recording = read_keypoints(tmp_path, fps=30)
    assert recording.skeleton is OPENPOSE_18
    person = recording.poses[0].keypoints[0]
    np.testing.assert_allclose(person[OPENPOSE_18.index("right_hip")] * 54, [25, 26, 27])
    np.testing.assert_allclose(person[OPENPOSE_18.index("left_ear")] * 54, [52, 53, 54])


def test_archive_is_read_as_its_folders(tmp_path: Path) -> None:
    for name in ("flip-1-ann", "flip-2-bob"):
        write_csv(tmp_path / "set" / name, f"{name}.mov", 3)
    archive = pack(tmp_path / "set", to=tmp_path / "set.tar.gz")
    folder = read_keypoints(tmp_path / "set/flip-2-bob", fps=60)
    for name in ("flip-2-bob", "flip-2-bob.mov"):
        packed = read_keypoints(archive / name, fps=60)
        assert packed.skeleton is BODY_25
        for a, b in zip(packed.poses, folder.poses, strict=True):
            np.testing.assert_array_equal(a.keypoints, b.keypoints)
    with pytest.raises(KeypointsError, match=r"set\.tar\.gz: 2 recordings in one folder"):
        read_keypoints(archive, fps=60)
    with pytest.raises(KeypointsError, match="no OpenPose files"):
        read_keypoints(archive / "flip-3-eve", fps=60)


def test_damaged_archive_is_one_line(tmp_path: Path) -> None:
    write_csv(tmp_path / "set" / "flip-1-ann", "flip-1-ann.mov", 40)
    archive = pack(tmp_path / "set", to=tmp_path / "set.tar.gz")
    archive.write_bytes(archive.read_bytes()[:-200])
    with pytest.raises(KeypointsError, match="not a readable archive") as caught:
        read_keypoints(archive, fps=60)
    assert "\n" not in str(caught.value)
