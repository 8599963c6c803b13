"""Sockets in the file system: libzmq deletes whatever is in the place of a new one, and leaves its
own behind."""

from __future__ import annotations

import socket
import stat
from contextlib import suppress
from pathlib import Path

from realtime.sources.errors import SourceError

_IPC = "ipc://"


class SocketPath:
    """The place of an endpoint in the file system; there is none for tcp."""

    def __init__(self, endpoint: str) -> None:
        """Raises SourceError when there is a file, or a socket in use; one that a process left
        behind may go."""
        self._path = Path(endpoint.removeprefix(_IPC)) if endpoint.startswith(_IPC) else None
        self._made: int | None = None
        if self._path is None:
            return
        try:
            found = self._path.stat().st_mode
        except OSError:
            return  # nothing is there, or libzmq will say what is wrong
        if not stat.S_ISSOCK(found):
            raise SourceError(f"--publish {endpoint}: is a file or a folder; give another path")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe, suppress(OSError):
            probe.connect(str(self._path))
            raise SourceError(
                f"--publish {endpoint}: is in use by another station; give another path"
            )

    def bound(self) -> None:
        """Call it once the socket is there."""
        self._made = self._inode()

    def remove(self) -> None:
        """Take away what was made here, and nothing else."""
        if self._path is not None and self._made is not None and self._made == self._inode():
            with suppress(OSError):
                self._path.unlink()

    def _inode(self) -> int | None:
        if self._path is not None:
            with suppress(OSError):
                return self._path.stat().st_ino
        return None
