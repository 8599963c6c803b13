"""Camera and lens: OpenCV's model to the last digit, and settings that mean what they say."""

import cv2
import numpy as np
import pytest

from models.lens import WIDE, Lens
from models.simulation.film.camera import Camera, place_camera
from models.simulation.film.settings import CameraSettings
from models.simulation.moves.move import heading_of

SIZE = 1280, 720
LENSES = [
    Lens(),
    WIDE,
    Lens((-0.30, 0.09, 0.002, -0.003, 0.01)),
    Lens((0.12, -0.02, -0.001, 0.001, 0.0)),
]


def camera(lens: Lens, turn: tuple[float, float, float] = (0.1, -0.05, 0.2)) -> Camera:
    return Camera(np.array([1.0, -5.0, 1.3]), np.array([0.2, 0.3, 0.9]), 700.0, SIZE, lens, turn)


def ahead_of(camera: Camera, right: float, down: float, depth: float = 3.0) -> np.ndarray:
    """The place at these directions from the camera."""
    return camera.position + depth * np.array([right, down, 1.0]) @ camera.axes


@pytest.mark.parametrize("lens", LENSES)
def test_points_are_seen_where_opencv_sees_them(lens: Lens) -> None:
    one = camera(lens)
    points = np.random.default_rng(0).uniform((-2, -1.5, 0), (2, 2, 2.5), (200, 3))
    theirs, _ = cv2.projectPoints(
        points,
        cv2.Rodrigues(one.axes)[0],
        -one.axes @ one.position,
        one.matrix,
        one.coefficients,
    )
    ours, depth = one.project(points)
    np.testing.assert_allclose(ours, theirs[:, 0], atol=1e-8)
    np.testing.assert_allclose(depth, (points - one.position) @ one.axes[2])


@pytest.mark.parametrize("lens", LENSES)
def test_every_pixel_has_the_direction_that_is_seen_there(lens: Lens) -> None:
    one = camera(lens)
    pixels = np.random.default_rng(1).uniform((0, 0), SIZE, (300, 2))
    np.testing.assert_allclose(one.pixels(one.directions(pixels)), pixels, atol=0.01)


def test_what_is_far_to_the_side_never_comes_back_into_the_picture() -> None:
    assert WIDE.fold < 3
    one = place_camera(CameraSettings(lens="wide"), SIZE, 1.7)
    aside = np.linspace(WIDE.fold, 60, 100)
    x = one.pixels(np.stack([aside, np.zeros(100)], axis=1))[:, 0]
    assert np.all(np.diff(x) > 0)
    assert x[0] > SIZE[0]


@pytest.mark.parametrize(("lens", "fov"), [("linear", 50.0), ("wide", 110.0), ("wide", 80.0)])
def test_the_angle_of_view_is_what_is_seen_from_edge_to_edge(lens: str, fov: float) -> None:
    one = place_camera(CameraSettings(lens=lens, fov_deg=fov), SIZE, 1.7)  # type: ignore[arg-type]
    edge = np.tan(np.radians(fov / 2))
    pixels = one.pixels(np.array([[-edge, 0.0], [edge, 0.0]]))
    np.testing.assert_allclose(pixels, [[0, 360], [1280, 360]], atol=1e-6)


def test_an_action_camera_shows_angles_as_distances() -> None:
    one = place_camera(CameraSettings(lens="wide"), SIZE, 1.7)
    angle = np.radians(np.linspace(5, 55, 11))
    x = one.pixels(np.stack([np.tan(angle), 0 * angle], axis=1))[:, 0] - 640
    np.testing.assert_allclose(x / angle, 640 / np.radians(55), rtol=0.06)
    # A lens without distortion that shows the same middle: 60 % more at the edge.
    assert np.tan(angle[-1]) / angle[-1] > 1.45


def test_the_defaults_are_the_picture_that_scenes_have_always_had() -> None:
    one = place_camera(CameraSettings(), SIZE, 1.72)
    np.testing.assert_allclose(one.position, [0, -6, 1.25], atol=1e-12)
    np.testing.assert_allclose(one.target, [0, 0, 0.66 * 1.72])
    assert one.focal == pytest.approx(6 * 720 * 0.59 / 1.72)
    assert not one.lens.distorts
    assert one.turn == (0, 0, 0)


@pytest.mark.parametrize("distance", [3.0, 6.0, 12.0])
def test_without_an_angle_of_view_the_athlete_is_as_large_from_anywhere(distance: float) -> None:
    settings = CameraSettings(distance_m=distance, height_m=0.9, aim_m=0.9)
    one = place_camera(settings, SIZE, 1.8)
    (_, top), (_, bottom) = one.project(np.array([[0, 0, 1.8], [0, 0, 0]]))[0]
    assert bottom - top == pytest.approx(0.59 * 720)


@pytest.mark.parametrize("orbit", [0.0, 35.0, 90.0, 180.0, -120.0])
def test_somebody_who_faces_the_orbit_is_seen_from_the_front(orbit: float) -> None:
    settings = CameraSettings(x=1.0, y=-2.0, orbit_deg=orbit, distance_m=5.0)
    one = place_camera(settings, SIZE, 1.7)
    heading = heading_of(orbit)
    there = np.array([1.0, -2.0]) + 5.0 * np.array([np.cos(heading), np.sin(heading)])
    np.testing.assert_allclose(one.position[:2], there, atol=1e-9)
    aim = np.array([1.0, -2.0, 0.66 * 1.7])
    np.testing.assert_allclose(one.project(aim)[0], [640, 360], atol=1e-9)


def test_a_camera_that_turns_right_up_or_about_its_axis() -> None:
    still = camera(Lens(), (0, 0, 0))
    ahead, aside = ahead_of(still, 0, 0), ahead_of(still, 0.1, 0)
    (x, y), _ = camera(Lens(), (0.02, 0, 0)).project(ahead)
    assert (x, y) == pytest.approx((640 - 700 * np.tan(0.02), 360))
    (x, y), _ = camera(Lens(), (0, 0.02, 0)).project(ahead)
    assert (x, y) == pytest.approx((640, 360 + 700 * np.tan(0.02)))
    (x, y), _ = camera(Lens(), (0, 0, 0.02)).project(aside)
    assert (x, y) == pytest.approx((640 + 70 * np.cos(0.02), 360 - 70 * np.sin(0.02)))


def test_the_picture_is_turned_counter_clockwise() -> None:
    one = place_camera(CameraSettings(roll_deg=90.0), SIZE, 1.7)
    head = one.project(np.array([0, 0, 1.7]))[0]
    assert head[0] < 640 - 100
    assert head[1] == pytest.approx(360, abs=1e-6)


def test_a_lens_that_folds_the_picture_is_refused() -> None:
    with pytest.raises(ValueError, match=r"k1, k2, k3: .* folds the picture at 60 degrees"):
        place_camera(CameraSettings(k1=-1.0, fov_deg=80.0), SIZE, 1.7)
    place_camera(CameraSettings(k1=-1.0, fov_deg=50.0), SIZE, 1.7)
