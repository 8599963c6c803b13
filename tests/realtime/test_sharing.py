"""Several stations and one slow pose worker: each gets its share, whatever the others are like."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, closing

import numpy as np
import pytest
import zmq

from realtime.messages import FrameHeader, encode
from realtime.observations import Observed
from realtime.transport.channel import FrameChannel
from tests.realtime.standins import Recorder, working

FRAME = np.zeros((2, 4, 3), np.uint8).tobytes()
SECONDS = 0.8
ROUND_S = 0.02


class Camera:
    """A station that is fed with so many frames per second; lossless, with as many as it takes."""

    def __init__(self, context: zmq.Context, number: int, fps: float, *, lossless: bool) -> None:
        self.context = context
        self.address = f"inproc://capture-{number}"
        self.fps = fps
        self.lossless = lossless
        self.channel = FrameChannel(
            context,
            capture_address=self.address,
            endpoint="tcp://127.0.0.1:*",
            lossless=lossless,
            window=3 if lossless else 2,
        )
        self.begin = time.monotonic()
        self.counting = threading.Event()
        self.stopping = threading.Event()
        self.poses = 0
        self.thread = threading.Thread(target=self._run, name=self.address)

    def _run(self) -> None:
        with closing(self.channel), self.context.socket(zmq.PUSH) as capture:
            capture.setsockopt(zmq.LINGER, 0)
            capture.setsockopt(zmq.SNDHWM, 1)
            capture.connect(self.address)
            seq = 0
            while not self.stopping.is_set():
                due = self.lossless or time.monotonic() >= self.begin + seq / self.fps
                if due and capture.poll(0, zmq.POLLOUT):
                    header = FrameHeader(seq, seq * 1_000_000, 0, 4, 2)
                    capture.send_multipart([encode(header), FRAME])
                    seq += 1
                found = [o for o in self.channel.poll(0.002) if isinstance(o, Observed)]
                self.poses += len(found) * self.counting.is_set()


@pytest.mark.parametrize(
    ("fps", "lossless", "batch"),
    [(60.0, False, 1), (240.0, False, 1), (0.0, True, 1), (0.0, True, 4)],
    ids=["alike", "fast", "lossless", "lossless together"],
)
def test_each_camera_gets_its_share_of_a_slow_worker(fps, lossless, batch):
    """Three cameras of 60 and more frames a second, and a worker that does 50 calls in all."""
    with zmq.Context() as context, ExitStack() as stack:
        cameras = [
            Camera(context, 0, 60.0, lossless=False),
            Camera(context, 1, 60.0, lossless=False),
            Camera(context, 2, fps, lossless=lossless),
        ]
        endpoints = [camera.channel.endpoint for camera in cameras]
        stack.enter_context(working(Recorder(batch, seconds=ROUND_S), *endpoints))
        for camera in cameras:
            camera.thread.start()
        time.sleep(0.3)
        for camera in cameras:
            camera.counting.set()
        time.sleep(SECONDS)
        for camera in cameras:
            camera.counting.clear()
            camera.stopping.set()
        for camera in cameras:
            camera.thread.join()
    shares = [camera.poses for camera in cameras]
    if batch == 1:  # nobody gets all he could take
        mean = sum(shares) / len(shares)
        assert mean > 0.5 * SECONDS / ROUND_S / len(shares)
        assert all(abs(share - mean) <= 0.1 * mean + 1 for share in shares)
    else:  # a call has room for all: the two live ones miss nothing through the third
        assert abs(shares[0] - shares[1]) <= 0.1 * shares[0] + 1
        assert min(shares[:2]) > 0.5 * SECONDS / ROUND_S
