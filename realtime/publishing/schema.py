"""What a station publishes, schema `fliptally/events@1`: docs/events.md has every field.

A message is two parts: its topic, which is its type, and one JSON line.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from realtime.marks import Mark
from realtime.show.snapshot import Snapshot
from realtime.supervision.states import PartState

EVENTS_KEPT = 32
"""How many of the last events a published state carries."""
SCHEMA = "fliptally/events@1"


class _Numbered(msgspec.Struct, frozen=True):
    """`run` names one run of one station, `seq` counts its messages of one topic, from 0: a number
    that is left out is a message that was not received."""

    run: str
    seq: int


class Hello(_Numbered, frozen=True, tag="hello"):
    """Sent to everybody soon after somebody has subscribed. `marks` are said already. `began` is
    the wall time of capture time 0, ISO 8601; None where it is not known (yet)."""

    schema: str
    source: str
    program: str
    marks: int
    began: str | None = None


class MarkSaid(_Numbered, frozen=True, tag="mark"):
    """A mark, right after it was written to the session file."""

    mark: Mark


class PartChanged(_Numbered, frozen=True, tag="part"):
    """A part of the station changed its state; `time_s` is the capture time of the last frame."""

    time_s: float
    part: str
    state: PartState
    why: str = ""
    gap_s: float = 0.0


class StateShown(_Numbered, frozen=True, tag="state"):
    """What the station's dashboard shows, several times a second: the heartbeat. `marks` were
    published before it."""

    marks: int
    station: Snapshot


class Ended(_Numbered, frozen=True, tag="end"):
    """The run is over; `marks` were published in it. The last state came before."""

    marks: int


Message = Hello | MarkSaid | PartChanged | StateShown | Ended

_TOPIC: dict[type[Message], bytes] = {
    Hello: b"hello",
    MarkSaid: b"mark",
    PartChanged: b"part",
    StateShown: b"state",
    Ended: b"end",
}
TOPICS = tuple(_TOPIC.values())


def topic_of(message: Message) -> bytes:
    """The first part of the message."""
    return _TOPIC[type(message)]


def to_line(message: Message) -> bytes:
    """The second part: one line of JSON."""
    return msgspec.json.encode(message) + b"\n"


def public(snapshot: Snapshot) -> Snapshot:
    """What everybody may see of it, at a size that does not grow: without the code by which judges
    join, and with the last events only."""
    before = max(len(snapshot.events) - EVENTS_KEPT, 0)
    judging = snapshot.judging and replace(snapshot.judging, invitation="")
    kept = snapshot.events[before:]
    return replace(snapshot, judging=judging, events=kept, earlier_events=before)
