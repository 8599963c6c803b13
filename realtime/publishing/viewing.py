"""A station as another machine sees it: its last state, and how it is with the connection."""

from __future__ import annotations

from dataclasses import replace

from realtime.publishing.receiving import ReceivedError, received
from realtime.publishing.schema import SCHEMA, Ended, Hello, StateShown
from realtime.show.snapshot import PartShown, Snapshot
from realtime.sources.protocol import shown

_PART = "connection"
SILENT_S = 1.0
"""Ten states that did not come."""


class StationView:
    """One station, from what it publishes. One thread takes its messages, any other may ask for the
    snapshot. What cannot be understood is counted and otherwise passed over."""

    def __init__(self, endpoint: str, now: float) -> None:
        self._name = shown(endpoint)
        self._since = now
        self._state = _nothing_yet(endpoint)
        self._heard_at: float | None = None
        self._ended = False
        self._wrong = 0
        self._why = ""
        self.refused = False
        """Whether the station did not let us in the last time."""

    def take(self, parts: list[bytes], now: float) -> None:
        """One message that came at `now` (seconds of a monotonic clock)."""
        try:
            message = received(parts)
        except ReceivedError as error:
            self._wrong += 1
            self._why = str(error)
            return
        if isinstance(message, Hello) and message.schema != SCHEMA:
            self._wrong += 1
            self._why = f"it speaks {message.schema}"
            return
        self._heard_at = now
        self.refused = False
        self._ended = isinstance(message, Ended)
        if isinstance(message, StateShown):
            self._state = message.station

    def snapshot(self, now: float) -> Snapshot:
        """The last state, and the connection as one more of the station's parts."""
        return replace(self._state, parts=(self._connection(now), *self._state.parts))

    def _connection(self, now: float) -> PartShown:
        if self._heard_at is None:
            waited_s = now - self._since
            if self._wrong:
                why = f"{self._name}: no station of {SCHEMA} ({self._why})"
                return PartShown(_PART, "degraded", why, waited_s)
            if self.refused:
                why = f"{self._name}: refuses this machine, or has another key"
                return PartShown(_PART, "degraded", why, waited_s)
            why = f"waiting for the station at {self._name}"
            return PartShown(_PART, "starting", why, waited_s)
        silent_s = now - self._heard_at
        if self._ended or silent_s < SILENT_S:
            return PartShown(_PART, "running")
        return PartShown(_PART, "degraded", "the station is silent", silent_s)


def _nothing_yet(endpoint: str) -> Snapshot:
    return Snapshot(
        title=shown(endpoint),
        state="starting",
        backend="-",
        elapsed_s=0.0,
        duration_s=None,
        athlete_seen=False,
        athlete=None,
        by_hand=False,
        in_view=0,
        people=(),
        analysed=0,
        analysis_ms=None,
        jumps=0,
        right=0,
        left=0,
        cadence=0.0,
        cadence_history=(),
        marks=(),
        events=(),
        fps_in=0.0,
        fps_processed=0.0,
        links=(),
        latency_p50_ms=None,
        latency_p95_ms=None,
        recording=None,
        notice=None,
        expected=None,
    )
