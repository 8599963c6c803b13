"""A pose worker from warming up to its exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from models.pose import engines
from models.pose.errors import EngineError
from models.pose.options import PoseOptions
from realtime.options.pose import EngineChoice
from realtime.worker import run, warm_up
from tests.realtime.standins import Recorder, Station, background, opened_stations


@pytest.fixture
def stations() -> Iterator[Callable[..., Station]]:
    with opened_stations() as make:
        yield make


def test_every_number_of_frames_is_warmed_up_and_nothing_remembered():
    engine = Recorder(batch=8)
    warm_up(engine)
    assert [len(call) for call in engine.calls[:4]] == [1, 2, 4, 8]
    assert not engine.remembers


@pytest.mark.parametrize(
    ("batch", "stations", "calls"), [(1, 1, 1), (1, 3, 3), (4, 4, 1), (4, 5, 2)]
)
def test_the_time_of_a_frame_of_each_station_is_said(batch, stations, calls):
    slow = Recorder(batch, seconds=0.05)
    assert 0.05 * calls <= warm_up(slow, stations) < 0.05 * calls + 2


def test_each_station_is_told_how_long_a_frame_of_each_takes(stations, monkeypatch):
    both = stations(), stations()
    monkeypatch.setattr(engines, "open_engine", lambda *_: Recorder(seconds=0.05))
    told = []

    def listen() -> None:
        for station in both:
            told.append(station.hears())
            station.stop()

    with background(listen):
        endpoints = [station.endpoint for station in both]
        assert run(EngineChoice("blazepose", PoseOptions()), endpoints) == 0
    assert [hello.backend for hello in told] == ["recorder", "recorder"]
    assert min(hello.round_s for hello in told) >= 2 * 0.05


@pytest.mark.parametrize(
    ("stations", "mend"), [(1, "take --engine blazepose"), (3, "serve fewer stations")]
)
def test_an_engine_for_which_no_station_would_wait_says_so(monkeypatch, stations, mend):
    monkeypatch.setattr("realtime.worker.SLOWEST_S", 0.0)
    with pytest.raises(
        EngineError, match=rf"^engine recorder: 0 s for a frame of each station.* {mend}$"
    ):
        warm_up(Recorder(), stations)


def test_an_endpoint_that_is_none_is_one_line(capfd):
    assert run(EngineChoice("blazepose", PoseOptions(threads=1)), ["nowhere"]) == 2
    error = capfd.readouterr().err
    assert error.startswith("fliptally: --connect nowhere: ")
    assert error.endswith("expected tcp://host:port\n")


class Failing(Recorder):
    """Runs out of memory at frame number `at`; three are for warming up."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at = at

    def estimate(self, frames):
        if len(self.calls) == self._at:
            raise EngineError("engine recorder:\n out of memory")
        return super().estimate(frames)


@pytest.mark.parametrize(("at", "code"), [(4, 1), (2, 2)], ids=["at work", "at warm-up"])
def test_an_engine_that_fails_is_bad_input_only_before_it_works(
    stations, monkeypatch, capfd, at, code
):
    """Exit code 2 tells a station that another worker would fail as well."""
    station = stations()
    monkeypatch.setattr(engines, "open_engine", lambda *_: Failing(at))

    def give_two_frames() -> None:
        station.hears()
        station.send(0, 1)
        station.send(1, 1)

    with background(give_two_frames if at > 3 else lambda: None):
        assert run(EngineChoice("blazepose", PoseOptions()), [station.endpoint]) == code
    assert capfd.readouterr().err == "fliptally: engine recorder: out of memory\n"
