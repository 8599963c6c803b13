"""The names of pose workers on the wire, and what people call them.

A socket needs a name of its own, which for people is the same worker's: behind what that one is
called stands what tells its starts apart (`local-1:2-…`), then which of its stations it talks to
(`local-1:2-…#3`).
"""

from __future__ import annotations

from realtime.printable import printable

_START, _STATION = ":", "#"
_LONGEST = 48


def identity(worker: str, start: str) -> str:
    """Of one process of a worker; `start` tells it from all others."""
    return f"{worker}{_START}{start}"


def at_station(identity: str, number: int) -> str:
    """Of its connection to the station with this number, from 1: a station takes no second
    connection of one name, and may have two endpoints."""
    return identity if number == 1 else f"{identity}{_STATION}{number}"


def part_of(identity: bytes) -> str:
    """What the worker is called, however often it was started again and whichever of its stations
    we are."""
    name = identity.decode("ascii", "backslashreplace")
    for mark in (_START, _STATION):
        name = name.partition(mark)[0]
    return f"pose worker {printable(name, _LONGEST)}"
