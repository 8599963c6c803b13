"""Three ways to read a camera, none of which it can hang."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from realtime.sources.errors import SourceError
from realtime.sources.protocol import Frame, SourceInfo
from realtime.sources.reader import FrameReader


class Camera:
    """Gives a frame each time it is told to."""

    live = True
    info = SourceInfo("camera:0", 8, 8)

    def __init__(self) -> None:
        self._go = threading.Semaphore(0)
        self._n = 0
        self.left = 10**6
        self.closed = 0
        self.error: Exception | None = None

    def give(self, count: int = 1) -> None:
        self._go.release(count)

    def read(self) -> Frame | None:
        self._go.acquire()
        if self.error:
            raise self.error
        if self._n >= self.left:
            return None
        self._n += 1
        return Frame(float(self._n), np.zeros((8, 8, 3), np.uint8), time.monotonic())

    def interrupt(self) -> None:
        self.left = 0
        self.give()

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def camera():
    return Camera()


@pytest.fixture
def reader(camera):
    reader = FrameReader(lambda: camera, ahead=4)
    yield reader
    assert reader.close(2)
    assert camera.closed == 1


def wait_until(condition) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_next_gives_every_frame_in_order(camera, reader):
    camera.give(4)
    assert [reader.next().frame.t for _ in range(4)] == [1, 2, 3, 4]
    assert reader.next(0.01) is None
    assert not reader.ended


def test_what_nobody_took_is_given_up_and_counted(camera, reader):
    camera.give(10)
    wait_until(lambda: (seen := reader.peek(9)) is not None and seen.frame.t == 10)
    first = reader.next()
    assert (first.frame.t, first.frame.skipped) == (7, 6)
    assert [reader.next().frame.skipped for _ in range(3)] == [0, 0, 0]


def test_newest_gives_up_what_came_before_it(camera, reader):
    camera.give(3)
    wait_until(lambda: (seen := reader.peek(9)) is not None and seen.frame.t == 3)
    newest = reader.newest(1)
    assert (newest.frame.t, newest.frame.skipped) == (3, 2)
    assert reader.newest(0.01) is None
    camera.give()
    assert (reader.newest(1).frame.t, newest.frame.skipped) == (4, 2)


def test_peek_takes_nothing_and_minds_the_age(camera, reader):
    assert reader.peek(1) is None
    camera.give()
    assert reader.next(1) is not None
    assert reader.peek(5).frame.t == reader.peek(5).frame.t == 1
    time.sleep(0.02)
    assert reader.peek(0.01) is None


def test_the_end_and_a_failure_come_after_the_last_frame(camera, reader):
    camera.give(2)
    wait_until(lambda: (seen := reader.peek(9)) is not None and seen.frame.t == 2)
    camera.error = SourceError("camera 0: went away")
    camera.give()
    assert [reader.next().frame.t for _ in range(2)] == [1, 2]
    with pytest.raises(SourceError, match="went away"):
        reader.next()
    assert reader.ended


def test_a_fault_of_the_driver_is_one_line(camera, reader):
    camera.error = RuntimeError("bad\ncable")
    camera.give()
    with pytest.raises(SourceError, match="camera:0: RuntimeError") as error:
        reader.next(2)
    assert "\n" not in str(error.value)


def test_what_cannot_be_opened_is_said_to_whoever_reads():
    def fail():
        raise SourceError("camera 0: not there")

    reader = FrameReader(fail)
    with pytest.raises(SourceError, match="not there"):
        reader.next(2)
    assert reader.close(1)


def test_an_interrupt_wakes_whoever_waits(camera, reader):
    threading.Timer(0.05, reader.interrupt).start()
    assert reader.next() is None
    assert reader.ended
