"""What is published, to real subscribers over real sockets."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import zmq

from realtime.marks import Event, Jump
from realtime.publishing.publisher import Publisher
from realtime.publishing.schema import EVENTS_KEPT
from realtime.publishing.subscriptions import Subscriptions
from realtime.show.snapshot import Snapshot
from realtime.sources.errors import SourceError
from realtime.supervision.states import StateChange
from realtime.transport.errors import KeysError
from tests.realtime.publishing.listening import of, subscribed
from tests.realtime.show.example import BACKFLIP, JUDGING, example
from tests.realtime.show.terminals import until

JUMPS = [Jump(1, i, i / 7, "left", i / 7 + 0.07) for i in range(2000)]
GONE = StateChange("camera 0", "degraded", "camera 0: unplugged", 0.0)


@contextmanager
def publishing(
    endpoint: str, snapshot: Snapshot | None = None, *, high_water: int = 256
) -> Iterator[tuple[Publisher, list[StateChange]]]:
    told: list[StateChange] = []
    publisher = Publisher(endpoint, high_water=high_water)
    shown = snapshot or example()
    publisher.start(lambda: shown, began=lambda: "2026-11-21T22:00:00+01:00", tell=told.append)
    try:
        yield publisher, told
    finally:
        publisher.close()
        publisher.close()


def test_a_subscriber_is_greeted_and_hears_marks_changes_states_and_the_end(endpoint: str) -> None:
    with subscribed(endpoint) as subscriber:
        with publishing(endpoint) as (publisher, _):
            hello = subscriber.one()
            subscriber.until(lambda said: said["type"] == "state")
            publisher.said([JUMPS[0], BACKFLIP])
            publisher.changed(GONE, 17.5)
        heard = subscriber.rest()
    assert hello | {"run": ""} == {
        "type": "hello",
        "run": "",
        "seq": 0,
        "schema": "fliptally/events@1",
        "source": "speed step · camera 0",
        "program": hello["program"],
        "marks": 0,
        "began": "2026-11-21T22:00:00+01:00",
    }
    assert [said["mark"] for said in of(heard, "mark")] == [
        msgspec.to_builtins(mark) for mark in (JUMPS[0], BACKFLIP)
    ]
    [part] = of(heard, "part")
    assert (part["part"], part["state"], part["time_s"]) == ("camera 0", "degraded", 17.5)
    assert heard[-1] == {"type": "end", "run": hello["run"], "seq": 0, "marks": 2}
    assert heard[-2]["type"] == "state"
    assert heard[-2]["station"]["jumps"] == 105
    assert heard[-2]["marks"] == 2


def test_one_who_comes_late_has_the_state_within_half_a_second(endpoint: str) -> None:
    with publishing(endpoint) as (publisher, _):
        publisher.said(JUMPS[:3])
        time.sleep(0.3)
        begin = time.monotonic()
        with subscribed(endpoint) as subscriber:
            heard = subscriber.until(lambda said: said["type"] == "state")
        assert time.monotonic() - begin < 0.5
    assert [said["type"] for said in heard] == ["hello", "state"]
    assert [said["marks"] for said in heard] == [3, 3]


def test_numbers_count_on_in_each_topic_for_everybody(endpoint: str) -> None:
    with (
        publishing(endpoint) as (publisher, _),
        subscribed(endpoint) as all_of_it,
        subscribed(endpoint, "mark", "end") as marks,
    ):
        all_of_it.one()
        time.sleep(0.2)
        for jump in JUMPS[:50]:
            publisher.said([jump])
        publisher.close()
        everything, only_marks = all_of_it.rest(), marks.rest()
    assert [said["seq"] for said in of(everything, "mark")] == list(range(50))
    states = [said["seq"] for said in of(everything, "state")]
    assert states == list(range(states[0], states[0] + len(states)))
    assert [said["type"] for said in only_marks] == ["mark"] * 50 + ["end"]
    assert only_marks[:50] == of(everything, "mark")
    assert len({said["run"] for said in everything}) == 1


def test_one_who_does_not_read_costs_the_others_nothing(endpoint: str) -> None:
    with (
        publishing(endpoint) as (publisher, _),
        subscribed(endpoint, high_water=8),
        subscribed(endpoint, "mark", "hello") as quick,
    ):
        quick.one()
        with ThreadPoolExecutor(1) as elsewhere:
            last = elsewhere.submit(quick.until, lambda said: said["seq"] == 1999, 20)
            for jump in JUMPS:
                publisher.said([jump])
                time.sleep(0.0002)
            heard = last.result()
    assert [said["seq"] for said in of(heard, "mark")] == list(range(2000))


def test_a_subscriber_far_behind_loses_messages_and_their_numbers_say_so(endpoint: str) -> None:
    long = [Event(1, "backflip", i, i + 1, i + 2, 0.9, 0.1) for i in range(60_000)]
    with (
        publishing(endpoint, high_water=8) as (publisher, _),
        subscribed(endpoint, "mark", "end", high_water=8) as lazy,
    ):
        time.sleep(0.3)
        publisher.said(long)
        publisher.close()
        numbers = [said["seq"] for said in lazy.rest()]
    assert numbers == sorted(numbers)
    assert 1 < len(numbers) < 60_000


def test_subscriptions_to_what_there_is_not_do_not_grow(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.publishing.publisher._BIND_AGAIN_S", 0.1)
    context = zmq.Context()
    with publishing(endpoint) as (publisher, told), subscribed(endpoint) as honest:
        run = honest.one()["run"]
        flood = context.socket(zmq.XSUB)
        flood.setsockopt(zmq.SNDHWM, 0)
        flood.connect(endpoint)
        for i in range(Subscriptions.STRANGE_MOST // 16):
            flood.send(b"\x01" + b"%d" % i)
        until(lambda: len(told) > 1)
        flood.close(0)
        until(lambda: len(told) > 2)
        assert [change.state for change in told] == ["running", "degraded", "running"]
        assert "flooded" in told[1].why
        honest.until(lambda said: said["type"] == "hello", 10)
        publisher.said(JUMPS[:1])
        heard = honest.until(lambda said: said["type"] == "mark")
        assert heard[-1]["run"] == run
    context.term()


@pytest.mark.parametrize(
    "parts",
    [
        [b""],
        [b"\x00never"],
        [b"\x01mark", b"\x01mark"],
        [b"\x02\x00\xff"],
        [b"{}" * 20] * 30,
        [b"\x01" + b"x" * 100_000],
    ],
)
def test_garbage_from_a_subscriber_changes_nothing(endpoint: str, parts: list[bytes]) -> None:
    context = zmq.Context()
    with publishing(endpoint) as (publisher, _), subscribed(endpoint) as honest:
        honest.one()
        rude = context.socket(zmq.XSUB)
        rude.connect(endpoint)
        for _ in range(8):
            rude.send_multipart(parts)
        time.sleep(0.2)
        publisher.said(JUMPS[:1])
        honest.until(lambda said: said["type"] == "mark")
        rude.close(0)
    context.term()


def test_a_plain_connection_with_noise_changes_nothing(endpoint: str) -> None:
    with publishing(endpoint) as (publisher, _), subscribed(endpoint) as honest:
        honest.one()
        with socket.socket(socket.AF_UNIX) as rude:
            rude.connect(endpoint.removeprefix("ipc://"))
            rude.sendall(b"GET / HTTP/1.0\r\n\r\n" * 100)
        publisher.said(JUMPS[:1])
        honest.until(lambda said: said["type"] == "mark")


def test_the_last_events_are_sent_and_how_many_were_before(endpoint: str) -> None:
    events = tuple(Event(1, "backflip", i, i + 1, i + 2, 0.9) for i in range(100))
    with publishing(endpoint, example(events=events)), subscribed(endpoint, "state") as subscriber:
        station = subscriber.one()["station"]
    assert len(station["events"]) == EVENTS_KEPT
    assert station["events"][-1]["start_s"] == 99
    assert station["earlier_events"] == 100 - EVENTS_KEPT


def test_how_judges_join_is_not_published(endpoint: str) -> None:
    judging = replace(JUDGING, invitation="judges: http://10.0.0.2:8770 code 4711")
    snapshot = example(judging=judging)
    with publishing(endpoint, snapshot), subscribed(endpoint, "state") as subscriber:
        state = subscriber.one()
    assert state["station"]["judging"]["count"] == JUDGING.count
    assert "4711" not in str(state)


def test_without_subscribers_it_ends_at_once(endpoint: str) -> None:
    begin = time.monotonic()
    with publishing(endpoint):
        pass
    assert time.monotonic() - begin < 2


def test_a_defect_ends_the_publishing_and_nothing_else(endpoint: str) -> None:
    told: list[StateChange] = []

    def broken() -> Snapshot:
        raise ZeroDivisionError("no count")

    publisher = Publisher(endpoint)
    publisher.start(broken, tell=told.append)
    until(lambda: told[-1:] != [] and told[-1].state == "failed")
    assert told[-1].why == "publishing: ended by an unexpected ZeroDivisionError: no count"
    publisher.said(JUMPS)
    publisher.close()


def test_what_comes_after_the_end_is_left(endpoint: str) -> None:
    with publishing(endpoint) as (publisher, _):
        publisher.close()
        publisher.said(JUMPS)
        publisher.changed(GONE, 1.0)


def test_endpoints_that_cannot_be_used_are_one_line(endpoint: str, tmp_path: Path) -> None:
    with publishing(endpoint), pytest.raises(SourceError, match="in use by another station"):
        Publisher(endpoint)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(SourceError, match=rf"--publish tcp://127.0.0.1:{port}: .*free"):
            Publisher(f"tcp://127.0.0.1:{port}")
    precious = tmp_path / "results.json"
    precious.write_text("{}")
    with pytest.raises(SourceError, match="is a file or a folder"):
        Publisher(f"ipc://{precious}")
    assert precious.read_text() == "{}"
    with pytest.raises(SourceError, match="--publish ipc://"):
        Publisher(f"ipc://{tmp_path}/none/such")
    with pytest.raises(KeysError, match="other machines can reach this"):
        Publisher("tcp://0.0.0.0:49321")


def test_a_socket_that_a_killed_station_left_is_replaced(endpoint: str) -> None:
    path = endpoint.removeprefix("ipc://")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(path)
    assert Path(path).exists()
    with publishing(endpoint), subscribed(endpoint) as subscriber:
        subscriber.one()
    assert not Path(path).exists()
