"""Where a station's poses come from: frames through pose workers, or a recording."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import numpy as np
import zmq

from calibration.zone import Rectangle
from models.poses import Poses
from realtime.messages import FOLDER_PREFIX
from realtime.observations import Observation, Observed, Resumed
from realtime.sources.errors import SourceError
from realtime.sources.protocol import Source, SourceInfo
from realtime.supervision.starting import Starting
from realtime.transport.capture import CaptureThread
from realtime.transport.channel import FrameChannel
from realtime.transport.curve import Doorkeeper
from realtime.transport.errors import KeysError
from realtime.transport.keys import KeyRing
from realtime.transport.processes import WorkerError, WorkerProcesses
from realtime.transport.worker_process import Command

_LIVE_WINDOW = 2  # one in work, one at hand: a short stall costs no frame
_LOSSLESS_WINDOW = 3
_RECORDED_PER_POLL = 32


class PoseFeed(Protocol):
    """Observations in capture order until `ended`."""

    @property
    def info(self) -> SourceInfo: ...

    @property
    def backend(self) -> str | None:
        """The pose engine, once it is known."""
        ...

    @property
    def captured(self) -> int:
        """Frames that the source gave so far."""
        ...

    @property
    def dropped(self) -> int:
        """Frames given up for newer ones before they reached a worker."""
        ...

    @property
    def ended(self) -> bool: ...

    @property
    def error(self) -> str | None:
        """Why the source ended, when that was not its natural end."""
        ...

    def poll(self, timeout_s: float) -> list[Observation]:
        """What was settled within `timeout_s`. Raises WorkerError, SourceError."""
        ...

    def close(self) -> None:
        """End threads, processes and sockets. Twice does nothing."""
        ...


class FrameFeed:
    """Capture thread, frame channel and pose workers of one station.

    `endpoint` is where workers from elsewhere connect (None: nowhere). `workers` is how many
    processes are started here, on a private socket (0: they all come from elsewhere). Of a frame
    only `crop` is looked at; poses come in the frame's pixels.
    """

    def __init__(
        self,
        source: Source,
        *,
        command: Command,
        crop: Rectangle | None = None,
        endpoint: str | None = None,
        workers: int = 1,
        pool: WorkerProcesses | None = None,
        ring: KeyRing | None = None,
    ) -> None:
        """`pool` are workers that several stations share, started by who made them when all have
        joined: in place of `command` and `workers`. `ring` are the keys of an endpoint that other
        machines can reach. Raises SourceError for an endpoint that cannot be used, KeysError for
        one that needs keys."""
        self.info = source.info
        self._crop = crop
        self._folder = TemporaryDirectory(prefix=FOLDER_PREFIX, ignore_cleanup_errors=True)
        address = f"inproc://{uuid.uuid4()}"
        self._context = zmq.Context()
        self._doorkeeper = Doorkeeper(self._context, ring) if endpoint is not None else None
        try:
            self._channel = FrameChannel(
                self._context,
                capture_address=address,
                endpoint=f"ipc://{Path(self._folder.name) / 'frames'}",
                listen=endpoint,
                doorkeeper=self._doorkeeper,
                lossless=not source.live,
                window=_LIVE_WINDOW if source.live else _LOSSLESS_WINDOW,
            )
        except zmq.ZMQError as error:
            self._release()
            raise SourceError(
                f"--listen {endpoint}: {error.strerror}; expected tcp://address:port, free"
            ) from None
        except KeysError:
            self._release()
            raise
        self._backend: str | None = None
        self._starting = Starting(time.monotonic)
        own = pool or WorkerProcesses(workers, command, go_on=source.live)
        self._workers = own.join(self._channel.endpoint)
        if pool is None:
            own.start()
        self._capture = CaptureThread(self._context, source, address, crop)
        self._capturing = False
        self._given_up: WorkerError | None = None
        self._closed = False

    @property
    def endpoint(self) -> str:
        """Where workers from elsewhere connect, if they may; else those of this machine."""
        return self._channel.listening or self._channel.endpoint

    @property
    def worker_pids(self) -> list[int]:
        return self._workers.pids

    @property
    def backend(self) -> str | None:
        return self._backend

    @property
    def captured(self) -> int:
        return self._capture.captured

    @property
    def dropped(self) -> int:
        return self._channel.dropped + self._capture.dropped

    @property
    def ended(self) -> bool:
        return self._channel.ended

    @property
    def error(self) -> str | None:
        return self._channel.source_error

    def poll(self, timeout_s: float) -> list[Observation]:
        if self._backend is None and self._channel.hello is not None:
            self._backend = self._channel.hello.backend
        if not self._capturing and self._backend is not None:
            self._capture.start()  # no frame is captured, and lost, before somebody can take it
            self._capturing = True
        if self._given_up is not None:
            raise self._given_up
        observations = self._channel.poll(timeout_s)
        observations += self._workers.take_changes()  # the channel has said who died before
        observations += self._starting.watch(observations)
        for identity in self._channel.take_failed():
            self._workers.kill(identity)
        try:
            for death in self._workers.check(worked=self._backend is not None):
                self._channel.fail(death.identity, death.why, death.state)
        except WorkerError as error:
            self._given_up = error  # said by the next call: what is settled comes first
        return [self._in_frame(observation) for observation in observations]

    def _in_frame(self, observation: Observation) -> Observation:
        """From pixels of the crop to pixels of the frame."""
        if self._crop is None or not isinstance(observation, Observed):
            return observation
        offset = np.array([self._crop.x, self._crop.y, 0], np.float32)
        keypoints = observation.poses.keypoints
        moved = np.where(keypoints[..., 2:] > 0, keypoints + offset, keypoints)
        return replace(observation, poses=Poses(observation.poses.skeleton, moved))

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._capture.close()
        self._channel.close()
        self._workers.leave()
        self._release()

    def _release(self) -> None:
        if self._doorkeeper is not None:
            self._doorkeeper.close()
        self._context.term()
        self._folder.cleanup()


class RecordedFeed:
    """Recorded poses, as fast as they are asked for or (`realtime`) at their own pace.

    `totals` gives, at the end, how many frames were captured and dropped when it was recorded
    (None: as many as there are, and none).
    """

    def __init__(
        self,
        info: SourceInfo,
        backend: str,
        observations: Iterator[Observation],
        *,
        realtime: bool = False,
        totals: Callable[[], tuple[int, int] | None] = lambda: None,
    ) -> None:
        self.info = info
        self.backend: str | None = backend
        self.captured = 0
        self.dropped = 0
        self.ended = False
        self.error: str | None = None
        self._observations = observations
        self._realtime = realtime
        self._totals = totals
        self._ahead: Observed | None = None
        self._start: float | None = None

    def poll(self, timeout_s: float) -> list[Observation]:
        if not self._realtime:
            return [o for o in (self._next() for _ in range(_RECORDED_PER_POLL)) if o is not None]
        observation = self._ahead or self._next()
        self._ahead = None
        if isinstance(observation, Resumed) and self._start is not None:
            self._start -= observation.gap_s  # nobody waits through it again
        if not isinstance(observation, Observed):
            return [observation] if observation is not None else []
        now = time.monotonic()
        if self._start is None:
            self._start = now - observation.t
        early = self._start + observation.t - now
        if early > timeout_s:
            time.sleep(timeout_s)
            self._ahead = observation
            return []
        time.sleep(max(early, 0))
        return [observation]

    def _next(self) -> Observation | None:
        if self.ended:
            return None
        try:
            observation = next(self._observations, None)
        except SourceError as error:
            self.error = str(error)
            observation = None
        if observation is None:
            self.ended = True
            self.captured, self.dropped = self._totals() or (self.captured, self.dropped)
        elif isinstance(observation, Observed):
            self.captured += 1
        return observation

    def close(self) -> None:
        self.ended = True
