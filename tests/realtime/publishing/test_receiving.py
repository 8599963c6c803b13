"""What a viewer makes of what comes, from stations and from whoever says that he is one."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from realtime.marks import Fault
from realtime.publishing.receiving import LONGEST_LINE, ReceivedError, received
from realtime.publishing.schema import (
    SCHEMA,
    Ended,
    Hello,
    MarkSaid,
    PartChanged,
    StateShown,
    to_line,
    topic_of,
)
from realtime.publishing.viewing import StationView
from realtime.show.dashboard import render
from realtime.show.lines import Lines
from realtime.show.snapshot import JudgeShown, PartShown
from tests.realtime.show.example import BACKFLIP, JUDGING, crowd, example
from tests.realtime.show.test_dashboard import snapshots

STATE = StateShown(
    "1a2b3c4d", 7, 12, crowd(judging=JUDGING, parts=(PartShown("camera 0", "running"),))
)
MESSAGES = [
    Hello("1a2b3c4d", 0, SCHEMA, "camera 0", "fliptally 0.1.0", 0, None),
    MarkSaid("1a2b3c4d", 3, BACKFLIP),
    PartChanged("1a2b3c4d", 1, 17.5, "camera 0", "degraded", "camera 0: unplugged", 0.0),
    STATE,
    Ended("1a2b3c4d", 0, 12),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_what_was_sent_is_what_is_received(message) -> None:
    assert received([topic_of(message), to_line(message)]) == message


def test_what_a_newer_station_adds_is_passed_over() -> None:
    newer = json.loads(to_line(STATE))
    newer["weather"] = {"sun": [1, 2, 3]}
    newer["station"]["mood"] = "good"
    assert received([b"state", json.dumps(newer).encode()]) == STATE


def changed(path: str, value: object) -> list[bytes]:
    """The state with one value changed."""
    message = json.loads(to_line(STATE))
    *way, last = path.split(".")
    inner = message
    for step in way:
        inner = inner[int(step) if step.isdecimal() else step]
    inner[last] = value
    return [b"state", json.dumps(message).encode()]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [b"state"],
        [b"state", b""],
        [b"state", b"{}"],
        [b"state", b"\xff\xfe"],
        [b"state", b"[" * 10_000],
        [b"state", b"[" * 10_000 + b"]" * 10_000],
        [b"state", to_line(STATE), b"more"],
        [b"mark", to_line(STATE)],
        [b"weather", to_line(STATE)],
        [b"state", b" " * LONGEST_LINE + to_line(STATE)],
        [b"state", to_line(STATE).replace(b'"marks":12', b'"marks":1e999')],
        [b"state", to_line(STATE).replace(b'"marks":12', b'"marks":' + b"9" * 4000)],
        changed("marks", 10**12),
        changed("station.elapsed_s", 1e300),
        changed("station.elapsed_s", "now"),
        changed("station.state", "on fire"),
        changed("station.cadence_history", [1.0] * 1000),
        changed("station.people", {"athlete": 1}),
        changed("station.jumps", None),
        changed("station", None),
        changed("run", 5),
    ],
)
def test_what_no_station_sends_is_one_error(parts: list[bytes]) -> None:
    with pytest.raises(ReceivedError) as error:
        received(parts)
    assert str(error.value).isprintable()


@pytest.mark.parametrize("field", ["title", "backend", "recording", "notice", "expected"])
def test_texts_cannot_move_the_cursor(field: str) -> None:
    found = received(changed(f"station.{field}", "\x1b[2J\x07\u202e\r\n" + "x" * 5000))
    assert isinstance(found, StateShown)
    text = getattr(found.station, field)
    assert text.isprintable()
    assert len(text) <= 200


def test_names_of_judges_parts_and_marks_are_clean_too() -> None:
    rude = "\x1b]0;owned\x07"
    station = replace(
        STATE.station,
        judging=replace(JUDGING, judges=(JudgeShown(rude, 3),), notes=(rude,), hint=rude),
        parts=(PartShown(rude, "failed", rude),),
        marks=(Fault(1.0, rude),),
    )
    message = msgspec.structs.replace(STATE, station=station)
    found = received([b"state", to_line(message)])
    assert isinstance(found, StateShown)
    screen = render(found.station, 80, 24).rows
    assert "\x1b" not in "".join(segment.text for row in screen for segment in row)
    assert all(line.isprintable() for line in Lines().news(found.station))


LIMITS = st.floats(-1e9, 1e9) | st.integers(-(10**9), 10**9)
PATHS = st.sampled_from(
    [
        *("elapsed_s", "duration_s", "jumps", "right", "left", "cadence", "fps_in", "in_view"),
        *("athlete", "analysed", "analysis_ms", "latency_p50_ms", "earlier_events"),
        *("people.0.jumps", "people.1.away_s", "people.0.athlete", "links.0.dropped"),
        *("judging.remaining_s", "judging.count", "judging.machine_result", "parts.0.for_s"),
        *("marks.3.time_s", "marks.0.start_s", "events.0.emitted_s", "events.0.airtime_s"),
    ]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PATHS, LIMITS, st.sampled_from([(80, 24), (120, 40), (30, 6)]))
def test_any_number_within_the_limits_can_be_drawn(path, value, size) -> None:
    try:
        found = received(changed(f"station.{path}", value))
    except ReceivedError:
        return  # a fraction where there are whole ones
    assert isinstance(found, StateShown)
    assert len(render(found.station, *size).rows) == size[1]
    Lines().news(found.station)
    Lines().state(found.station)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_broken_line_is_an_error_or_can_be_drawn(data: st.DataObject) -> None:
    line = bytearray(to_line(STATE))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(line) - 1))
        line[at] = data.draw(st.integers(0, 255))
    view = StationView("tcp://127.0.0.1:5570", 0.0)
    view.take([b"state", bytes(line)], 1.0)
    render(view.snapshot(1.1), 80, 24)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(snapshots)
def test_every_snapshot_arrives_as_it_was_but_for_its_texts(snapshot) -> None:
    message = StateShown("r", 0, 0, replace(snapshot, elapsed_s=min(snapshot.elapsed_s, 1e9)))
    found = received([b"state", to_line(message)])
    assert isinstance(found, StateShown)
    assert found.station.people == snapshot.people
    assert found.station.jumps == snapshot.jumps
    assert found.station.cadence_history == snapshot.cadence_history


def connection(view: StationView, now: float) -> PartShown:
    return view.snapshot(now).parts[0]


def test_a_view_says_how_it_is_with_the_connection() -> None:
    view = StationView("tcp://user:secret@127.0.0.1:5570", 0.0)
    waiting = connection(view, 12.0)
    assert (waiting.state, waiting.for_s) == ("starting", 12.0)
    assert waiting.why == "waiting for the station at tcp://127.0.0.1:5570"
    view.take([b"state", to_line(STATE)], 20.0)
    assert connection(view, 20.5).state == "running"
    silent = connection(view, 26.0)
    assert (silent.state, silent.why, silent.for_s) == ("degraded", "the station is silent", 6.0)
    assert view.snapshot(26.0).jumps == 105
    view.take([b"state", to_line(STATE)], 30.0)
    assert connection(view, 30.1).state == "running"
    view.take([b"end", to_line(MESSAGES[-1])], 30.2)
    assert connection(view, 100.0).state == "running"
    view.take([b"hello", to_line(MESSAGES[0])], 101.0)
    assert connection(view, 105.0).state == "degraded"


def test_a_view_of_something_else_says_so() -> None:
    view = StationView("tcp://127.0.0.1:5570", 0.0)
    later = Hello("r", 0, "fliptally/events@2", "camera 0", "fliptally 9.0", 0, None)
    view.take([b"hello", to_line(later)], 1.0)
    assert "fliptally/events@2" in connection(view, 1.1).why
    view.take([b"state", b"<html>\x1b"], 2.0)
    assert connection(view, 2.1).state == "degraded"
    assert connection(view, 2.1).why.isprintable()
    view.take([b"state", to_line(STATE)], 3.0)
    assert connection(view, 3.1).state == "running"
    assert example().parts == ()
