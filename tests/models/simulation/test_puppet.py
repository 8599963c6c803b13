"""Puppets: real motion, or damaged key points of a known motion, on the drawn figure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.compare import rotation_of, trunk_axis, turned
from bench.counting import read_track
from models.simulation.figure import POINT
from models.simulation.puppet import build_puppet
from models.simulation.scene import Scene
from models.simulation.staging import build_scene
from models.skeleton import BODY, BODY_25, Keypoints, convert

FPS = 60.0
ORIGINAL = build_scene("backflip", fps=FPS)
FLIP = ORIGINAL.truth.events[0]
FRAMES = range(round(FLIP.start_s * FPS), round((FLIP.landing_s + 0.5) * FPS))
INVERTED = slice(78, 88)
"""Of FRAMES, about the middle of the flight."""


def joints(scene: Scene) -> np.ndarray:
    return np.array([scene.joints(i) for i in range(scene.frames)])


def points_of(scene: Scene) -> np.ndarray:
    return scene.points(scene.t)


def recorded() -> Keypoints:
    """The original's true joints as a recording, (T, 17, 3)."""
    keypoints = np.ones((len(FRAMES), len(BODY), 3), np.float32)
    keypoints[..., :2] = [ORIGINAL.joints(i) for i in FRAMES]
    return keypoints


def rotation(body: np.ndarray) -> np.ndarray:
    return rotation_of(trunk_axis(body))


def apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Distances of angles in degrees."""
    degrees: np.ndarray = np.abs((a - b + 180) % 360 - 180)
    return degrees


def drop(keypoints: Keypoints) -> None:
    keypoints[INVERTED] = 0


def turn_over(keypoints: Keypoints) -> None:
    """Half a turn about the mid-hip, as pose networks give an inverted body."""
    hips = keypoints[INVERTED, 7:9, :2].mean(axis=1, keepdims=True)
    keypoints[INVERTED, :, :2] = 2 * hips - keypoints[INVERTED, :, :2]


def misplace(keypoints: Keypoints) -> None:
    """Single wrong joints."""
    keypoints[82, BODY.index("left_knee"), :2] += 300
    keypoints[84, BODY.index("right_shoulder"), :2] -= 200
    keypoints[86, BODY.index("nose"), 0] = 5


def test_a_puppet_moves_as_the_athlete_did() -> None:
    keypoints = recorded()
    puppet = build_puppet(keypoints, BODY, FPS)
    assert puppet.frames == len(FRAMES)
    assert puppet.time(60) == pytest.approx(1.0)
    true, driven = keypoints[..., :2].astype(np.float64), joints(puppet)
    # The seed draws the same build as for the original, so that the joints themselves are alike.
    shift = np.median(true - driven, axis=(0, 1))
    trunk = np.median(np.hypot(*trunk_axis(true).T))
    error = np.linalg.norm(driven + shift - true, axis=-1) / trunk
    assert np.median(error) < 0.02
    assert np.percentile(error, 95) < 0.1
    assert apart(rotation(driven), rotation(true)).max() < 4
    assert turned(rotation(driven)) == pytest.approx(turned(rotation(true)), abs=3)


@pytest.mark.parametrize("damage", [drop, turn_over, misplace])
def test_damage_in_the_recording_does_not_show(damage: Callable[[Keypoints], None]) -> None:
    whole, damaged = recorded(), recorded()
    damage(damaged)
    assert np.abs(whole - damaged).max() > 100
    before, after = (joints(build_puppet(k, BODY, FPS)) for k in (whole, damaged))
    trunk = np.median(np.hypot(*trunk_axis(before).T))
    assert np.linalg.norm(before - after, axis=-1).max() / trunk < 0.4
    assert apart(rotation(before), rotation(after)).max() < 4


def test_bones_keep_their_lengths() -> None:
    points = points_of(build_puppet(recorded(), BODY, FPS))
    for begin, end in (("left_hip", "left_knee"), ("right_elbow", "right_wrist")):
        length = np.linalg.norm(points[:, POINT[begin]] - points[:, POINT[end]], axis=-1)
        assert np.ptp(length) < 1e-6
    assert points[0, [POINT["left_toe"], POINT["right_toe"]], 2] == pytest.approx(0, abs=0.05)


def test_the_side_the_athlete_faces_decides_which_is_nearer() -> None:
    keypoints = recorded()
    mirrored = keypoints.copy()
    mirrored[..., 0] = 1280 - mirrored[..., 0]
    left, right = (build_puppet(k, BODY, FPS) for k in (keypoints, mirrored))
    np.testing.assert_allclose(joints(right)[..., 1], joints(left)[..., 1], atol=25)
    assert turned(rotation(joints(right))) == pytest.approx(-turned(rotation(joints(left))), abs=2)
    y = POINT["left_hip"], 1
    assert (points_of(left)[:, *y] < 0).all()  # towards the camera
    assert (points_of(right)[:, *y] > 0).all()


def test_other_skeletons_drive_it_too() -> None:
    keypoints = convert(recorded(), BODY, BODY_25)
    one, other = build_puppet(keypoints, BODY_25, FPS), build_puppet(recorded(), BODY, FPS)
    np.testing.assert_array_equal(joints(one), joints(other))


def test_the_figure_is_drawn_where_the_truth_is() -> None:
    puppet = build_puppet(recorded(), BODY, FPS, size=(640, 360), seed=3)
    drawn = np.any(puppet.render(82) != puppet.backdrop, axis=2)
    x, y = np.round(puppet.joints(82)[[0, 1, 7, 9, 11]]).astype(int).T
    assert drawn.shape == (360, 640)
    assert drawn[y, x].all()


@pytest.mark.parametrize(
    ("lost", "message"),
    [
        ([BODY.index("left_hip")], "hips and shoulders in half of the frames, got 0 of"),
        ([BODY.index("left_knee"), BODY.index("right_ankle")], "of a leg in some frame, got none"),
    ],
)
def test_a_recording_that_cannot_drive_it_is_refused(lost: list[int], message: str) -> None:
    keypoints = recorded()
    keypoints[:, lost] = 0
    with pytest.raises(ValueError, match=message):
        build_puppet(keypoints, BODY, FPS)


def test_real_recordings_turn_over_backward_once(data: Path) -> None:
    """Half of the turn is missing in a few of them, so that not all can."""
    clips = sorted((data / "gym" / "clips").glob("*.npz"))[::8]
    once = 0
    for path in clips:
        recording = read_track(path)
        body = joints(build_puppet(recording.keypoints, recording.skeleton, FPS))
        assert np.isfinite(body).all()
        once += 200 < turned(rotation(body)) < 340
    assert once >= 0.8 * len(clips)
