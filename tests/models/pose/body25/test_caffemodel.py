"""The reader of `.caffemodel` files: what it reads, and one line for whatever is not BODY_25."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.body25_weights import layer_bytes, random_blobs, write_caffemodel
from models.pose.body25.architecture import BLOB_SHAPES
from models.pose.body25.caffemodel import OFFICIAL_MD5, Caffemodel, read_caffemodel
from models.pose.errors import WeightsError

MEND = (
    r"; expected OpenPose's BODY_25 weights, pose_iter_584000\.caffemodel \(MD5 78287b57\w+\), "
    r"which OpenPose's models/getModels script downloads$"
)
FIRST, SECOND, *_ = BLOB_SHAPES


@pytest.fixture(scope="module")
def blobs():
    return random_blobs()


def assert_read(found: Caffemodel, blobs) -> None:
    assert found.blobs.keys() == BLOB_SHAPES.keys()
    for name, arrays in blobs.items():
        for expected, array in zip(arrays, found.blobs[name], strict=True):
            assert array.dtype == np.float32
            np.testing.assert_array_equal(array, expected)


def test_every_weight_is_read(random_caffemodel, blobs):
    found = read_caffemodel(random_caffemodel)
    assert_read(found, blobs)
    assert found.md5 == hashlib.md5(random_caffemodel.read_bytes()).hexdigest()


def test_the_old_layout_is_read_and_what_else_a_file_holds_does_not_matter(tmp_path, blobs):
    """The trainer's own layers, and fields that are not read (here 1, the network's name)."""
    path = write_caffemodel(tmp_path / "old.caffemodel", blobs, v1=True)
    with path.open("ab") as file:
        file.write(b"\x0a\x04BODY" + layer_bytes("loss", [np.ones((1, 2), np.float32)]))
    assert_read(read_caffemodel(path), blobs)
    path.unlink()  # pytest keeps the folders of three runs


def test_the_name_says_whether_the_weights_are_the_official_ones(tmp_path):
    assert Caffemodel(tmp_path / "any.caffemodel", OFFICIAL_MD5, {}).name == "body_25"
    mine = Caffemodel(tmp_path / "my.caffemodel", "1a2b3c4d" + 24 * "0", {})
    assert mine.name == "body_25, my.caffemodel 1a2b3c4d"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, "missing"),
        (b"", "an empty file"),
        (b'name: "OpenPose"\ninput: "image"\n', "a text file"),
        (b"<!DOCTYPE html>\r\n<title>404</title>", "a text file"),
        (
            b"\x89PNG\r\n\x1a\n" + bytes(99),
            r"no Caffe model, or one that was cut off \(107 bytes\)",
        ),
    ],
)
def test_what_is_no_model_is_named(tmp_path, content, found):
    path = tmp_path / "given.caffemodel"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WeightsError, match=rf"given\.caffemodel is {found}{MEND}"):
        read_caffemodel(path)


def test_a_folder_is_named(tmp_path):
    with pytest.raises(WeightsError, match=f"is a folder{MEND}"):
        read_caffemodel(tmp_path)


def test_a_file_far_too_large_is_not_read(tmp_path):
    path = tmp_path / "film.mp4"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(WeightsError, match=r"is a file of 1,099,511,627,776 bytes"):
        read_caffemodel(path)


@pytest.mark.parametrize(("channels", "model"), [(38, "COCO"), (28, "MPI")])
def test_openpose_s_other_body_models_are_told_apart(tmp_path, channels, model):
    shapes = {
        "conv1_1": ((64, 3, 3, 3), (64,)),
        "conv5_1_CPM_L1": ((128, 128, 3, 3), (128,)),
        "Mconv7_stage6_L1": ((channels, 128, 1, 1), (channels,)),
    }
    arrays = {name: [np.zeros(s, np.float32) for s in both] for name, both in shapes.items()}
    path = write_caffemodel(tmp_path / "pose_iter_440000.caffemodel", arrays)
    with pytest.raises(WeightsError, match=f"is OpenPose's {model} model{MEND}"):
        read_caffemodel(path)


@pytest.mark.parametrize("length", [60_000, 3_000_000])
def test_a_file_that_was_cut_off_is_told(tmp_path, random_caffemodel, length):
    path = tmp_path / "part.caffemodel"
    with random_caffemodel.open("rb") as whole:
        path.write_bytes(whole.read(length))
    with pytest.raises(WeightsError, match=rf"cut off \({length:,} bytes\){MEND}"):
        read_caffemodel(path)


def test_a_file_that_was_cut_off_between_layers_is_told(tmp_path, blobs):
    path = write_caffemodel(tmp_path / "part.caffemodel", {FIRST: blobs[FIRST]})
    with pytest.raises(WeightsError, match=rf"cut off \(it has no layer {SECOND}\){MEND}"):
        read_caffemodel(path)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ([np.ones((63, 3, 3, 3)), np.ones(63)], r"\(\(63, 3, 3, 3\), \(63,\)\)"),
        ([np.ones((64, 3, 3, 3))], r"\(\(64, 3, 3, 3\),\)"),
        ([np.full((64, 3, 3, 3), np.nan), np.ones(64)], "weights that are not finite"),
    ],
    ids=["shape", "no bias", "nan"],
)
def test_a_layer_that_is_not_body_25_s_is_named(tmp_path, changed, found):
    arrays = [array.astype(np.float32) for array in changed]
    path = write_caffemodel(tmp_path / "other.caffemodel", {FIRST: arrays})
    with pytest.raises(WeightsError, match=f"layer {FIRST} has .*{found}.*{MEND}"):
        read_caffemodel(path)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz") / "any.caffemodel"


AXES = st.lists(st.integers(0, 2**63 - 1), max_size=5).map(tuple)
NAMES = st.sampled_from([FIRST, SECOND, "Mconv7_stage6_L1"]) | st.text(max_size=5)


class Claimed:
    """Stands where an array would: the shape that a file claims, and other bytes."""

    def __init__(self, shape: tuple[int, ...], content: bytes) -> None:
        self.shape, self.ndim, self._content = shape, len(shape), content

    def tobytes(self) -> bytes:
        return self._content


@st.composite
def layers(draw) -> bytes:
    """Layers whose shapes do not fit their data, cut off anywhere."""
    content = b""
    for name in draw(st.lists(NAMES, max_size=3)):
        claimed = [
            Claimed(draw(AXES), draw(st.binary(max_size=9))) for _ in range(draw(st.integers(0, 2)))
        ]
        content += layer_bytes(name, claimed, v1=draw(st.booleans()))
    return content[: draw(st.integers(0, len(content)))]


@given(content=st.binary() | layers())
def test_any_bytes_are_refused_in_one_line(scratch, content):
    scratch.write_bytes(content)
    with pytest.raises(WeightsError) as caught:
        read_caffemodel(scratch)
    assert "\n" not in str(caught.value)
