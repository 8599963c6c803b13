"""Files by name, from a folder or from a `.tar.gz` of folders."""

from __future__ import annotations

import tarfile
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from models.recordings.errors import KeypointsError, one_line

_LARGEST_FILE = 10_000_000  # bytes; a frame of key points is a few thousand
_LARGEST_ARCHIVE = 1_000_000_000


class Entry(NamedTuple):
    """A file: its name, what it is called in a message, and its content. `read` raises OSError."""

    name: str
    shown: str
    read: Callable[[], bytes]


def folder_entries(folder: Path) -> list[Entry]:
    """The files of a folder, by name."""
    files = sorted(path for path in folder.iterdir() if not path.is_dir())
    return [Entry(path.name, str(path), path.read_bytes) for path in files]


def is_archive(path: Path) -> bool:
    """Whether `path` is a `.tar`, `.tar.gz` or `.tgz` file."""
    return path.is_file() and path.name.lower().endswith((".tar.gz", ".tgz", ".tar"))


def archive_entries(path: Path) -> dict[str, list[Entry]]:
    """The files of an archive, by the path of their folder, in order of their names; the empty
    folders too.

    Nothing is unpacked on the disk. Raises KeypointsError when it is damaged or far too large.
    """
    folders: dict[str, list[Entry]] = {}
    size = 0
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isdir():
                    folders.setdefault(str(PurePosixPath(member.name)), [])
                file = archive.extractfile(member) if member.isfile() else None
                if file is None:
                    continue
                size += member.size
                if member.size > _LARGEST_FILE or size > _LARGEST_ARCHIVE:
                    raise ValueError(f"{member.name} is {member.size} bytes, too large")
                inside = PurePosixPath(member.name)
                entry = Entry(inside.name, f"{path}/{member.name}", partial(bytes, file.read()))
                folders.setdefault(str(inside.parent), []).append(entry)
    except (OSError, EOFError, ValueError, tarfile.TarError) as error:
        raise KeypointsError(
            f"{path}: not a readable archive ({one_line(error)}); copy it again"
        ) from error
    return {name: sorted(folders[name], key=lambda entry: entry.name) for name in sorted(folders)}
