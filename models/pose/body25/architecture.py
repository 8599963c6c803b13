"""The layers of BODY_25 as data: what the network is built from and its weights are checked with.

Names, sizes and the order of inputs are those of OpenPose's published `pose_deploy.prototxt`
(model BODY_25); the design is that of Cao et al., "OpenPose: Realtime Multi-Person 2D Pose
Estimation using Part Affinity Fields", TPAMI 2019: the front of VGG-19, four stages that refine
the part-affinity fields (L2), then two that refine the heat maps (L1).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

STRIDE = 8
"""Network-input pixels per cell of the output."""
SIZE_STEP = 16
"""Both sides of the network input are multiples of this, as in OpenPose; so each pooling halves
exactly, and Caffe's rounding up does not matter."""

INPUT = "image"
INPUT_CHANNELS = 3
FEATURES = "conv4_4_CPM"
HEAT = "Mconv7_stage1_L1"
HEAT_CHANNELS = 26
"""25 joints in the order of `models.skeleton.BODY_25`, then the background."""
FIELDS = "Mconv7_stage3_L2"
FIELD_CHANNELS = 52
"""x and y of each of the 26 limbs."""


@dataclass(frozen=True, slots=True)
class Activation:
    """ReLU or, when `learned`, PReLU with one slope per channel."""

    name: str
    learned: bool


@dataclass(frozen=True, slots=True)
class Convolution:
    """Stride 1, zero-padded to keep the size, with bias. Whoever names it as its input gets what
    comes out of its activation."""

    name: str
    inputs: tuple[str]
    channels: int
    kernel: int
    activation: Activation | None


@dataclass(frozen=True, slots=True)
class Pooling:
    """Maximum of 2 x 2, stride 2."""

    name: str
    inputs: tuple[str]


@dataclass(frozen=True, slots=True)
class Concat:
    """The channels of all inputs, in their order."""

    name: str
    inputs: tuple[str, ...]


Layer = Convolution | Pooling | Concat
Shape = tuple[int, ...]


def _front() -> Iterator[Layer]:
    """VGG-19 to conv4_2 and the two layers which OpenPose adds ("CPM")."""
    last = INPUT
    for block, (count, channels) in enumerate(((2, 64), (2, 128), (4, 256)), start=1):
        for i in range(1, count + 1):
            relu = Activation(f"relu{block}_{i}", learned=False)
            yield Convolution(f"conv{block}_{i}", (last,), channels, 3, relu)
            last = f"conv{block}_{i}"
        yield Pooling(f"pool{block}_stage1", (last,))
        last = f"pool{block}_stage1"
    yield Convolution("conv4_1", (last,), 512, 3, Activation("relu4_1", learned=False))
    last = "conv4_1"
    for part, channels in (("4_2", 512), ("4_3_CPM", 256), ("4_4_CPM", 128)):
        prelu = Activation(f"prelu{part}", learned=True)
        yield Convolution(f"conv{part}", (last,), channels, 3, prelu)
        last = f"conv{part}"


def _stage(
    stage: str, inputs: tuple[str, ...], *, width: int, hidden: int, out: int
) -> list[Layer]:
    """Five blocks of three chained 3 x 3 convolutions whose outputs are concatenated, then two
    1 x 1 convolutions. Several `inputs` are concatenated first."""
    layers: list[Layer] = []
    last = inputs[0]
    if len(inputs) > 1:
        last = f"concat_{stage}"
        layers.append(Concat(last, inputs))
    for block in range(1, 6):
        names = tuple(f"Mconv{block}_{stage}_{i}" for i in range(3))
        for i, name in enumerate(names):
            prelu = Activation(f"Mprelu{block}_{stage}_{i}", learned=True)
            layers.append(Convolution(name, (last,), width, 3, prelu))
            last = name
        last = f"Mconv{block}_{stage}_concat"
        layers.append(Concat(last, names))
    prelu = Activation(f"Mprelu6_{stage}", learned=True)
    layers.append(Convolution(f"Mconv6_{stage}", (last,), hidden, 1, prelu))
    layers.append(Convolution(f"Mconv7_{stage}", (f"Mconv6_{stage}",), out, 1, None))
    return layers


def _network() -> Iterator[Layer]:
    yield from _front()
    narrow, wide = {"width": 96, "hidden": 256}, {"width": 128, "hidden": 512}
    yield from _stage("stage0_L2", (FEATURES,), **narrow, out=FIELD_CHANNELS)
    for n in (1, 2, 3):
        inputs: tuple[str, ...] = (FEATURES, f"Mconv7_stage{n - 1}_L2")
        yield from _stage(f"stage{n}_L2", inputs, **wide, out=FIELD_CHANNELS)
    yield from _stage("stage0_L1", (FEATURES, FIELDS), **narrow, out=HEAT_CHANNELS)
    inputs = (FEATURES, "Mconv7_stage0_L1", FIELDS)
    yield from _stage("stage1_L1", inputs, **wide, out=HEAT_CHANNELS)


LAYERS = tuple(_network())
"""In the order of computation."""


def _blob_shapes() -> dict[str, tuple[Shape, ...]]:
    channels = {INPUT: INPUT_CHANNELS}
    shapes: dict[str, tuple[Shape, ...]] = {}
    for layer in LAYERS:
        incoming = sum(channels[name] for name in layer.inputs)
        channels[layer.name] = incoming
        if isinstance(layer, Convolution):
            channels[layer.name] = out = layer.channels
            shapes[layer.name] = ((out, incoming, layer.kernel, layer.kernel), (out,))
            if layer.activation and layer.activation.learned:
                shapes[layer.activation.name] = ((out,),)
    return shapes


BLOB_SHAPES = _blob_shapes()
"""Learned arrays by Caffe layer: (out, in, kernel, kernel) and (out,) of a convolution, (channels,)
of a PReLU."""
