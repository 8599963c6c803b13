"""A webcam, or a GoPro or capture card that shows itself as one, through OpenCV."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import cv2

from models.pose.protocol import Image
from realtime.sources.errors import SourceError
from realtime.sources.protocol import Frame, SourceInfo

_MAX_BAD_READS = 30
_MAX_BAD_S = 2.0
_MAX_DRIVER_DELAY_S = 1.0


@dataclass(frozen=True, slots=True)
class CameraMode:
    """What is asked of a camera; what it really gives is in `SourceInfo`."""

    width: int = 1280
    height: int = 720
    fps: float = 60.0


class CameraSource:
    """Frames of a camera given by index ("0") or device path ("/dev/video0")."""

    live = True

    def __init__(
        self,
        device: str,
        mode: CameraMode = CameraMode(),
        *,
        capture: Any = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`capture` stands in for `cv2.VideoCapture` in tests.

        Raises SourceError when the camera is not there, is in use, or gives no picture.
        """
        self._device = device
        self._clock = clock
        self._capture = capture if capture is not None else _open(device)
        self._first: float | None = None
        self._last_t = -1.0
        self._interrupted = False
        self._ahead: Frame | None = None
        self._configure(mode)
        ahead = self._grab()
        if ahead is None:
            self.close()
            raise SourceError(f"camera {device}: gives no picture; is another program using it?")
        self._ahead = ahead
        height, width = ahead.image.shape[:2]
        fps = float(self._capture.get(cv2.CAP_PROP_FPS)) or None
        self._info = SourceInfo(f"camera:{device}", width, height, fps)

    def _configure(self, mode: CameraMode) -> None:
        # Most webcams give 60 fps at 720p only as MJPEG; the order matters to some drivers.
        mjpeg = cv2.VideoWriter.fourcc(*"MJPG")
        for name, value in (
            (cv2.CAP_PROP_FOURCC, mjpeg),
            (cv2.CAP_PROP_FRAME_WIDTH, mode.width),
            (cv2.CAP_PROP_FRAME_HEIGHT, mode.height),
            (cv2.CAP_PROP_FPS, mode.fps),
            (cv2.CAP_PROP_BUFFERSIZE, 1),
        ):
            self._capture.set(name, value)

    @property
    def info(self) -> SourceInfo:
        return self._info

    def read(self) -> Frame | None:
        if self._ahead is not None:
            ahead, self._ahead = self._ahead, None
            return ahead
        frame = None if self._interrupted else self._grab()
        if frame is None and not self._interrupted:
            raise SourceError(f"camera {self._device}: went away; check the cable and start again")
        return frame

    def _grab(self) -> Frame | None:
        """The next good picture, or None when there was none for a while."""
        begin = self._clock()
        for _ in range(_MAX_BAD_READS):
            good, image = self._capture.read()
            now = self._clock()
            if good and image is not None and image.size:
                return self._stamp(image, now)
            if self._interrupted or now - begin > _MAX_BAD_S:
                break
        return None

    def _stamp(self, image: Image, now: float) -> Frame:
        """Capture time from the driver where it gives one on the monotonic clock (V4L2)."""
        driver = float(self._capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000
        captured_at = driver if 0 <= now - driver < _MAX_DRIVER_DELAY_S else now
        if self._first is None:
            self._first = captured_at
        t = max(captured_at - self._first, self._last_t + 1e-6)
        self._last_t = t
        return Frame(t, image, captured_at)

    def interrupt(self) -> None:
        """Ends after the driver's next answer, which OpenCV waits for without a way out."""
        self._interrupted = True

    def close(self) -> None:
        self._interrupted = True
        self._ahead = None
        self._capture.release()


def _open(device: str) -> Any:
    if device.startswith("/") and not Path(device).exists():
        raise SourceError(f"camera {device}: no such device; run fliptally doctor to list cameras")
    # OpenCV's own warnings would stand beside our one line.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    number = re.fullmatch(r"(?:/dev/video)?(\d+)", device)
    backend = cv2.CAP_V4L2 if sys.platform.startswith("linux") else cv2.CAP_ANY
    capture = cast(Any, cv2.VideoCapture(int(number[1]) if number else device, backend))
    if not capture.isOpened():
        capture.release()
        raise SourceError(
            f"camera {device}: not there or in use by another program; "
            "run fliptally doctor to list cameras"
        )
    return capture


def list_cameras() -> list[str]:
    """Device paths of the video devices this system shows (Linux; elsewhere unknown, empty)."""
    found = Path("/dev").glob("video*")
    return sorted(str(path) for path in found if re.fullmatch(r"video\d+", path.name))
