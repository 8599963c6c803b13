"""The pose worker: a process that asks a station for frames and gives poses back."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket as network
import sys
import time
from pathlib import Path

import msgspec
import numpy as np
import zmq

from models.pose import weights
from models.pose.blazepose.estimator import BlazePose
from models.pose.errors import WeightsError
from models.pose.protocol import PoseEstimator, estimate_one
from realtime import exits
from realtime.messages import (
    FOLDER_PREFIX,
    MAX_SIDE,
    PROTOCOL,
    FrameHeader,
    Hello,
    Refused,
    Result,
    Stop,
    decode_to_worker,
    encode,
    pack_poses,
    to_ns,
)

_IDLE_MS = 1000
_HIGH_WATER = 4
_NICE = 10


def serve(
    estimator: PoseEstimator, endpoint: str, identity: str, *, lifeline: int | None = None
) -> None:
    """Work for the station at `endpoint` until it says stop.

    `lifeline` is a file descriptor that the station holds open: when it closes, the station is
    gone (even by `kill -9`) and so is the worker.
    """
    hello = encode(Hello(PROTOCOL, estimator.name, estimator.skeleton.name))
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVHWM, _HIGH_WATER)
        socket.setsockopt(zmq.SNDHWM, _HIGH_WATER)
        socket.setsockopt_string(zmq.IDENTITY, identity)
        socket.connect(endpoint)
        poller = zmq.Poller()
        poller.register(socket, zmq.POLLIN)
        if lifeline is not None:
            poller.register(lifeline, zmq.POLLIN)
        socket.send(hello)
        while True:
            ready = dict(poller.poll(_IDLE_MS))
            if lifeline in ready:
                _tidy_up(endpoint)
                return
            if socket not in ready:
                socket.send(hello)
                continue
            header, *pixels = socket.recv_multipart(copy=False)
            message = decode_to_worker(header.buffer)
            if isinstance(message, Stop):
                return
            socket.send(encode(_answer(estimator, message, pixels)))


def _tidy_up(endpoint: str) -> None:
    """Remove the private socket's folder, as the station can no longer do it."""
    if endpoint.startswith("ipc://"):
        folder = Path(endpoint.removeprefix("ipc://")).parent
        if folder.name.startswith(FOLDER_PREFIX):
            shutil.rmtree(folder, ignore_errors=True)


def _answer(
    estimator: PoseEstimator, header: FrameHeader, pixels: list[zmq.Frame]
) -> Result | Refused:
    height, width = header.height, header.width
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and len(pixels) == 1):
        return Refused(header.seq, f"frame of {width}x{height} in {len(pixels)} parts")
    buffer = pixels[0].buffer
    if len(buffer) != width * height * 3:
        return Refused(header.seq, f"frame of {width}x{height} with {len(buffer)} bytes")
    begin = time.perf_counter()
    poses = estimate_one(estimator, np.frombuffer(buffer, np.uint8).reshape(height, width, 3))
    people, keypoints = pack_poses(poses)
    return Result(header.seq, people, keypoints, to_ns(time.perf_counter() - begin))


def warm_up(estimator: PoseEstimator) -> None:
    """The first inference is slow; spend it before frames are asked for."""
    estimate_one(estimator, np.zeros((64, 64, 3), np.uint8))


def run(endpoint: str, identity: str | None, threads: int, lifeline: int | None) -> int:
    """Load the weights and serve; the exit code. One line on stderr when that cannot be."""
    signal.signal(signal.SIGINT, signal.SIG_IGN if lifeline is not None else signal.SIG_DFL)
    try:
        estimator = BlazePose(weights.load(), threads)
    except WeightsError as error:
        return _fail(str(error))
    try:
        warm_up(estimator)
        serve(
            estimator,
            endpoint,
            identity or f"{network.gethostname()}-{os.getpid()}",
            lifeline=lifeline,
        )
    except zmq.ZMQError as error:
        return _fail(f"--connect {endpoint}: {error.strerror}; expected tcp://host:port")
    except msgspec.DecodeError as error:
        return _fail(f"--connect {endpoint}: no FlipTally station ({error})")
    finally:
        estimator.close()
    return exits.DONE


def _fail(message: str) -> int:
    sys.stderr.write(f"fliptally: {message}\n")
    return exits.BAD_INPUT


def _yield_to_station() -> None:
    """The station's threads need a processor for less than a millisecond at a time, and must not
    wait behind a network that keeps all of them busy, nor be interrupted by it."""
    os.nice(_NICE)
    if hasattr(os, "SCHED_BATCH"):  # Linux
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def main() -> int:
    """The command a station starts: `python -m realtime.worker`."""
    parser = argparse.ArgumentParser(prog="python -m realtime.worker")
    parser.add_argument("--connect", required=True, metavar="ENDPOINT")
    parser.add_argument("--identity")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    _yield_to_station()
    return run(options.connect, options.identity, options.threads, sys.stdin.fileno())


if __name__ == "__main__":
    sys.exit(main())
