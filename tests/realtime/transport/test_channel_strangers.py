"""Workers of the frame channel that are too many, of another kind, or send garbage."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.messages import PROTOCOL, Hello, Result
from realtime.observations import Lost
from realtime.transport.workers import MOST_WORKERS
from tests.realtime.transport.channels import HELLO, Bench, Worker, observed, states, troubles


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


def test_an_engine_slower_than_anybody_waits_for_is_not_used(live):
    live.worker("endless", Hello(PROTOCOL, "test", "coco_17", round_s=1e9))
    live.until(lambda: bool(troubles(live)))
    assert troubles(live)[0] == "network: 127.0.0.1 was refused: it sent garbage"


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
