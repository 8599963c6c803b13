"""What a panel has to know when its station is started again, in a file beside the session.

With it the join code stays, and every phone is let in again as who it was. Which clicks the station
has is not in it: the session says that.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

SUFFIX = ".panel"


class Seat(msgspec.Struct, frozen=True):
    """A judge and his phone's secret."""

    name: str
    token: str
    head: bool = False


class Notes(msgspec.Struct, frozen=True):
    """`since_s` is when the panel began, on the machine's monotonic clock."""

    code: str
    session: str
    since_s: float
    seats: tuple[Seat, ...] = ()


class Notebook:
    """The file; only the user can read it, as it holds secrets. What cannot be written is not
    missed before a station is started again: then the judges join anew."""

    def __init__(self, session: Path) -> None:
        """`session` is the file of the session that the panel belongs to."""
        self.path = session.with_name(session.name + SUFFIX)
        self._fresh = self.path.with_name(f"{self.path.name}-new")

    def read(self) -> Notes | None:
        """None where there is none, or one that is damaged or another user's."""
        try:
            with self.path.open("rb") as file:
                if sys.platform != "win32" and os.fstat(file.fileno()).st_uid != os.geteuid():
                    return None
                return msgspec.json.decode(file.read(), type=Notes)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def write(self, notes: Notes) -> None:
        """The whole of it at once: whoever is killed meanwhile leaves the one before."""
        only_new = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with suppress(OSError):
            self._fresh.unlink(missing_ok=True)
            with open(os.open(self._fresh, only_new, 0o600), "wb") as file:
                file.write(msgspec.json.encode(notes))
            self._fresh.replace(self.path)

    def remove(self) -> None:
        """Nobody comes back to the session."""
        for path in (self.path, self._fresh):
            with suppress(OSError):
                path.unlink()
