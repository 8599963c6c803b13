"""A scene file's table `camera`: what it does to a whole scene, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.simulation.figure import POINT
from models.simulation.film.exposure import Exposure
from models.simulation.film.film import Film
from models.simulation.film.render import Painter
from models.simulation.scene import Scene
from models.simulation.script import ScriptError
from models.simulation.staging import build_scene
from models.skeleton import BODY

PERSON = """
[[person]]
facing_deg = -90.0
do = [{ move = "stand", seconds = 0.5 }, { move = "backflip" }]
"""
ALL_EFFECTS = """
fps = 30.0
width = 640
height = 360
shake_deg = 0.5
shutter_s = 0.01
rolling_shutter_s = 0.02
noise = 5.0
exposure_drift_ev = 0.3
mjpeg_quality = 70
drop = 0.1
duplicates = 0.2
jitter_ms = 2.0
"""


@pytest.fixture
def scene_file(tmp_path: Path) -> Path:
    return tmp_path / "scene.toml"


def film(path: Path, camera: str, seed: int = 0) -> Scene:
    path.write_text(f'title = "a flip"\nseconds = 4.0\n[camera]\n{camera}\n{PERSON}')
    return build_scene(path, seed=seed)


def test_without_a_table_the_picture_is_the_hall_and_the_people(scene_file: Path) -> None:
    scene = film(scene_file, "")
    actor = scene.cast[0]
    there = actor.motion.at(scene.t[[120]])
    expected = scene.backdrop.copy()
    Painter(actor.build, actor.look).paint(expected, scene.camera, there.points[0], there.rope[0])
    np.testing.assert_array_equal(scene.render(120), expected)
    nose = scene.camera.project(there.points[0, POINT["nose"]])[0]
    np.testing.assert_array_equal(scene.joints(120)[BODY.index("nose")], nose)
    assert scene.film.exposure.shake is scene.film.canvas is scene.film.sensor is None


def test_pictures_are_the_same_in_any_order_and_selection(scene_file: Path) -> None:
    scene, again = (film(scene_file, ALL_EFFECTS) for _ in range(2))
    frames = [5, 40, 20]
    pictures = [scene.render(i) for i in frames]
    half = replace(again, fps=15.0, t=again.t[::5])
    for i, picture in reversed(list(zip(frames, pictures, strict=True))):
        np.testing.assert_array_equal(half.render(i // 5), picture)
        np.testing.assert_array_equal(half.joints(i // 5), scene.joints(i))
    assert np.any(film(scene_file, ALL_EFFECTS, seed=1).t[:20] != scene.t[:20])


def test_a_repeated_frame_is_the_frame_before_in_every_byte(scene_file: Path) -> None:
    scene = film(scene_file, ALL_EFFECTS)
    repeats = [i for i in range(scene.frames) if scene.time(i) in scene.film.repeats]
    assert len(repeats) > 10
    for i in range(1, 40):
        same = np.array_equal(scene.render(i), scene.render(i - 1))
        assert same == (i in repeats)
        assert np.array_equal(scene.joints(i), scene.joints(i - 1)) == same


def test_one_effect_does_not_change_another(scene_file: Path) -> None:
    one, other = (
        film(scene_file, f"{text}\nshake_deg = 1.0")
        for text in ("fps = 30.0", "fps = 30.0\nnoise = 9.0\nshutter_s = 0.01")
    )
    np.testing.assert_array_equal(one.t, other.t)
    np.testing.assert_array_equal(one.joints(50), other.joints(50))


def test_people_and_motion_are_the_same_for_every_camera(scene_file: Path) -> None:
    plain, other = film(scene_file, ""), film(scene_file, ALL_EFFECTS + "lens = 'wide'")
    assert plain.truth == other.truth
    t = np.array([1.0, 2.0])
    np.testing.assert_array_equal(plain.points(t), other.points(t))


def test_joints_are_on_the_body_through_lens_shake_and_rolling_shutter(scene_file: Path) -> None:
    settings = (
        "lens = 'wide'\ndistance_m = 2.5\nroll_deg = 5.0\nshake_deg = 1.0\nfps = 30.0\n"
        "rolling_shutter_s = 0.03"
    )
    scene = film(scene_file, settings)
    for i in range(0, scene.frames, 9):
        nobody = replace(scene, cast=[])
        body = np.any(scene.render(i) != nobody.render(i), axis=2)
        # Noses, shoulders and the rest are inside the body; toes lie at its edge.
        inside = [
            body[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3].any() for x, y in scene.joints(i)
        ]
        assert all(inside)


def test_the_length_of_a_scene_is_that_of_its_frames(scene_file: Path) -> None:
    assert film(scene_file, "fps = 25.0").duration_s == pytest.approx(4.0)
    assert 3.7 < film(scene_file, ALL_EFFECTS).duration_s < 4.05


@pytest.mark.parametrize(
    ("camera", "message"),
    [
        ("fov_deg = 200.0", "camera: fov_deg 200.0: expected a number 2 to 130"),
        ("lens = 'fish'", 'camera: lens "fish": expected one of linear, wide'),
        ("zoom = 2.0", "camera: zoom: there is no such key; expected one of fps"),
        ("noise = -1.0", "camera: noise -1.0: expected a number 0 to 60"),
        ("mjpeg_quality = 0", "camera: mjpeg_quality 0: expected a whole number 1 to 100"),
        ("drop = 1.0", "camera: drop 1.0: expected a number 0 to 0.9"),
        ("shake_deg = 'a lot'", 'camera: shake_deg "a lot": expected a number 0 to 5'),
        ("fps = 60.0\nshutter_s = 0.02", r"shutter_s: expected at most 1 / fps = 0.01667, got"),
        ("fps = 60.0\nrolling_shutter_s = 0.02", r"camera: rolling_shutter_s: expected at most"),
        ("k1 = -2.0\nfov_deg = 90.0", r"camera: k1, k2, k3: expected .* folds the picture"),
    ],
)
def test_bad_settings_are_refused_in_one_line(scene_file: Path, camera: str, message: str) -> None:
    with pytest.raises(ScriptError, match=message) as caught:
        film(scene_file, camera)
    assert "\n" not in str(caught.value)
    assert str(scene_file) in str(caught.value)


def test_a_rate_that_is_asked_for_must_leave_time_for_the_exposure() -> None:
    with pytest.raises(ScriptError, match=r"scene phone: camera: shutter_s: .* fewer fps"):
        build_scene("phone", fps=240.0)


@pytest.mark.parametrize("name", ["phone", "wide"])
def test_built_in_scenes_with_a_real_camera_use_it(name: str) -> None:
    scene = build_scene(name, seed=3)
    assert scene.film.exposure.shutter_s
    assert scene.film.exposure.readout_s
    joints = np.array([scene.joints(i) for i in range(0, scene.frames, 3)])
    assert joints.min() > 0
    assert np.all(joints.max(axis=(0, 1)) < scene.size)
    assert [event.kind for event in scene.truth.events] == ["backflip"]


@pytest.mark.parametrize("name", ["speed", "backflip", "handspring", "crossing"])
def test_an_exposure_leaves_nothing_of_people_shadows_and_ropes_out(name: str) -> None:
    scene = build_scene(name, seed=2)
    flash = replace(scene, film=Film(Exposure(shutter_s=1e-7)))
    for i in range(30, scene.frames, 41):
        np.testing.assert_array_equal(flash.render(i), scene.render(i))
