"""A pose worker and its stations, over real sockets."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest
import zmq
from zmq.utils import garbage

from models.pose.engines import open_engine
from models.pose.errors import EngineError
from models.pose.options import PoseOptions
from models.pose.protocol import estimate_one
from models.poses import Poses
from models.simulation.scene import build_scene
from models.skeleton import COCO_17
from realtime.feed import FrameFeed
from realtime.messages import (
    PROTOCOL,
    FrameHeader,
    Hello,
    Refused,
    Result,
    Stop,
    decode_to_station,
    encode,
)
from realtime.observations import Observed
from realtime.pose_options import EngineChoice
from realtime.sources.simulated import SimulatedSource
from realtime.transport.link import LinkError
from realtime.transport.processes import WorkerError, worker_command
from realtime.worker import run, serve, warm_up
from tests.models.pose.standin import write_standin

WIDTH, HEIGHT = 4, 2
BAD, FATAL = 250, 251  # grey values


class Recorder:
    """An engine that notes what it is asked, and finds the grey value of each picture."""

    name, skeleton = "recorder", COCO_17

    def __init__(self, batch: int = 1) -> None:
        self.batch = batch
        self.calls: list[list[tuple[int, int]]] = []
        self.forgotten: list[int] = []

    def estimate(self, frames):
        values = [int(frame.image[0, 0, 0]) for frame in frames]
        if BAD in values:
            raise ValueError("frame: too bright")
        if FATAL in values:
            raise EngineError("engine recorder: out of memory")
        self.calls.append([(f.camera, v) for f, v in zip(frames, values, strict=True)])
        return [Poses(COCO_17, np.full((1, 17, 3), value, np.float32)) for value in values]

    def forget(self, camera: int) -> None:
        if camera not in self.forgotten[-1:]:
            self.forgotten.append(camera)

    def close(self) -> None: ...


class Station:
    """The test in the place of a station: a real ROUTER socket."""

    def __init__(self, context: zmq.Context, endpoint: str = "tcp://127.0.0.1:*") -> None:
        self._socket = context.socket(zmq.ROUTER)
        self._socket.setsockopt(zmq.LINGER, 200)
        self._worker = b""
        deadline = time.monotonic() + 5
        while True:  # a port that was closed just now is free a little later
            try:
                self._socket.bind(endpoint)
                break
            except zmq.ZMQError:
                assert time.monotonic() < deadline
                time.sleep(0.01)
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def hears(self) -> Hello | Result | Refused:
        assert self._socket.poll(5000), "the worker is silent"
        self._worker, message = self._socket.recv_multipart()
        return decode_to_station(message)

    def answer(self) -> Result | Refused:
        """The next message that is no hello."""
        while isinstance(message := self.hears(), Hello):
            pass
        return message

    def send(self, seq: int, grey: int, width: int = WIDTH, parts: int = 1) -> None:
        pixels = bytes([grey]) * (WIDTH * HEIGHT * 3)
        header = encode(FrameHeader(seq, 0, 0, width, HEIGHT))
        self._socket.send_multipart([self._worker, header, *[pixels] * parts])

    def send_raw(self, *parts: bytes) -> None:
        self._socket.send_multipart([self._worker, *parts])

    def stop(self) -> None:
        self.send_raw(encode(Stop()))

    def close(self) -> None:
        """As if it had been killed: without a word."""
        self._socket.close()


@pytest.fixture
def stations() -> Iterator[Callable[..., Station]]:
    context = zmq.Context()
    opened: list[Station] = []

    def make(*endpoint: str) -> Station:
        opened.append(Station(context, *endpoint))
        return opened[-1]

    yield make
    for station in opened:
        station.close()
    context.term()


@pytest.fixture
def working() -> Iterator[Callable[..., SimpleNamespace]]:
    """Starts `serve` in a thread; its `error` is set when it has ended. Stop it before the end of
    the test."""
    threads = []

    def start(engine: Recorder, *endpoints: str) -> SimpleNamespace:
        worker = SimpleNamespace(error=None)

        def work() -> None:
            try:
                serve(engine, endpoints, "w")
            except Exception as error:
                worker.error = error

        worker.thread = threading.Thread(target=work, name="worker", daemon=True)
        worker.thread.start()
        threads.append(worker.thread)
        return worker

    yield start
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not true() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert true()


def test_it_says_what_it_is_and_answers_until_it_is_stopped(stations, working):
    station = stations()
    engine = Recorder()
    working(engine, station.endpoint)
    assert station.hears() == Hello(PROTOCOL, "recorder", "coco_17")
    for seq in range(3):
        station.send(seq, 10 + seq)
        result = station.answer()
        assert (result.seq, result.people) == (seq, 1)
        assert np.frombuffer(result.keypoints, np.float32)[0] == 10 + seq
    station.stop()
    wait_for(lambda: engine.forgotten[-1:] == [0])


def test_it_may_be_there_before_its_station(stations, working):
    first = stations()
    endpoint = first.endpoint
    first.close()
    working(Recorder(), endpoint)
    time.sleep(0.2)
    station = stations(endpoint)
    assert isinstance(station.hears(), Hello)
    station.stop()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [({"width": 0}, "frame of 0x2 in 1 parts"), ({"width": 99}, "frame of 99x2 with 24 bytes"),
     ({"parts": 0}, "frame of 4x2 in 0 parts"), ({"parts": 2}, "frame of 4x2 in 2 parts"),
     ({"grey": BAD}, "frame: too bright")],
    ids=str,
)  # fmt: skip
def test_a_bad_frame_is_refused_and_the_next_is_worked_on(stations, working, spoil, why):
    station = stations()
    working(Recorder(), station.endpoint)
    station.hears()
    station.send(0, **{"grey": 1, **spoil})
    assert station.answer() == Refused(0, why)
    station.send(1, 7)
    assert station.answer().seq == 1
    station.stop()


def test_what_no_station_sends_ends_it_with_one_line(stations, working):
    station = stations()
    worker = working(Recorder(), station.endpoint)
    station.hears()
    station.send_raw(b"garbage")
    worker.thread.join(5)
    assert isinstance(worker.error, LinkError)
    assert str(worker.error).startswith(f"--connect {station.endpoint}: no FlipTally station (")


def test_an_engine_that_fails_ends_it(stations, working):
    station = stations()
    worker = working(Recorder(), station.endpoint)
    station.hears()
    station.send(0, FATAL)
    worker.thread.join(5)
    assert isinstance(worker.error, EngineError)


def test_each_station_is_a_camera_and_gets_its_own_answers(stations, working):
    both = stations(), stations()
    engine = Recorder(batch=4)
    working(engine, *(station.endpoint for station in both))
    for station in both:
        station.hears()
    for seq in range(40):
        for k, station in enumerate(both):
            station.send(seq, 2 * seq + k)
        for k, station in enumerate(both):
            result = station.answer()
            found = np.frombuffer(result.keypoints, np.float32)[0]
            assert (result.seq, found) == (seq, 2 * seq + k)
    assert max(map(len, engine.calls)) == 2  # company was waited for, and found
    for k in range(2):
        assert [v for call in engine.calls for c, v in call if c == k] == list(range(k, 80, 2))
    for station in both:
        station.stop()


def test_a_bad_frame_costs_the_other_cameras_nothing(stations, working):
    both = stations(), stations()
    working(Recorder(batch=4), *(station.endpoint for station in both))
    for station in both:
        station.hears()
    for seq in range(10):
        both[0].send(seq, BAD)
        both[1].send(seq, seq)
        assert both[0].answer() == Refused(seq, "frame: too bright")
        assert both[1].answer().seq == seq
    for station in both:
        station.stop()


def test_a_station_that_stops_is_forgotten_and_the_others_go_on(stations, working):
    one, other = stations(), stations()
    engine = Recorder(batch=8)
    working(engine, one.endpoint, other.endpoint)
    for station in (one, other):
        station.hears()
        station.send(0, 1)
        station.answer()
    one.stop()
    wait_for(lambda: engine.forgotten[-1:] == [0])
    other.send(1, 5)
    assert other.answer().seq == 1
    other.stop()


@pytest.mark.parametrize("stopped", [True, False], ids=["stopped", "killed"])
def test_a_station_that_is_started_again_is_served_as_a_new_one(stations, working, stopped):
    one, other = stations(), stations()
    engine = Recorder()
    working(engine, one.endpoint, other.endpoint)
    for station in (one, other):
        station.hears()
    one.send(0, 1)
    one.answer()
    if stopped:
        one.stop()
    one.close()
    wait_for(lambda: engine.forgotten[-1:] == [0])
    again = stations(one.endpoint)
    assert isinstance(again.hears(), Hello)  # and no answer to what the first one asked
    again.send(0, 9)
    assert again.answer().seq == 0
    assert engine.calls[-1] == [(0, 9)]
    again.stop()
    other.stop()


def test_every_number_of_frames_is_warmed_up_and_nothing_remembered():
    engine = Recorder(batch=8)
    warm_up(engine)
    assert [len(call) for call in engine.calls[:4]] == [1, 2, 4, 8]
    cameras = {camera for call in engine.calls for camera, _ in call}
    assert set(engine.forgotten) == cameras


def test_the_time_of_a_call_is_said():
    class Slow(Recorder):
        def estimate(self, frames):
            time.sleep(0.05)
            return super().estimate(frames)

    assert 0.05 <= warm_up(Slow()) < 5


def test_an_engine_for_which_no_station_would_wait_says_so(monkeypatch):
    monkeypatch.setattr("realtime.worker.SLOWEST_S", 0.0)
    with pytest.raises(EngineError, match=r"^engine recorder: 0 s for a frame on this machine"):
        warm_up(Recorder())


def test_an_endpoint_that_is_none_is_one_line(capfd):
    assert run(EngineChoice("blazepose", PoseOptions(threads=1)), ["nowhere"]) == 2
    error = capfd.readouterr().err
    assert error.startswith("fliptally: --connect nowhere: ")
    assert error.endswith("expected tcp://host:port\n")


def alone(scene) -> list[np.ndarray]:
    with closing(open_engine("blazepose", PoseOptions(threads=1))) as engine:
        return [estimate_one(engine, scene.render(i)).keypoints for i in range(scene.frames)]


def poll(feeds: list[FrameFeed], seconds: float = 60) -> list[list[Observed]]:
    """Poll in turns until all have ended; what was observed of each."""
    seen: list[list[Observed]] = [[] for _ in feeds]
    deadline = time.monotonic() + seconds
    while not all(feed.ended for feed in feeds):
        assert time.monotonic() < deadline
        for feed, observed in zip(feeds, seen, strict=True):
            observed.extend(feed.poll(0.002))
    return seen


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
        assert [o.seq for o in observations] == list(range(scene.frames))
        expected = alone(scene)
        assert sum(map(len, expected)) > 0
        for observed, keypoints in zip(observations, expected, strict=True):
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
    assert [o.poses.keypoints.shape for o in seen] == [(2, 25, 3)] * scene.frames


class Wide:
    """A source of one picture for which the stand-in has no memory."""

    info = SimpleNamespace(uri="wide", width=4000, height=2, fps=30.0, frames=1)
    live = False

    def read(self):
        picture = np.zeros((2, 4000, 3), np.uint8)
        return SimpleNamespace(t=0.0, image=picture, captured_at=0.0)

    def interrupt(self) -> None: ...

    def close(self) -> None: ...


def test_no_memory_on_the_gpu_is_one_line_at_the_station(openpose):
    with (
        closing(openpose(Wide())) as feed,
        pytest.raises(WorkerError, match=r"^engine openpose: Cuda .*out of memory; give a smaller"),
    ):
        poll([feed])
