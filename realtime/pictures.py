"""Pictures to calibrate from: a camera, a stream, a video or a folder of images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import cv2

from calibration.profile import stable_id
from models.pose.protocol import Image
from realtime.opening import open_live, open_video
from realtime.sources.errors import SourceError

_IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"}


def is_folder(source: str) -> bool:
    return Path(source).is_dir()


def is_live(source: str) -> bool:
    """Whether `source` is a camera or a stream, which does not end."""
    return not Path(source).exists() or source.startswith("/dev/")


def pictures(source: str, every_s: float = 0.0) -> Iterator[tuple[float, Image]]:
    """Time in seconds and BGR picture; of a video or camera one each `every_s`, of a folder all,
    by name, a second apart. Raises SourceError."""
    if is_folder(source):
        yield from _images(Path(source))
        return
    with closing(open_live(source) if is_live(source) else open_video(source, realtime=False)) as s:
        due = 0.0
        while (frame := s.read()) is not None:
            if frame.t >= due:
                due = frame.t + every_s
                yield frame.t, frame.image


def own_name(source: str) -> str | None:
    """What a camera is called each time it is plugged in; None for a stream or a file, which does
    not say which camera it is from."""
    return stable_id(source) if source.isdecimal() or source.startswith("/dev/") else None


def camera_name(source: str, given: str | None) -> str:
    """Under which name a calibration from `source` is kept. Raises SourceError for a source that
    has none of its own."""
    if name := given or own_name(source):
        return name
    raise SourceError(
        f"{source}: does not say which camera it is from; give --camera NAME for the calibration"
    )


def _images(folder: Path) -> Iterator[tuple[float, Image]]:
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _IMAGES)
    if not paths:
        raise SourceError(f"{folder}: holds no images; expected png or jpg files")
    for i, path in enumerate(paths):
        image = cv2.imread(str(path))
        if image is None:
            raise SourceError(f"{path}: is no image that can be read; take it out of the folder")
        yield float(i), image.astype("uint8", copy=False)
