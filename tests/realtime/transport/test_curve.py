"""Who gets in: real sockets on loopback, secured as if they were not."""

from __future__ import annotations

import time
from contextlib import closing, suppress

import pytest
import zmq

from realtime.transport.curve import Credentials, Doorkeeper, credentials, limit, needs_curve
from realtime.transport.errors import KeysError
from realtime.transport.keys import KeyRing, to_text

PATIENCE_S = 5.0


@pytest.mark.parametrize(
    ("endpoint", "needed"),
    [
        ("ipc:///tmp/fliptally-1/frames", False),
        ("inproc://frames", False),
        ("tcp://127.0.0.1:5555", False),
        ("tcp://127.8.0.1:5555", False),
        ("tcp://localhost:5555", False),
        ("tcp://[::1]:5555", False),
        ("tcp://0.0.0.0:5555", True),
        ("tcp://*:5555", True),
        ("tcp://192.168.1.20:5555", True),
        ("tcp://eth0:5555", True),
        ("tcp://localhost.example.org:5555", True),
        ("tcp://[::]:5555", True),
        ("udp://127.0.0.1:5555", True),
    ],
)
def test_what_others_can_reach_needs_keys(endpoint, needed):
    assert needs_curve(endpoint) is needed


class Hall:
    """A station's socket with its doorkeeper."""

    def __init__(self, ring: KeyRing | None) -> None:
        self.context = zmq.Context()
        self.now = 0.0
        self.doorkeeper = Doorkeeper(self.context, ring, clock=lambda: self.now)
        self.socket = self.context.socket(zmq.ROUTER)
        limit(self.socket, 1000)
        self.doorkeeper.secure(self.socket, "tcp://127.0.0.1:*")
        self.socket.bind("tcp://127.0.0.1:*")
        self.endpoint = self.socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def hears(self, seconds: float = PATIENCE_S) -> bytes | None:
        return self.socket.recv_multipart()[-1] if self.socket.poll(seconds * 1000) else None

    def changes(self, count: int = 1) -> list[str]:
        seen: list[str] = []
        deadline = time.monotonic() + PATIENCE_S
        while len(seen) < count and time.monotonic() < deadline:
            seen += [change.why for change in self.doorkeeper.take_changes()]
            time.sleep(0.01)
        return seen

    def close(self) -> None:
        self.doorkeeper.close()
        self.doorkeeper.close()
        self.socket.close(0)
        self.context.term()


@pytest.fixture
def rings(tmp_path):
    return KeyRing.make(tmp_path / "hall"), KeyRing.make(tmp_path / "laptop")


@pytest.fixture
def hall(rings):
    with closing(Hall(rings[0])) as opened:
        yield opened


def visit(endpoint: str, shown: Credentials | None, text: bytes = b"hello"):
    """A connection that says something; close both, or use `with`."""
    socket = zmq.Context().socket(zmq.DEALER)
    socket.setsockopt(zmq.LINGER, 0)
    if shown is not None:
        shown.secure(socket)
    socket.connect(endpoint)
    socket.send(text)
    return socket


@pytest.fixture
def visitor(hall):
    opened = []

    def connect(shown: Credentials | None, text: bytes = b"hello"):
        opened.append(visit(hall.endpoint, shown, text))
        return opened[-1]

    yield connect
    for socket in opened:
        socket.close(0)
        socket.context.term()


def shows(ring: KeyRing, station: bytes) -> Credentials:
    return Credentials(ring.public, ring.secret, station)


def test_a_trusted_key_gets_in(hall, rings, visitor):
    station, laptop = rings
    station.trust("laptop", laptop.public)
    visitor(shows(laptop, station.public))
    assert hall.hears() == b"hello"
    assert hall.doorkeeper.take_changes() == []


def test_this_machine_gets_in_with_its_own_key(hall, rings, visitor):
    visitor(shows(rings[0], rings[0].public))
    assert hall.hears() == b"hello"


def test_who_has_no_keys_gets_nothing_and_is_said_once(hall, visitor):
    visitor(None)
    assert hall.hears(1.0) is None  # it comes again ten times a second
    # Who has gone before we look is somebody.
    said = {why for why in hall.changes() if "times" not in why}
    known = {f"network: {who} was refused: no key" for who in ("127.0.0.1", "somebody")}
    assert said
    assert said <= known


def test_an_unknown_key_gets_nothing_and_is_named(hall, rings, visitor):
    station, laptop = rings
    visitor(shows(laptop, station.public))
    key = to_text(laptop.public)
    assert hall.changes() == [
        "network: 127.0.0.1 was refused: unknown key; if it is yours: fliptally keys trust NAME "
        + key
    ]
    assert hall.hears(0.3) is None


def test_who_takes_another_for_the_station_gets_nothing(hall, rings, visitor):
    station, laptop = rings
    station.trust("laptop", laptop.public)
    visitor(shows(laptop, laptop.public))
    assert hall.changes()[0].endswith(" was refused: a wrong key of this station")
    assert hall.hears(0.3) is None


def test_who_is_trusted_meanwhile_comes_back_when_another_is_forgotten(hall, rings, visitor):
    station, laptop = rings
    station.trust("laptop", laptop.public)
    station.trust("old", b"o" * 32)
    inside = visitor(shows(laptop, station.public))
    assert hall.hears() == b"hello"
    station.forget("old")
    time.sleep(0.2)
    inside.send(b"back", zmq.NOBLOCK)
    assert hall.hears() == b"back"


