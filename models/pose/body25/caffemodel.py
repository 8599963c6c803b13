"""Reads BODY_25's weights from the `.caffemodel` that OpenPose publishes.

The format is the message NetParameter of Caffe's `caffe.proto`, of which only the learned arrays
are read.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass
from numpy.typing import NDArray

from models.pose.body25.architecture import BLOB_SHAPES, Shape
from models.pose.errors import WeightsError

OFFICIAL_NAME = "pose_iter_584000.caffemodel"
OFFICIAL_MD5 = "78287b57cf85fa89c03f1393d368e5b7"
_LARGEST = 1 << 29  # bytes; five times the official file
_LEARNED = 4 * sum(math.prod(shape) for shapes in BLOB_SHAPES.values() for shape in shapes)
"""Bytes of the learned arrays, which the file is a little larger than."""
_BEGINNINGS = (b"\x0a", b"\x12", b"\x1a", b"\x20", b"\x28", b"\x32", b"\x38", b"\x42", b"\xa2\x06")
"""The tags of NetParameter's fields (1 to 8 and 100); a message begins with one of them."""

Blob = NDArray[np.float32]

# The message's fields which are read: number, type ("." another message), whether repeated. The
# numbers are those of caffe.proto. A packed array of floats is on the wire what bytes are: read
# as bytes, 26 million numbers need not become Python objects.
_FIELDS: dict[str, dict[str, tuple[int, str, bool]]] = {
    "Net": {"layers": (2, ".LayerV1", True), "layer": (100, ".Layer", True)},
    "LayerV1": {"name": (4, "BYTES", False), "blobs": (6, ".Blob", True)},
    "Layer": {"name": (1, "BYTES", False), "blobs": (7, ".Blob", True)},
    "Blob": {
        "num": (1, "INT32", False),
        "channels": (2, "INT32", False),
        "height": (3, "INT32", False),
        "width": (4, "INT32", False),
        "data": (5, "BYTES", True),
        "shape": (7, ".BlobShape", False),
    },
    "BlobShape": {"dim": (1, "INT64", True)},
}


@dataclass(frozen=True, slots=True, eq=False)
class Caffemodel:
    """BODY_25's learned arrays by Caffe layer, of the shapes `architecture.BLOB_SHAPES`."""

    path: Path
    md5: str
    blobs: dict[str, tuple[Blob, ...]]

    @property
    def name(self) -> str:
        """What the session document calls the weights."""
        if self.md5 == OFFICIAL_MD5:
            return "body_25"
        return f"body_25, {self.path.name} {self.md5[:8]}"


def check_caffemodel(path: Path) -> None:
    """Whether `path` may hold the weights, told by its size and first bytes. Raises WeightsError
    as `read_caffemodel` does, which sees more (another model of OpenPose's)."""
    if _size(path) < _LEARNED:
        read_caffemodel(path)  # says what is wrong with it
    elif not _content(path, 2).startswith(_BEGINNINGS):
        raise _error(path, "no Caffe model")


def read_caffemodel(path: Path) -> Caffemodel:
    """The weights in `path`. Raises WeightsError when it is no file, or not BODY_25's."""
    _size(path)
    content = _content(path)
    try:
        net = _NET.FromString(content)
    except DecodeError:
        raise _error(path, _no_model(content)) from None
    blobs = {
        layer.name.decode(errors="replace"): tuple(_blob(blob) for blob in layer.blobs)
        for layer in (*net.layers, *net.layer)
        if layer.blobs
    }
    if not blobs:
        raise _error(path, _no_model(content))
    if fault := _another_model(blobs) or _fault(blobs):
        raise _error(path, fault)
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return Caffemodel(path, md5, {name: blobs[name] for name in BLOB_SHAPES})


def _error(path: Path, found: str) -> WeightsError:
    return WeightsError(
        f"caffemodel: {path} is {found}; expected OpenPose's BODY_25 weights, {OFFICIAL_NAME} "
        f"(MD5 {OFFICIAL_MD5}), which OpenPose's models/getModels script downloads"
    )


def _size(path: Path) -> int:
    """Raises WeightsError when it is no file, or far too large."""
    try:
        if not path.is_file():
            raise _error(path, "a folder" if path.is_dir() else "missing")
        size = path.stat().st_size
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise _error(path, f"not readable ({error})") from error
    if size > _LARGEST:
        raise _error(path, f"a file of {size:,} bytes")
    return size


def _content(path: Path, count: int = -1) -> bytes:
    """The first `count` bytes; all of them when negative."""
    try:
        with path.open("rb") as file:
            return file.read(count)
    except OSError as error:
        raise _error(path, f"not readable ({error})") from error


def _no_model(content: bytes) -> str:
    """In words, what a file without a single learned array is."""
    if not content:
        return "an empty file"
    if all(32 <= byte < 127 or byte in b"\t\r\n" for byte in content[:256]):
        return "a text file"
    return f"no Caffe model, or one that was cut off ({len(content):,} bytes)"


def _blob(blob: Any) -> Blob:
    """The array as it is in the file, without leading axes of 1 (old files have four axes
    throughout); of one axis where its shape and its length disagree."""
    shape = tuple(blob.shape.dim) or (blob.num, blob.channels, blob.height, blob.width)
    data = b"".join(blob.data)
    array = np.frombuffer(data, "<f4", len(data) // 4).astype(np.float32, copy=False)
    while len(shape) > 1 and shape[0] == 1:
        shape = shape[1:]
    return array.reshape(shape) if min(shape) > 0 and math.prod(shape) == len(array) else array


def _another_model(blobs: dict[str, tuple[Blob, ...]]) -> str:
    """The name of another of OpenPose's body models, told by its fields; else empty."""
    fields = blobs.get("Mconv7_stage6_L1")
    models = {38: "OpenPose's COCO model", 28: "OpenPose's MPI model"}
    return models.get(len(fields[0]), "") if fields else ""


def _fault(blobs: dict[str, tuple[Blob, ...]]) -> str:
    """What is wrong with the first layer that is not BODY_25's; else empty."""
    for name, expected in BLOB_SHAPES.items():
        found: tuple[Shape, ...] = tuple(blob.shape for blob in blobs.get(name, ()))
        if not found:
            return f"another network, or was cut off (it has no layer {name})"
        if found != expected:
            return f"another network (layer {name} has shapes {found}, expected {expected})"
        if not all(np.isfinite(blob).all() for blob in blobs[name]):
            return f"damaged (layer {name} has weights that are not finite)"
    return ""


def _net_message() -> Any:
    """The class of Caffe's NetParameter, in a pool of its own: another package in the process may
    have registered the whole of caffe.proto."""
    file = FileDescriptorProto(name="caffe.proto", package="caffe")
    for message, fields in _FIELDS.items():
        descriptor = file.message_type.add(name=message)
        for name, (number, kind, repeated) in fields.items():
            field = descriptor.field.add(name=name, number=number)
            field.label = field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL
            if kind.startswith("."):
                field.type, field.type_name = field.TYPE_MESSAGE, f".caffe{kind}"
            else:
                field.type = FieldDescriptorProto.Type.Value(f"TYPE_{kind}")
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("caffe.Net"))


_NET = _net_message()
