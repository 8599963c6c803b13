"""A video whose frames are asked for by number, exactly."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

import av
import av.error
import cv2
import numpy as np

from realtime.sources.errors import SourceError
from realtime.sources.video import upright

LARGEST_SIDE = 1920
"""Pictures are sent at this size at most."""
_QUALITY = 88
_DECODED_BYTES = 256 << 20
_SENT_BYTES = 256 << 20
_AHEAD = 48  # frames: decoding on to one that is this near is quicker than finding a key frame

_UNKNOWN = 1 << 62

V = TypeVar("V")


class Film:
    """The frames of a video file in order of their times.

    A frame is found by its presentation time, never by counting from a guess: decoding begins at
    the key frame before it. What was decoded on the way is kept, so that a step back costs nothing.
    May be used from several threads.
    """

    def __init__(self, path: Path) -> None:
        """Reads where every frame is, without decoding. Raises SourceError."""
        self.path = path
        try:
            self._container = av.open(str(path.absolute()))
            self._stamps = self._read_stamps()
            self._stamps = self._stamps[: self._pictures()]
        except (av.error.FFmpegError, OSError) as error:
            raise SourceError(
                f"{path}: cannot be opened ({error.strerror}); expected a video"
            ) from None
        self._decoded: _Kept[av.VideoFrame] = _Kept(_DECODED_BYTES)
        self._sent: _Kept[bytes] = _Kept(_SENT_BYTES)
        self._lock = Lock()
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._next = _UNKNOWN  # what the decoder gives next

    @property
    def times(self) -> list[float]:
        """Of each frame, seconds from the first, as a session that was made of this file has it."""
        base = self._container.streams.video[0].time_base
        unit = float(base) if base else 0.0
        return [float((stamp - self._stamps[0]) * unit) for stamp in self._stamps]

    def jpeg(self, number: int) -> bytes:
        """The frame as JPEG. Raises IndexError where there is none, SourceError for a frame that
        cannot be decoded."""
        if not 0 <= number < len(self._stamps):
            raise IndexError(number)
        with self._lock:
            sent = self._sent.get(number)
            if sent is None:
                sent = _encoded(self._frame(number))
                self._sent.put(number, sent, len(sent))
            return sent

    def close(self) -> None:
        with self._lock:
            self._container.close()

    def _read_stamps(self) -> list[int]:
        if not self._container.streams.video:
            raise SourceError(f"{self.path}: holds no video stream; expected a video")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        stamps = set()
        for packet in self._container.demux(self._stream):
            stamp = packet.dts if packet.pts is None else packet.pts
            if packet.size and stamp is not None and not packet.is_discard:
                stamps.add(stamp)
        if not stamps:
            raise SourceError(
                f"{self.path}: its frames have no times; make a video of it that has: "
                "ffmpeg -i VIDEO -c copy NEW.mp4"
            )
        return sorted(stamps)

    def _pictures(self) -> int:
        """How many of the stamps have a picture: the last of a stream may have none."""
        self._container.seek(self._stamps[-1], stream=self._stream)
        last = None
        for frame in self._container.decode(self._stream):
            last = frame.dts if frame.pts is None else frame.pts
        return len(self._stamps) if last is None else bisect_right(self._stamps, last)

    def _frame(self, number: int) -> av.VideoFrame:
        found = self._decoded.get(number)
        if found is not None:
            return found
        ahead = number - self._next
        # Where a file's table of key frames is wrong, only its beginning is sure.
        begins = (number, 0) if not 0 <= ahead <= _AHEAD else (None, number, 0)
        for begin in begins:
            try:
                if begin is not None:
                    self._container.seek(self._stamps[begin], stream=self._stream)
                    self._frames = self._container.decode(self._stream)
                found = self._decode_to(number)
            except av.error.FFmpegError:
                self._next = _UNKNOWN
            if found is not None:
                return found
        raise SourceError(f"{self.path}: frame {number} is damaged and cannot be shown")

    def _decode_to(self, number: int) -> av.VideoFrame | None:
        for frame in self._frames:
            if self._keep(frame) >= number:
                break
        else:
            self._next = _UNKNOWN
        return self._decoded.get(number)

    def _keep(self, frame: av.VideoFrame) -> int:
        stamp = frame.dts if frame.pts is None else frame.pts
        place = -1 if stamp is None else bisect_left(self._stamps, stamp)
        if 0 <= place < len(self._stamps) and self._stamps[place] == stamp:
            size = sum(plane.buffer_size for plane in frame.planes)
            self._decoded.put(place, frame, size)
        self._next = place + 1
        return place


class _Kept(Generic[V]):
    """The last used values whose sizes together are at most `most` bytes."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._all = 0
        self._values: OrderedDict[int, tuple[V, int]] = OrderedDict()

    def get(self, key: int) -> V | None:
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: int, value: V, size: int) -> None:
        if key in self._values:
            self._all -= self._values.pop(key)[1]
        self._values[key] = value, size
        self._all += size
        while self._all > self._most and len(self._values) > 1:
            self._all -= self._values.popitem(last=False)[1][1]


def _encoded(frame: av.VideoFrame) -> bytes:
    image = upright(frame)
    height, width = image.shape[:2]
    shrink = LARGEST_SIDE / max(height, width)
    if shrink < 1:
        size = round(width * shrink), round(height * shrink)
        image = np.ascontiguousarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    encoded = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))[1]
    return bytes(encoded)
