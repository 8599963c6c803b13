"""What travels of a frame: scaled, as JPEG, and never trusted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from realtime.messages import FrameHeader, decode_to_worker
from realtime.transport.packing import Job, Packer, jpeg_size, pack, unpack


def picture(width: int, height: int) -> np.ndarray:
    """Smooth, with a bright spot."""
    y, x = np.mgrid[:height, :width]
    grey = 60 + 60 * np.sin(x / 30) * np.cos(y / 40)
    grey[(x - 0.75 * width) ** 2 + (y - 0.25 * height) ** 2 < 64] = 255
    return np.repeat(grey[..., None].astype(np.uint8), 3, axis=2)


def header(width: int, height: int, encoding: str = "raw") -> FrameHeader:
    return FrameHeader(7, 5_000, 9_000, width, height, encoding)


def parts(*buffers: bytes | memoryview) -> list[SimpleNamespace]:
    return [SimpleNamespace(buffer=memoryview(buffer)) for buffer in buffers]


def packed(image: np.ndarray, size: tuple[int, int], jpeg: int | None) -> tuple[FrameHeader, bytes]:
    height, width = image.shape[:2]
    told, data = pack(header(width, height), image.data.cast("B"), size, jpeg)
    return told, bytes(data)


@pytest.mark.parametrize("jpeg", [None, 60, 95])
@pytest.mark.parametrize("size", [(320, 180), (160, 90), (107, 60)])
def test_the_picture_comes_in_the_size_and_the_place_it_should(size, jpeg):
    told, data = packed(picture(320, 180), size, jpeg)
    assert (told.seq, told.t_ns, told.captured_ns) == (7, 5_000, 9_000)
    image = unpack(told, parts(data))
    assert image.shape == (size[1], size[0], 3)
    bright = np.argwhere(image[..., 0] > 180)
    centre = (bright.mean(axis=0) + 0.5) * 320 / size[0]
    np.testing.assert_allclose(centre, [45, 240], atol=1.6)  # y, x of the spot


def test_raw_in_its_own_size_is_the_same_to_the_last_bit():
    image = np.random.default_rng(1).integers(0, 256, (24, 32, 3), np.uint8)
    told, data = packed(image, (32, 24), None)
    np.testing.assert_array_equal(unpack(told, parts(data)), image)


def test_a_better_quality_takes_more_and_is_nearer():
    image = np.random.default_rng(1).integers(0, 256, (90, 160, 3), np.uint8)
    sizes, errors = [], []
    for jpeg in (50, 75, 95):
        told, data = packed(image, (160, 90), jpeg)
        sizes.append(len(data))
        errors.append(float(np.abs(unpack(told, parts(data)).astype(int) - image).mean()))
    assert sizes == sorted(sizes)
    assert errors == sorted(errors, reverse=True)


def jpeg_of(width: int, height: int) -> bytes:
    return cv2.imencode(".jpg", picture(width, height))[1].tobytes()


def bomb() -> bytes:
    """A small JPEG that announces 60000 x 60000 pixels."""
    data = bytearray(jpeg_of(16, 16))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = (60000).to_bytes(2, "big") * 2
    return bytes(data)


@pytest.mark.parametrize(
    ("told", "data", "why"),
    [
        (header(16, 16, "jpeg"), bomb(), "frame of 16x16 with a JPEG of 60000x60000"),
        (header(60000, 60000, "jpeg"), bomb(), "frame of 60000x60000 in 1 parts"),
        (header(16384, 16384, "jpeg"), bomb(), "frame of 16384x16384 in 1 parts"),
        (header(16, 16, "jpeg"), jpeg_of(16, 8), "frame of 16x16 with a JPEG of 16x8"),
        (header(16, 16, "jpeg"), b"", "frame of 16x16 with no JPEG"),
        (header(16, 16, "jpeg"), b"\x89PNG" + bytes(99), "frame of 16x16 with no JPEG"),
        (header(16, 16, "jpeg"), jpeg_of(16, 16)[:180], "frame of 16x16 with"),
        (header(16, 16), jpeg_of(16, 16), "frame of 16x16 with"),
        (header(0, 16), b"", "frame of 0x16 in 1 parts"),
    ],
    ids=str,
)
def test_what_is_not_as_announced_is_refused(told, data, why):
    with pytest.raises(ValueError, match=why):
        unpack(told, parts(data))


@given(st.binary(max_size=300), st.integers(0, 200), st.integers(0, 255))
def test_no_bytes_break_the_reader_of_a_jpeg(garbage, at, value):
    for data in (garbage, b"\xff\xd8" + garbage, b"\xff\xd8\xff\xc0" + garbage):
        size = jpeg_size(memoryview(data))
        assert size is None or all(0 <= side < 1 << 16 for side in size)
    spoilt = bytearray(jpeg_of(16, 16))
    spoilt[at] = value
    with suppress(ValueError):
        assert unpack(header(16, 16, "jpeg"), parts(bytes(spoilt))).shape == (16, 16, 3)


@pytest.fixture
def packer() -> Iterator[Packer]:
    with zmq.Context() as context:
        packer = Packer(context, "inproc://packed")
        yield packer
        packer.close()
        packer.close()  # twice does nothing


def test_the_thread_gives_back_what_was_put_and_to_whom(packer):
    image = picture(64, 48)
    for number, who in enumerate((b"one", b"two")):
        told = FrameHeader(number, 0, 0, 64, 48)
        packer.put(Job(who, told, SimpleNamespace(buffer=image.data.cast("B")), (32, 24), 80))
    for number, who in enumerate((b"one", b"two")):
        assert packer.socket.poll(5000)
        identity, seq, told, data = packer.socket.recv_multipart()
        assert (identity, int.from_bytes(seq, "big")) == (who, number)
        assert unpack(decode_to_worker(told), parts(data)).shape == (24, 32, 3)


def test_it_ends_with_jobs_undone(packer):
    image = picture(640, 480)
    for number in range(50):
        told = FrameHeader(number, 0, 0, 640, 480)
        packer.put(Job(b"w", told, SimpleNamespace(buffer=image.data.cast("B")), (640, 480), 95))
    begin = time.monotonic()
    packer.close()
    assert time.monotonic() - begin < 5
