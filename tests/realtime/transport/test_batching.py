"""Which frames a worker takes together, on a virtual clock."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.transport.batching import SILENT_S, WAIT_S, Inbox


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def known(clock: Clock, size: int, cameras: int) -> Inbox[str]:
    """An inbox to which each camera has given a frame before."""
    inbox: Inbox[str] = Inbox(size, clock)
    for camera in range(cameras):
        inbox.add(camera, "first")
    while inbox.patience_s() is not None:
        inbox.take()
    return inbox


def test_without_a_frame_there_is_nothing_to_take(clock):
    inbox = known(clock, 4, 2)
    assert inbox.patience_s() is None
    assert inbox.take() == []


def test_the_first_frame_waits_for_company_and_no_longer_than_it_may(clock):
    inbox = known(clock, 4, 3)
    inbox.add(0, "a")
    assert inbox.patience_s() == pytest.approx(WAIT_S)
    clock.now += 0.003
    inbox.add(1, "b")
    assert inbox.patience_s() == pytest.approx(WAIT_S - 0.003)
    clock.now += 0.001
    assert inbox.patience_s() == pytest.approx(0, abs=1e-9)
    clock.now += 1
    assert inbox.patience_s() == 0
    assert inbox.take() == [(0, "a"), (1, "b")]


def test_nobody_waits_when_everybody_is_there(clock):
    inbox = known(clock, 8, 2)
    inbox.add(1, "b")
    inbox.add(0, "a")
    assert inbox.patience_s() == 0
    assert sorted(inbox.take()) == [(0, "a"), (1, "b")]


def test_nobody_waits_when_no_more_can_be_taken_together(clock):
    inbox = known(clock, 2, 5)
    inbox.add(0, "a")
    inbox.add(0, "b")
    assert inbox.patience_s() == 0
    assert inbox.take() == [(0, "a"), (0, "b")]


@pytest.mark.parametrize("cameras", [1, 3])
def test_an_engine_that_works_frame_by_frame_waits_for_nobody(clock, cameras):
    inbox = known(clock, 1, cameras)
    inbox.add(0, "a")
    assert inbox.patience_s() == 0
    assert inbox.take() == [(0, "a")]


def test_the_only_camera_waits_for_nobody(clock):
    inbox = known(clock, 8, 1)
    inbox.add(0, "a")
    assert inbox.patience_s() == 0


def test_a_silent_camera_is_waited_for_again_when_it_sends_again(clock):
    inbox = known(clock, 8, 2)
    clock.now += SILENT_S - 0.01
    inbox.add(0, "a")
    assert inbox.patience_s() == pytest.approx(WAIT_S)
    inbox.take()
    clock.now += 0.01
    inbox.add(0, "b")
    assert inbox.patience_s() == 0
    inbox.add(1, "c")
    inbox.take()
    inbox.add(0, "d")
    assert inbox.patience_s() == pytest.approx(WAIT_S)


def test_a_camera_that_left_is_not_waited_for_and_its_frames_are_dropped(clock):
    inbox = known(clock, 8, 2)
    inbox.add(0, "a")
    inbox.leave(1)
    assert inbox.patience_s() == 0
    inbox.leave(0)
    inbox.leave(0)
    assert inbox.patience_s() is None


def test_cameras_take_turns(clock):
    inbox = known(clock, 1, 2)
    for i in range(3):
        inbox.add(0, f"a{i}")
    inbox.add(1, "b0")
    taken = [inbox.take()[0][1] for _ in range(4)]
    assert taken.index("b0") <= 1
    assert [item for item in taken if item != "b0"] == ["a0", "a1", "a2"]


@settings(deadline=None)
@given(
    st.integers(1, 8),
    st.lists(st.tuples(st.integers(0, 3), st.floats(0, 0.006)), max_size=60),
)
def test_whatever_comes_each_camera_stays_in_order_and_none_waits_too_long(size, arrivals):
    clock = Clock()
    inbox: Inbox[tuple[int, float]] = Inbox(size, clock)
    taken: list[tuple[int, tuple[int, float]]] = []

    def work_until(time: float) -> None:
        """As a worker whose engine needs no time."""
        while (patience := inbox.patience_s()) is not None and clock.now + patience <= time:
            clock.now += patience
            batch = inbox.take()
            assert 1 <= len(batch) <= size
            assert all(clock.now - came <= WAIT_S + 1e-9 for _, (_, came) in batch)
            taken.extend(batch)
        clock.now = time

    for seq, (camera, pause) in enumerate(arrivals):
        work_until(clock.now + pause)
        inbox.add(camera, (seq, clock.now))
    work_until(clock.now + 1)
    assert sorted(item[0] for _, item in taken) == list(range(len(arrivals)))
    for camera in range(4):
        seqs = [item[0] for of, item in taken if of == camera]
        assert seqs == sorted(seqs)
