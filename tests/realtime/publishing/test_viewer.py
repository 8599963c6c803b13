"""A viewer of real stations over real sockets: late, gone, back, silent, hostile."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import zmq

from realtime.publishing.publisher import Publisher
from realtime.publishing.viewer import Viewer
from realtime.show.snapshot import PartShown, Snapshot
from realtime.sources.errors import SourceError
from tests.realtime.publishing.listening import subscribed
from tests.realtime.show.example import crowd, example
from tests.realtime.show.terminals import until


def started(endpoint: str, snapshot: Snapshot) -> Publisher:
    publisher = Publisher(endpoint)
    publisher.start(lambda: snapshot)
    return publisher


def connection(snapshot: Callable[[], Snapshot]) -> PartShown:
    return snapshot().parts[0]


def test_it_waits_shows_and_goes_on_when_the_station_is_back(endpoint: str) -> None:
    with Viewer([endpoint], [None]) as viewer:
        [shown] = viewer.snapshots
        assert connection(shown).why == f"waiting for the station at {endpoint}"
        first = started(endpoint, example(title="first", jumps=7))
        until(lambda: shown().title == "first")
        assert shown().jumps == 7
        assert connection(shown).state == "running"
        first.close()
        assert shown().jumps == 7
        second = started(endpoint, example(title="second"))
        until(lambda: shown().title == "second")
        second.close()


def test_several_stations_at_once_over_tcp_too(endpoint: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        far = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
    with Viewer([endpoint, far], [None, None]) as viewer:
        near_station, far_station = started(endpoint, crowd()), started(far, example(title="far"))
        near, distant = viewer.snapshots
        until(lambda: len(near().people) == 4 and distant().title == "far")
        near_station.close()
        far_station.close()


STATION = """
import sys, time
from realtime.publishing.publisher import Publisher
from tests.realtime.show.example import example
publisher = Publisher(sys.argv[1])
publisher.start(example)
time.sleep(60)
"""


def test_a_station_that_hangs_or_dies_is_said_to_be_silent(endpoint: str) -> None:
    root = Path(__file__).parents[3]
    with Viewer([endpoint], [None]) as viewer:
        [shown] = viewer.snapshots
        with subprocess.Popen([sys.executable, "-c", STATION, endpoint], cwd=root) as station:
            until(lambda: shown().jumps == 105)
            os.kill(station.pid, signal.SIGSTOP)
            until(lambda: connection(shown).why == "the station is silent")
            os.kill(station.pid, signal.SIGCONT)
            until(lambda: connection(shown).state == "running")
            station.kill()
        until(lambda: connection(shown).state == "degraded")
        assert shown().jumps == 105


VIEWER = """
import sys, time
from realtime.publishing.viewer import Viewer
with Viewer([sys.argv[1]], [None]) as viewer:
    while not viewer.snapshots[0]().jumps:
        time.sleep(0.01)
    print("there", flush=True)
    time.sleep(60)
"""


def test_a_suspended_viewer_costs_the_station_and_the_others_nothing(endpoint: str) -> None:
    station = started(endpoint, example())
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", VIEWER, endpoint]
    with (
        subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE) as viewer,
        subscribed(endpoint, "state") as other,
    ):
        assert viewer.stdout is not None
        viewer.stdout.readline()
        os.kill(viewer.pid, signal.SIGSTOP)
        before = other.one()["seq"]
        heard = [other.one(1.0)["seq"] for _ in range(10)]
        assert heard == list(range(before + 1, before + 11))
        begin = time.monotonic()
        station.close()
        assert time.monotonic() - begin < 2
        viewer.kill()


def test_whatever_a_hostile_station_sends_the_viewer_goes_on(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.publishing.viewer._ANEW_S", 0.5)
    context = zmq.Context()
    hostile = context.socket(zmq.PUB)
    hostile.bind(endpoint)
    with Viewer([endpoint], [None]) as viewer:
        [shown] = viewer.snapshots
        sent = threading.Event()

        def send() -> None:
            for _ in range(400):
                for parts in (
                    [b"state"],
                    [b"state", os.urandom(100)],
                    [b"state"] + [b"x" * 100] * 50,
                    [b"hello", b"{" * 1000],
                    [b"end", b'{"type":"end"}'],
                ):
                    hostile.send_multipart(parts, zmq.NOBLOCK)
                time.sleep(0.0005)
            sent.set()

        thread = threading.Thread(target=send)
        thread.start()
        until(lambda: "no station of fliptally/events@1" in connection(shown).why)
        thread.join()
        hostile.send_multipart([b"state", b"y" * (1 << 20)])  # ends the connection
        hostile.close(0)
        context.term()
        honest = started(endpoint, example(title="honest"))
        until(lambda: shown().title == "honest")
        honest.close()


def test_an_endpoint_that_is_none_is_one_line() -> None:
    with pytest.raises(SourceError, match=r"tcp://nowhere: .*expected tcp://host:port"):
        Viewer(["tcp://nowhere"], [None])
