"""The commands as a person types them: exit codes, one clear line, the session document."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.pose import weights
from models.simulation.staging import build_scene
from models.skeleton import BLAZEPOSE_33, BODY, BODY_25, shared_joints
from realtime.record.document import (
    DocumentFrames,
    DocumentLatency,
    DocumentSource,
    SessionDocument,
)
from realtime.runs.summary import compare
from tests.models.pose.standin import write_standin
from tests.realtime.stream.test_body import figure
from tests.videos import write_video


def fliptally(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "realtime", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={**os.environ, **environment},
    )


@pytest.fixture
def video(tmp_path) -> Path:
    return write_video(tmp_path / "nobody.mp4", [i / 30 for i in range(20)])


@pytest.fixture
def keypoints(tmp_path) -> Path:
    path = tmp_path / "still.npz"
    people = np.stack([figure(BODY_25)] * 40)
    np.savez(path, keypoints=people, skeleton="body_25", fps=30.0)
    return path


def cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:900])
    return path


BAD = {
    "no such file": lambda d: ["replay", d / "none.mp4"],
    "text as video": lambda d: ["replay", _text(d / "notes.mp4")],
    "cut video": lambda d: ["replay", cut(write_video(d / "cut.mp4", [0, 0.1, 0.2]))],
    "empty folder": lambda d: ["replay", _folder(d / "empty")],
    "no camera": lambda d: ["live", "97", "--no-record"],
    "no device": lambda d: ["live", "/dev/video97", "--no-record"],
    "zone not numbers": lambda d: ["replay", "x.mp4", "--zone", "here"],
    "zone outside": lambda d: ["replay", write_video(d / "a.mp4", [0]), "--zone", "100,0,100,100"],
    "unknown scene": lambda d: ["demo", "--scene", "dance"],
    "too short a scene": lambda d: ["demo", "--scene", "speed", "--seconds", "0.1"],
    "zero seconds": lambda d: ["demo", "--seconds", "0"],
    "no threads": lambda d: ["demo", "--threads", "0"],
    "bad endpoint": lambda d: ["replay", write_video(d / "a.mp4", [0]), "--listen", "nowhere"],
    "worker to nowhere": lambda d: ["worker", "--connect", "nowhere"],
    "worker to an unknown name": lambda d: ["worker", "--connect", "tcp://hall.invalid:5555"],
    "a remote engine chosen here": lambda d: [
        *("replay", write_video(d / "a.mp4", [0]), "--people", "3"),
        *("--workers", "0", "--listen", "tcp://127.0.0.1:5999"),
    ],
    "nobody to work": lambda d: ["replay", write_video(d / "a.mp4", [0]), "--workers", "0"],
    "words for numbers": lambda d: ["demo", "--seconds", "abc"],
    "zone outside a recording": lambda d: [
        "replay",
        _keypoints(d / "k.npz"),
        "--zone",
        "9,9,99,99",
    ],
    "one file for two": lambda d: ["demo", "--json", d / "x", "--record", d / "x"],
    "record nowhere": lambda d: ["demo", "--record", d / "no" / "x"],
    "no such port": lambda d: ["demo", "--listen", "tcp://127.0.0.1:99999"],
    "a session live": lambda d: ["live", _keypoints(d / "k.npz"), "--no-record"],
    "unknown engine": lambda d: ["demo", "--engine", "movenet"],
    "no caffemodel": lambda d: ["live", "--no-record", "--engine", "body25"],
    "no such caffemodel": lambda d: _body25(d / "none.caffemodel"),
    "a text as caffemodel": lambda d: _body25(_text(d / "a.caffemodel")),
    "an empty caffemodel": lambda d: _body25(_empty(d / "a.caffemodel")),
    "a folder as caffemodel": lambda d: _body25(_folder(d / "a.caffemodel")),
    "caffemodel for another": lambda d: ["demo", "--caffemodel", _text(d / "a.caffemodel")],
    "no openpose": lambda d: ["replay", write_video(d / "a.mp4", [0]), "--engine", "openpose"],
    "openpose flag, no value": lambda d: ["demo", "--engine", "openpose", "--openpose", "hand"],
    "openpose flags for another": lambda d: ["demo", "--openpose", "scale_number=2"],
    "nobody to follow": lambda d: ["demo", "--people", "0"],
    "too many to follow": lambda d: ["demo", "--people", "65"],
    "no multiple of 16": lambda d: ["demo", "--net-size", "650x368"],
    "no size": lambda d: ["demo", "--net-size", "large"],
    "worker without weights": lambda d: [*_worker(), "--engine", "body25"],
    "worker for one twice": lambda d: [*_worker(), "--connect", "tcp://127.0.0.1:7001"],
    "no command": lambda d: [],
    "unknown command": lambda d: ["dance"],
    "session exists": lambda d: ["replay", write_video(d / "a.mp4", [0]), "--record", d / "a.mp4"],
    "json nowhere": lambda d: ["replay", write_video(d / "a.mp4", [0]), "--json", d / "no" / "x"],
}


def _keypoints(path: Path) -> Path:
    people = np.stack([figure(BODY_25)] * 3)
    np.savez(path, keypoints=people, skeleton="body_25", fps=30.0, width=64, height=48)
    return path


def _text(path: Path) -> Path:
    path.write_text("not a video\n" * 50)
    return path


def _empty(path: Path) -> Path:
    path.touch()
    return path


def _body25(caffemodel: Path) -> list[object]:
    return ["demo", "--engine", "body25", "--caffemodel", caffemodel]


def _worker() -> list[object]:
    return ["worker", "--connect", "tcp://127.0.0.1:7001"]


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_bad_input_is_one_line_and_exit_code_2(tmp_path, make):
    done = fliptally(*make(tmp_path))
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("fliptally: ")
    assert "Traceback" not in done.stderr


def test_a_video_in_which_nobody_is_seen_is_said_so(video):
    done = fliptally("replay", video)
    assert (done.returncode, done.stderr) == (0, "")
    assert "20 of 20 frames processed, 0 dropped, 0 lost\nnobody was seen" in done.stdout


def test_json_on_stdout_is_the_document_and_nothing_else(keypoints):
    done = fliptally("replay", keypoints, "--json", "-")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["schema"] == "fliptally/session@1"
    assert set(document) >= {
        "source", "backend", "frames", "athletes", "jumps", "events", "latency_ms",
    }  # fmt: skip
    assert set(document["source"]) >= {"uri", "fps", "frames", "duration_s", "width", "height"}
    assert document["source"]["frames"] == 40
    assert document["frames"] == {"captured": 40, "processed": 40, "dropped": 0, "lost": 0}
    assert document["athletes"] == [
        {"id": 1, "jumps": 0, "right": 0, "left": 0, "misses": 0, "double_unders": 0}
    ]
    assert document["latency_ms"]["analysis_p99"] > 0


def test_json_to_a_file_and_a_session_beside_it(keypoints, tmp_path):
    document, session = tmp_path / "out.json", tmp_path / "s.fliptally"
    done = fliptally("replay", keypoints, "--json", document, "--record", session)
    assert done.returncode == 0
    assert "0 jumps" in done.stdout
    assert f"recorded: {session}" in done.stdout
    assert json.loads(document.read_text())["athletes"][0]["id"] == 1
    again = fliptally("replay", session, "--json", "-")
    assert json.loads(again.stdout)["frames"]["processed"] == 40


def test_a_full_disk_stops_the_recording_and_nothing_else(keypoints, tmp_path):
    command = (
        f"ulimit -f 8; {sys.executable} -m realtime replay {keypoints} "
        f"--record {tmp_path / 's.fliptally'}"
    )
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "40 of 40 frames processed" in done.stdout
    assert done.stderr.count("\n") == 1
    assert "recording stopped" in done.stderr
    kept = fliptally("replay", tmp_path / "s.fliptally", "--json", "-")
    assert 5 < json.loads(kept.stdout)["frames"]["processed"] < 40


def test_who_is_outside_the_zone_is_not_followed(keypoints):
    inside = fliptally("replay", keypoints, "--zone", "500,0,300,720", "--json", "-")
    outside = fliptally("replay", keypoints, "--zone", "0,0,300,720", "--json", "-")
    assert len(json.loads(inside.stdout)["athletes"]) == 1
    assert json.loads(outside.stdout)["athletes"] == []


def test_key_points_replay_to_the_same_marks_as_their_session(tmp_path):
    scene = build_scene("backflip", fps=59.94)
    joints = np.stack([scene.joints(i) for i in range(scene.frames)])
    keypoints = np.zeros((scene.frames, len(BLAZEPOSE_33), 3), np.float32)
    to, origin = shared_joints(BODY, BLAZEPOSE_33)
    keypoints[:, to, :2] = joints[:, origin]
    keypoints[:, to, 2] = 1
    path, session = tmp_path / "k.npz", tmp_path / "k.fliptally"
    np.savez(path, keypoints=keypoints, skeleton="blazepose_33", fps=59.94)
    first = json.loads(fliptally("replay", path, "--record", session, "--json", "-").stdout)
    again = json.loads(fliptally("replay", session, "--json", "-").stdout)
    assert [event["kind"] for event in first["events"]] == ["backflip"]
    assert again["events"] == first["events"]


def test_a_video_needs_no_suffix(video, tmp_path):
    bare = video.rename(tmp_path / "clip")
    assert fliptally("replay", bare).returncode == 0


def test_the_demo_fails_when_the_count_is_not_the_truth():
    scene = build_scene("speed", seconds=6.0)
    document = SessionDocument(
        DocumentSource("x", 60, 1, 1.0, 1, 1), None, DocumentFrames(1, 1, 0, 0), [], [], [], [], [],
        DocumentLatency(),
    )  # fmt: skip
    equal, line = compare(scene.truth, document)
    assert not equal
    assert "NOT as expected" in line


def test_weights_list_names_source_and_checksums():
    done = fliptally("weights", "list")
    assert done.returncode == 0
    assert (
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c (pinned)" in done.stdout
    )
    assert "from mediapipe-0.10.21" in done.stdout


def test_a_second_fetch_does_nothing():
    assert "already here" in fliptally("weights", "fetch").stdout


def test_openpose_is_chosen_on_the_command_line_and_named_in_the_document(video, tmp_path):
    standin = write_standin(tmp_path / "standin", "1.7")
    chosen = ("--engine", "openpose", "--people", "2", "--openpose", "scale_number=1")
    done = fliptally("replay", video, *chosen, "--json", "-", PYTHONPATH=str(standin))
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)  # and nothing of what OpenPose prints
    assert document["backend"] == "openpose"
    assert document["frames"]["processed"] == 20


def test_what_openpose_says_is_one_line(video, tmp_path):
    standin = write_standin(tmp_path / "standin", "1.7")
    chosen = ("--engine", "openpose", "--openpose", "model_folder=nowhere")
    done = fliptally("replay", video, *chosen, PYTHONPATH=str(standin))
    assert done.returncode == 2
    assert done.stderr == "fliptally: engine openpose: The Caffe model is not there: nowhere\n"


def test_missing_and_damaged_weights_are_one_line(video, tmp_path):
    none = fliptally("replay", video, FLIPTALLY_CACHE=str(tmp_path))
    assert none.returncode == 2
    assert none.stderr.endswith("run: fliptally weights fetch\n")
    kept = tmp_path / "weights" / "blazepose-full"
    shutil.copytree(weights.cache_folder(), kept)
    (kept / weights.LANDMARKS).write_bytes(b"no network")
    damaged = fliptally("replay", video, FLIPTALLY_CACHE=str(tmp_path))
    assert damaged.returncode == 2
    assert "is damaged" in damaged.stderr
    assert damaged.stderr.count("\n") == 1
