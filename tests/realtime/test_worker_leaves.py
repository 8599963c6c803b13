"""A pose worker of its own says which station came and went, and goodbye: real processes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.realtime.standins import Station, opened_stations

SCRIPT = """
import sys
from realtime import worker
from tests.realtime.standins import Recorder
from models.pose import engines
from realtime.options.pose import EngineChoice
from models.pose.options import PoseOptions

engines.open_engine = lambda *_: Recorder()
sys.exit(worker.run(EngineChoice("blazepose", PoseOptions()), sys.argv[1:]))
"""


@contextmanager
def worker(*endpoints: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SCRIPT, *endpoints]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.fixture
def both() -> Iterator[tuple[Station, Station]]:
    with opened_stations() as make:
        yield make(), make()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_whoever_is_interrupted_says_goodbye_to_all(both, number):
    endpoints = [station.endpoint for station in both]
    with worker(*endpoints) as process:
        for station in both:
            station.hears()
        said = [process.stdout.readline().strip() for _ in both]
        process.send_signal(number)
        for station in both:
            assert type(station.answer()).__name__ == "Goodbye"
        assert process.wait(5) == 0
        assert process.stdout.read() == ""
    assert sorted(said) == sorted(f"{endpoint}: connected" for endpoint in endpoints)


def test_it_says_which_station_came_and_went(both):
    one, other = both
    endpoints = one.endpoint, other.endpoint
    with worker(*endpoints) as process:
        for station in both:
            station.hears()
        one.close()
        time.sleep(0.3)
        other.stop()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
        said = process.stdout.read().splitlines()
    assert said[2:] == [f"{endpoints[0]}: gone; waiting for it", f"{endpoints[1]}: stopped"]
