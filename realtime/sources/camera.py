"""A webcam, or a GoPro or capture card that shows itself as one, through OpenCV."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import cv2

from models.pose.protocol import Image
from realtime.sources.errors import SourceError
from realtime.sources.protocol import CameraMode, Frame, SourceInfo

_WANTED = CameraMode()
_INDICES = 3
_MAX_BAD_READS = 30
_MAX_BAD_S = 2.0
_MAX_DRIVER_DELAY_S = 1.0
_SILENT_DRIVER_S = 2
"""V4L2's own patience is 10 s, in which a frozen camera could neither be read nor opened again."""


class CameraSource:
    """Frames of a camera given by index ("0") or device path ("/dev/video0")."""

    live = True

    def __init__(
        self,
        device: str,
        *,
        at: Path | None = None,
        capture: Any = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`at` is a path that stays the camera's own when it is plugged in anew (under
        /dev/v4l/by-id), where that is known. `capture` stands in for `cv2.VideoCapture` in tests.

        Raises SourceError when the camera is not there, is in use, or gives no picture.
        """
        self._device = device
        self._clock = clock
        self._capture = capture if capture is not None else _open(device, at)
        self._first: float | None = None
        self._last_t = -1.0
        self._interrupted = False
        self._ahead: Frame | None = None
        self._configure()
        ahead = self._grab()
        if ahead is None:
            self.close()
            raise SourceError(f"camera {device}: gives no picture; is another program using it?")
        self._ahead = ahead
        height, width = ahead.image.shape[:2]
        fps = float(self._capture.get(cv2.CAP_PROP_FPS))
        self._info = SourceInfo(
            f"camera:{device}",
            width,
            height,
            fps if fps > 0 else None,
            pixel_format=_four_letters(self._capture.get(cv2.CAP_PROP_FOURCC)),
            asked=_WANTED,
        )

    def _configure(self) -> None:
        # Most webcams give 60 fps at 720p only as MJPEG; the order matters to some drivers.
        mjpeg = cv2.VideoWriter.fourcc(*"MJPG")
        for name, value in (
            (cv2.CAP_PROP_FOURCC, mjpeg),
            (cv2.CAP_PROP_FRAME_WIDTH, _WANTED.width),
            (cv2.CAP_PROP_FRAME_HEIGHT, _WANTED.height),
            (cv2.CAP_PROP_FPS, _WANTED.fps),
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
            raise SourceError(f"camera {self._device}: went away; check the cable")
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
        return Frame(t, image, captured_at, driver if driver > 0 else None)

    def interrupt(self) -> None:
        """Ends after the driver's next answer, which OpenCV waits for without a way out."""
        self._interrupted = True

    def close(self) -> None:
        self._interrupted = True
        self._ahead = None
        self._capture.release()


def _open(device: str, at: Path | None) -> Any:
    path = at or (Path(device) if device.startswith("/") else None)
    if path is not None and not path.exists():
        raise SourceError(f"camera {device}: no such device; run fliptally doctor to list cameras")
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(_SILENT_DRIVER_S))
    # OpenCV's own warnings would stand beside our one line.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    where = device if path is None else str(path.resolve())
    number = re.fullmatch(r"(?:/dev/video)?(\d+)", where)
    capture = cast(Any, cv2.VideoCapture(int(number[1]) if number else where, backend()))
    if not capture.isOpened():
        capture.release()
        raise SourceError(
            f"camera {device}: not there or in use by another program; "
            "run fliptally doctor to list cameras"
        )
    return capture


def backend(platform: str = sys.platform) -> int:
    """OpenCV's way to this system's cameras: V4L2, AVFoundation or Media Foundation."""
    known = {"linux": cv2.CAP_V4L2, "darwin": cv2.CAP_AVFOUNDATION, "win32": cv2.CAP_MSMF}
    return known.get(platform, cv2.CAP_ANY)


def _four_letters(code: float) -> str | None:
    """The name of a pixel format; None where the driver gives none."""
    letters = int(code).to_bytes(8, "little", signed=True)[:4]
    return letters.decode("ascii") if letters.isalnum() else None


def list_cameras(platform: str = sys.platform) -> list[str]:
    """Device paths of the video devices that Linux shows; elsewhere the first indices, of which
    nobody knows whether there is a camera before it is opened."""
    if not platform.startswith("linux"):
        return [str(index) for index in range(_INDICES)]
    found = Path("/dev").glob("video*")
    return sorted(str(path) for path in found if re.fullmatch(r"video\d+", path.name))
