"""The engine from picture to key points, with weights that find a person of coloured spots."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import jax
import numpy as np
import pytest

from models.pose.body25.estimator import Body25
from models.pose.errors import EngineError, WeightsError
from models.pose.protocol import CameraFrame, Image, estimate_one
from models.skeleton import BODY_25
from tests.models.pose.body25.caffe import SPOTS, spotting_blobs, write_caffemodel

NET_SIZE = (128, 96)
PLACES = {
    "nose": (0.60, 0.12),
    "neck": (0.60, 0.45),
    "right_shoulder": (0.20, 0.45),
    "mid_hip": (0.60, 0.85),
}
"""x and y in widths and heights of the picture."""


def person(width: int, height: int) -> Image:
    """A person of spots, in a picture that is letterboxed."""
    size = 0.08 * min(width, height)
    picture = np.zeros((height, width, 3), np.float32)
    for joint, (x, y) in PLACES.items():
        across = np.exp(-((np.arange(width) - x * width) ** 2) / (2 * size**2))
        down = np.exp(-((np.arange(height) - y * height) ** 2) / (2 * size**2))
        picture += np.outer(down, across).astype(np.float32)[..., None] * np.float32(SPOTS[joint])
    return picture.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def caffemodel(tmp_path_factory):
    path = tmp_path_factory.mktemp("spots") / "spots.caffemodel"
    yield write_caffemodel(path, spotting_blobs())
    path.unlink()


@pytest.fixture(scope="module")
def engine(caffemodel) -> Iterator[Body25]:
    engine = Body25(caffemodel, NET_SIZE, people=3)
    yield engine
    engine.close()


@pytest.mark.parametrize(
    ("width", "height"),
    [(128, 96), (640, 360), (333, 251), (480, 640), (3840, 2160), (97, 61)],
    ids=["as it is", "16:9", "odd", "portrait", "4K", "enlarged"],
)
def test_joints_are_where_they_are_in_the_picture(engine, width, height):
    [keypoints] = estimate_one(engine, person(width, height)).keypoints
    seen = [BODY_25.index(joint) for joint in PLACES]
    expected = np.array(list(PLACES.values())) * (width, height)
    net_px = max(width / NET_SIZE[0], height / NET_SIZE[1])
    assert (
        np.hypot(*(keypoints[seen, :2] - expected).T).max() < 2 * net_px
    )  # the spots are as coarse as the cells
    assert (keypoints[seen, 2] > 0.5).all()
    assert not np.delete(keypoints, seen, axis=0).any()
    assert keypoints.dtype == np.float32


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (640, 360)])
def test_nobody_gives_no_people(engine, size):
    width, height = size
    keypoints = estimate_one(engine, np.full((height, width, 3), 90, np.uint8)).keypoints
    assert keypoints.shape == (0, 25, 3)


def test_views_are_read_as_they_are(engine):
    """Mirrored, cropped and with every second pixel: no array of these is contiguous."""
    large = person(640, 480)
    for view in (large[::-1, ::-1][::-1, ::-1], large[::2, ::2], large[10:-10, 10:-10]):
        expected = estimate_one(engine, np.ascontiguousarray(view)).keypoints
        assert len(expected) == 1
        np.testing.assert_array_equal(estimate_one(engine, view).keypoints, expected)


@pytest.mark.parametrize(
    "image",
    [np.zeros((72, 128), np.uint8), np.zeros((72, 128, 4), np.uint8), np.zeros((72, 128, 3))],
    ids=["grey", "bgra", "float"],
)
def test_what_is_no_bgr_picture_is_refused(engine, image):
    with pytest.raises(ValueError, match=r"expected uint8 \(height, width, 3\) in BGR, got"):
        engine.estimate([CameraFrame(person(640, 480)), CameraFrame(image, 1)])


def test_frames_of_several_cameras_are_as_each_alone(caffemodel, engine):
    """Three pictures of different sizes: one after the other, and filled up to a batch of four."""
    sizes = [(640, 480), (480, 640), (133, 77)]
    frames = [CameraFrame(person(*size), camera) for camera, size in enumerate(sizes)]
    in_turn = engine.estimate(frames)
    batching = Body25(caffemodel, NET_SIZE, people=3, batch=4)
    together = batching.estimate(frames)
    batching.close()
    for frame, one, other in zip(frames, in_turn, together, strict=True):
        alone = estimate_one(engine, frame.image).keypoints
        assert len(alone) == 1
        np.testing.assert_array_equal(one.keypoints, alone)
        np.testing.assert_allclose(other.keypoints, alone, atol=1e-3)
    assert engine.estimate([]) == []


def test_the_same_frame_gives_the_same_poses(engine):
    picture = person(640, 480)
    np.testing.assert_array_equal(
        estimate_one(engine, picture).keypoints, estimate_one(engine, picture).keypoints
    )


def test_random_weights_give_what_the_contract_says(random_caffemodel):
    engine = Body25(random_caffemodel, (64, 48), people=2)
    noise = np.random.default_rng(0).integers(0, 256, (4, 100, 150, 3), dtype=np.uint8)
    for image in noise:
        keypoints = estimate_one(engine, image).keypoints
        assert keypoints.dtype == np.float32
        assert keypoints.shape[0] <= 2
        x, y, confidence = np.moveaxis(keypoints, -1, 0)
        seen = confidence > 0
        assert seen.any(axis=1).all()
        assert ((x >= 0) & (x < 150) & (y >= 0) & (y < 100))[seen].all()
        assert not keypoints[~seen].any()
    engine.close()


def test_name_and_checksum_say_whose_weights_they_are(engine):
    assert engine.name == f"body_25, spots.caffemodel {engine.md5[:8]}"
    assert engine.batch == 1  # on a CPU
    assert engine.skeleton is BODY_25


def device_bytes() -> int:
    gc.collect()
    return sum(array.nbytes for array in jax.live_arrays())


def test_close_releases_the_weights(caffemodel):
    before = device_bytes()
    engine = Body25(caffemodel, (64, 48))
    estimate_one(engine, person(64, 64))
    assert device_bytes() > before + 100e6
    engine.forget(0)
    engine.close()
    engine.close()
    assert device_bytes() == before
    with pytest.raises(EngineError, match="engine body25: closed"):
        estimate_one(engine, person(64, 64))


@pytest.mark.parametrize("size", [(650, 368), (656, 0), (656, -16)])
def test_a_size_that_is_no_multiple_of_16_is_refused(tmp_path, size):
    with pytest.raises(ValueError, match=r"expected multiples of 16 px, got \d+x-?\d+"):
        Body25(tmp_path / "none.caffemodel", size)


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(WeightsError, match=r"none\.caffemodel is missing"):
        Body25(tmp_path / "none.caffemodel")


OPEN = """
import sys
from pathlib import Path
from models.pose.body25.estimator import Body25
from models.pose.errors import EngineError
sys.modules.update(dict.fromkeys(sys.argv[1:]))  # these cannot be imported
try:
    Body25(Path("none.caffemodel"))
except EngineError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("absent", "backend", "said"),
    [
        ("keras", "", r"keras is not installed; run: pip install 'fliptally\[body25\]'$"),
        ("jax", "", r"jax is not installed; run: pip install 'fliptally\[body25\]'$"),
        ("google.protobuf", "", r"google\.protobuf\S* is not installed; run: pip install"),
        (
            "tensorflow",
            "tensorflow",
            r"tensorflow\S* is not .* unset KERAS_BACKEND \(tensorflow\)$",
        ),
        ("none", "abacus", r".*abacus; run: pip install .*, and unset KERAS_BACKEND \(abacus\)$"),
    ],
)
def test_a_part_that_is_not_installed_is_named(absent, backend, said):
    environment = {**os.environ, "KERAS_BACKEND": backend} if backend else os.environ
    done = subprocess.run(
        [sys.executable, "-c", OPEN, absent],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    [line] = done.stdout.splitlines()
    assert re.match(f"engine body25: {said}", line)
