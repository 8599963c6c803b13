"""Workers and stations whose keys fit or do not: a real feed, a real link, loopback made to want
keys."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from realtime.addresses import addresses
from realtime.cli import main
from realtime.feed import FrameFeed
from realtime.observations import Observed
from realtime.supervision.states import StateChange
from realtime.transport.curve import Credentials, credentials, needs_curve
from realtime.transport.errors import KeysError
from realtime.transport.keys import KeyRing, to_text
from realtime.transport.serving import serve
from tests.faults.test_workers import Numbers
from tests.faults.test_workers import command as command_of
from tests.realtime.standins import Recorder, background

STATION = "tcp://127.0.0.1:*"


@pytest.fixture
def rings(tmp_path):
    return KeyRing.make(tmp_path / "hall"), KeyRing.make(tmp_path / "laptop")


def station_at(endpoint: str, ring: KeyRing | None):
    source = Numbers(20, live=False)
    return closing(FrameFeed(source, command=None, endpoint=endpoint, workers=0, ring=ring))


@pytest.fixture
def feed(rings) -> Iterator[FrameFeed]:
    with station_at(STATION, rings[0]) as opened:
        yield opened


@contextmanager
def working(feed: FrameFeed, shown: Credentials | None) -> Iterator[None]:
    """A worker that ends with the block, though it may never have reached its station."""
    ours, its = os.pipe()[::-1]

    def work() -> int:
        return serve(Recorder(), [feed.endpoint], "laptop-1", keys=[shown], lifeline=its)

    with background(work) as worker:
        yield
        os.close(ours)
    os.close(its)
    assert worker.error is None


def poll(feed: FrameFeed, seconds: float = 10.0, until=lambda seen: False) -> list:
    seen: list = []
    deadline = time.monotonic() + seconds
    while not feed.ended and not until(seen) and time.monotonic() < deadline:
        seen += feed.poll(0.02)
    return seen


def poses(seen) -> list[int]:
    return [o.seq for o in seen if isinstance(o, Observed)]


def shows(ring: KeyRing, station: KeyRing) -> Credentials:
    return Credentials(ring.public, ring.secret, station.public)


def test_a_worker_with_the_right_keys_works(feed, rings):
    station, laptop = rings
    station.trust("laptop", laptop.public)
    with working(feed, shows(laptop, station)):
        seen = poll(feed)
        feed.close()
    assert poses(seen) == list(range(20))
    assert not any(change.is_fault for change in seen if isinstance(change, StateChange))


def test_a_worker_that_is_not_trusted_is_told_what_to_type_and_comes_in_when_it_is_done(
    feed, rings, capsys
):
    station, laptop = rings
    with working(feed, shows(laptop, station)):
        seen = poll(feed, until=lambda seen: any(isinstance(o, StateChange) for o in seen))
        [refused] = [change for change in seen if isinstance(change, StateChange)]
        key = to_text(laptop.public)
        assert refused.why == (
            "network: 127.0.0.1 was refused: unknown key; if it is yours: fliptally keys trust "
            f"NAME {key}"
        )
        assert refused.part == "network"
        station.trust("laptop", laptop.public)
        assert poses(poll(feed)) == list(range(20))
        feed.close()
    assert capsys.readouterr().err == (
        f"fliptally: --connect {feed.endpoint}: the station refuses this machine; there: "
        f"fliptally keys trust NAME {key}\n"
    )


@pytest.mark.parametrize(
    ("has", "said"), [("no key", "shows no key"), ("another", "its key is not the one")]
)
def test_a_worker_with_no_key_or_a_wrong_one_gets_nothing(feed, rings, capsys, has, said):
    station, laptop = rings
    station.trust("laptop", laptop.public)
    shown = None if has == "no key" else shows(laptop, laptop)
    with working(feed, shown):
        seen = poll(feed, 2.8)
    assert poses(seen) == []
    assert feed.backend is None
    assert 1 <= len(seen) <= 6
    assert all(change.part == "network" for change in seen)
    assert said in capsys.readouterr().err


def test_over_an_address_that_other_machines_can_reach(rings, capsys):
    station, laptop = rings
    laptop.trust("hall", station.public)
    station.trust("laptop", laptop.public)
    [address, *_] = addresses()
    if address.startswith("127."):
        pytest.skip("this machine has no other address than its own")
    with station_at(f"tcp://{address}:*", station) as feed:
        assert needs_curve(feed.endpoint)
        with working(feed, credentials(feed.endpoint, None, laptop)):
            assert poses(poll(feed)) == list(range(20))
    assert capsys.readouterr().err == ""


def test_a_station_that_others_can_reach_does_not_start_without_keys():
    with pytest.raises(KeysError, match="other machines can reach this, and there are no keys"):
        station_at("tcp://0.0.0.0:*", None)


def test_the_command_says_so_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FLIPTALLY_KEYS", str(tmp_path))
    listen = ["--workers", "0", "--listen", "tcp://0.0.0.0:5599"]
    assert main(["demo", "--scene", "backflip", *listen]) == 2
    assert capsys.readouterr().err == (
        "fliptally: --listen tcp://0.0.0.0:5599: other machines can reach it; this machine has no "
        "keys yet; make them with: fliptally keys\n"
    )
    worker = ["worker", "--connect", "tcp://192.168.1.20:5599"]
    assert main(worker) == 2
    assert "this machine has no keys yet" in capsys.readouterr().err


def test_a_station_of_its_own_workers_has_them_on_a_private_socket_without_keys(rings):
    """Though it also listens, with keys, to those of other machines."""
    command = command_of("pass")
    feed = FrameFeed(Numbers(10, live=False), command=command, endpoint=STATION, ring=rings[0])
    with closing(feed):
        assert poses(poll(feed)) == list(range(10))
