"""A camera that fails in every way: said within a second, opened again, and the session goes on.

All on a virtual clock, but for the last ones, which have real threads.
"""

from __future__ import annotations

import itertools
import threading
import time

import numpy as np
import pytest

from realtime.sources.errors import SourceError
from realtime.sources.healing import HealingSource, Patience
from realtime.sources.health import Health
from realtime.sources.protocol import Frame, SourceInfo
from realtime.sources.reader import Arrival
from realtime.supervision.states import StateChange

FPS = 50.0
INFO = SourceInfo("camera:0", 96, 64, FPS)


class World:
    """A camera's cable, its driver and its clock, and a virtual time that waits move."""

    def __init__(self) -> None:
        self.now = 500.0
        self.plugged = True
        self.silent = False
        self.hung = False
        self.frozen = False
        self.level = 120
        self.stamp_by = 0.0
        self.size = (96, 64)
        self.info = INFO
        self.opened: list[float] = []
        self.ends = False
        self.end = np.inf
        self.source: HealingSource | None = None
        self._rng = np.random.default_rng(0)
        self._image = np.zeros((64, 96, 3), np.uint8)
        self.script: list[tuple[float, str, object]] = []
        self.began = self.now

    def clock(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.now += seconds
        if self.now > self.end and self.source is not None:
            self.source.interrupt()
        while self.script and self.now - self.began >= self.script[0][0]:
            _, name, value = self.script.pop(0)
            setattr(self, name, value)

    def at(self, seconds: float, **changes) -> World:
        self.script += [(seconds, name, value) for name, value in changes.items()]
        self.script.sort(key=lambda entry: entry[0])
        return self

    def open(self) -> Camera:
        self.opened.append(self.now - self.began)
        if not self.plugged:
            raise SourceError("camera 0: not there or in use by another program")
        return Camera(self)

    def picture(self):
        width, height = self.size
        if not self.frozen or self._image.shape != (height, width, 3):
            noise = self._rng.integers(0, 5, (height, width, 3))
            self._image = (noise + self.level).astype(np.uint8)
        return self._image


class Camera:
    live = True

    def __init__(self, world: World) -> None:
        self.world = world
        self.info = world.info
        self.began = world.now
        self.closed = False

    def read(self) -> Frame | None:
        world = self.world
        if not world.plugged:
            raise SourceError("camera 0: went away; check the cable")
        if world.ends:
            return None
        t = world.now - self.began + world.stamp_by
        return Frame(t, world.picture(), world.now)

    def interrupt(self) -> None: ...

    def close(self) -> None:
        self.closed = True


class Reader:
    """A `FrameReader` without a thread: it reads when it is asked, and moves the virtual time."""

    def __init__(self, open_source, *, clock) -> None:
        self._open = open_source
        self._source = None
        self._error = None
        self.ended = False
        self.alive = False

    def next(self, timeout_s: float) -> Arrival | None:
        if self._source is None:
            self._source = self._open()
        world = self._source.world
        deadline = world.now + timeout_s
        world.advance(1 / FPS)
        while world.silent or world.hung:
            if world.now > deadline:
                return None
            world.advance(1 / FPS)
        frame = self._source.read()
        self.ended = frame is None
        return None if frame is None else Arrival(frame, world.now)

    newest = next

    def interrupt(self) -> None: ...

    def close(self, patience_s: float) -> bool:
        if self._source is not None:
            self._source.close()
            self.alive = self._source.world.hung
        return not self.alive


def healing(world: World, **options) -> HealingSource:
    options.setdefault("read_through", Reader)
    return HealingSource(world.open, "camera 0", clock=world.clock, wait=world.wait, **options)


class Log:
    """What came of a source until `seconds`: frames, and what was said when."""

    def __init__(self, world: World, source: HealingSource, seconds: float) -> None:
        self.frames: list[Frame] = []
        self.said: list[tuple[float, StateChange]] = []
        begin = world.began
        world.source, world.end = source, begin + seconds
        while (seen := source.read()) is not None:
            if isinstance(seen, StateChange):
                self.said.append((world.now - begin, seen))
            else:
                self.frames.append(seen)
        times = [frame.t for frame in self.frames]
        assert times[0] == 0
        assert all(b > a for a, b in itertools.pairwise(times))
        origins = [frame.captured_at - frame.t for frame in self.frames]
        assert np.ptp(origins) < 0.05, "capture time is the monotonic clock's"

    @property
    def states(self) -> list[str]:
        return [change.state for _, change in self.said]

    @property
    def faults(self) -> list[tuple[float, StateChange]]:
        return [(when, change) for when, change in self.said if change.is_fault]


def test_a_good_camera_says_that_it_runs_and_what_it_gives():
    world = World()
    log = Log(world, healing(world), 5)
    assert log.states == ["running", "running"]
    assert log.said[1][1].why == "camera 0: 96x64, 50 pictures a second"
    assert log.said[1][0] < 2


def test_an_unplugged_camera_is_said_and_is_back_soon_after_it_was_plugged_in():
    world = World().at(3, plugged=False).at(33, plugged=True)
    log = Log(world, healing(world), 60)
    (gone, first), (_, again), (back, last) = log.faults
    assert first.state == again.state == "degraded"
    assert first.why == "camera 0: went away; check the cable"
    assert 3 <= gone <= 3.1
    assert last.state == "running"
    assert 33 <= back <= 35.5
    assert last.gap_s == pytest.approx(back - gone, abs=0.1)
    gaps = np.diff([frame.t for frame in log.frames])
    assert gaps.max() == pytest.approx(last.gap_s, abs=0.1)
    assert len(world.opened) < 30


def test_a_camera_that_stays_away_is_tried_for_as_long_as_it_takes_and_said_once():
    world = World().at(3, plugged=False).at(7200, plugged=True)
    log = Log(world, healing(world), 7300)
    assert len(log.faults) == 3
    assert log.faults[-1][1].gap_s == pytest.approx(7200, abs=5)
    assert np.diff(world.opened).max() < 2.5 or np.diff(world.opened)[1:].max() < 2.5


@pytest.mark.parametrize(
    ("fault", "over"),
    [({"silent": True}, {"silent": False}), ({"frozen": True}, {"frozen": False}),
     ({"level": 1}, {"level": 120}), ({"plugged": False}, {"plugged": True}),
     ({"hung": True}, {"hung": False})],
    ids=["silent", "frozen", "dark", "unplugged", "hung"],
)  # fmt: skip
@pytest.mark.parametrize("lasting", [1.2, 8.0])
def test_every_fault_is_said_within_a_second_and_its_gap_recorded(fault, over, lasting):
    world = World().at(5, **fault).at(5 + lasting, **over)
    log = Log(world, healing(world), 30)
    first, *_, last = log.faults
    assert 5 <= first[0] <= 6
    assert first[1].state == "degraded"
    assert last[1].state == "running"
    assert 5 + lasting <= last[0] <= 5 + lasting + 2.6
    assert last[1].gap_s == pytest.approx(last[0] - 5, abs=0.6)
    for _, change in log.said:
        assert not change.why or change.why.startswith("camera 0: ")
        assert len(change.why) <= 80


def test_a_short_silence_does_not_open_the_camera_again():
    world = World().at(5, silent=True).at(6.5, silent=False)
    Log(world, healing(world), 10)
    assert len(world.opened) == 1


def test_a_frozen_camera_is_opened_again_but_a_still_scene_not_all_the_time():
    world = World().at(5, frozen=True)
    Log(world, healing(world), 50)
    assert len(world.opened) == 2


@pytest.mark.parametrize("jump", [-100.0, -0.5, 0.8, 1000.0])
def test_a_jump_of_the_cameras_clock_is_said_and_is_not_in_the_times(jump):
    world = World().at(5, stamp_by=jump)
    log = Log(world, healing(world), 10)
    assert 5 <= log.faults[0][0] <= 5.1
    assert "its clock jumped" in log.faults[0][1].why
    assert np.diff([frame.t for frame in log.frames]).max() < 0.1
    assert log.states[-1] == "running"


def test_a_camera_that_comes_and_goes_too_often_has_failed_and_is_still_tried():
    world = World()
    for i in range(20):
        world.at(3 + 4.1 * i, plugged=False).at(3.1 + 4.1 * i, plugged=True)
    log = Log(world, healing(world), 150)
    failed = [(when, change) for when, change in log.said if change.state == "failed"]
    assert len(failed) == 1
    assert "too often, tried each 60 s" in failed[0][1].why
    assert log.states[-1] == "running"
    assert log.said[-1][0] == pytest.approx(failed[0][0] + 60, abs=1)


def test_a_camera_of_the_same_shape_is_scaled_and_one_of_another_is_not_used():
    world = World().at(5, plugged=False).at(6, plugged=True, size=(192, 128))
    world.at(15, plugged=False).at(16, plugged=True, size=(64, 64)).at(20, size=(96, 64))
    log = Log(world, healing(world), 40)
    assert {frame.image.shape for frame in log.frames} == {(64, 96, 3)}
    refused = [change.why for _, change in log.faults if "64x64" in change.why]
    assert refused == ["camera 0: 64x64 now, expected 96x64: not used"]
    gap = max(np.diff([frame.t for frame in log.frames]))
    assert gap == pytest.approx(5, abs=2.5)


def test_a_stream_that_closes_is_a_fault_and_a_film_that_ends_is_the_end():
    world = World().at(5, ends=True).at(8, ends=False)
    log = Log(world, healing(world), 20)
    assert log.faults[0][1].why == "camera 0: its stream has ended; is it still being sent?"
    assert log.faults[-1][1].state == "running"
    world = World().at(5, ends=True)
    world.info = SourceInfo("http://x/film.mp4", 96, 64, FPS, duration_s=5.0)
    source = healing(world)
    log = Log(world, source, 60)
    assert not log.faults
    assert world.now - world.began < 6
    assert source.read() is None


def test_the_first_opening_fails_as_of_any_source():
    world = World()
    world.plugged = False
    with pytest.raises(SourceError, match="camera 0: not there"):
        healing(world)


def test_a_driver_that_never_answers_is_left_alone_and_not_opened_for_ever():
    world = World().at(5, hung=True)
    log = Log(world, healing(world), 500)
    assert any("does not answer" in change.why for _, change in log.said)
    assert len(world.opened) <= 4
    assert len(log.said) < 12


class HungDriver(Camera):
    """Answers `read` only when it is let go."""

    def __init__(self, world: World, frames: int) -> None:
        super().__init__(world)
        self.left = frames
        self.let_go = threading.Event()
        self.done = threading.Event()

    def read(self) -> Frame | None:
        if not self.left:
            self.let_go.wait()
            return None
        self.left -= 1
        self.world.now = time.monotonic()
        return super().read()

    def close(self) -> None:
        self.done.set()


def test_a_hung_driver_hangs_nobody():
    """Real threads: the station is told, and can be ended at once."""
    world = World()
    drivers = [HungDriver(world, 3), HungDriver(world, 0), HungDriver(world, 0)]
    left = iter(drivers)
    source = HealingSource(
        lambda: next(left), "camera 0", patience=Patience(silent=0.9, opening=0.3, closing=0.1)
    )
    try:
        kinds = [type(source.read()).__name__ for _ in range(2)]
        assert kinds == ["StateChange", "Frame"]
        begin = time.monotonic()
        while not isinstance(source.read(), StateChange):
            pass
        assert time.monotonic() - begin < 1
        threading.Timer(1.0, source.interrupt).start()
        while source.read() is not None:
            pass
        source.close()
        assert time.monotonic() - begin < 2.5
    finally:
        for driver in drivers:
            driver.let_go.set()
    assert drivers[0].done.wait(2)


def test_an_interrupt_ends_the_wait_for_a_camera_that_is_away():
    world = World()
    source = HealingSource(world.open, "camera 0", health=Health())
    assert isinstance(source.read(), StateChange)
    assert isinstance(source.read(), Frame)
    world.plugged = False
    threading.Timer(0.6, source.interrupt).start()
    begin = time.monotonic()
    while source.read() is not None:
        pass
    source.close()
    source.close()
    assert time.monotonic() - begin < 1.2
