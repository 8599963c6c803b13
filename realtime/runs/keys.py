"""Which keys a station or a connection of a command has, and what to type on the other machine."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.addresses import addresses
from realtime.transport.curve import Credentials, credentials, needs_curve
from realtime.transport.errors import KeysError
from realtime.transport.keys import KeyRing, to_text

_EVERY_ADDRESS = {"0.0.0.0", "*", "[::]"}


def connection_keys(
    endpoints: Sequence[str], station_keys: Sequence[str]
) -> list[Credentials | None]:
    """What to show to the station at each of `endpoints`; `station_keys` as given with
    `--station-key`. Raises KeysError."""
    if len(station_keys) not in {0, 1, len(endpoints)}:
        raise KeysError(
            f"--station-key: {len(station_keys)} given for {len(endpoints)} stations; give one for "
            "all, or one for each"
        )
    given: Sequence[str | None] = station_keys or [None]
    each = given if len(given) == len(endpoints) else [given[0]] * len(endpoints)
    ring = None
    if any(key is not None or needs_curve(to) for to, key in zip(endpoints, each, strict=True)):
        ring = KeyRing.open()
    return [credentials(to, key, ring) for to, key in zip(endpoints, each, strict=True)]


def station_ring(option: str, endpoint: str | None) -> KeyRing | None:
    """The keys for a socket that a station opens at `endpoint`, which `option` asked for; None
    where it needs none. Raises KeysError."""
    if endpoint is None or not needs_curve(endpoint):
        return None
    try:
        return KeyRing.open()
    except KeysError as error:
        raise KeysError(f"{option} {endpoint}: other machines can reach it; {error}") from None


def invitation(endpoint: str, command: str, ring: KeyRing) -> str:
    """The line that says what to type on another machine. `command` is what comes there behind
    `fliptally`, before the endpoint."""
    address, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    host = addresses()[0] if address in _EVERY_ADDRESS else address
    key = to_text(ring.public)
    return f"on another machine: fliptally {command} tcp://{host}:{port} --station-key {key}"
