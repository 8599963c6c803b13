"""Workers of the frame channel that are late, silent, dying or leaving, over real sockets."""

from __future__ import annotations

import time

import pytest
from msgspec import structs

from realtime.messages import PROTOCOL, FrameHeader, Goodbye, Hello
from realtime.supervision.states import StateChange
from realtime.transport.workers import (
    KEEP_S,
    LOSSLESS_STALL_S,
    REMOTE_STALL_S,
    SILENT_S,
    STALL_S,
    WORTH_S,
)
from tests.realtime.transport.channels import HELLO, Bench, Worker, lost, observed, states, troubles


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


def test_a_worker_that_says_it_is_slow_holds_nobody_up(live):
    liar = live.worker("liar", Hello(PROTOCOL, "test", "coco_17", round_s=30.0))
    live.push(0)
    live.until(lambda: bool(liar.socket.poll(0)))
    good = live.worker("good")
    live.push(1)
    live.until(lambda: bool(good.socket.poll(0)))
    good.answer(good.frame())
    live.wait(0.25)
    live.poll(1)
    if again := good.frame():  # what the other keeps, unless it was too late for it
        good.answer(again)
    live.until(lambda: observed(live)[-1:] == [1])


def test_who_went_away_with_a_frame_is_missed_however_slow_he_said_he_is(live):
    slow = live.worker("slow", Hello(PROTOCOL, "test", "coco_17", round_s=30.0))
    live.push(0)
    live.until(lambda: bool(slow.socket.poll(0)))
    slow.socket.close()
    live.until(lambda: live.wait(0.5) or bool(troubles(live)))
    assert troubles(live) == ["pose worker slow went away"]
