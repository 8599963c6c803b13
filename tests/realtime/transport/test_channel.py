"""The frame channel over real ZeroMQ sockets: credit, newest wins, order, garbage, failures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import zmq
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.messages import (
    PROTOCOL,
    EndOfStream,
    FrameHeader,
    Hello,
    Refused,
    Result,
    Stop,
    decode_to_worker,
    encode,
)
from realtime.observations import Lost, Observed
from realtime.supervision.states import StateChange
from realtime.transport.channel import STALL_S, UNHURRIED, FrameChannel

HELLO = Hello(PROTOCOL, "test", "coco_17")
KEYPOINTS = np.zeros((1, 17, 3), np.float32).tobytes()


class Worker:
    """A scripted worker: a real DEALER socket."""

    def __init__(self, context, endpoint: str, name: str) -> None:
        self.socket = context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt_string(zmq.IDENTITY, name)
        self.socket.connect(endpoint)

    def say(self, message) -> None:
        self.socket.send(encode(message))

    def frame(self) -> FrameHeader | Stop | None:
        """The next message of the station, or None when there is none."""
        if not self.socket.poll(200):
            return None
        return decode_to_worker(self.socket.recv_multipart()[0])

    def answer(self, header: FrameHeader) -> None:
        self.say(Result(header.seq, 1, KEYPOINTS, 5_000_000))


class Bench:
    """A channel with the test in the places of the capture thread and of the workers."""

    def __init__(self, *, lossless: bool, window: int = 1) -> None:
        self.now = 1000.0
        self.context = zmq.Context()
        self.channel = FrameChannel(
            self.context,
            capture_address="inproc://capture",
            endpoint="tcp://127.0.0.1:*",
            lossless=lossless,
            window=window,
            clock=lambda: self.now,
        )
        self.capture = self.context.socket(zmq.PUSH)
        self.capture.setsockopt(zmq.LINGER, 0)
        self.capture.connect("inproc://capture")
        self.workers: list[Worker] = []
        self.seen: list[object] = []

    def worker(self, name: str, hello: Hello = HELLO) -> Worker:
        worker = Worker(self.context, self.channel.endpoint, name)
        self.workers.append(worker)
        worker.say(hello)
        return worker

    def push(self, *seqs: int) -> None:
        for seq in seqs:
            header = FrameHeader(seq, seq * 1_000_000, 0, 2, 1)
            self.capture.send_multipart([encode(header), bytes(6)])

    def poll(self, times: int = 6) -> list[object]:
        for _ in range(times):
            self.seen += self.channel.poll(0.01)
        return self.seen

    def until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 5
        while not true() and time.monotonic() < deadline:
            self.poll(1)
        assert true()

    def close(self) -> None:
        self.channel.close()
        for worker in self.workers:
            worker.socket.close(0)
        self.capture.close(0)
        self.context.term()


@pytest.fixture
def live() -> Iterator[Bench]:
    bench = Bench(lossless=False)
    yield bench
    bench.close()


@pytest.fixture
def lossless() -> Iterator[Bench]:
    bench = Bench(lossless=True, window=2)
    yield bench
    bench.close()


def observed(bench: Bench) -> list[int]:
    return [o.seq for o in bench.seen if isinstance(o, Observed)]


def troubles(bench: Bench) -> list[str]:
    return [o.why for o in bench.seen if isinstance(o, StateChange)]


def test_live_the_newest_frame_wins_and_the_others_are_counted(live):
    live.push(0, 1, 2)
    live.poll()
    worker = live.worker("w")
    live.poll()
    assert worker.frame().seq == 2
    assert live.channel.dropped == 2


def test_a_worker_gets_no_frame_before_it_asked_again(live):
    worker = live.worker("w")
    live.push(0)
    live.poll()
    first = worker.frame()
    live.push(1, 2, 3)
    live.poll()
    assert worker.frame() is None
    worker.answer(first)
    live.poll()
    assert worker.frame().seq == 3
    assert observed(live) == [0]


def test_lossless_nothing_is_dropped_however_slow_the_worker(lossless):
    worker = lossless.worker("w")
    pushed, answered = 0, []
    while len(answered) < 12:
        if pushed < 12 and lossless.capture.poll(0, zmq.POLLOUT):
            lossless.push(pushed)
            pushed += 1
        lossless.poll(2)
        while (header := worker.frame()) is not None:
            answered.append(header.seq)
            worker.answer(header)
            lossless.poll(1)
    lossless.until(lambda: len(observed(lossless)) == 12)
    assert observed(lossless) == answered == list(range(12))
    assert lossless.channel.dropped == 0


def test_poses_come_in_capture_order_whichever_worker_is_first(lossless):
    one, two = lossless.worker("one"), lossless.worker("two")
    lossless.poll()
    held = []
    for seq in range(4):
        lossless.push(seq)
        lossless.poll(3)
    for worker in (one, two):
        while (header := worker.frame()) is not None:
            held.append((worker, header))
    assert sorted(header.seq for _, header in held) == [0, 1, 2, 3]
    for worker, header in sorted(held, key=lambda h: -h[1].seq):
        worker.answer(header)
        lossless.poll(3)
    lossless.until(lambda: len(observed(lossless)) == 4)
    assert observed(lossless) == [0, 1, 2, 3]


def test_times_are_those_of_the_capture(live):
    worker = live.worker("w")
    live.poll()
    live.capture.send_multipart([encode(FrameHeader(7, 1_500_000_000, 9_000, 2, 1)), bytes(6)])
    live.poll()
    worker.answer(worker.frame())
    live.until(lambda: bool(live.seen))
    [found] = live.seen
    assert (found.seq, found.t, found.pose_s) == (7, 1.5, 0.005)
    assert found.poses.keypoints.shape == (1, 17, 3)


def test_a_duplicate_or_unasked_result_is_ignored(live):
    worker = live.worker("w")
    live.poll()
    live.push(0)
    live.poll()
    header = worker.frame()
    worker.answer(header)
    worker.answer(header)
    worker.say(Result(99, 1, KEYPOINTS, 1))
    live.poll(20)
    assert observed(live) == [0]
    assert not troubles(live)


def test_a_worker_that_keeps_a_frame_loses_it_live_and_to_another_when_lossless():
    for is_lossless, patience_s in ((False, STALL_S), (True, UNHURRIED * STALL_S)):
        bench = Bench(lossless=is_lossless)
        bench.worker("slow")
        bench.poll()
        bench.push(0)
        bench.poll()
        other = bench.worker("other")
        bench.now += patience_s - 0.1
        bench.poll()
        assert troubles(bench) == []
        bench.now += 0.2
        bench.poll()
        assert f"slow kept a frame for more than {patience_s:g} s" in troubles(bench)[0]
        assert bench.channel.take_failed() == [b"slow"]
        if is_lossless:
            other.answer(other.frame())
            bench.until(lambda b=bench: observed(b) == [0])
        else:
            assert [o.seq for o in bench.seen if isinstance(o, Lost)] == [0]
        bench.close()


def test_a_slow_engine_is_waited_for():
    bench = Bench(lossless=True, window=3)
    worker = bench.worker("slow", Hello(PROTOCOL, "test", "coco_17", round_s=1.5))
    bench.poll()
    bench.push(0)
    bench.poll()
    bench.now += 11.9  # 2 x (window + 1) rounds, less a little
    bench.poll()
    worker.answer(worker.frame())
    bench.until(lambda: observed(bench) == [0])
    bench.push(1)
    bench.poll()
    bench.now += 12.1
    bench.poll()
    assert troubles(bench) == ["pose worker slow kept a frame for more than 12 s"]
    bench.close()


def test_an_engine_slower_than_anybody_waits_for_is_not_used(live):
    live.worker("endless", Hello(PROTOCOL, "test", "coco_17", round_s=1e9))
    live.until(lambda: bool(troubles(live)))
    assert "pose worker endless sent garbage" in troubles(live)[0]


def test_a_refused_frame_is_lost_and_the_worker_goes_on(live):
    worker = live.worker("w")
    live.poll()
    live.push(0)
    live.poll()
    worker.say(Refused(worker.frame().seq, "frame of 0x0"))
    live.push(1)
    live.until(lambda: bool(live.seen))
    assert live.seen == [Lost(0, 0.0, "frame of 0x0")]
    live.poll()
    assert worker.frame().seq == 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4))
def test_garbage_never_stops_the_station(garbage):
    bench = Bench(lossless=True)
    good = bench.worker("good")
    bad = Worker(bench.context, bench.channel.endpoint, "bad")
    bench.workers.append(bad)
    bad.socket.send_multipart(garbage)
    bench.until(lambda: bool(bench.channel.hello))
    bench.poll()
    bench.push(0)
    bench.until(lambda: bool(good.socket.poll(0)))
    good.answer(good.frame())
    bench.until(lambda: observed(bench) == [0])
    assert len(troubles(bench)) == 1
    assert troubles(bench)[0].startswith("pose worker bad sent garbage")
    bench.close()


@pytest.mark.parametrize(("people", "size"), [(1, 5), (2, 204), (-1, 0), (10**9, 204)], ids=str)
def test_a_result_of_the_wrong_size_fails_the_worker(live, people, size):
    worker = live.worker("w")
    live.poll()
    live.push(0)
    live.poll()
    worker.say(Result(worker.frame().seq, people, bytes(size), 1))
    live.until(lambda: bool(troubles(live)))
    assert "sent a bad result (key points of coco_17: expected" in troubles(live)[0]
    assert [o.seq for o in live.seen if isinstance(o, Lost)] == [0]


@pytest.mark.parametrize(
    ("hello", "why"),
    [(Hello(99, "x", "coco_17"), "speaks protocol 99, expected 2"),
     (Hello(PROTOCOL, "x", "body_25"), "gives body_25, expected coco_17"),
     (Hello(PROTOCOL, "x", "octopus"), "gives the unknown skeleton 'octopus'")],
)  # fmt: skip
def test_a_worker_of_another_kind_is_not_used(live, hello, why):
    live.worker("first")
    live.until(lambda: live.channel.hello is not None)
    live.worker("other", hello)
    live.until(lambda: bool(troubles(live)))
    assert why in troubles(live)[0]


def test_a_worker_of_another_kind_is_not_used_after_the_first_has_gone(live):
    live.worker("first")
    live.until(lambda: live.channel.hello is not None)
    live.channel.fail(b"first", "went away")
    live.worker("other", Hello(PROTOCOL, "x", "body_25"))
    live.until(lambda: len(troubles(live)) == 2)
    assert "other gives body_25, expected coco_17" in troubles(live)[1]
    assert live.channel.hello is None


def test_it_ends_when_every_frame_is_accounted_for(lossless):
    worker = lossless.worker("w")
    lossless.poll()
    lossless.push(0)
    lossless.capture.send(encode(EndOfStream("the file is cut off")))
    lossless.poll()
    assert not lossless.channel.ended
    worker.answer(worker.frame())
    lossless.until(lambda: lossless.channel.ended)
    assert lossless.channel.source_error == "the file is cut off"
    lossless.channel.close()
    assert isinstance(worker.frame(), Stop)
