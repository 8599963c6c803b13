"""Pictures to calibrate from: a camera, a stream, a video or a folder of images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from calibration.profile import stable_id
from models.pose.protocol import Image
from realtime.opening import open_live, open_video
from realtime.sources.errors import SourceError
from realtime.sources.gopro import is_gopro
from realtime.sources.images import ImageFolderSource
from realtime.sources.protocol import FrameSource

_FOLDER_FPS = 1.0


def is_folder(source: str) -> bool:
    return Path(source).is_dir()


def is_live(source: str) -> bool:
    """Whether `source` is a camera or a stream, which does not end."""
    return not Path(source).exists() or source.startswith("/dev/")


def pictures(source: str, every_s: float = 0.0) -> Iterator[tuple[float, Image]]:
    """Time in seconds and BGR picture; of a video or camera one each `every_s`, of a folder all,
    by name, a second apart. Raises SourceError."""
    every_s = 0.0 if is_folder(source) else every_s
    with closing(_opened(source)) as s:
        due = 0.0
        while (frame := s.read()) is not None:
            if frame.t >= due:
                due = frame.t + every_s
                yield frame.t, frame.image


def _opened(source: str) -> FrameSource:
    if is_folder(source):
        return ImageFolderSource(Path(source), _FOLDER_FPS)
    return open_live(source) if is_live(source) else open_video(source, realtime=False)


def own_name(source: str) -> str | None:
    """What a camera is called each time it is plugged in; None for a stream or a file, which does
    not say which camera it is from."""
    if is_gopro(source):
        return source
    return stable_id(source) if source.isdecimal() or source.startswith("/dev/") else None


def camera_name(source: str, given: str | None) -> str:
    """Under which name a calibration from `source` is kept. Raises SourceError for a source that
    has none of its own."""
    if name := given or own_name(source):
        return name
    raise SourceError(
        f"{source}: does not say which camera it is from; give --camera NAME for the calibration"
    )
