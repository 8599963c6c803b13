"""Floor and metres, against simulated athletes whose truth is exact."""

from __future__ import annotations

import dataclasses
from functools import cache

import numpy as np
import pytest

from calibration.ground import Ground, angles_of, axes_of
from calibration.lens import Intrinsics
from calibration.locate import from_near_left, locate_square, locate_standing
from models.simulation.figure import POINT
from models.simulation.scene import Scene
from models.simulation.staging import build_scene
from models.skeleton import BODY

STATION = np.array([[-1.5, -1.0], [1.5, -1.0], [1.5, 2.0], [-1.5, 2.0]])
ANKLE = 0.051  # of the stature, in shoes
CLICK = 1.5


@cache
def staged(name: str) -> Scene:
    return build_scene(name)


def lens_of(scene: Scene) -> Intrinsics:
    camera = scene.camera
    width, height = scene.size
    return Intrinsics(scene.size, (camera.focal,) * 2, (width / 2, height / 2), camera.lens)


def corners_of(scene: Scene, seed: int) -> np.ndarray:
    pixels, _ = scene.camera.project(np.column_stack([STATION, np.zeros(4)]))
    return pixels + np.random.default_rng(seed).normal(0, CLICK, (4, 2))


def middles(scene: Scene, frames: list[int], part: str) -> tuple[np.ndarray, np.ndarray]:
    """True pixels (N, 2) and places (N, 3) of the middle of both hips or ankles."""
    pair = [f"{side}_{part}" for side in ("left", "right")]
    pixels = np.stack([scene.joints(i) for i in frames])[:, [BODY.index(j) for j in pair]]
    points = scene.points(scene.t[frames])[:, [POINT[j] for j in pair]]
    return pixels.mean(axis=1), points.mean(axis=1)


def key_frames(scene: Scene) -> tuple[int, int]:
    """Highest and, at the end, landed."""
    hips = scene.points(scene.t)[:, [POINT["left_hip"], POINT["right_hip"]], 2].mean(axis=1)
    return int(hips.argmax()), int(np.searchsorted(scene.t, scene.truth.events[0].end_s))


CASES = [
    (name, known, seed)
    for name in ("backflip", "handspring", "wide")
    for known in (True, False)
    for seed in (0, 1)
    if known or name != "wide"  # a wide lens has to be calibrated
]


@pytest.mark.parametrize(("name", "known", "seed"), CASES)
def test_jump_height_and_travel_from_four_corners(name, known, seed):
    scene = staged(name)
    lens = lens_of(scene)
    camera = lens if known else scene.size
    ground = locate_square(corners_of(scene, seed), (3.0, 3.0), camera, CLICK)
    top, end = key_frames(scene)
    hips, true_hips = middles(scene, [0, top], "hip")
    feet, true_feet = middles(scene, [0, end], "ankle")
    above = ANKLE * scene.cast[0].build.stature
    hips, feet = lens.undistort(hips), lens.undistort(feet)
    height = ground.measured(
        lambda g, p: (
            g.heights(g.places(p[0], above), p[2]) - g.heights(g.places(p[0], above), p[1])
        ),
        np.stack([feet[0], *hips]),
        error_px=1.0,
    )
    truth = true_hips[1, 2] - true_hips[0, 2]
    assert abs(height.value - truth) < 0.02
    assert abs(height.value - truth) < 3 * height.error
    assert 0.001 < height.error < 0.03
    travel = ground.travel(feet[0], feet[1], above)
    way = np.linalg.norm(true_feet[1, :2] - true_feet[0, :2])
    assert way > 0.3
    assert abs(travel / way - 1) < 0.03


