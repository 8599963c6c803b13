"""Recorded key points: what is read is what was written, and damage gets one clear line."""

from __future__ import annotations

import contextlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.skeleton import BODY_25, COCO_17, SKELETONS
from realtime.sources.errors import SourceError
from realtime.sources.keypoints import read_keypoints

MANY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def entries(**changes: Any) -> dict[str, Any]:
    keypoints = np.full((4, 33, 3), 0.5, np.float32)
    whole = {"keypoints": keypoints, "skeleton": "blazepose_33", "fps": 30.0} | changes
    return {name: value for name, value in whole.items() if value is not None}


def save(tmp_path: Path, **changes: Any) -> Path:
    path = tmp_path / "clip.npz"
    np.savez(path, **entries(**changes))
    return path


def refused(path: Path, fps: float | None = None) -> str:
    with pytest.raises(SourceError) as caught:
        read_keypoints(path, fps)
    message = str(caught.value)
    assert "\n" not in message
    return message


def write_json(folder: Path, frame: int, people: list[list[float]], name: str = "a") -> Path:
    path = folder / f"{name}_{frame:012d}_keypoints.json"
    path.write_text(json.dumps({"people": [{"pose_keypoints_2d": p} for p in people]}))
    return path


def write_csv(folder: Path, name: str, rows: int = 25) -> Path:
    path = folder / name
    path.write_text("x,y,c\n" + "10.5,20.25,0.5\n" * rows)
    return path


@MANY
@given(
    keypoints=st.sampled_from(sorted(SKELETONS)).flatmap(
        lambda name: st.tuples(
            st.just(name),
            hnp.arrays(
                np.float32,
                st.tuples(st.integers(1, 5), st.just(len(SKELETONS[name])), st.just(3)),
                elements=st.floats(0.125, 1, width=32) | st.just(0.0) | st.just(float("nan")),
            ),
        )
    ),
    step=st.floats(0.001, 1),
)
def test_round_trip(tmp_path: Path, keypoints: tuple[str, Any], step: float) -> None:
    name, points = keypoints
    times = np.arange(len(points)) * step
    path = save(tmp_path, keypoints=points, skeleton=name, fps=None, t=times, width=640)
    recording = read_keypoints(path)
    np.testing.assert_array_equal(recording.t, times)
    assert (recording.skeleton, recording.fps, recording.width) == (SKELETONS[name], None, 640)
    seen = np.isfinite(points).all(axis=2) & (points[..., 2] > 0)
    for poses, frame, visible in zip(recording.poses, points, seen, strict=True):
        expected = np.where(visible[:, None], frame, 0)[None] if visible.any() else frame[None][:0]
        np.testing.assert_array_equal(poses.keypoints, expected)
        assert poses.keypoints.dtype == np.float32


