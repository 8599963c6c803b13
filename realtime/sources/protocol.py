"""The one protocol of all frame sources."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from models.pose.protocol import Image
from realtime.supervision.states import StateChange


def shown(uri: str) -> str:
    """A source's address as it may be shown and stored: no password, and valid UTF-8."""
    clean = re.sub(r"(?<=://)[^/@]*@", "", uri)
    return clean.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class CameraMode:
    """What is asked of a camera; what it really gives is in `SourceInfo`."""

    width: int = 1280
    height: int = 720
    fps: float = 60.0


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What a source says of itself after it was opened; None where it cannot know. `pixel_format`
    is how its pictures come (a camera's four letters, such as MJPG), `asked` what was asked of it.
    """

    uri: str
    width: int
    height: int
    fps: float | None = None
    frames: int | None = None
    duration_s: float | None = None
    pixel_format: str | None = None
    asked: CameraMode | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture. `t` is its capture time in seconds from the first frame of the stream, and
    `captured_at` the same moment on the machine's monotonic clock (for latency only). `stamp` is
    the device's own timestamp in seconds, as it came, where that is not `t`: it may jump. `skipped`
    pictures before this one were read and given up for newer ones."""

    t: float
    image: Image
    captured_at: float
    stamp: float | None = None
    skipped: int = 0


class Source(Protocol):
    """Gives frames in order, until there are no more."""

    @property
    def info(self) -> SourceInfo: ...

    @property
    def live(self) -> bool:
        """Whether frames come at their own pace, so that late ones are better dropped."""
        ...

    def read(self) -> Frame | StateChange | None:
        """The next frame, waiting for it, or, of a source that heals itself, what has happened to
        it; None at the end. Times strictly increase.

        Raises SourceError when the source fails.
        """
        ...

    def interrupt(self) -> None:
        """Let a `read` that waits in another thread end soon; there will be no more."""
        ...

    def close(self) -> None:
        """Release the device or file, with no `read` under way. Twice does nothing."""
        ...


class FrameSource(Source, Protocol):
    """A source that gives nothing but frames: what happens to it ends it."""

    def read(self) -> Frame | None: ...
