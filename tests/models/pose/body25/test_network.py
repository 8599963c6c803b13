"""The network against OpenCV's Caffe importer, on the same random weights."""

from __future__ import annotations

import cv2
import jax
import numpy as np
import pytest

from bench.body25_weights import prototxt
from models.pose.body25.architecture import BLOB_SHAPES, FEATURES, FIELDS, HEAT
from models.pose.body25.caffemodel import read_caffemodel
from models.pose.body25.network import Network, choose_precision, disagreement
from models.pose.errors import EngineError

OFFICIAL_BYTES = 104_715_850
WIDTH, HEIGHT = 96, 64
STAGES = (
    FEATURES,
    *(f"Mconv7_stage{n}_L2" for n in range(4)),
    *(f"Mconv7_stage{n}_L1" for n in range(2)),
)
CAFFE_STAGES = ("prelu4_4_CPM", *STAGES[1:])
"""Where OpenCV gives what comes out of the activation."""


@pytest.fixture(scope="module")
def blobs(random_caffemodel):
    return read_caffemodel(random_caffemodel).blobs


@pytest.fixture(scope="module")
def network(blobs) -> Network:
    return Network(blobs, outputs=STAGES)


@pytest.fixture(scope="module")
def batch():
    return np.random.default_rng(1).integers(0, 256, (2, HEIGHT, WIDTH, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def outputs(network, batch):
    return dict(zip(STAGES, network.run(batch), strict=True))


@pytest.fixture(scope="module")
def reference(random_caffemodel, batch, tmp_path_factory):
    text = tmp_path_factory.mktemp("prototxt") / "pose_deploy.prototxt"
    text.write_text(prototxt())
    caffe = cv2.dnn.readNetFromCaffe(str(text), str(random_caffemodel))
    caffe.setInput((batch.astype(np.float32) / 256 - 0.5).transpose(0, 3, 1, 2))
    return dict(zip(STAGES, caffe.forward(CAFFE_STAGES), strict=True))


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_is_what_caffe_computes(outputs, reference, stage):
    expected = reference[stage].transpose(0, 2, 3, 1)
    assert outputs[stage].shape == expected.shape
    assert expected.std() > 0.1  # an all but constant output would agree with anything
    assert disagreement([expected], [outputs[stage]]) < 1e-3


def test_outputs_are_an_eighth_of_the_input(outputs):
    assert outputs[HEAT].shape == (2, HEIGHT // 8, WIDTH // 8, 26)
    assert outputs[FIELDS].shape == (2, HEIGHT // 8, WIDTH // 8, 52)
    assert outputs[HEAT].dtype == np.float32


def test_there_are_as_many_weights_as_in_the_official_file():
    learned = 4 * sum(int(np.prod(shape)) for shapes in BLOB_SHAPES.values() for shape in shapes)
    assert learned < OFFICIAL_BYTES < learned + 300 * len(BLOB_SHAPES)  # names and parameters


@pytest.mark.parametrize("size", [(100, 64), (96, 72)])
def test_a_size_that_pooling_would_round_is_refused(network, size):
    width, height = size
    with pytest.raises(ValueError, match=rf"multiples of 16 px, got {width}x{height}"):
        network.run(np.zeros((1, height, width, 3), np.uint8))


class ResourceExhaustedError(Exception):
    """Named like TensorFlow's, which is not derived from RuntimeError either."""


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            jax.errors.JaxRuntimeError(
                "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 9 bytes.\nBreakdown:"
            ),
            "too little memory for a batch of 1 at 32x16; give a smaller --net-size",
        ),
        (
            ResourceExhaustedError("OOM when allocating"),
            "too little memory for a batch of 1 at 32x16",
        ),
        (
            jax.errors.JaxRuntimeError("INTERNAL: lost\nmore"),
            "a batch of 1 at 32x16: INTERNAL: lost",
        ),
    ],
)
def test_what_the_accelerator_says_is_one_line(network, monkeypatch, error, line):
    def fail(batch):
        raise error

    monkeypatch.setattr(network, "_forward", fail)
    with pytest.raises(EngineError, match="engine body25: ") as caught:
        network.run(np.zeros((1, 16, 32, 3), np.uint8))
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_user_s_keras_that_puts_channels_first_changes_nothing(blobs, batch, outputs):
    import keras  # noqa: PLC0415 (after `network` has chosen its backend)

    keras.config.set_image_data_format("channels_first")
    try:
        found = Network(blobs, outputs=STAGES[:2]).run(batch)
    finally:
        keras.config.set_image_data_format("channels_last")
    assert disagreement([outputs[stage] for stage in STAGES[:2]], found) < 1e-4


@pytest.mark.slow
def test_float16_is_chosen_where_it_agrees(blobs):
    assert choose_precision(blobs) == "float16"


@pytest.mark.slow
def test_weights_whose_activations_overflow_float16_run_in_bfloat16(blobs):
    scaled = {name: (1e3 * blobs[name][0], blobs[name][1]) for name in ("conv1_1", "conv1_2")}
    assert choose_precision({**blobs, **scaled}) == "bfloat16"


def test_disagreement_is_relative_and_sees_what_is_not_finite():
    value = np.array([[2.0, -4.0]], np.float32)
    assert disagreement([value], [value + np.float32(0.5)]) == pytest.approx(0.125)
    assert disagreement([value, value], [value, np.full_like(value, np.inf)]) == np.inf
    assert disagreement([value], [np.full_like(value, np.nan)]) == np.inf
