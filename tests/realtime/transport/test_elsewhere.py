"""Frames for a worker on another machine, over loopback: scaled, as JPEG, poses in their pixels."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import numpy as np
import pytest
import zmq

from models.poses import Poses
from models.skeleton import COCO_17
from realtime.messages import FrameHeader, encode
from realtime.observations import Observed
from realtime.supervision.states import StateChange
from realtime.transport.channel import FrameChannel
from realtime.transport.outbox import on_another_machine
from realtime.transport.serving import serve
from tests.realtime.standins import background
from tests.realtime.transport.test_packing import picture

SIZE = WIDTH, HEIGHT = 320, 180
SPOT = (240.5, 45.5)  # the middle of a pixel


class Spot:
    """An engine that finds the bright spot, and notes the sizes of the pictures."""

    name, skeleton, batch = "spot", COCO_17, 1

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def estimate(self, frames):
        [frame] = frames
        height, width = frame.image.shape[:2]
        self.sizes.append((width, height))
        y, x = np.argwhere(frame.image[..., 0] > 180).mean(axis=0) + 0.5
        keypoints = np.zeros((1, 17, 3), np.float32)
        keypoints[0, 0] = x, y, 0.75
        return [Poses(COCO_17, keypoints)]

    def forget(self, camera: int) -> None: ...

    def close(self) -> None: ...


class Bench:
    def __init__(self, context: zmq.Context, *, lossless: bool) -> None:
        self.channel = FrameChannel(
            context,
            capture_address="inproc://capture",
            endpoint="tcp://127.0.0.1:*",
            lossless=lossless,
            window=2,
            is_remote=lambda address: address == "127.0.0.1",
        )
        self.capture = context.socket(zmq.PUSH)
        self.capture.setsockopt(zmq.LINGER, 0)
        self.capture.connect("inproc://capture")
        self.seen: list[object] = []
        self._seq = 0

    def push(self, image: np.ndarray) -> None:
        height, width = image.shape[:2]
        header = FrameHeader(self._seq, self._seq * 16_666_667, 0, width, height)
        self.capture.send_multipart([encode(header), image.data.cast("B")])
        self._seq += 1

    def until(self, true: Callable[[], object], push: np.ndarray | None = None) -> None:
        deadline = time.monotonic() + 10
        while not true():
            assert time.monotonic() < deadline
            if push is not None:
                self.push(push)
            self.seen += self.channel.poll(0.01)

    def poses(self) -> list[np.ndarray]:
        return [o.poses.keypoints for o in self.seen if isinstance(o, Observed)]

    def close(self) -> None:
        self.channel.close()
        self.capture.close()


@contextmanager
def between(engine: Spot, *, lossless: bool, longest_side: int = 160) -> Iterator[Bench]:
    with zmq.Context() as context, closing(Bench(context, lossless=lossless)) as bench:
        endpoints = [bench.channel.endpoint]
        with background(lambda: serve(engine, endpoints, "w", longest_side=longest_side)):
            bench.until(lambda: bench.channel.hello)
            yield bench
            bench.close()


def test_the_engine_gets_what_it_needs_and_poses_are_in_pixels_of_the_frame():
    engine = Spot()
    with between(engine, lossless=False) as bench:
        image = picture(WIDTH, HEIGHT)
        bench.until(lambda: len(bench.poses()) >= 5, push=image)
    assert set(engine.sizes) == {(160, 90)}
    for keypoints in bench.poses():
        np.testing.assert_allclose(keypoints[0, 0, :2], SPOT, atol=0.5)
        assert keypoints[0, 0, 2] == 0.75  # the confidence is none of the picture's
        assert not keypoints[0, 1:].any()


def test_lossless_every_pixel_is_sent_as_it_is():
    engine = Spot()
    with between(engine, lossless=True) as bench:
        bench.push(picture(WIDTH, HEIGHT))
        bench.until(lambda: len(bench.poses()) == 1)
    assert engine.sizes == [SIZE]


def test_on_a_fast_link_the_quality_rises_to_raw_which_is_told(monkeypatch):
    monkeypatch.setattr("realtime.transport.quality._STEADY_S", 0.1)
    monkeypatch.setattr("realtime.transport.quality.PING_S", 0.02)
    monkeypatch.setattr("realtime.transport.quality._SHORTEST_S", 1e-6)
    engine = Spot()
    image = picture(WIDTH, HEIGHT)
    with between(engine, lossless=False) as bench:
        told: list[str] = []

        def raw() -> bool:
            told[:] = [o.why for o in bench.seen if isinstance(o, StateChange) and o.why]
            time.sleep(0.005)
            return any("raw" in why for why in told)

        bench.until(raw, push=image)
        assert all(why.startswith("pose worker w: frames 160x90 ") for why in told)
        count = len(bench.poses())
        bench.until(lambda: len(bench.poses()) > count + 3, push=image)
    np.testing.assert_allclose(bench.poses()[-1][0, 0, :2], SPOT, atol=0.5)


def test_a_worker_that_ends_while_its_frame_is_packed_costs_that_frame_only():
    engine = Spot()
    with between(engine, lossless=False) as bench:
        bench.until(bench.poses, push=picture(WIDTH, HEIGHT))
        bench.push(picture(4000, 3000))
        bench.seen += bench.channel.poll(0.05)
        bench.channel.fail(b"w", "died")
        for _ in range(20):
            bench.seen += bench.channel.poll(0.01)
        assert threading.active_count() < 6


@pytest.mark.parametrize(
    ("address", "remote"),
    [
        ("127.0.0.1", False),
        ("::1", False),
        ("", False),
        ("localhost:0:0:123", False),
        ("192.168.1.5", True),
        ("fe80::1%eth0", True),
    ],
)
def test_who_is_elsewhere(address, remote):
    assert on_another_machine(address) is remote
