"""The capture thread: reads a source and pushes its frames into the channel."""

from __future__ import annotations

import math
import threading

import numpy as np
import zmq

from calibration.zone import Rectangle
from models.pose.protocol import Image, check_image
from realtime.messages import EndOfStream, FrameHeader, encode, to_ns
from realtime.printable import one_line
from realtime.sources.errors import SourceError
from realtime.sources.protocol import Frame, Source
from realtime.supervision.states import StateChange

_CHECK_STOP_MS = 50
_LIVE_PATIENCE_S = 0.1  # a camera does not wait either


class CaptureThread:
    """Runs `source` in a thread of its own and numbers its frames.

    With a crop only its pixels travel. When the channel takes no more, the thread waits:
    what that means (waiting for a worker, or not) is the channel's to decide.
    """

    def __init__(
        self,
        context: zmq.Context[zmq.SyncSocket],
        source: Source,
        address: str,
        crop: Rectangle | None,
    ) -> None:
        self._context = context
        self._source = source
        self._address = address
        self._crop = crop
        self._stop = threading.Event()
        self._captured = 0
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)

    @property
    def captured(self) -> int:
        """Frames that the source gave so far, with those that it gave up itself."""
        return self._captured

    @property
    def dropped(self) -> int:
        """Live frames that the source gave up or the channel did not take in time."""
        return self._dropped

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop reading, wait for the thread, close the source."""
        self._stop.set()
        self._source.interrupt()
        if self._thread.ident is not None:
            self._thread.join()
        self._source.close()

    def _run(self) -> None:
        with self._context.socket(zmq.PUSH) as socket:
            socket.setsockopt(zmq.LINGER, 0)
            socket.setsockopt(zmq.SNDHWM, 1)
            socket.connect(self._address)
            error = None
            try:
                self._pump(socket)
            except SourceError as failure:
                error = str(failure)
            except Exception as failure:  # a decoder or driver fault must end as one line
                text = one_line(failure)
                error = f"{self._source.info.uri}: {type(failure).__name__}: {text}"
            self._send(socket, [encode(EndOfStream(error))], math.inf)

    def _pump(self, socket: zmq.SyncSocket) -> None:
        while not self._stop.is_set():
            frame = self._source.read()
            if frame is None:
                return
            if isinstance(frame, StateChange):
                self._send(socket, [encode(frame)], math.inf)
                continue
            self._captured += frame.skipped
            self._dropped += frame.skipped
            image = self._cut(frame)
            height, width = image.shape[:2]
            header = FrameHeader(
                self._captured, to_ns(frame.t), to_ns(frame.captured_at), width, height
            )
            self._captured += 1
            patience = _LIVE_PATIENCE_S if self._source.live else math.inf
            if not self._send(socket, [encode(header), image.data], patience):
                self._dropped += 1

    def _cut(self, frame: Frame) -> Image:
        image = frame.image
        try:
            check_image(image)
        except ValueError as error:
            raise SourceError(f"{self._source.info.uri}, frame {self._captured}: {error}") from None
        if self._crop is not None:
            c = self._crop
            image = image[c.y : c.y + c.height, c.x : c.x + c.width]
        return np.ascontiguousarray(image)

    def _send(
        self, socket: zmq.SyncSocket, parts: list[bytes | memoryview], patience_s: float
    ) -> bool:
        """Whether the channel took it within `patience_s`."""
        waited_s = 0.0
        while not self._stop.is_set() and waited_s < patience_s:
            if socket.poll(_CHECK_STOP_MS, zmq.POLLOUT):
                socket.send_multipart(parts, copy=False)
                return True
            waited_s += _CHECK_STOP_MS / 1000
        return False
