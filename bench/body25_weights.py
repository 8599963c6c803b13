"""BODY_25 as Caffe writes it: the prototxt and a `.caffemodel` of random weights.

The bytes are written by hand, so that they do not depend on the reader they test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.pose.body25.architecture import (
    BLOB_SHAPES,
    INPUT,
    INPUT_CHANNELS,
    LAYERS,
    Convolution,
    Layer,
    Pooling,
)

Blob = NDArray[np.float32]
Blobs = Mapping[str, Sequence[Blob]]

_VARINT, _BYTES = 0, 2  # wire types


def random_blobs(seed: int = 0) -> dict[str, tuple[Blob, ...]]:
    """Weights that keep activations about as large from layer to layer (He et al., ICCV 2015)."""
    rng = np.random.default_rng(seed)
    blobs: dict[str, tuple[Blob, ...]] = {}
    for name, shapes in BLOB_SHAPES.items():
        if len(shapes) == 1:
            [shape] = shapes
            blobs[name] = (rng.uniform(0, 0.3, shape).astype(np.float32),)
        else:
            kernel, bias = shapes
            deviation = np.float32(np.sqrt(2 / np.prod(kernel[1:])))
            blobs[name] = (
                rng.standard_normal(kernel, np.float32) * deviation,
                rng.uniform(-0.1, 0.1, bias).astype(np.float32),
            )
    return blobs


def write_caffemodel(path: Path, blobs: Blobs, *, v1: bool = False) -> Path:
    """`v1`: in the layout of Caffe before 2014 (field `layers`, arrays of four axes)."""
    with path.open("wb") as file:
        for name, arrays in blobs.items():
            file.write(layer_bytes(name, arrays, v1=v1))
    return path


def layer_bytes(name: str, arrays: Iterable[Blob], *, v1: bool = False) -> bytes:
    """One layer of a network, of caffe.proto's LayerParameter (or V1LayerParameter)."""
    layer, name_field, blobs = (2, 4, 6) if v1 else (100, 1, 7)
    content = _field(name_field, name.encode())
    for array in arrays:
        content += _field(blobs, (_v1_shape if v1 else _shape)(array) + _field(5, array.tobytes()))
    return _field(layer, content)


def _shape(array: Blob) -> bytes:
    return _field(7, _field(1, b"".join(_varint(n) for n in array.shape)))


def _v1_shape(array: Blob) -> bytes:
    axes = (*[1] * (4 - array.ndim), *array.shape)
    return b"".join(_varint(i << 3 | _VARINT) + _varint(n) for i, n in enumerate(axes, start=1))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    head = []
    while number > 0x7F:
        head.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*head, number])


def prototxt() -> str:
    """The network in Caffe's text format; activations in place, as in OpenPose's own."""
    lines = [f'input: "{INPUT}"']
    lines += [f"input_dim: {n}" for n in (1, INPUT_CHANNELS, 16, 16)]
    for layer in LAYERS:
        lines.append(_text(layer.name, layer.inputs, layer.name, *_kind(layer)))
        if isinstance(layer, Convolution) and layer.activation:
            kind = "PReLU" if layer.activation.learned else "ReLU"
            lines.append(_text(layer.activation.name, (layer.name,), layer.name, kind))
    return "\n".join(lines)


def _kind(layer: Layer) -> tuple[str, str]:
    if isinstance(layer, Convolution):
        size = f"num_output: {layer.channels} kernel_size: {layer.kernel} pad: {layer.kernel // 2}"
        return "Convolution", f"convolution_param {{ {size} }}"
    if isinstance(layer, Pooling):
        return "Pooling", "pooling_param { pool: MAX kernel_size: 2 stride: 2 }"
    return "Concat", "concat_param { axis: 1 }"


def _text(name: str, bottoms: Sequence[str], top: str, kind: str, parameters: str = "") -> str:
    inputs = " ".join(f'bottom: "{bottom}"' for bottom in bottoms)
    return f'layer {{ name: "{name}" type: "{kind}" {inputs} top: "{top}" {parameters} }}'
