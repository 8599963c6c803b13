"""How a frame's pixels travel: raw, or scaled and as JPEG to a worker on another machine.

Packing takes milliseconds, which the station's thread does not have: it is done in a thread of its
own, which hands what is packed over by an `inproc` socket. What comes is not trusted: the size that
a JPEG announces is read before it is decoded.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import zmq
from msgspec import structs

from models.pose.protocol import Image
from realtime.messages import MAX_PIXELS, MAX_SIDE, FrameHeader, encode

_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG markers of the segment that says how large the picture is."""
_ALONE = frozenset((0x01, *range(0xD0, 0xD8)))
"""Markers without a segment."""
_AS_IT_IS = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION


@dataclass(frozen=True, slots=True)
class Job:
    """Pack this frame for a worker, in `size` (width, height), as JPEG or (None) raw."""

    identity: bytes
    header: FrameHeader
    pixels: zmq.Frame
    size: tuple[int, int]
    jpeg: int | None


class Packer:
    """The thread. Each job put comes out at `socket` as [identity, number (8 bytes), header,
    pixels]; poll it. Open and close it in the station's thread."""

    def __init__(self, context: zmq.Context[zmq.SyncSocket], address: str) -> None:
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self.socket = context.socket(zmq.PAIR)
        self.socket.bind(address)
        self._out = context.socket(zmq.PAIR)
        self._out.setsockopt(zmq.LINGER, 0)
        self._out.connect(address)
        self._thread = threading.Thread(target=self._run, name="packer", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Workers ask for frames, so that few jobs wait."""
        self._jobs.put(job)

    def close(self) -> None:
        """Twice does nothing."""
        if not self.socket.closed:
            self._jobs.put(None)
            self.socket.close(0)
            self._thread.join()

    def _run(self) -> None:
        with self._out as out:
            while (job := self._jobs.get()) is not None:
                try:
                    header, pixels = pack(job.header, job.pixels.buffer, job.size, job.jpeg)
                except (cv2.error, MemoryError):
                    continue  # it is missed, as if the worker had kept it
                number = job.header.seq.to_bytes(8, "big")
                try:
                    out.send_multipart(
                        [job.identity, number, encode(header), pixels], zmq.NOBLOCK, copy=False
                    )
                except zmq.ZMQError:
                    return  # the channel has closed


def pack(
    header: FrameHeader, pixels: memoryview, size: tuple[int, int], jpeg: int | None
) -> tuple[FrameHeader, bytes | memoryview]:
    """A raw frame in another size (width, height), raw or as JPEG of this quality: its header, and
    its bytes."""
    image: Image = np.frombuffer(pixels, np.uint8).reshape(header.height, header.width, 3)
    if size != (header.width, header.height):
        # Four times as fast as by area, and as good where no pixel is left out.
        linear = 2 * size[0] >= header.width and 2 * size[1] >= header.height
        how = cv2.INTER_LINEAR if linear else cv2.INTER_AREA
        image = np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)
    header = structs.replace(header, width=size[0], height=size[1])
    if jpeg is None:
        return header, np.ascontiguousarray(image).data.cast("B")
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, jpeg])
    return structs.replace(header, encoding="jpeg"), encoded.tobytes()


def unpack(header: FrameHeader, parts: Sequence[zmq.Frame]) -> Image:
    """The picture (height, width, 3) that came behind `header`. Raises ValueError when it is not
    what that says."""
    height, width = header.height, header.width
    fits = 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS
    if not fits or len(parts) != 1:
        raise ValueError(f"frame of {width}x{height} in {len(parts)} parts")
    buffer = parts[0].buffer
    if header.encoding == "jpeg":
        return _decoded(buffer, width, height)
    if len(buffer) != width * height * 3:
        raise ValueError(f"frame of {width}x{height} with {len(buffer)} bytes")
    return np.frombuffer(buffer, np.uint8).reshape(height, width, 3)


def _decoded(buffer: memoryview, width: int, height: int) -> Image:
    announced = jpeg_size(buffer)
    if announced != (width, height):
        told = "no JPEG" if announced is None else "a JPEG of {}x{}".format(*announced)
        raise ValueError(f"frame of {width}x{height} with {told}")
    try:
        image = cv2.imdecode(np.frombuffer(buffer, np.uint8), _AS_IT_IS)
    except cv2.error:
        image = None
    if image is None or image.shape != (height, width, 3):
        raise ValueError(f"frame of {width}x{height} with a broken JPEG")
    return np.asarray(image, np.uint8)


def jpeg_size(data: memoryview) -> tuple[int, int] | None:
    """(width, height) as a JPEG's frame segment says it; None for what is none (ITU-T T.81, B.1.1
    and B.2.2). Neither decodes nor allocates."""
    if bytes(data[:2]) != b"\xff\xd8":
        return None
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _SIZES:
            if at + 9 > len(data):
                return None
            height, width = (int.from_bytes(data[at + i : at + i + 2], "big") for i in (5, 7))
            return width, height
        at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
    return None
