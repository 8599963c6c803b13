"""The frame channel over real ZeroMQ sockets: credit, newest wins, order, the end."""

from __future__ import annotations

import zmq

from realtime.messages import (
    EndOfStream,
    FrameHeader,
    Refused,
    Result,
    Stop,
    encode,
)
from realtime.observations import Lost, Observed
from tests.realtime.transport.channels import KEYPOINTS, lost, observed, troubles


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
