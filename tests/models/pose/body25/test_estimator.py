"""The engine from picture to key points, with weights that find a person of coloured spots."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator

import jax
import numpy as np
import pytest

from bench.body25_fields import HEIGHT, WIDTH, athlete, place, render
from bench.body25_weights import write_caffemodel
from models.pose.body25.estimator import Body25
from models.pose.errors import EngineError, WeightsError
from models.pose.protocol import CameraFrame, estimate_one
from models.skeleton import BODY_25
from tests.models.pose.body25.spots import PLACES, person, spotting_blobs

NET_SIZE = (128, 96)


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


def test_whoever_lies_beside_the_picture_is_nobody(caffemodel, monkeypatch):
    """A portrait picture fills the left of the network's input; the network sees two people, one
    of them right of it."""
    engine = Body25(caffemodel, (WIDTH, HEIGHT), people=2)
    people = np.stack([place(athlete("speed", 2.0), x, 190, 190) for x in (90, 500)])
    maps = [one[None] for one in render(people)]
    monkeypatch.setattr(engine._network, "run", lambda batch: maps)
    found = estimate_one(engine, np.zeros((2 * HEIGHT, 400, 3), np.uint8)).keypoints
    assert len(found) == 1
    np.testing.assert_allclose(found[0, :, :2], 2 * people[0, :, :2] + 0.5, atol=0.1)


def test_name_and_checksum_say_whose_weights_they_are(caffemodel, engine):
    md5 = hashlib.md5(caffemodel.read_bytes()).hexdigest()
    assert engine.name == f"body_25, spots.caffemodel {md5[:8]}"
    assert engine.batch == 1  # on a CPU


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
