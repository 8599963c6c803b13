"""The frame channel over real ZeroMQ sockets: credit, newest wins, order, garbage, failures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import zmq
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from realtime.messages import (
    PROTOCOL,
    EndOfStream,
    FrameHeader,
    Goodbye,
    Hello,
    Refused,
    Result,
    Stop,
    decode_to_worker,
    encode,
)
from realtime.observations import Lost, Observed
from realtime.supervision.states import StateChange
from realtime.transport.channel import FrameChannel
from realtime.transport.workers import (
    KEEP_S,
    LOSSLESS_STALL_S,
    MOST_WORKERS,
    REMOTE_STALL_S,
    SILENT_S,
    STALL_S,
    WORTH_S,
)

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

    def __init__(self, *, lossless: bool, window: int = 1, remote: bool = False) -> None:
        self.now = 1000.0
        self.context = zmq.Context()
        self.channel = FrameChannel(
            self.context,
            capture_address="inproc://capture",
            endpoint="tcp://127.0.0.1:*",
            lossless=lossless,
            window=window,
            clock=lambda: self.now,
            is_remote=lambda _: remote,
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

    def wait(self, seconds: float) -> None:
        """Let time pass; the station looks all the while."""
        for _ in range(round(seconds / 0.05)):
            self.now += 0.05
            self.seen += self.channel.poll(0)
        self.now += seconds % 0.05
        self.poll(1)

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


def lost(bench: Bench) -> list[int]:
    return [o.seq for o in bench.seen if isinstance(o, Lost)]


def troubles(bench: Bench) -> list[str]:
    return [o.why for o in bench.seen if isinstance(o, StateChange) and o.is_fault]


def states(bench: Bench, part: str) -> list[str]:
    return [o.state for o in bench.seen if isinstance(o, StateChange) and o.part == part]


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
    live.until(lambda: bool(observed(live)))
    [found] = [o for o in live.seen if isinstance(o, Observed)]
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


@pytest.mark.parametrize(
    ("options", "patience_s"),
    [
        ({"lossless": False}, STALL_S),
        ({"lossless": False, "remote": True}, REMOTE_STALL_S),
        ({"lossless": True}, LOSSLESS_STALL_S),
    ],
    ids=["live", "elsewhere", "lossless"],
)
def test_a_worker_that_keeps_a_frame_has_failed(options, patience_s):
    bench = Bench(**options)
    bench.worker("slow")
    bench.poll()
    bench.push(0)
    bench.poll()
    bench.wait(patience_s - 0.1)
    assert troubles(bench) == []
    bench.wait(0.2)
    assert troubles(bench) == [f"pose worker slow kept a frame for more than {patience_s:g} s"]
    assert bench.channel.take_failed() == [b"slow"]
    if options["lossless"]:
        other = bench.worker("other")
        bench.until(lambda: bool(other.socket.poll(0)))
        other.answer(other.frame())
        bench.until(lambda: observed(bench) == [0])
    assert lost(bench) == ([] if options["lossless"] else [0])
    bench.close()


def two(bench: Bench) -> tuple[Worker, Worker, FrameHeader]:
    """Two workers, of which the first has frame 0 and the other has answered the next one."""
    stuck, other = bench.worker("stuck"), bench.worker("other")
    bench.until(lambda: states(bench, "pose worker other") == ["running"])
    bench.push(0)
    bench.poll()
    if not stuck.socket.poll(0):
        stuck, other = other, stuck
    bench.push(1)
    bench.poll()
    other.answer(other.frame())
    bench.poll()
    assert observed(bench) == []  # it waits for the one before
    return stuck, other, stuck.frame()


def test_a_stuck_worker_holds_the_others_up_for_a_moment_only(live):
    """Its frame is worked on by another, and what it says of it later is a duplicate."""
    stuck, other, header = two(live)
    live.wait(KEEP_S + 0.05)
    again = other.frame()
    assert again == header
    other.answer(again)
    live.until(lambda: observed(live) == [0, 1])
    stuck.answer(header)
    live.poll()
    assert observed(live) == [0, 1]
    assert lost(live) == []
    assert len(troubles(live)) == 1
    assert troubles(live)[0].endswith("keeps frames too long; others get them")


def test_a_frame_that_nobody_is_free_to_repeat_is_lost_and_nobody_waits(live):
    _, other, _ = two(live)
    live.push(2)
    live.poll()
    assert other.frame().seq == 2  # nobody is free now
    live.wait(KEEP_S - 0.1)
    live.poll()
    other.say(HELLO)
    live.wait(0.15)
    assert (lost(live), observed(live)) == ([0], [1])


def test_a_frame_is_repeated_once(live):
    _, other, _ = two(live)
    live.wait(KEEP_S + 0.05)
    assert other.frame().seq == 0
    third = live.worker("third")
    live.wait(WORTH_S - KEEP_S + 0.05)
    assert (lost(live), observed(live)) == ([0], [1])
    assert third.frame() is None


def test_a_worker_that_was_late_is_trusted_again_when_it_answers(live):
    stuck, other, header = two(live)
    live.wait(KEEP_S + 0.05)
    other.answer(other.frame())
    live.push(2)
    live.poll()
    assert other.frame().seq == 2  # the late one gets none
    stuck.answer(header)
    live.poll()
    live.push(3)
    live.poll()
    assert stuck.frame().seq == 3
    live.wait(KEEP_S - 0.1)
    assert len(troubles(live)) == 1


def test_nobody_else_at_hand_a_frame_is_waited_for(live):
    worker = live.worker("w")
    live.poll()
    live.push(0)
    live.poll()
    live.wait(STALL_S - 0.1)
    worker.answer(worker.frame())
    live.until(lambda: observed(live) == [0])
    assert not troubles(live)


def test_a_slow_engine_keeps_its_frames_for_longer():
    bench = Bench(lossless=False, window=2)
    hello = structs.replace(HELLO, round_s=0.1)  # so that a frame may take 2 x (window + 1) x 0.1 s
    slow, _ = bench.worker("slow", hello), bench.worker("other", hello)
    bench.until(lambda: states(bench, "pose worker other") == ["running"])
    bench.push(0)
    bench.poll()
    bench.wait(0.5)
    assert not troubles(bench)
    bench.wait(0.2)
    assert len(troubles(bench)) == 1
    assert slow is bench.workers[0]
    bench.close()


def test_what_comes_while_the_station_is_suspended_is_not_late(live):
    worker = live.worker("w")
    live.poll()
    live.push(0)
    live.poll()
    live.now += 60
    live.poll(1)
    worker.answer(worker.frame())
    live.until(lambda: observed(live) == [0])
    assert not troubles(live)


def test_an_idle_worker_that_says_nothing_has_failed_and_is_welcome_back(live):
    worker = live.worker("w")
    live.poll()
    live.wait(SILENT_S - 0.2)
    worker.say(HELLO)
    live.poll()
    live.wait(SILENT_S - 0.2)
    assert not troubles(live)
    live.wait(0.4)
    assert troubles(live) == ["pose worker w said nothing for 3 s"]
    worker.say(HELLO)
    live.push(0)
    live.poll()
    assert worker.frame().seq == 0
    assert states(live, "pose worker w") == ["running", "degraded", "running"]


def test_that_nobody_is_left_is_said_and_for_how_long(live):
    worker = live.worker("w")
    live.poll()
    live.push(0)
    live.poll()
    worker.answer(worker.frame())
    live.until(lambda: observed(live) == [0])
    live.channel.fail(b"w", "died; restarted")
    live.wait(1.5)
    assert states(live, "pose workers") == []
    live.wait(1.0)
    assert states(live, "pose workers") == ["failed"]
    live.worker("next")
    live.until(lambda: states(live, "pose workers") == ["failed", "running"])
    [back] = [o for o in live.seen if isinstance(o, StateChange) and o.gap_s]
    assert back.gap_s == pytest.approx(2.5, abs=0.1)


def test_one_death_is_told_once_with_the_reason_of_the_process(live):
    worker = live.worker("local-1")
    live.poll()
    worker.socket.close()
    live.until(lambda: not live.channel._router.poll(0))
    time.sleep(0.1)  # for the connection's end to be known
    live.push(0)
    live.poll()
    assert troubles(live) == []
    live.channel.fail(b"local-1", "died (exit code -9); restarted")
    live.wait(1)
    assert troubles(live) == ["pose worker local-1 died (exit code -9); restarted"]


def test_a_worker_that_was_given_up_dies_without_another_word(live):
    live.worker("local-1")
    live.poll()
    live.push(0)
    live.poll()
    live.wait(STALL_S + 0.1)
    live.channel.fail(b"local-1", "died (exit code -9); restarted")
    live.wait(0.5)
    assert troubles(live) == ["pose worker local-1 kept a frame for more than 0.75 s"]
    live.channel.fail(b"local-1", "failed 6 times in 60 s", "failed")
    live.poll()
    assert len(troubles(live)) == 2


def test_a_worker_whose_connection_is_lost_for_no_reason_went_away(live):
    worker = live.worker("far")
    live.poll()
    worker.socket.close()
    time.sleep(0.1)
    live.push(0)
    live.poll()
    live.wait(1)
    assert troubles(live) == ["pose worker far went away"]


def test_a_worker_that_says_goodbye_has_stopped(live):
    leaving, other = live.worker("leaving"), live.worker("other")
    live.until(lambda: states(live, "pose worker other") == ["running"])
    live.push(0)
    live.poll()
    live.push(1)
    live.poll()
    header = leaving.frame()
    other.answer(other.frame())
    live.poll()
    leaving.say(Goodbye())
    live.poll()
    assert other.frame() == header  # somebody else does it, at once
    assert states(live, "pose worker leaving") == ["running", "stopped"]
    assert not troubles(live)


def test_on_a_new_connection_what_was_sent_over_the_old_one_is_sent_again(lossless):
    worker = lossless.worker("w")
    lossless.poll()
    lossless.push(0)
    lossless.poll()
    assert worker.frame().seq == 0
    worker.say(structs.replace(HELLO, anew=True))
    lossless.poll()
    worker.answer(worker.frame())
    lossless.until(lambda: observed(lossless) == [0])


def test_a_station_takes_so_many_workers_and_no_more(live):
    for number in range(MOST_WORKERS + 3):
        live.worker(f"w{number}")
    live.until(lambda: len(troubles(live)) == 3)
    assert "is one too many: a station has at most 64 pose workers" in troubles(live)[0]


def test_endless_names_and_floods_are_told_with_a_count(live):
    good = live.worker("good")
    bad = live.worker("bad")
    live.until(lambda: states(live, "pose worker bad") == ["running"])
    for _ in range(40):
        for _ in range(10):
            bad.say(Result(5, 0, b"", 1))
        live.poll(2)
    live.wait(1.1)
    assert troubles(live) == ["pose worker bad answers what nobody asked"]
    bad.say(HELLO)
    live.poll()
    assert states(live, "pose worker bad") == ["running", "failed"]  # it is not listened to
    told = len(troubles(live))
    for number in range(300):
        stranger = Worker(live.context, live.channel.endpoint, f"s{number}")
        stranger.say(Hello(99, "x", "coco_17"))
        live.poll(1)
        live.workers.append(stranger)
    live.wait(0.2)
    assert told < len(troubles(live)) < told + 25
    live.push(0)
    good.say(HELLO)
    live.until(lambda: bool(good.socket.poll(0)))


def test_a_slow_engine_is_waited_for():
    bench = Bench(lossless=True, window=3)
    worker = bench.worker("slow", Hello(PROTOCOL, "test", "coco_17", round_s=1.5))
    bench.poll()
    bench.push(0)
    bench.poll()
    bench.wait(11.9)  # 2 x (window + 1) rounds, less a little
    worker.answer(worker.frame())
    bench.until(lambda: observed(bench) == [0])
    bench.push(1)
    bench.poll()
    bench.wait(12.1)
    assert troubles(bench) == ["pose worker slow kept a frame for more than 12 s"]
    bench.close()


def test_an_engine_slower_than_anybody_waits_for_is_not_used(live):
    live.worker("endless", Hello(PROTOCOL, "test", "coco_17", round_s=1e9))
    live.until(lambda: bool(troubles(live)))
    assert troubles(live)[0] == "network: 127.0.0.1 was refused: it sent garbage"


def test_a_refused_frame_is_lost_and_the_worker_goes_on(live):
    worker = live.worker("w")
    live.poll()
    live.push(0)
    live.poll()
    worker.say(Refused(worker.frame().seq, "frame of 0x0"))
    live.push(1)
    live.until(lambda: bool(lost(live)))
    assert Lost(0, 0.0, "frame of 0x0") in live.seen
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
    assert troubles(bench)[0] == "network: 127.0.0.1 was refused: it sent garbage"
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
    [(Hello(99, "x", "coco_17"), f"speaks protocol 99, expected {PROTOCOL}"),
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
    assert "other was refused: gives body_25, expected coco_17" in troubles(live)[1]
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