def test_errors_are_as_large_as_they_are_said_to_be():
    """Over many clicks, what is missed is about one standard error."""
    scene = staged("backflip")
    lens = lens_of(scene)
    hips, true_hips = middles(scene, [0], "hip")
    feet, _ = middles(scene, [0], "ankle")
    above = ANKLE * scene.cast[0].build.stature
    missed = []
    for seed in range(30):
        ground = locate_square(corners_of(scene, seed), (3.0, 3.0), lens, CLICK)
        found = ground.measured(
            lambda g, p: g.heights(g.places(p[0], above), p[1]), np.stack([feet[0], hips[0]])
        )
        missed.append((found.value - true_hips[0, 2]) / found.error)
    assert 0.5 < np.sqrt(np.mean(np.square(missed))) < 1.5


def standing(scene: Scene, frame: int = 0) -> np.ndarray:
    return np.column_stack([scene.joints(frame), np.ones(len(BODY))])


@pytest.mark.parametrize("name", ["backflip", "speed", "bounce"])
def test_jump_height_from_somebody_who_stands(name):
    scene = staged(name)
    lens = lens_of(scene)
    stature = scene.cast[0].build.stature
    ground = locate_standing([standing(scene)], BODY, stature, lens, 3.0)
    hips = scene.points(scene.t)[:, [POINT["left_hip"], POINT["right_hip"]], 2].mean(axis=1)
    pixels, points = middles(scene, [0, int(hips.argmax())], "hip")
    feet, _ = middles(scene, [0], "ankle")
    place = ground.places(lens.undistort(feet[0]), ANKLE * stature)
    low, high = ground.heights(place, lens.undistort(pixels))
    assert abs((high - low) - (points[1, 2] - points[0, 2])) < 0.02


def test_one_place_leaves_depth_open_and_two_settle_it():
    """The same person near and far: the camera's height and tilt are known, not guessed."""
    scene = staged("backflip")
    camera = dataclasses.replace(
        scene.camera, position=np.array([0.0, -6.0, 2.5]), target=np.array([0.0, 0.0, 0.8])
    )
    points = scene.points(scene.t[:1])[0, [POINT[joint] for joint in BODY.joints]]
    people = []
    for away in (-0.5, 2.5):
        pixels, _ = camera.project(points + np.array([0.3 * away, away, 0.0]))
        people.append(np.column_stack([pixels, np.ones(len(BODY))]))
    lens = lens_of(scene)
    stature = scene.cast[0].build.stature
    one = locate_standing(people[:1], BODY, stature, lens, 1.0)
    two = locate_standing(people, BODY, stature, lens, 1.0)
    assert one.covariance[5, 5] > 9 * two.covariance[5, 5]
    assert abs(one.position[2] - 2.5) < 3 * np.sqrt(one.covariance[5, 5])
    assert abs(two.position[2] - 2.5) < 3 * np.sqrt(two.covariance[5, 5])
    assert abs(two.position[2] - 2.5) < 0.3


def plain() -> Ground:
    angles = np.radians([10.0, -15.0, 2.0])
    pose = np.array([*angles, 1.0, -5.0, 1.8, 0.0])
    station = np.array([[0, 0], [5, 0], [5, 5], [0, 5.0]])
    focal, centre = (900.0, 905.0), (640.0, 360.0)
    return Ground((1280, 720), focal, centre, pose, np.eye(7) * 1e-6, 0.4, station)


def test_pixels_and_metres_are_each_others_inverse():
    ground = plain()
    places = np.array([[0.0, 0.0], [1.0, 3.0], [-2.0, 4.0]])
    for height in (0.0, 0.08, 1.7):
        points = np.column_stack([places, np.full(3, height)])
        assert np.allclose(ground.places(ground.project(points), height), places)
        assert np.allclose(ground.heights(places, ground.project(points)), height)
    pixels = np.column_stack([ground.project(np.column_stack([places, np.zeros(3)])), np.ones(3)])
    flat = pixels @ ground.homography.T
    assert np.allclose(flat[:, :2] / flat[:, 2:], places)


def test_above_the_horizon_there_is_no_floor():
    assert np.isnan(plain().places(np.array([640.0, 0.0]))).all()


