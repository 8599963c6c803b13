"""The pose worker: a process that asks stations for frames and gives poses back."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket as network
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import zmq

from models.pose import engines
from models.pose.errors import EngineError, WeightsError
from models.pose.protocol import CameraFrame, Image, PoseEstimator
from realtime import exits
from realtime.batching import Inbox
from realtime.messages import (
    FOLDER_PREFIX,
    MAX_SIDE,
    PROTOCOL,
    SLOWEST_S,
    FrameHeader,
    Hello,
    Refused,
    Result,
    pack_poses,
    to_ns,
)
from realtime.pose_options import EngineChoice, add_options, chosen
from realtime.transport.link import HELLO_S, LinkError, StationLink

_MOST_AT_HAND = 4  # frames of one station; credit keeps it below
_TICK_S = 0.001  # of the poller
_WARM_UP = -1  # a camera that no station has
_NICE = 10


def serve(
    estimator: PoseEstimator,
    endpoints: Sequence[str],
    identity: str,
    *,
    call_s: float = 0.0,
    lifeline: int | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Work for the stations at `endpoints`, each a camera of its own, until all have said stop.

    `call_s` is how long the engine takes for one call. `lifeline` is a file descriptor that a
    station on this machine holds open: when it closes, the station is gone (even by `kill -9`) and
    so is the worker. Raises LinkError for an endpoint that is no station's, and EngineError when
    the engine cannot work on.
    """
    hello = Hello(PROTOCOL, estimator.name, estimator.skeleton.name, call_s)
    with zmq.Context() as context, ExitStack() as stack:
        links = [
            stack.enter_context(closing(StationLink(context, endpoint, identity, hello, clock)))
            for endpoint in endpoints
        ]
        poller = zmq.Poller()
        for link in links:
            poller.register(link.socket, zmq.POLLIN)
            poller.register(link.monitor, zmq.POLLIN)
        if lifeline is not None:
            poller.register(lifeline, zmq.POLLIN)
        desk = _Desk(estimator, links, clock)
        while not all(link.stopped for link in links):
            # Rounded down: no frame waits longer than it may.
            if lifeline in dict(poller.poll(int(desk.patience_s() * 1000))):
                _tidy_up(endpoints)
                return
            desk.attend()


class _Desk:
    """Takes the frames of all stations and answers them, as many together as pay."""

    def __init__(
        self, estimator: PoseEstimator, links: Sequence[StationLink], clock: Callable[[], float]
    ) -> None:
        self._estimator = estimator
        self._links = links  # a link's place is the number of its camera
        self._inbox: Inbox[tuple[int, Image]] = Inbox(estimator.batch, clock)

    def patience_s(self) -> float:
        """How long nothing has to be done unless a message comes."""
        patience = self._inbox.patience_s()
        return HELLO_S if patience is None else patience

    def attend(self) -> None:
        """Take what has come; answer what is due."""
        for camera in range(len(self._links)):
            self._receive(camera)
        patience = self._inbox.patience_s()
        if patience is not None and patience < _TICK_S:
            self._answer(self._inbox.take())

    def _receive(self, camera: int) -> None:
        link = self._links[camera]
        link.update()
        for header, pixels in link.receive(_MOST_AT_HAND - self._inbox.count(camera)):
            try:
                self._inbox.add(camera, (header.seq, _picture(header, pixels)))
            except ValueError as error:
                link.answer(Refused(header.seq, str(error)))
        if link.stopped:
            self._leave(camera)
        if not self._inbox.count(camera) and (not link.connected or link.greet()):
            self._leave(camera)

    def _leave(self, camera: int) -> None:
        self._inbox.leave(camera)
        self._estimator.forget(camera)

    def _answer(self, batch: Sequence[tuple[int, tuple[int, Image]]]) -> None:
        begin = time.perf_counter()
        try:
            found = self._estimator.estimate(
                [CameraFrame(image, camera) for camera, (_, image) in batch]
            )
        except ValueError as error:
            self._answer_bad(batch, str(error))
            return
        pose_ns = to_ns(time.perf_counter() - begin)
        for (camera, (seq, _)), poses in zip(batch, found, strict=True):
            self._links[camera].answer(Result(seq, *pack_poses(poses), pose_ns))

    def _answer_bad(self, batch: Sequence[tuple[int, tuple[int, Image]]], why: str) -> None:
        """Refuse the frame that the engine cannot take, and no other camera's."""
        if len(batch) > 1:
            for one in batch:
                self._answer([one])
        else:
            [(camera, (seq, _))] = batch
            self._links[camera].answer(Refused(seq, why))


