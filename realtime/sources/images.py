"""A folder of pictures, in the order of their names."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import cast

import cv2

from models.pose.protocol import Image
from realtime.sources.errors import SourceError
from realtime.sources.protocol import Frame, SourceInfo, shown

_ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"}


def is_picture_folder(path: Path) -> bool:
    """Whether `path` is a folder in which there is a picture."""
    return path.is_dir() and any(_is_picture(file) for file in path.iterdir())


class ImageFolderSource:
    """The pictures of a folder at `fps`; numbers in names count as numbers: 2 is before 10."""

    live = False

    def __init__(self, folder: Path, fps: float) -> None:
        """Raises SourceError when there is no picture or the first cannot be read."""
        self._fps = fps
        self._paths = sorted(filter(_is_picture, folder.iterdir()), key=_in_order)
        self._next = 0
        name = shown(str(folder))
        if not self._paths:
            raise SourceError(f"{name}: holds no images; expected png or jpg files")
        height, width = _picture(self._paths[0]).shape[:2]
        count = len(self._paths)
        self._info = SourceInfo(name, width, height, fps, count, count / fps)

    @property
    def info(self) -> SourceInfo:
        return self._info

    def read(self) -> Frame | None:
        if self._next >= len(self._paths):
            return None
        i = self._next
        self._next += 1
        image = _picture(self._paths[i])
        height, width = image.shape[:2]
        if (width, height) != (self._info.width, self._info.height):
            raise SourceError(
                f"{shown(str(self._paths[i]))}: {width}x{height}, expected "
                f"{self._info.width}x{self._info.height} as the first; take it out of the folder"
            )
        return Frame(i / self._fps, image, time.monotonic())

    def interrupt(self) -> None:
        """Reading a picture takes no longer than milliseconds."""

    def close(self) -> None:
        self._next = len(self._paths)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in _ENDINGS and path.is_file()


def _in_order(path: Path) -> list[tuple[int, str]]:
    parts: list[str] = re.findall(r"\d+|\D+", path.name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _picture(path: Path) -> Image:
    image = cv2.imread(str(path))
    if image is None:
        raise SourceError(
            f"{shown(str(path))}: is no image that can be read; take it out of the folder"
        )
    return cast(Image, image)