def test_angles_turn_the_way_they_say():
    _, _, ahead = axes_of(np.radians(90), 0.0, 0.0)
    assert np.allclose(ahead, [-1, 0, 0])  # to the left of +y
    assert axes_of(0.0, np.radians(20), 0.0)[2, 2] > 0  # up
    right = axes_of(0.0, 0.0, np.radians(20))[0]
    assert right[2] < 0  # its right side is low: what is level rises to the right in the picture
    assert np.allclose(angles_of(axes_of(0.4, -0.3, 0.2)), (0.4, -0.3, 0.2))


def test_a_profile_keeps_the_ground():
    ground = plain()
    again = Ground.of(ground.part("corners", "2026-11-21"))
    pixels = np.array([[500.0, 600.0], [700.0, 500.0]])
    assert np.allclose(again.places(pixels), ground.places(pixels))
    assert np.allclose(again.covariance, ground.covariance)
    assert np.allclose(again.outline(), ground.outline())


def test_another_size_of_the_same_picture():
    ground, pixels = plain(), np.array([[500.0, 600.0], [700.0, 500.0]])
    assert np.allclose(ground.scaled((640, 360)).places(pixels / 2), ground.places(pixels))
    with pytest.raises(ValueError, match=r"640x480.*shape of 1280x720"):
        ground.scaled((640, 480))


def test_the_stations_edge_bends_with_the_lens():
    scene = staged("wide")
    lens = lens_of(scene)
    corners, _ = scene.camera.project(np.column_stack([STATION, np.zeros(4)]))
    ground = locate_square(corners, (3.0, 3.0), lens, 1.0)
    edge = ground.outline(lens)
    steps = len(edge) // 4
    assert np.allclose(edge[::steps], corners, atol=0.5)
    share = np.arange(steps)[:, None] / steps
    between = STATION[0] + share * (STATION[1] - STATION[0])
    seen, _ = scene.camera.project(np.column_stack([between, np.zeros(steps)]))
    assert np.abs(edge[:steps] - seen).max() < 0.5
    straight = corners[0] + share * (corners[1] - corners[0])
    assert np.abs(edge[:steps] - straight).max() > 2


@pytest.mark.parametrize("turn", range(4))
def test_a_marker_may_lie_any_way_round(turn):
    clockwise = np.roll(np.array([[300.0, 400], [420, 400], [440, 480], [280, 480]]), turn, axis=0)
    near = from_near_left(clockwise)
    assert near.tolist() == [[280, 480], [440, 480], [420, 400], [300, 400]]


MISTAKES = {
    "order": ([[300, 400], [420, 400], [440, 480], [280, 480]], (5.0, 5.0), "put them into this"),
    "crossed": ([[280, 480], [420, 400], [440, 480], [300, 400]], (5.0, 5.0), "near left"),
    "sides": ([[280, 480], [440, 480], [420, 400], [300, 400]], (5.0, 0.0), "0.02 to 100"),
    "three": ([[280, 480], [440, 480], [420, 400]], (5.0, 5.0), "4 x 2"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line(name):
    corners, sides, expected = MISTAKES[name]
    with pytest.raises(ValueError, match=expected) as error:
        locate_square(np.array(corners, dtype=np.float64), sides, (1280, 720), 1.0)
    assert "\n" not in str(error.value)


def test_who_does_not_stand_gives_no_scale():
    scene = staged("backflip")
    lens = lens_of(scene)
    upside_down = standing(scene)
    upside_down[:, 1] = 720 - upside_down[:, 1]
    for people, expected in (
        ([], "nobody"),
        ([upside_down], "upright"),
        ([standing(scene) * [[1, 1, 0]]], "ankles"),
    ):
        with pytest.raises(ValueError, match=expected):
            locate_standing(people, BODY, 1.72, lens, 3.0)
    with pytest.raises(ValueError, match=r"stature.*17"):
        locate_standing([standing(scene)], BODY, 17.2, lens, 3.0)
