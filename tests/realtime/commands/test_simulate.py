"""`fliptally simulate`: a video, and a truth that a replay of the video can be held against."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import msgspec
import numpy as np
import pytest

from models.simulation.script import load_script
from models.simulation.staging import build_scene
from models.skeleton import BLAZEPOSE_33, BODY
from realtime.record.document import SessionDocument
from realtime.record.truth import TrueDocument, true_document
from realtime.sources.keypoints import read_keypoints

SPRINT = """
title = "Sprint with a false start, a judge and another athlete"
seconds = 7.0
seed = 4

[[person]]
facing_deg = -35.0
do = [{ move = "stand", seconds = 0.4 }, { move = "speed_step" }]

[[person]]
role = "judge"
x = 1.6
y = 2.0
do = [{ move = "stand" }]

[[person]]
x = -2.2
y = 2.5
facing_deg = -90
do = [{ move = "stand", seconds = 0.5 }, { move = "backflip" }, { move = "stand" }]

[sound]
event = "SRSS"
start_beep_s = 2.0
offset_s = 0.05
"""
SMALL = ("--fps", "15", "--size", "160x90")


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "realtime", *map(str, arguments)]


def fliptally(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, check=False, timeout=100
    )


@pytest.fixture(scope="module")
def sprint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sprint.toml, sprint.mp4, sprint.json and sprint.npz."""
    folder = tmp_path_factory.mktemp("sprint")
    (folder / "sprint.toml").write_text(SPRINT)
    done = fliptally(
        *("simulate", folder / "sprint.toml", folder / "sprint.mp4", *SMALL),
        *("--keypoints", folder / "sprint.npz"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "105 frames, 7.0 s, sound; " in done.stdout
    assert f"truth: {folder / 'sprint.json'}" in done.stdout
    assert "; athlete 1: " in done.stdout
    assert "; athlete 2: 0 jumps (0 right, 0 left), 1 backflip\n" in done.stdout
    assert "note: the attempt is from 2 s to 32 s, the scene from 0 to 7.0 s; " in done.stdout
    return folder


@pytest.fixture(scope="module")
def document(sprint: Path) -> TrueDocument:
    return msgspec.json.decode((sprint / "sprint.json").read_bytes(), type=TrueDocument)


def test_the_truth_is_a_session_document(sprint: Path, document: TrueDocument) -> None:
    text = (sprint / "sprint.json").read_bytes()
    assert json.loads(text)["schema"] == "fliptally/session@1"
    session = msgspec.json.decode(text, type=SessionDocument)
    assert (session.source.width, session.source.height, session.source.fps) == (160, 90, 15.0)
    assert session.frames.captured == session.frames.processed == 105
    assert [athlete.id for athlete in session.athletes] == [1, 2]  # not the judge
    first, second = session.athletes
    assert first.jumps == first.left + first.right == len(session.jumps) > 8
    assert second.jumps == 0
    assert [(event.athlete, event.kind) for event in session.events] == [(2, "backflip")]
    assert document.jumps == session.jumps


def test_each_jump_is_at_its_frame_and_said_at_once(document: TrueDocument) -> None:
    for jump in document.jumps:
        assert jump.emitted_s == jump.time_s
        assert abs(document.truth.t[jump.frame] - jump.time_s) <= 0.5 / 15 + 1e-9


def test_the_truth_has_everything(sprint: Path, document: TrueDocument) -> None:
    truth = document.truth
    scene = build_scene(sprint / "sprint.toml", fps=15.0, size=(160, 90))
    assert [(actor.role, actor.athlete) for actor in truth.cast] == [
        ("athlete", 1), ("judge", None), ("athlete", 2)
    ]  # fmt: skip
    for actor, of_scene in zip(truth.cast, scene.cast, strict=True):
        assert actor.jumps == of_scene.truth.jumps
        assert actor.events == of_scene.truth.events
        assert actor.contacts == of_scene.truth.contacts
        assert actor.phases == of_scene.truth.phases(scene.duration_s)
    (flip,) = truth.cast[2].events
    assert flip.airtime_s > 0.3
    assert flip.rotation_deg > 180
    assert scene.sound is not None
    assert truth.sound == scene.sound.truth
    assert [beep.kind for beep in truth.sound.beeps] == ["start"]
    assert truth.sound.beeps[0].picture_s == 2.0
    assert truth.sound.beeps[0].sound_s == pytest.approx(2.05)
    assert len(truth.sound.clicks) >= len(document.jumps)
    assert truth.t == scene.t.tolist()
    assert truth.camera.position == scene.camera.position.tolist()


def test_the_attempt_is_what_lies_between_the_beeps(document: TrueDocument) -> None:
    attempt = document.truth.attempt
    assert attempt is not None
    assert (attempt.start_s, attempt.stop_s) == (2.0, 32.0)
    within = [jump for jump in document.jumps if jump.time_s >= 2.0]
    assert 0 < attempt.jumps == len(within) < len(document.jumps)
    assert attempt.right == sum(jump.foot == "right" for jump in within)


def truth_of(folder: Path, text: str) -> TrueDocument:
    path = folder / "scene.toml"
    path.write_text(text)
    scene = build_scene(path, fps=30.0, size=(160, 90))
    return true_document(scene, load_script(path), "a.mp4")


def test_lost_pictures_are_in_the_truth(tmp_path: Path) -> None:
    document = truth_of(tmp_path, SPRINT + "[camera]\ndrop = 0.3\n")
    truth, frames = document.truth, document.frames
    assert len(truth.t) + len(truth.lost) == 210 == frames.captured
    assert not set(truth.t) & set(truth.lost)
    assert (frames.processed, frames.dropped) == (len(truth.t), len(truth.lost))
    assert document.source.fps == pytest.approx(21.0, abs=2.0)
    assert document.truth.repeated == []


def test_lens_and_looks_are_in_the_truth_as_they_were_drawn(tmp_path: Path) -> None:
    dressed = SPRINT.replace("[sound]", 'body = { shirt = "#1f2f5c" }\n[sound]')
    truth = truth_of(tmp_path, dressed + '[camera]\nlens = "wide"\n[hall]\nlight = 0.4\n').truth
    assert truth.camera.distortion == [-0.251, 0.0507, 0.0, 0.0, -0.0039]
    assert truth.cast[2].look.shirt == "#1f2f5c"
    assert all(re.fullmatch("#[0-9a-f]{6}", actor.look.skin) for actor in truth.cast)


def test_what_a_recording_does_not_say_is_unknown(sprint: Path) -> None:
    puppet = '[[person]]\npuppet = "sprint.npz"\nx = 1.5\n'
    document = truth_of(sprint, SPRINT.replace("[sound]", puppet + "[sound]"))
    person, recorded = document.truth.cast[0], document.truth.cast[3]
    assert not person.unknown
    assert (recorded.athlete, recorded.unknown) == (3, True)
    assert recorded.jumps is recorded.events is recorded.contacts is recorded.phases is None
    assert [athlete.id for athlete in document.athletes] == [1, 2]
    done = fliptally("simulate", sprint / "scene.toml", sprint / "puppet.mp4", *SMALL)
    assert "; athlete 3: puppet: its jumps are not known\n" in done.stdout


def test_the_script_in_the_truth_makes_the_same_scene(document: TrueDocument) -> None:
    again = build_scene(document.truth.script)
    assert again.size == (160, 90)
    assert again.truth.jumps == document.truth.cast[0].jumps
    assert again.t.tolist() == document.truth.t


def test_the_key_points_are_those_of_the_scene(sprint: Path) -> None:
    recording = read_keypoints(sprint / "sprint.npz")
    scene = build_scene(sprint / "sprint.toml", fps=15.0, size=(160, 90))
    assert (recording.skeleton, recording.width, recording.height) == (BLAZEPOSE_33, 160, 90)
    np.testing.assert_allclose(recording.t, scene.t, atol=1e-9)
    joint = BLAZEPOSE_33.index("left_knee")
    for i in (0, 50, 104):
        x, y, confidence = recording.poses[i].keypoints[0, joint]
        assert (x, y) == pytest.approx(scene.joints(i)[BODY.index("left_knee")], abs=1e-3)
        assert confidence == 1


def test_the_video_has_pictures_and_sound(sprint: Path) -> None:
    with av.open(str(sprint / "sprint.mp4")) as container:
        assert len(list(container.decode(video=0))) == 105
        assert container.streams.audio[0].rate == 48_000


def test_the_command_line_comes_before_the_scene_file(tmp_path: Path) -> None:
    out, truth = tmp_path / "a.mov", tmp_path / "other.json"
    options = ("--seconds", "5.5", "--seed", "9", "--crf", "40", "--truth", truth, *SMALL)
    done = fliptally("simulate", "speed", out, *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert "no sound" in done.stdout
    script = msgspec.json.decode(truth.read_bytes(), type=TrueDocument).truth.script
    assert (script.seconds, script.seed, script.camera.fps) == (5.5, 9, 15.0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mov", "other.json"]


def test_what_exists_is_not_lost_without_force(sprint: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    (tmp_path / "a.json").write_text("precious")
    asked = ("simulate", sprint / "sprint.toml", out, "--seconds", "6", *SMALL)
    refused = fliptally(*asked)
    assert refused.returncode == 2
    assert "a.json: exists already; give another name, or --force" in refused.stderr
    assert not out.exists()
    assert (tmp_path / "a.json").read_text() == "precious"
    assert fliptally(*asked, "--force").returncode == 0
    assert json.loads((tmp_path / "a.json").read_text())["frames"]["captured"] == 90


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    running = subprocess.Popen(
        command("simulate", "mixed", tmp_path / "a.mp4", "--seconds", "600"),
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(tmp_path.iterdir())  # it writes
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 1
    assert errors == "fliptally: interrupted\n"
    assert not list(tmp_path.iterdir())


BAD = {
    "no such scene": lambda d: ["simulate", "dance", d / "a.mp4"],
    "not TOML": lambda d: ["simulate", scene_file(d, "title = "), d / "a.mp4"],
    "a key that is none": lambda d: ["simulate", scene_file(d, SPRINT + "loud = 1"), d / "a.mp4"],
    "a folder as a scene": lambda d: ["simulate", d, d / "a.mp4"],
    "a folder as a video": lambda d: ["simulate", "speed", d],
    "key points that are none": lambda d: [
        *("simulate", "speed", d / "a.mp4", "--keypoints", d / "a.txt")
    ],
    "another container": lambda d: ["simulate", "speed", d / "a.avi"],
    "a folder that is none": lambda d: ["simulate", "speed", d / "none" / "a.mp4"],
    "too short": lambda d: ["simulate", "speed", d / "a.mp4", "--seconds", "1"],
    "odd size": lambda d: ["simulate", "speed", d / "a.mp4", "--size", "641x360"],
    "no size": lambda d: ["simulate", "speed", d / "a.mp4", "--size", "large"],
    "truth over video": lambda d: ["simulate", "speed", d / "a.mp4", "--truth", d / "a.mp4"],
    "crf too high": lambda d: ["simulate", "speed", d / "a.mp4", "--crf", "52"],
    "demo of no scene file": lambda d: ["demo", "--scene", d / "none.toml"],
    "demo of a bad scene file": lambda d: ["demo", "--scene", scene_file(d, "seconds = 3")],
}


def scene_file(folder: Path, text: str) -> Path:
    path = folder / "bad.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_bad_input_is_one_line_and_exit_code_2(make, tmp_path: Path) -> None:
    done = fliptally(*make(tmp_path))
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("fliptally: ")
    assert not list(tmp_path.glob("*.mp4"))


def test_the_worst_mistake_is_said_first(tmp_path: Path) -> None:
    """The kind of OUT, then the scene, then what would be lost."""
    for name in ("a.mp4", "a.avi"):
        (tmp_path / name).write_text("precious")
    bad = scene_file(tmp_path, "seconds = 3")
    assert "a name that ends in" in fliptally("simulate", bad, tmp_path / "a.avi").stderr
    assert "title is missing" in fliptally("simulate", bad, tmp_path / "a.mp4").stderr
    assert "exists already" in fliptally("simulate", "speed", tmp_path / "a.mp4").stderr


def test_seconds_that_do_not_fit_are_told_from_a_scene_that_does_not(tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    short = fliptally("simulate", "speed", out, "--seconds", "1", *SMALL).stderr
    assert "--seconds 1: scene speed: seconds: expected at least 4.3 " in short
    assert "the scene file has 12" in short
    assert build_scene("speed", 4.3, size=(64, 36)).duration_s < 4.4
    walk = '{ move = "walk", x = 40.0, y = 0.0, facing_deg = 0.0 }'
    bad = scene_file(tmp_path, f'title = "a"\nseconds = 3\n[[person]]\ndo = [{walk}]')
    assert "--seconds" not in fliptally("simulate", bad, out, "--seconds", "2", *SMALL).stderr


@pytest.mark.slow
@pytest.mark.usefixtures("pose_weights")
def test_a_replay_counts_what_the_truth_says(tmp_path: Path) -> None:
    out, found = tmp_path / "speed.mp4", tmp_path / "found.json"
    short = ("--seconds", "9", "--seed", "2")
    assert fliptally("simulate", "speed", out, *short).returncode == 0
    assert fliptally("replay", out, "--json", found).returncode == 0
    truth = msgspec.json.decode((tmp_path / "speed.json").read_bytes(), type=TrueDocument)
    session = msgspec.json.decode(found.read_bytes(), type=SessionDocument)
    assert session.athletes == truth.athletes
    late = [a.time_s - b.time_s for a, b in zip(session.jumps, truth.jumps, strict=True)]
    assert abs(np.median(late)) < 0.04


@pytest.mark.slow
@pytest.mark.usefixtures("pose_weights")
def test_the_demo_plays_a_scene_file(tmp_path: Path) -> None:
    scene = tmp_path / "short.toml"
    scene.write_text(SPRINT.split("[[person]]\nrole", maxsplit=1)[0])
    done = fliptally("demo", "--scene", scene)
    assert done.stderr == ""
    assert "420 of 420 frames processed, 0 dropped, 0 lost\ncounted: " in done.stdout
