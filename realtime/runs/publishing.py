"""A station that publishes, for the commands."""

from __future__ import annotations

import sys
from contextlib import ExitStack

from realtime.publishing.publisher import Publisher
from realtime.runs.keys import invitation, station_ring
from realtime.scoreboard import Scoreboard
from realtime.station import Station


def open_publisher(stack: ExitStack, endpoint: str | None) -> Publisher | None:
    """What publishes at `endpoint` until `stack` is left; None: nothing does. Raises SourceError
    or KeysError for an endpoint that cannot be used."""
    if endpoint is None:
        return None
    ring = station_ring("--publish", endpoint)
    publisher = Publisher(endpoint, ring=ring)
    stack.callback(publisher.close)
    if ring is not None:
        sys.stderr.write(f"{invitation(endpoint, 'watch', ring)}\n")
    return publisher


def publish(station: Station, scoreboard: Scoreboard, publisher: Publisher) -> None:
    """Everything that `station` says from now on goes to `publisher` too."""
    publisher.start(scoreboard.snapshot, began=lambda: station.began, tell=station.tell)
    station.listeners.append(publisher)
