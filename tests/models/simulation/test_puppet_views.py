"""Puppets of recordings that are not side views, not of one scale, not at one rate, or in files."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from bench.counting import Track, count
from models.simulation.figure import POINT
from models.simulation.puppet import build_puppet
from models.simulation.puppet.recording import read_recording
from models.simulation.scene import Scene
from models.simulation.script import ScriptError, load_script
from models.simulation.staging import build_scene
from models.skeleton import (
    BLAZEPOSE_33,
    BODY,
    BODY_25,
    COCO_17,
    Keypoints,
    Skeleton,
    convert,
    shared_joints,
)

FPS = 60.0
SECONDS = 6.0
VIEWS = {"front": 0.0, "three-quarter": -40.0, "side": 90.0, "back": 180.0}
ANKLES = [BODY.index("left_ankle"), BODY.index("right_ankle")]
HIPS = [BODY.index("left_hip"), BODY.index("right_hip")]
LEGS = [BODY.index(f"{side}_{part}") for part in ("knee", "ankle") for side in ("left", "right")]


@cache
def filmed(facing_deg: float) -> Scene:
    """A speed step seen from one side."""
    script = load_script("speed")
    return build_scene(
        replace(script, person=(replace(script.person[0], facing_deg=facing_deg),)),
        seconds=SECONDS,
        fps=FPS,
    )


def recorded(scene: Scene) -> Keypoints:
    keypoints = np.ones((scene.frames, len(BODY), 3), np.float32)
    keypoints[..., :2] = [scene.joints(i) for i in range(scene.frames)]
    return keypoints


def in_legs(scene: Scene) -> np.ndarray:
    """Joints (T, 17, 2) in the picture from the mid-hip, in leg lengths."""
    joints = np.array([scene.joints(i) for i in range(scene.frames)])
    leg = scene.camera.focal * scene.cast[0].build.leg / 6.0
    relative: np.ndarray = (joints - joints[:, HIPS].mean(axis=1, keepdims=True)) / leg
    return relative


def lift(joints: np.ndarray) -> np.ndarray:
    height: np.ndarray = joints[:, ANKLES[1], 1] - joints[:, ANKLES[0], 1]
    return height


@pytest.mark.parametrize("view", VIEWS)
def test_from_every_side_the_picture_is_the_recordings(view: str) -> None:
    scene = filmed(VIEWS[view])
    puppet = build_puppet(recorded(scene), BODY, FPS)
    true, own = in_legs(scene), in_legs(puppet)
    error = np.linalg.norm(true - own, axis=-1)
    assert np.median(error) < 0.05
    assert np.percentile(error[:, LEGS], 95) < 0.07
    assert np.percentile(np.abs(lift(true) - lift(own)), 95) < 0.05


@pytest.mark.parametrize("view", VIEWS)
def test_the_steps_are_those_of_the_recording(view: str) -> None:
    scene = filmed(VIEWS[view])
    puppet = build_puppet(recorded(scene), BODY, FPS)
    track = Track("puppet", BODY, recorded(puppet), puppet.t, np.empty(0), 1 / FPS)
    assert abs(len(count(track)) - len(scene.truth.jumps)) <= 1


@pytest.mark.parametrize("view", VIEWS)
def test_knees_are_where_they_truly_are_in_space(view: str) -> None:
    scene = filmed(VIEWS[view])
    puppet = build_puppet(recorded(scene), BODY, FPS)
    knees = [POINT["left_knee"], POINT["right_knee"]]
    true, own = (
        (points[:, knees] - points[:, [POINT["pelvis"]]]) / s.cast[0].build.leg
        for s, points in ((s, s.points(s.t)) for s in (scene, puppet))
    )
    assert np.median(np.linalg.norm(true - own, axis=-1)) < 0.07


@pytest.mark.parametrize("skeleton", [COCO_17, BLAZEPOSE_33, BODY_25], ids=lambda s: s.name)
@pytest.mark.parametrize("view", ["front", pytest.param("side", marks=pytest.mark.slow)])
def test_every_skeleton_drives_it_the_same_way(skeleton: Skeleton, view: str) -> None:
    """COCO-17 has no feet: where the athlete faces comes from knees, elbows and nose."""
    scene = filmed(VIEWS[view])
    keypoints = convert(recorded(scene), BODY, skeleton)
    one, other = (
        in_legs(build_puppet(k, s, FPS))
        for k, s in ((keypoints, skeleton), (recorded(scene), BODY))
    )
    shared = slice(1, 13)
    assert np.percentile(np.linalg.norm(one - other, axis=-1)[:, shared], 95) < 0.05
    feet = np.linalg.norm(one - other, axis=-1)[:, 13:]
    assert np.median(feet) < 0.25


def test_a_camera_that_zooms_and_pans_leaves_the_figure_as_it_is() -> None:
    scene = filmed(VIEWS["front"])
    steady, moved = recorded(scene), recorded(scene)
    growth = np.linspace(1.0, 1.8, scene.frames)[:, None, None]
    moved[..., :2] = (moved[..., :2] - 400) * growth + np.linspace(0, 300, scene.frames)[
        :, None, None
    ]
    one, other = (build_puppet(k, BODY, FPS) for k in (steady, moved))
    apart = np.linalg.norm(in_legs(one) - in_legs(other), axis=-1)
    assert np.percentile(apart, 95) < 0.07
    soles = other.points(other.t)[:, [POINT["left_toe"], POINT["right_toe"]], 2].min(axis=1)
    assert np.abs(np.median(soles)) < 0.05
    assert np.percentile(np.abs(soles), 95) < 0.12


def test_times_with_gaps_take_the_place_of_a_rate() -> None:
    scene = filmed(VIEWS["front"])
    whole = build_puppet(recorded(scene), BODY, FPS)
    kept = np.random.default_rng(1).random(scene.frames) > 0.1
    thinned = build_puppet(recorded(scene)[kept], BODY, FPS, t=scene.t[kept])
    np.testing.assert_allclose(thinned.t, scene.t[kept] - scene.t[kept][0], atol=1e-9)
    apart = np.linalg.norm(in_legs(thinned) - in_legs(whole)[kept], axis=-1)
    assert np.percentile(apart, 95) < 0.05


def test_the_side_can_be_given() -> None:
    keypoints = recorded(filmed(VIEWS["front"]))
    points = {
        degrees: build_puppet(keypoints, BODY, FPS, facing_deg=degrees).points(np.array([1.0]))[0]
        for degrees in (0.0, 180.0)
    }
    hips = {d: p[POINT["left_hip"], 0] - p[POINT["right_hip"], 0] for d, p in points.items()}
    assert hips[0.0] > 0.1
    assert hips[180.0] < -0.1


def test_a_skeleton_with_left_and_right_exchanged_for_a_moment_is_mended() -> None:
    scene = filmed(VIEWS["front"])
    true, wrong = recorded(scene), recorded(scene)
    others = [
        BODY.index({"left": "right", "right": "left"}.get(side, side) + rest)
        for side, rest in (
            (j.partition("_")[0], "".join(j.partition("_")[1:])) for j in BODY.joints
        )
    ]
    wrong[100:104] = wrong[100:104, others]
    one, other = (in_legs(build_puppet(k, BODY, FPS)) for k in (true, wrong))
    assert np.abs(one - other).max() < 1e-6


def npz(path: Path, scene: Scene, **more: object) -> Path:
    to, origin = shared_joints(BODY, BODY_25)
    keypoints = np.zeros((scene.frames, len(BODY_25), 3), np.float32)
    keypoints[:, to] = recorded(scene)[:, origin]
    entries = {"keypoints": keypoints, "skeleton": "body_25", "fps": scene.fps, **more}
    np.savez(path, allow_pickle=False, **{name: np.array(v) for name, v in entries.items()})
    return path


def scene_file(folder: Path, person: str, seconds: float = 9.0) -> Path:
    path = folder / "scene.toml"
    path.write_text(f'title = "Real"\nseconds = {seconds}\n\n[[person]]\n{person}\n', "utf-8")
    return path


def test_a_scene_file_takes_a_recording_instead_of_moves(tmp_path: Path) -> None:
    flip = build_scene("backflip", fps=FPS)
    event = flip.truth.events[0]
    marks = {"takeoff": round(event.takeoff_s * FPS), "landing": round(event.landing_s * FPS)}
    npz(tmp_path / "flip.npz", flip, label="backflip", **marks)
    scene = build_scene(scene_file(tmp_path, 'puppet = "flip.npz"\nx = 0.5'), seconds=20.0)
    assert scene.render(60).shape == (720, 1280, 3)
    (found,) = scene.truth.events
    assert found.kind == "backflip"
    assert found.takeoff_s == pytest.approx(event.takeoff_s, abs=0.02)
    assert found.landing_s == pytest.approx(event.landing_s, abs=0.02)
    assert found.rotation_deg == pytest.approx(event.rotation_deg, abs=30)
    assert found.start_s < found.takeoff_s - 0.2
    assert found.airtime_s == pytest.approx(event.airtime_s, abs=0.1)
    middle = scene.points(scene.t)[:, POINT["pelvis"], 0]
    assert (middle.min() + middle.max()) / 2 == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("person", "message"),
    [
        ('puppet = "none.npz"', "none.npz: no such file; expected a key-point .npz"),
        ('puppet = "scene.toml"', "scene.toml: no key-point file; expected a key-point .npz"),
        ('puppet = "bare.npz"', "bare.npz: expected keypoints, skeleton and fps or t"),
        ('puppet = "speed.npz"', "seconds: expected at least 6.0 for what is done in it, got 3"),
        ("x = 1.0", "either `do` with moves or `puppet` with a file"),
        ('puppet = "a.npz"\nloop = true', "`loop` repeats moves"),
    ],
)
def test_a_recording_that_cannot_be_used_is_one_line(
    tmp_path: Path, person: str, message: str
) -> None:
    np.savez(tmp_path / "bare.npz", x=np.zeros(3))
    npz(tmp_path / "speed.npz", filmed(0.0))
    with pytest.raises(ScriptError) as refused:
        build_scene(scene_file(tmp_path, person, seconds=3.0))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_times_that_do_not_increase() -> None:
    keypoints = recorded(filmed(0.0))[:4]
    with pytest.raises(ValueError, match="expected increasing times"):
        build_puppet(keypoints, BODY, FPS, t=np.array([0.0, 0.1, 0.1, 0.2]))
    with pytest.raises(ValueError, match="as many times, got"):
        build_puppet(keypoints, BODY, FPS, t=np.array([0.0, 0.1]))


def test_a_file_with_repeated_times_is_read_without_them(tmp_path: Path) -> None:
    scene = filmed(0.0)
    t = scene.t.copy()
    t[10] = t[9]
    recording = read_recording(npz(tmp_path / "r.npz", scene, t=t, takeoff=20, landing=40))
    assert len(recording.t) == scene.frames - 1
    assert recording.takeoff == 19
