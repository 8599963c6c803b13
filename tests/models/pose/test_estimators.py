"""The contract of every pose engine.

BlazePose is the real one. BODY_25 has random weights, with which it sees people everywhere, in a
small network input; once more as on an accelerator, several frames in one batch. OpenPose is a
stand-in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from models.pose.body25.estimator import Body25
from models.pose.engines import ENGINES, open_engine
from models.pose.options import PoseOptions
from models.pose.protocol import CameraFrame, PoseEstimator, estimate_one
from models.simulation.staging import build_scene
from models.skeleton import BLAZEPOSE_33, BODY, BODY_25, convert

Open = Callable[[], PoseEstimator]

BATCHED = "body25 in batches"

SCENE = build_scene("speed", seconds=6.0, fps=30.0)
FRAMES = [SCENE.render(i) for i in range(4)]
PICTURE = FRAMES[0]
SKELETONS = {"blazepose": BLAZEPOSE_33, "body25": BODY_25, "openpose": BODY_25}
PEOPLE = 2


@pytest.fixture(scope="module", params=[*ENGINES, BATCHED])
def name(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def fresh(name, random_caffemodel, importable_openpose, pose_weights) -> Open:
    """Opens another one."""
    if name == BATCHED:
        return lambda: Body25(random_caffemodel, (64, 64), PEOPLE, batch=4)
    body25 = {"caffemodel": random_caffemodel, "net_size": (64, 64)} if name == "body25" else {}
    return lambda: open_engine(name, PoseOptions(people=PEOPLE, threads=1, **body25))


@pytest.fixture(scope="module")
def opened(fresh: Open) -> Iterator[PoseEstimator]:
    """One for all tests, as BODY_25 takes seconds to be compiled."""
    engine = fresh()
    yield engine
    engine.close()
    engine.close()


@pytest.fixture
def engine(opened: PoseEstimator) -> PoseEstimator:
    for camera in range(3):
        opened.forget(camera)
    return opened


def run(engine: PoseEstimator, *calls: list[CameraFrame]) -> list[np.ndarray]:
    return [poses.keypoints for frames in calls for poses in engine.estimate(frames)]


def assert_same(found: list[np.ndarray], expected: list[np.ndarray], atol: float = 0) -> None:
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=atol)


def rounding(engine: PoseEstimator) -> float:
    """px; sums are in another order where another number of frames is computed together."""
    return 0.01 if engine.batch > 1 else 0


def test_it_says_what_it_is(engine, name):
    assert engine.name.startswith(name.split()[0].replace("body25", "body_25"))
    assert engine.skeleton is SKELETONS[name.split()[0]]
    assert engine.batch == (4 if name == BATCHED else 1)


def test_joints_are_float32_in_the_picture_or_not_seen(engine):
    close_up = np.ascontiguousarray(PICTURE[:420])  # his legs are cut off
    poses = estimate_one(engine, close_up)
    keypoints = poses.keypoints
    assert poses.skeleton is engine.skeleton
    assert keypoints.dtype == np.float32
    assert 1 <= len(keypoints) <= PEOPLE
    x, y, confidence = np.moveaxis(keypoints, -1, 0)
    seen = confidence > 0
    assert seen.any(axis=1).all()
    assert not seen.all()
    assert (confidence <= 1).all()
    assert ((x >= 0) & (x < 1280) & (y >= 0) & (y < 420))[seen].all()
    assert not keypoints[~seen].any()


def test_another_one_gives_the_same_and_forgetting_makes_it_new(engine, fresh):
    calls = [[CameraFrame(picture)] for picture in FRAMES]
    first = run(engine, *calls)
    engine.forget(0)
    engine.forget(99)  # nobody knows it
    assert_same(run(engine, *calls), first)
    other = fresh()
    assert_same(run(other, *calls), first)
    other.close()


def test_cameras_together_are_as_each_alone(engine):
    mirrored = [np.ascontiguousarray(picture[:, ::-1]) for picture in FRAMES]
    portrait = [np.ascontiguousarray(picture[:, 340:940]) for picture in FRAMES]
    alone = [
        run(engine, *([CameraFrame(picture, camera)] for picture in pictures))
        for camera, pictures in enumerate((FRAMES, mirrored, portrait))
    ]
    for camera in range(3):
        engine.forget(camera)
    trios = zip(FRAMES, mirrored, portrait, strict=True)
    together = run(engine, *([CameraFrame(p, c) for c, p in enumerate(trio)] for trio in trios))
    for camera in range(3):
        assert_same(together[camera::3], alone[camera], rounding(engine))


def test_frames_of_one_camera_in_one_call_are_in_order(engine):
    one_by_one = run(engine, *([CameraFrame(picture)] for picture in FRAMES))
    engine.forget(0)
    together = run(engine, [CameraFrame(picture) for picture in FRAMES])
    assert_same(together, one_by_one, rounding(engine))


def test_no_frames_give_no_poses(engine):
    assert engine.estimate([]) == []


@pytest.mark.parametrize("shape", [(1, 1), (33, 7), (7, 33), (481, 641), (1280, 720), (2160, 3840)])
def test_a_picture_of_any_size(engine, shape):
    picture = np.full((*shape, 3), 90, np.uint8)
    picture[: shape[0] // 2] = 30
    keypoints = estimate_one(engine, picture).keypoints
    assert keypoints.shape[1:] == (len(engine.skeleton), 3)
    assert np.isfinite(keypoints).all()
    assert (keypoints[..., 0] < shape[1]).all()
    assert (keypoints[..., 1] < shape[0]).all()


@pytest.mark.parametrize(
    "view",
    [lambda p: p[:, ::-1], lambda p: p[::-1], lambda p: p[..., ::-1], lambda p: p[::2, ::2],
     lambda p: p[10:-10, 300:900], lambda p: p.transpose(1, 0, 2)],
    ids=["mirrored", "overturned", "rgb", "halved", "cut", "turned"],
)  # fmt: skip
def test_a_view_of_a_picture_is_as_its_copy(engine, view):
    picture = view(PICTURE)
    found = estimate_one(engine, picture).keypoints
    engine.forget(0)
    np.testing.assert_array_equal(
        estimate_one(engine, np.ascontiguousarray(picture)).keypoints, found
    )


def test_the_picture_is_only_read(engine):
    picture = PICTURE.copy()
    picture.flags.writeable = False  # as one that came over a socket
    estimate_one(engine, picture)
    np.testing.assert_array_equal(picture, PICTURE)


BAD = {
    "grey": (np.zeros((72, 128), np.uint8), "cv2.COLOR_GRAY2BGR"),
    "bgra": (np.zeros((72, 128, 4), np.uint8), "cv2.COLOR_BGRA2BGR"),
    "float": (np.zeros((72, 128, 3), np.float32), "float32"),
    "16 bits": (np.zeros((72, 128, 3), np.uint16), "uint16"),
    "empty": (np.zeros((0, 0, 3), np.uint8), r"\(0, 0, 3\)"),
    "no rows": (np.zeros((0, 128, 3), np.uint8), r"\(0, 128, 3\)"),
}


@pytest.mark.parametrize(("image", "words"), BAD.values(), ids=BAD)
def test_what_is_no_bgr_picture_is_refused_and_nothing_else_harmed(engine, image, words):
    expected = run(engine, *([CameraFrame(picture)] for picture in FRAMES[:2]))
    engine.forget(0)
    first = run(engine, [CameraFrame(FRAMES[0])])
    with pytest.raises(ValueError, match=rf"expected uint8 .* in BGR, got .*{words}"):
        engine.estimate([CameraFrame(FRAMES[2]), CameraFrame(image, 1)])
    assert_same(first + run(engine, [CameraFrame(FRAMES[1])]), expected)


class TestBlazePose:
    """What only a network that sees people can be held to."""

    @pytest.fixture
    def engine(self, pose_weights) -> Iterator[PoseEstimator]:
        engine = open_engine("blazepose", PoseOptions(threads=1))
        yield engine
        engine.close()

    def test_the_simulated_athlete_is_found_where_he_is(self, engine):
        errors = []
        for i in range(0, 60):
            poses = estimate_one(engine, SCENE.render(i))
            assert len(poses.keypoints) == 1
            body = convert(poses.keypoints[0], poses.skeleton, BODY)
            ankles = [BODY.index("left_ankle"), BODY.index("right_ankle")]
            errors.append(np.linalg.norm(body[ankles, :2] - SCENE.joints(i)[ankles], axis=1))
        height = np.ptp(SCENE.joints(0)[:, 1])
        assert np.median(errors) < 0.03 * height

    def test_nobody_gives_no_people(self, engine):
        for shape in ((720, 1280, 3), (1, 1, 3), (33, 7, 3)):
            found = estimate_one(engine, np.full(shape, 90, np.uint8))
            assert found.keypoints.shape == (0, 33, 3)

    def test_who_leaves_is_lost_and_who_comes_back_is_found(self, engine):
        empty = np.full_like(PICTURE, 128)
        moved = np.roll(PICTURE, 350, axis=1)
        assert len(estimate_one(engine, PICTURE).keypoints) == 1
        assert [len(estimate_one(engine, empty).keypoints) for _ in range(3)][-1] == 0
        hips = estimate_one(engine, moved).keypoints[0, 23:25, 0].mean()
        assert hips == pytest.approx(np.mean(SCENE.joints(0)[7:9, 0]) + 350, abs=25)

    def test_a_change_of_picture_is_survived_in_the_same_frame(self, engine):
        mirrored = PICTURE[:, ::-1]
        assert len(estimate_one(engine, mirrored).keypoints) == 1
        portrait = PICTURE[:, 340:940]
        assert len(estimate_one(engine, portrait).keypoints) == 1
