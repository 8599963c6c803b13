"""When a worker says hello to its station: a real socket, a virtual clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import zmq
from msgspec import structs

from realtime.messages import PROTOCOL, FrameHeader, Hello, Stop, decode_to_station, encode
from realtime.transport.link import HELLO_S, LinkError, StationLink

HELLO = Hello(PROTOCOL, "test", "coco_17")
FIRST = structs.replace(HELLO, anew=True)


class Bench:
    """A link with the test in the place of its station."""

    def __init__(self, context: zmq.Context) -> None:
        self.now = 1000.0
        self.station = self._station(context, "tcp://127.0.0.1:*")
        self.endpoint = self.station.getsockopt_string(zmq.LAST_ENDPOINT)
        self.link = StationLink(context, self.endpoint, "w", HELLO, lambda: self.now)

    @staticmethod
    def _station(context: zmq.Context, endpoint: str) -> zmq.Socket:
        station = context.socket(zmq.ROUTER)
        station.setsockopt(zmq.LINGER, 0)
        deadline = time.monotonic() + 5
        while True:  # a port that was closed just now is free a little later
            try:
                station.bind(endpoint)
                return station
            except zmq.ZMQError:
                assert time.monotonic() < deadline
                time.sleep(0.01)

    def restart(self) -> None:
        """Another station at the same endpoint."""
        self.station = self._station(self.station.context, self.endpoint)

    def close(self) -> None:
        self.link.close()
        self.station.close()

    def connect(self) -> None:
        self.until(lambda: self.link.connected)

    def until(self, true: Callable[[], object]) -> None:
        deadline = time.monotonic() + 5
        while not true() and time.monotonic() < deadline:
            self.link.update()
            time.sleep(0.002)
        assert true()

    def heard(self) -> list[object]:
        """What the station was sent."""
        messages = []
        while self.station.poll(50):
            messages.append(decode_to_station(self.station.recv_multipart()[1]))
        return messages

    def send(self, message: FrameHeader | Stop) -> list[int]:
        """The numbers of the frames that the link gives when this is sent."""
        self.station.send_multipart([b"w", encode(message), b""])
        assert self.link.socket.poll(5000)
        return [header.seq for header, _ in self.link.receive()]


@pytest.fixture
def bench() -> Iterator[Bench]:
    with zmq.Context() as context, closing(Bench(context)) as bench:
        yield bench
        bench.close()  # twice does nothing


def test_nothing_is_said_before_there_is_a_connection(bench):
    assert not bench.link.greet()
    bench.connect()
    assert bench.link.greet()
    assert bench.heard() == [FIRST]


def test_the_hello_is_repeated_while_idle_and_not_before(bench):
    bench.connect()
    bench.link.greet()
    bench.now += HELLO_S - 0.01
    assert not bench.link.greet()
    assert bench.heard() == [FIRST]
    bench.now += 0.01
    assert not bench.link.greet()  # it is not the first
    assert not bench.link.greet()
    assert bench.heard() == [HELLO]
    bench.now += HELLO_S
    bench.link.greet()
    assert bench.heard() == [HELLO]


def test_a_worker_with_frames_is_not_idle(bench):
    bench.connect()
    bench.link.greet()
    bench.heard()
    bench.now += HELLO_S - 0.01
    assert bench.send(FrameHeader(5, 0, 0, 1, 1)) == [5]
    bench.now += HELLO_S - 0.01
    bench.link.greet()
    assert bench.heard() == []


def test_a_station_that_said_stop_is_not_greeted_until_it_is_back(bench):
    bench.connect()
    bench.link.greet()
    assert bench.send(Stop()) == []
    assert bench.link.stopped
    bench.now += 10 * HELLO_S
    bench.link.greet()
    assert bench.heard() == [FIRST]
    bench.station.close()
    bench.until(lambda: not bench.link.connected)
    assert not bench.link.greet()
    assert bench.link.stopped
    bench.restart()
    bench.connect()
    assert bench.link.greet()
    assert not bench.link.stopped
    assert bench.heard() == [FIRST]


@pytest.mark.parametrize("endpoint", ["nowhere", "tcp://127.0.0.1", "carrier-pigeon://x:1"])
def test_an_endpoint_that_is_none_leaves_no_socket(endpoint):
    context = zmq.Context()
    with pytest.raises(LinkError, match=rf"^--connect {endpoint}: .*; expected tcp://host"):
        StationLink(context, endpoint, "w", HELLO, time.monotonic)
    context.term()  # which would wait for a socket that is open


def test_a_port_at_which_a_station_publishes_is_said_to_take_no_workers():
    with zmq.Context() as context, context.socket(zmq.XPUB) as publisher:
        publisher.bind("tcp://127.0.0.1:*")
        endpoint = publisher.getsockopt_string(zmq.LAST_ENDPOINT)
        now, told = 0.0, None
        with closing(StationLink(context, endpoint, "w", HELLO, lambda: now)) as link:
            for _ in range(300):
                link.update()
                told = told or link.take_trouble()
                now += 0.05
                time.sleep(0.005)
    assert told == (
        f"--connect {endpoint}: no station takes workers there; give the endpoint of its --listen"
    )


def test_a_station_that_comes_again_hangs_up_on_nobody(bench):
    for _ in range(3):
        bench.connect()
        bench.station.close()
        bench.until(lambda: not bench.link.connected)
        bench.restart()
    bench.connect()
    assert bench.link.take_trouble() is None


def test_a_station_that_wants_keys_is_told_of_once_and_rightly():
    public, secret = zmq.curve_keypair()
    with zmq.Context() as context, context.socket(zmq.ROUTER) as station:
        station.curve_publickey, station.curve_secretkey = public, secret
        station.curve_server = True
        station.bind("tcp://127.0.0.1:*")
        endpoint = station.getsockopt_string(zmq.LAST_ENDPOINT)
        now, told = 0.0, []
        with closing(StationLink(context, endpoint, "w", HELLO, lambda: now)) as link:
            for _ in range(400):
                link.update()
                told.append(link.take_trouble())
                now += 0.05
                time.sleep(0.005)
    [trouble] = filter(None, told)
    assert trouble.endswith("who shows no key; give --station-key")
