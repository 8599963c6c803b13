"""Taking the distortion out of points: exact, deterministic, and honest about what it cannot."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from calibration.lens import Intrinsics, undistorted_poses
from calibration.profile import CameraPart
from models.lens import LINEAR, WIDE, Lens
from models.poses import Poses
from models.skeleton import COCO_17

LENSES = {
    "linear": LINEAR,
    "wide": WIDE,
    "barrel, decentred": Lens((-0.28, 0.07, 0.002, -0.001, -0.006)),
    "pincushion": Lens((0.1, -0.02, 0.0005, 0.0005, 0.0)),
}


def camera(lens: Lens) -> Intrinsics:
    return Intrinsics((1920, 1080), (1010.0, 1015.0), (965.0, 537.0), lens)


def grid(size: tuple[int, int]) -> np.ndarray:
    x, y = np.meshgrid(np.linspace(0, size[0], 25), np.linspace(0, size[1], 15))
    return np.stack([x, y], axis=-1)


@pytest.mark.parametrize("name", LENSES)
def test_opencv_sees_an_undistorted_point_where_it_was(name):
    given = camera(LENSES[name])
    pixels = grid(given.size)
    directions = (given.undistort(pixels) - given.centre) / given.focal
    points = np.concatenate([directions, np.ones((*pixels.shape[:-1], 1))], axis=-1)
    (fx, fy), (cx, cy) = given.focal, given.centre
    matrix = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
    terms = np.array(given.lens.coefficients)
    seen, _ = cv2.projectPoints(points.reshape(-1, 1, 3), np.zeros(3), np.zeros(3), matrix, terms)
    assert np.abs(seen[:, 0] - pixels.reshape(-1, 2)).max() < 0.01
    assert np.abs(given.project(points) - pixels).max() < 0.01


def test_a_lens_without_distortion_changes_nothing():
    pixels = grid((1920, 1080))
    assert np.allclose(camera(LINEAR).undistort(pixels), pixels, atol=1e-9)


def test_what_a_lens_cannot_show_stays_finite():
    far = np.array([[-5000.0, 9000.0], [1e6, 1e6]])
    assert np.isfinite(camera(WIDE).undistort(far)).all()


def test_another_size_of_the_same_picture():
    full, half = camera(WIDE), camera(WIDE).scaled((960, 540))
    pixels = grid((960, 540))
    assert np.allclose(half.undistort(pixels), full.undistort(2 * pixels) / 2, atol=1e-6)


def test_another_shape_of_picture_is_refused():
    with pytest.raises(ValueError, match=r"640x480.*shape of 1920x1080"):
        camera(WIDE).scaled((640, 480))


def test_a_lens_that_folds_the_picture_is_refused():
    with pytest.raises(ValueError, match=r"folds"):
        camera(Lens((-0.6, 0.0, 0.0, 0.0, 0.0)))


def test_it_comes_from_a_profile_and_from_a_session_alike():
    part = CameraPart(1920, 1080, 1010, 1015, 965, 537, *WIDE.coefficients)
    assert Intrinsics.of(part) == camera(WIDE)
    assert Intrinsics.from_numbers(camera(WIDE).numbers) == camera(WIDE)
    with pytest.raises(ValueError, match="11 numbers"):
        Intrinsics.from_numbers((1.0, 2.0))


def test_poses_are_undistorted_where_they_were_seen():
    rng = np.random.default_rng(0)
    keypoints = rng.uniform(50, 1000, (2, 17, 3)).astype(np.float32)
    keypoints[..., 2] = 0.9
    keypoints[0, 3] = 0.0
    before = keypoints.copy()
    poses = Poses(COCO_17, keypoints)
    after = undistorted_poses(poses, camera(WIDE))
    assert (keypoints == before).all()
    assert (after.keypoints[0, 3] == 0).all()
    assert (after.keypoints[..., 2] == before[..., 2]).all()
    seen = camera(WIDE).undistort(before[1, :, :2].astype(np.float64))
    assert np.abs(after.keypoints[1, :, :2] - seen).max() < 1e-3
    again = undistorted_poses(Poses(COCO_17, keypoints[1:]), camera(WIDE))
    assert (again.keypoints[0] == after.keypoints[1]).all()  # whoever else is in view


def test_nobody_in_view_is_nobody_after():
    nobody = Poses(COCO_17, np.zeros((0, 17, 3), np.float32))
    assert undistorted_poses(nobody, camera(WIDE)).keypoints.shape == (0, 17, 3)