def test_trust_and_forget_hold_at_once_while_the_station_runs(hall, rings, visitor):
    station, laptop = rings
    visitor(shows(laptop, station.public))
    assert len(hall.changes()) == 1
    other = KeyRing.open(station.folder)  # as `fliptally keys` in another process does
    other.trust("laptop", laptop.public)
    inside = visitor(shows(laptop, station.public), b"again")
    assert hall.hears() == b"again"
    other.forget("laptop")
    visitor(shows(laptop, station.public), b"once more")
    time.sleep(0.2)  # until the doorkeeper has looked at the list
    with suppress(zmq.Again):  # libzmq has given it up
        inside.send(b"still here", zmq.NOBLOCK)
    assert hall.hears(0.5) is None
    # The same address and key: said at the first time.
    assert not any("unknown key" in change.why for change in hall.doorkeeper.take_changes())


def test_a_replaced_key_is_a_key_that_nobody_knows(hall, rings, visitor, tmp_path):
    station, laptop = rings
    station.trust("laptop", laptop.public)
    replaced = KeyRing.make(tmp_path / "laptop, set up again")
    visitor(shows(replaced, station.public))
    assert to_text(replaced.public) in hall.changes()[0]
    assert hall.hears(0.3) is None


def test_a_trust_list_that_is_damaged_lets_nobody_in(hall, rings, visitor):
    station, laptop = rings
    station.trust("laptop", laptop.public)
    (station.folder / "trusted.json").write_text("{")
    visitor(shows(laptop, station.public))
    assert "unknown key" in hall.changes()[0]
    assert hall.hears(0.3) is None


def test_a_thousand_strangers_cost_a_few_lines(rings):
    from realtime.transport.visitors import Refusals  # noqa: PLC0415

    now = 0.0
    refusals = Refusals(lambda: now)
    for number in range(1000):
        refusals.add(f"10.0.{number // 250}.{number % 250}", "no key")
    for _ in range(1000):
        refusals.add("10.0.0.0", "no key")
    whys = [change.why for change in refusals.take_changes()]
    assert len(whys) == 16 + 3 + 3
    assert whys[-1] == "network: 10.0.0.0 was refused: no key (1000 times)"
    now = 61.0
    assert [change.state for change in refusals.take_changes()] == ["running"]
    assert refusals.take_changes() == []


def test_what_a_stranger_calls_himself_has_no_control_characters():
    from realtime.transport.visitors import Refusals  # noqa: PLC0415

    refusals = Refusals(time.monotonic)
    refusals.add("\x1b[2J" * 100, "no key")
    [change] = refusals.take_changes()
    assert change.why.isprintable()
    assert len(change.why) < 120


def test_what_others_can_reach_is_not_opened_without_keys():
    context = zmq.Context()
    doorkeeper = Doorkeeper(context)
    socket = context.socket(zmq.ROUTER)
    with pytest.raises(KeysError, match="make them with fliptally keys"):
        doorkeeper.secure(socket, "tcp://0.0.0.0:5555")
    doorkeeper.close()
    socket.close(0)
    context.term()


def test_loopback_needs_no_keys(visitor):
    with closing(Hall(None)) as plain:
        socket = visit(plain.endpoint, None)
        assert plain.hears() == b"hello"
        socket.close(0)
        socket.context.term()


def test_on_one_socket_the_private_endpoint_stays_plain_and_the_public_one_does_not(
    rings, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("s")
    context = zmq.Context()
    doorkeeper = Doorkeeper(context, rings[0])
    socket = context.socket(zmq.ROUTER)
    private = f"ipc://{folder}/f"
    socket.bind(private)
    doorkeeper.secure(socket, "tcp://127.0.0.1:*")
    socket.bind("tcp://127.0.0.1:*")
    public = socket.getsockopt_string(zmq.LAST_ENDPOINT)
    callers = [visit(public, None, b"from outside"), visit(private, None, b"from inside")]
    assert socket.poll(5000)
    assert socket.recv_multipart()[-1] == b"from inside"
    assert not socket.poll(300)
    for caller in callers:
        caller.close(0)
        caller.context.term()
    doorkeeper.close()
    socket.close(0)
    context.term()


def test_the_only_trusted_machine_is_the_station(rings):
    station, laptop = rings
    laptop.trust("hall", station.public)
    assert credentials("tcp://hall:5555", None, laptop) == shows(laptop, station.public)
    assert credentials("tcp://127.0.0.1:5555", None, laptop) is None
    assert credentials("tcp://127.0.0.1:5555", "hall", laptop) == shows(laptop, station.public)
    key = to_text(station.public)
    assert credentials("tcp://hall:5555", key, laptop) == shows(laptop, station.public)


def test_which_station_is_asked_where_it_is_not_clear(rings):
    station, laptop = rings
    with pytest.raises(KeysError, match="no station is trusted yet"):
        credentials("tcp://hall:5555", None, laptop)
    laptop.trust("hall", station.public)
    laptop.trust("other", b"k" * 32)
    with pytest.raises(KeysError, match="one of hall, other"):
        credentials("tcp://hall:5555", None, laptop)
    with pytest.raises(KeysError, match=r"hal: neither a key nor .* trusted: hall, other"):
        credentials("tcp://hall:5555", "hal", laptop)
