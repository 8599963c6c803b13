"""Who may hear what is published, with keys on loopback as if it were not."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from realtime.publishing.publisher import Publisher
from realtime.publishing.viewer import Viewer
from realtime.supervision.states import StateChange
from realtime.transport.curve import Credentials
from realtime.transport.keys import KeyRing
from tests.realtime.publishing.listening import subscribed
from tests.realtime.publishing.test_viewer import connection
from tests.realtime.show.example import example
from tests.realtime.show.terminals import until

Rings = tuple[KeyRing, KeyRing]


@pytest.fixture
def rings(tmp_path: Path) -> Rings:
    return KeyRing.make(tmp_path / "station"), KeyRing.make(tmp_path / "screen")


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_trusted_screen_sees_and_one_that_is_not_gets_nothing_until_it_is(
    rings: Rings, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.publishing.viewer._ANEW_S", 0.5)
    station, screen = rings
    endpoint = f"tcp://127.0.0.1:{port}"
    told: list[StateChange] = []
    publisher = Publisher(endpoint, ring=station)
    publisher.start(example, tell=told.append)
    keys = Credentials(screen.public, screen.secret, station.public)
    with Viewer([endpoint], [keys]) as viewer:
        [shown] = viewer.snapshots
        until(lambda: "refuses this machine" in connection(shown).why)
        until(lambda: any("unknown key" in change.why for change in told))
        assert shown().jumps == 0
        station.trust("screen", screen.public)
        until(lambda: shown().jumps == 105)
        assert connection(shown).state == "running"
    publisher.close()


def test_a_wrong_key_of_the_station_is_said_and_gets_nothing(rings: Rings, port: int) -> None:
    station, screen = rings
    station.trust("screen", screen.public)
    endpoint = f"tcp://127.0.0.1:{port}"
    publisher = Publisher(endpoint, ring=station)
    publisher.start(example)
    keys = Credentials(screen.public, screen.secret, screen.public)
    with Viewer([endpoint], [keys]) as viewer:
        [shown] = viewer.snapshots
        until(lambda: "has another key" in connection(shown).why)
        assert shown().jumps == 0
    publisher.close()


def test_without_a_key_nothing_is_heard(rings: Rings, port: int) -> None:
    endpoint = f"tcp://127.0.0.1:{port}"
    publisher = Publisher(endpoint, ring=rings[0])
    publisher.start(example)
    with subscribed(endpoint) as subscriber:
        assert subscriber.rest(0.5) == []
    publisher.close()
