"""A pose worker at work: it takes the frames of its stations and gives poses back."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import zmq

from models.pose.errors import EngineError
from models.pose.protocol import CameraFrame, Image, PoseEstimator
from realtime import exits
from realtime.messages import FOLDER_PREFIX, PROTOCOL, Hello, Refused, Result, pack_poses, to_ns
from realtime.printable import one_line
from realtime.transport import names
from realtime.transport.batching import Inbox
from realtime.transport.curve import Credentials
from realtime.transport.link import HELLO_S, LinkError, StationLink
from realtime.transport.packing import unpack

_TICK_S = 0.001  # of the poller
_WAITED_S = 0.0003  # a poll that took longer has waited


def serve(
    estimator: PoseEstimator,
    endpoints: Sequence[str],
    identity: str,
    *,
    round_s: float = 0.0,
    longest_side: int = 0,
    lifeline: int | None = None,
    keys: Sequence[Credentials | None] = (),
) -> int:
    """Work for the stations at `endpoints`, each a camera of its own, until all have said stop.
    Returns the exit code: FAILED when the engine cannot work on, which is said on stderr.

    `round_s` is what `realtime.worker.warm_up` returned, `longest_side` the pixels of a frame's
    longest side that are of use to the engine (0: all), `keys` what to show at each endpoint.
    `lifeline` is a file descriptor that a station on this machine holds open: when it closes, the
    station is gone (even by `kill -9`) and so is the worker; without one it says on stdout which
    station came and went, and Ctrl-C ends it in order. Two names of one station make two workers of
    this one.

    A link over which comes what no station sends is dropped, with one line on stderr. Raises
    LinkError when no other is left, and for an endpoint that is none.
    """
    hello = Hello(PROTOCOL, estimator.name, estimator.skeleton.name, round_s, longest_side)
    with zmq.Context() as context, ExitStack() as stack:
        links = []
        for number, endpoint in enumerate(endpoints, start=1):
            name = names.at_station(identity, number)
            shown = keys[number - 1] if keys else None
            link = StationLink(context, endpoint, name, hello, time.monotonic, keys=shown)
            links.append(stack.enter_context(closing(link)))
        server = _Server(estimator, links, lifeline)
        try:
            while not server.done:
                if server.wait():
                    _tidy_up(endpoints)
                    break
                server.attend()
        except EngineError as error:
            # Said before the links close: a station kills the process whose link has closed.
            complain(error)
            return exits.FAILED
        except KeyboardInterrupt:
            if lifeline is not None:
                raise
            server.leave()
    return exits.DONE


@dataclass(frozen=True, slots=True, eq=False)
class _Item:
    """A picture that waits, as `camera` of the engine; `came_at` (s) where that is known."""

    seq: int
    image: Image
    camera: int
    came_at: float | None


class _Server:
    """Takes the frames of all stations and answers them, as many together as pay."""

    def __init__(
        self, estimator: PoseEstimator, links: Sequence[StationLink], lifeline: int | None
    ) -> None:
        self._estimator = estimator
        self._links = dict(enumerate(links))  # by the number of the camera
        self._lifeline = lifeline
        self._inbox: Inbox[_Item] = Inbox(estimator.batch, time.monotonic)
        self._newest = dict.fromkeys(self._links, -1)  # frame number that has come
        self._again: dict[int, int] = {}  # the same of frames that are older than that
        self._there: set[int] = set()  # who was said to be there
        self._prompt_at: float | None = None
        self._poller = zmq.Poller()
        for link in links:
            self._poller.register(link.socket, zmq.POLLIN)
            self._poller.register(link.monitor, zmq.POLLIN)
        if lifeline is not None:
            self._poller.register(lifeline, zmq.POLLIN)

    @property
    def done(self) -> bool:
        """Whether all stations have said stop."""
        return all(link.stopped for link in self._links.values())

    def wait(self) -> bool:
        """Wait until there is something to attend to; whether the lifeline has closed."""
        patience = self._inbox.patience_s()
        # Rounded down: no frame waits longer than it may.
        timeout_ms = int(1000 * (HELLO_S if patience is None else patience))
        begin = time.monotonic()
        ready = dict(self._poller.poll(timeout_ms))
        now = time.monotonic()
        # What was there before nobody looked came at a time that nobody knows.
        self._prompt_at = now if ready and now - begin > _WAITED_S else None
        return self._lifeline in ready

    def attend(self) -> None:
        """Take what has come; answer what is due. Raises LinkError when no station is left."""
        for camera in list(self._links):
            try:
                self._receive(camera)
            except LinkError as error:
                self._drop(camera, error)
        patience = self._inbox.patience_s()
        if patience is not None and patience < _TICK_S:
            self._answer(self._inbox.take())

    def _receive(self, camera: int) -> None:
        link = self._links[camera]
        link.update()
        for header, pixels in link.receive(prompt=self._prompt_at is not None):
            try:
                image = unpack(header, pixels)
            except ValueError as error:
                link.answer(Refused(header.seq, str(error)))
            else:
                self._add(camera, header.seq, image)
        if link.stopped:
            self._leave(camera)
        if not self._inbox.count(camera) and (not link.connected or link.greet()):
            self._leave(camera)
        self._tell(camera, link)

    def _tell(self, camera: int, link: StationLink) -> None:
        """Say when a station comes or goes. Not to those whose station has started us."""
        if trouble := link.take_trouble():
            complain(trouble)
        there = link.connected and not link.stopped
        if self._lifeline is not None or there == (camera in self._there):
            return
        self._there ^= {camera}
        what = "connected" if there else "stopped" if link.stopped else "gone; waiting for it"
        sys.stdout.write(f"{link.endpoint}: {what}\n")
        sys.stdout.flush()

    def _add(self, camera: int, seq: int, image: Image) -> None:
        stream = camera
        if seq > self._newest[camera]:
            self._newest[camera] = seq
            self._again.pop(camera, None)
        else:
            # Sent again, as a worker lost it. No poses may depend on newer frames: for the engine
            # such frames are another camera's, of whom it has seen nothing before.
            stream = camera + len(self._newest)
            if seq <= self._again.get(camera, seq):
                while self._inbox.count(camera):
                    self._answer(self._inbox.take())
                self._estimator.forget(stream)
            self._again[camera] = seq
        self._inbox.add(camera, _Item(seq, image, stream, self._prompt_at))

    def _leave(self, camera: int) -> None:
        self._inbox.leave(camera)
        self._estimator.forget(camera)
        self._estimator.forget(camera + len(self._newest))
        self._newest[camera] = -1
        self._again.pop(camera, None)

    def leave(self) -> None:
        """Say goodbye to all stations."""
        for link in self._links.values():
            link.leave()

    def _drop(self, camera: int, error: LinkError) -> None:
        """Work no more for what is no station. Raises `error` when no other is left."""
        self._leave(camera)
        link = self._links.pop(camera)
        if not self._links:
            raise error
        self._poller.unregister(link.socket)
        self._poller.unregister(link.monitor)
        link.close()
        complain(error)

    def _answer(self, batch: Sequence[tuple[int, _Item]]) -> None:
        begin = time.perf_counter()
        try:
            found = self._estimator.estimate(
                [CameraFrame(item.image, item.camera) for _, item in batch]
            )
        except ValueError as error:
            self._answer_bad(batch, str(error))
            return
        pose_ns = to_ns(time.perf_counter() - begin)
        now = time.monotonic()
        for (camera, item), poses in zip(batch, found, strict=True):
            held_ns = 0 if item.came_at is None else to_ns(now - item.came_at)
            self._links[camera].answer(Result(item.seq, *pack_poses(poses), pose_ns, held_ns))

    def _answer_bad(self, batch: Sequence[tuple[int, _Item]], why: str) -> None:
        """Refuse the frame that the engine cannot take, and no other camera's."""
        if len(batch) > 1:
            for one in batch:
                self._answer([one])
        else:
            [(camera, item)] = batch
            self._links[camera].answer(Refused(item.seq, why))


def _tidy_up(endpoints: Sequence[str]) -> None:
    """Remove the private sockets' folders, as the stations can no longer do it."""
    for endpoint in endpoints:
        folder = Path(endpoint.removeprefix("ipc://")).parent
        if endpoint.startswith("ipc://") and folder.name.startswith(FOLDER_PREFIX):
            shutil.rmtree(folder, ignore_errors=True)


def complain(error: Exception | str) -> None:
    """Say it on stderr, in one line."""
    sys.stderr.write(f"fliptally: {one_line(error)}\n")