def _picture(header: FrameHeader, pixels: Sequence[zmq.Frame]) -> Image:
    """The frame that came behind `header`. Raises ValueError when it is not what that says."""
    height, width = header.height, header.width
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and len(pixels) == 1):
        raise ValueError(f"frame of {width}x{height} in {len(pixels)} parts")
    buffer = pixels[0].buffer
    if len(buffer) != width * height * 3:
        raise ValueError(f"frame of {width}x{height} with {len(buffer)} bytes")
    return np.frombuffer(buffer, np.uint8).reshape(height, width, 3)


def _tidy_up(endpoints: Sequence[str]) -> None:
    """Remove the private sockets' folders, as the stations can no longer do it."""
    for endpoint in endpoints:
        folder = Path(endpoint.removeprefix("ipc://")).parent
        if endpoint.startswith("ipc://") and folder.name.startswith(FOLDER_PREFIX):
            shutil.rmtree(folder, ignore_errors=True)


def warm_up(estimator: PoseEstimator) -> float:
    """The first inference is slow, and that of every number of frames where they are compiled for
    it (powers of two); spend it before frames are asked for. Returns seconds of a call after that.

    Raises EngineError when the engine is so slow that no station would wait for it.
    """
    blank = CameraFrame(np.zeros((720, 1280, 3), np.uint8), _WARM_UP)
    count = 1
    while count <= estimator.batch:
        estimator.estimate([blank] * count)
        count *= 2
    call_s = min(_seconds(estimator, [blank] * estimator.batch) for _ in range(2))
    estimator.forget(_WARM_UP)
    if call_s > SLOWEST_S:
        raise EngineError(
            f"engine {estimator.name}: {call_s:.0f} s for a frame on this machine, expected at "
            f"most {SLOWEST_S:g} s; give a smaller --net-size, or take --engine {engines.DEFAULT}"
        )
    return call_s


def _seconds(estimator: PoseEstimator, frames: Sequence[CameraFrame]) -> float:
    begin = time.perf_counter()
    estimator.estimate(frames)
    return time.perf_counter() - begin


def run(
    choice: EngineChoice,
    endpoints: Sequence[str],
    *,
    identity: str | None = None,
    lifeline: int | None = None,
) -> int:
    """Open the engine and serve; the exit code. One line on stderr when that cannot be."""
    signal.signal(signal.SIGINT, signal.SIG_IGN if lifeline is not None else signal.SIG_DFL)
    identity = identity or f"{network.gethostname()}-{os.getpid()}"
    try:
        with closing(engines.open_engine(choice.engine, choice.options)) as estimator:
            call_s = warm_up(estimator)
            serve(estimator, endpoints, identity, call_s=call_s, lifeline=lifeline)
    except (EngineError, WeightsError, LinkError) as error:
        sys.stderr.write(f"fliptally: {' '.join(str(error).split())}\n")
        return exits.BAD_INPUT
    return exits.DONE


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
    add_options(parser)
    options = parser.parse_args()
    _yield_to_station()
    return run(
        chosen(options),
        [options.connect],
        identity=options.identity,
        lifeline=sys.stdin.fileno(),
    )


if __name__ == "__main__":
    sys.exit(main())