@MANY
@given(st.data())
def test_mutated_archive_never_crashes(tmp_path: Path, data: st.DataObject) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, **entries())
    raw = bytearray(buffer.getvalue())
    headers = st.integers(0, 200) | st.integers(len(raw) - 400, len(raw) - 1)
    for place in data.draw(st.lists(headers | st.integers(0, len(raw) - 1), max_size=8)):
        raw[place] = data.draw(st.integers(0, 255))
    path = tmp_path / "clip.npz"
    path.write_bytes(
        raw[: data.draw(st.integers(0, len(raw)))] if data.draw(st.booleans()) else raw
    )
    with contextlib.suppress(SourceError):
        read_keypoints(path)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"keypoints": np.zeros((4, 25, 3), np.float32)}, r"expected shape (frames, 33, 3)"),
        ({"keypoints": np.zeros((0, 33, 3), np.float32)}, "at least one frame"),
        ({"keypoints": np.zeros((4, 33, 3), np.int64)}, "expected float32, got int64"),
        ({"keypoints": None}, "no keypoints"),
        ({"skeleton": "stick_man"}, "unknown skeleton 'stick_man'"),
        ({"fps": None}, "--fps"),
        ({"fps": 0.0}, "expected a positive number"),
        ({"fps": "thirty"}, "expected one number"),
        ({"t": np.array([0, 1, 1, 2.0])}, "got 1 then 1 at frame 2"),
        ({"t": np.array([0, 1, np.nan, 2.0])}, "finite"),
        ({"t": np.arange(3.0)}, "expected float64 (4,)"),
        ({"skeleton": np.array({"a": 1}, object)}, "not a readable"),
    ],
)
def test_bad_archive(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    assert says in refused(save(tmp_path, **changes))


def test_rate_of_the_recording_comes_first(tmp_path: Path) -> None:
    recording = read_keypoints(save(tmp_path), fps=10)
    assert recording.fps == 30
    assert recording.t[1] == pytest.approx(1 / 30)
    assert read_keypoints(save(tmp_path, fps=None), fps=10).t[1] == pytest.approx(0.1)
    assert "fps -1" in refused(save(tmp_path), -1)


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.npz"
    path.write_bytes(b"")
    assert "not a readable" in refused(path)
    np.save(tmp_path / "clip.npy", np.zeros(3))
    assert "single array" in refused(tmp_path / "clip.npy")


def test_nothing_there(tmp_path: Path) -> None:
    assert "no such file or folder" in refused(tmp_path / "none.npz", 30)
    assert "no OpenPose files" in refused(tmp_path, 30)


def test_json_folder_keeps_every_person(tmp_path: Path) -> None:
    write_json(tmp_path, 7, [[1.0, 2.0, 0.5] * 17, [3.0, 4.0, 0.0] * 17])
    write_json(tmp_path, 8, [])
    recording = read_keypoints(tmp_path, fps=25)
    assert recording.skeleton is COCO_17
    assert [p.keypoints.shape for p in recording.poses] == [(2, 17, 3), (0, 17, 3)]
    np.testing.assert_array_equal(recording.poses[0].keypoints[0, 4], [1, 2, 0.5])
    assert not recording.poses[0].keypoints[1].any()
    assert recording.t.tolist() == [0, 0.04]


def test_json_in_which_nobody_is_seen(tmp_path: Path) -> None:
    write_json(tmp_path, 0, [])
    assert read_keypoints(tmp_path, fps=25).skeleton is BODY_25


@pytest.mark.parametrize("text", ["{", "[]", '{"people": [{}]}', '{"people": [[1]]}', "\xff"])
def test_broken_json_names_the_file(tmp_path: Path, text: str) -> None:
    path = write_json(tmp_path, 0, [])
    path.write_text(text, encoding="latin-1")
    assert f"{path}: not OpenPose JSON" in refused(tmp_path, 30)


def test_json_of_another_skeleton_and_lost_frames(tmp_path: Path) -> None:
    path = write_json(tmp_path, 0, [[0.0] * 57])
    assert f"{path}: 19 joints" in refused(tmp_path, 30)
    write_json(tmp_path, 0, [[0.0] * 75])
    write_json(tmp_path, 2, [[0.0] * 75])
    assert "no file for frame 1" in refused(tmp_path, 30)
    write_json(tmp_path, 1, [[0.0] * 51])
    assert "expected body_25" in refused(tmp_path, 30)


def test_csv_folder(tmp_path: Path) -> None:
    for name in ("a-0-0.csv", "a-10-0.csv", "a-2-0.csv", "a-2-1.csv"):
        write_csv(tmp_path, name)
    recording = read_keypoints(tmp_path, fps=10)
    people = [len(poses.keypoints) for poses in recording.poses]
    assert people == [1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1]
    np.testing.assert_array_equal(recording.poses[10].keypoints[0, 24], [10.5, 20.25, 0.5])
    assert "--fps" in refused(tmp_path)


def test_folder_of_several_recordings_names_them(tmp_path: Path) -> None:
    for name in ("flip-1-ann.mov-0-0.csv", "flip-2-bob.mov-0-0.csv"):
        write_csv(tmp_path, name)
    message = refused(tmp_path, 60)
    assert "2 recordings" in message
    assert str(tmp_path / "flip-1-ann.mov") in message
    assert len(read_keypoints(tmp_path / "flip-2-bob.mov", fps=60).poses) == 1
    assert "no such file" in refused(tmp_path / "flip-3-eve.mov", 60)


def test_broken_csv_names_the_line(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "a-0-0.csv")
    for damage, line in (("10.5,20.25", 3), ("10.5,,0.5", 3), ("a,b,c,d", 3)):
        path.write_text(f"x,y,c\n1,2,0.5\n{damage}\n")
        assert f"{path}, line {line}" in refused(tmp_path, 60)
    path.write_text("x,y\n")
    assert "line 1: columns" in refused(tmp_path, 60)
    write_csv(tmp_path, "a-0-0.csv", rows=24)
    assert "24 joints" in refused(tmp_path, 60)


def test_files_that_would_be_left_out_are_named(tmp_path: Path) -> None:
    write_csv(tmp_path, "a-0-0.csv")
    stray = write_csv(tmp_path, "a.csv")
    assert str(stray) in refused(tmp_path, 60)
    stray.unlink()
    write_csv(tmp_path, "a-000-0.csv")
    assert "frame 0 twice" in refused(tmp_path, 60)
    write_json(tmp_path, 0, [])
    assert "both JSON and CSV" in refused(tmp_path / "a", 60)


@MANY
@given(st.binary(max_size=60))
def test_any_bytes_in_a_folder(tmp_path: Path, content: bytes) -> None:
    for name in ("a-0-0.csv", "b_0_keypoints.json"):
        (tmp_path / name).write_bytes(content)
        stem = name[0]
        with pytest.raises(SourceError, match=stem):
            read_keypoints(tmp_path / stem, fps=60)


def test_published_recording(data: Path, tmp_path: Path) -> None:
    """The same clip as published (smoothed, filled) and as the raw `.npz`."""
    with tarfile.open(data / "gym/published_csv.tar.gz") as archive:
        wanted = [m for m in archive.getmembers() if "/backflip-1-allar/" in m.name]
        archive.extractall(tmp_path, members=wanted, filter="data")
    published = read_keypoints(tmp_path / "published_csv/backflip-1-allar", fps=60)
    raw = read_keypoints(data / "gym/clips/backflip-1-allar.npz")
    assert (raw.skeleton, raw.fps, raw.label, raw.subject) == (BODY_25, 60, "backflip", "allar")
    assert (raw.width, raw.height) == (1920, 1080)
    assert len(published.poses) == len(raw.poses) == 83
    hips = [np.stack([p.keypoints[0, 8, :2] for p in r.poses[:40]]) for r in (published, raw)]
    assert np.median(np.abs(hips[0] - hips[1])) < 10
