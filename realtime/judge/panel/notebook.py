"""What a panel has to know when its station is started again, in a file beside the session.

With it the join code stays, and every phone is let in again as who it was. Which clicks the station
has is not in it: the session says that.
"""

from __future__ import annotations

import os
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
        self.path = session.with_suffix(SUFFIX)

    def read(self) -> Notes | None:
        """None where there is none, or one that is damaged."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Notes)
        except (OSError, msgspec.DecodeError):
            return None

    def write(self, notes: Notes) -> None:
        """The whole of it at once: whoever is killed meanwhile leaves the one before."""
        fresh = self.path.with_suffix(f"{SUFFIX}-new")
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(msgspec.json.encode(notes))
            fresh.replace(self.path)

    def remove(self) -> None:
        """The session has ended, and nobody comes back to it."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
