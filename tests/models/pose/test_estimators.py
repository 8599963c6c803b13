"""The contract of every pose engine, on the simulated athlete."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from models.pose.blazepose.estimator import BlazePose
from models.pose.protocol import PoseEstimator, estimate_one
from models.pose.weights import BlazePoseWeights
from models.simulation.scene import build_scene
from models.skeleton import BODY, convert

Make = Callable[[], PoseEstimator]


@pytest.fixture(params=["blazepose"])
def make(request, pose_weights: BlazePoseWeights) -> Make:
    return {"blazepose": lambda: BlazePose(pose_weights, threads=1)}[request.param]


@pytest.fixture
def estimator(make: Make) -> Iterator[PoseEstimator]:
    engine = make()
    yield engine
    engine.close()
    engine.close()


SCENE = build_scene("speed", seconds=6.0, fps=30.0)
PICTURE = SCENE.render(0)


def test_the_simulated_athlete_is_found_where_he_is(estimator):
    errors = []
    for i in range(0, 60):
        poses = estimate_one(estimator, SCENE.render(i))
        assert len(poses.keypoints) == 1
        body = convert(poses.keypoints[0], poses.skeleton, BODY)
        ankles = [BODY.index("left_ankle"), BODY.index("right_ankle")]
        errors.append(np.linalg.norm(body[ankles, :2] - SCENE.joints(i)[ankles], axis=1))
    height = np.ptp(SCENE.joints(0)[:, 1])
    assert np.median(errors) < 0.03 * height


def test_output_is_float32_in_the_frame_or_not_seen(estimator):
    close_up = np.ascontiguousarray(PICTURE[:420])  # his legs are cut off
    keypoints = estimate_one(estimator, close_up).keypoints
    assert keypoints.dtype == np.float32
    x, y, confidence = np.moveaxis(keypoints, -1, 0)
    seen = confidence > 0
    assert seen.any()
    assert not seen.all()
    assert (confidence <= 1).all()
    assert ((x >= 0) & (x < 1280) & (y >= 0) & (y < 420))[seen].all()
    assert not keypoints[~seen].any()


def test_the_same_frames_give_the_same_poses(make):
    results = []
    for _ in range(2):
        engine = make()
        results.append(
            np.array([estimate_one(engine, SCENE.render(i)).keypoints for i in range(8)])
        )
        engine.close()
    np.testing.assert_array_equal(*results)


def test_nobody_gives_no_people(estimator):
    for shape in ((720, 1280, 3), (1, 1, 3), (33, 7, 3)):
        assert estimate_one(estimator, np.full(shape, 90, np.uint8)).keypoints.shape == (0, 33, 3)


def test_who_leaves_is_lost_and_who_comes_back_is_found(estimator):
    empty = np.full_like(PICTURE, 128)
    moved = np.roll(PICTURE, 350, axis=1)
    assert len(estimate_one(estimator, PICTURE).keypoints) == 1
    assert [len(estimate_one(estimator, empty).keypoints) for _ in range(3)][-1] == 0
    hips = estimate_one(estimator, moved).keypoints[0, 23:25, 0].mean()
    assert hips == pytest.approx(np.mean(SCENE.joints(0)[7:9, 0]) + 350, abs=25)


def test_a_change_of_picture_is_survived_in_the_same_frame(estimator):
    mirrored = PICTURE[:, ::-1]
    assert len(estimate_one(estimator, mirrored).keypoints) == 1
    portrait = PICTURE[:, 340:940]
    assert len(estimate_one(estimator, portrait).keypoints) == 1


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((720, 1280), np.uint8),
        np.zeros((720, 1280, 4), np.uint8),
        np.zeros((720, 1280, 3), np.float32),
        np.zeros((0, 0, 3), np.uint8),
    ],
    ids=["grey", "bgra", "float", "empty"],
)
def test_what_is_no_bgr_picture_is_refused(estimator, image):
    with pytest.raises(ValueError, match=r"expected uint8 \(height, width, 3\) in BGR, got"):
        estimate_one(estimator, image)
