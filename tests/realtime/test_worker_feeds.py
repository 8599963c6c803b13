"""Pose workers between a station's feed and an engine: real sockets, real processes."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest
from zmq.utils import garbage

from models.pose.engines import open_engine
from models.pose.options import PoseOptions
from models.pose.protocol import estimate_one
from models.simulation.staging import build_scene
from realtime.feed import FrameFeed
from realtime.observations import Lost, Observation, Observed
from realtime.options.pose import EngineChoice
from realtime.sources.protocol import Frame
from realtime.sources.simulated import SimulatedSource
from realtime.supervision.states import StateChange
from realtime.transport import workers
from realtime.transport.processes import WorkerError, worker_command
from tests.models.pose.standin import write_standin
from tests.realtime.standins import Recorder, working


def alone(scene) -> list[np.ndarray]:
    with closing(open_engine("blazepose", PoseOptions(threads=1))) as engine:
        return [estimate_one(engine, scene.render(i)).keypoints for i in range(scene.frames)]


def poll(feeds: list[FrameFeed], seconds: float = 60) -> list[list[Observation]]:
    """Poll in turns until all have ended; what was observed of each."""
    seen: list[list[Observation]] = [[] for _ in feeds]
    deadline = time.monotonic() + seconds
    while not all(feed.ended for feed in feeds):
        assert time.monotonic() < deadline
        for feed, observed in zip(feeds, seen, strict=True):
            observed.extend(feed.poll(0.002))
    return seen


def kinds(seen: list[Observation], kind: type) -> list:
    return [o for o in seen if isinstance(o, kind)]


@pytest.fixture(scope="module")
def zero_copy() -> Iterator[None]:
    """pyzmq's thread that frees what was sent without a copy lives as long as the process."""
    garbage.gc.start()
    yield
    garbage.gc.stop()


@pytest.mark.usefixtures("zero_copy")
def test_one_worker_serves_two_real_stations_as_each_would_be_alone():
    scenes = [build_scene(name, fps=6.0) for name in ("backflip", "handspring")]
    feeds = [
        FrameFeed(
            SimulatedSource(scene),
            command=worker_command(1),
            endpoint="tcp://127.0.0.1:*",
            workers=0,
        )
        for scene in scenes
    ]
    connect = [part for feed in feeds for part in ("--connect", feed.endpoint)]
    command = [sys.executable, "-m", "realtime", "worker", "--threads", "1", *connect]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        seen = poll(feeds)
        for feed in feeds:
            feed.close()
        assert worker.wait(10) == 0
    for scene, observations in zip(scenes, seen, strict=True):
        poses = kinds(observations, Observed)
        assert [o.seq for o in poses] == list(range(scene.frames))
        expected = alone(scene)
        assert sum(map(len, expected)) > 0
        for observed, keypoints in zip(poses, expected, strict=True):
            np.testing.assert_array_equal(observed.poses.keypoints, keypoints)


@pytest.fixture
def openpose(tmp_path, monkeypatch) -> Callable[..., FrameFeed]:
    """A station whose worker is a process with (the stand-in of) OpenPose."""
    monkeypatch.setenv("PYTHONPATH", str(write_standin(tmp_path / "standin", "1.7")))

    def make(source, **options: object) -> FrameFeed:
        choice = EngineChoice("openpose", PoseOptions(**options))
        return FrameFeed(source, command=worker_command(1, choice.arguments()))

    return make


@pytest.mark.usefixtures("zero_copy")
def test_a_worker_process_runs_openpose(openpose):
    scene = build_scene("backflip", fps=5.0)
    with closing(openpose(SimulatedSource(scene), people=2)) as feed:
        [seen] = poll([feed])
        assert feed.backend == "openpose"
    assert [o.poses.keypoints.shape for o in kinds(seen, Observed)] == [(2, 25, 3)] * scene.frames


class Wide:
    """A source of grey pictures; for those in `wide` the stand-in has no memory."""

    info = SimpleNamespace(uri="wide", width=4000, height=2, fps=30.0, frames=None)

    def __init__(self, *, live: bool, frames: int, wide: range) -> None:
        self.live = live
        self._left = iter(range(frames))
        self._wide = wide

    def read(self):
        number = next(self._left, None)
        if number is None:
            return None
        if self.live:
            time.sleep(0.02)
        picture = np.zeros((2, 4000 if number in self._wide else 40, 3), np.uint8)
        return Frame(number / 50, picture, time.monotonic())

    def interrupt(self) -> None: ...

    def close(self) -> None: ...


def test_a_passing_lack_of_memory_costs_a_live_session_one_frame(openpose):
    with closing(openpose(Wide(live=True, frames=120, wide=range(20, 21)))) as feed:
        [seen] = poll([feed])
    # Whichever is noticed first: that it died, or, on a busy machine, that nothing comes of it.
    died = r"died \(engine openpose: Cuda .*out of memory; .*\); restarted"
    why = rf"pose worker local-1 ({died}|kept a frame .*)"
    assert any(re.fullmatch(why, trouble.why) for trouble in kinds(seen, StateChange))
    assert {lost.seq for lost in kinds(seen, Lost)} in ({20}, {20, 21})  # and what was at hand
    assert kinds(seen, Observed)[-1].seq == 119


def test_a_lasting_lack_of_memory_is_one_line_at_the_station(openpose):
    with (
        closing(openpose(Wide(live=False, frames=5, wide=range(5)))) as feed,
        pytest.raises(
            WorkerError, match=r"^pose worker: failed 6 times .*: engine openpose: Cuda .*memory"
        ),
    ):
        poll([feed])


class Stills:
    """A lossless source of `count` small pictures, each of its number's grey."""

    info = SimpleNamespace(uri="stills", width=4, height=2, fps=30.0, frames=None)
    live = False

    def __init__(self, count: int) -> None:
        self._left = iter(range(count))

    def read(self):
        number = next(self._left, None)
        if number is None:
            return None
        return Frame(number / 30, np.full((2, 4, 3), number, np.uint8), 0.0)

    def interrupt(self) -> None: ...

    def close(self) -> None: ...


def listening(count: int) -> FrameFeed:
    """A station for workers from elsewhere."""
    return FrameFeed(
        Stills(count), command=worker_command(1), endpoint="tcp://127.0.0.1:*", workers=0
    )


@pytest.mark.usefixtures("zero_copy")
def test_a_slow_worker_of_several_stations_is_waited_for(monkeypatch):
    """A frame waits behind those of the other stations as well: up to 0.9 s here."""
    monkeypatch.setattr(workers, "LOSSLESS_STALL_S", 0.1)
    feeds = [listening(4) for _ in range(3)]
    endpoints = [feed.endpoint for feed in feeds]
    with working(Recorder(seconds=0.1), *endpoints, round_s=0.3):
        seen = poll(feeds)
        for feed in feeds:
            feed.close()
    for observations in seen:
        assert not any(change.is_fault for change in kinds(observations, StateChange))
        assert [o.seq for o in kinds(observations, Observed)] == list(range(4))


@pytest.mark.usefixtures("zero_copy")
def test_two_names_of_one_station_are_two_workers_to_it():
    feed = listening(60)
    names = feed.endpoint, feed.endpoint.replace("127.0.0.1", "localhost")
    engine = Recorder(seconds=0.01)
    with working(engine, *names) as worker:
        [seen] = poll([feed])
        feed.close()
    assert worker.error is None
    found = [o.poses.keypoints[0, 0, 0] for o in kinds(seen, Observed)]
    assert found == list(range(60))
    assert engine.cameras == {0, 1}
