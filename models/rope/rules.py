"""The rules of speed rope as one table: every constant and every event, each with its source.

Another edition of the books is another `SpeedRules`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

Code = Literal["SRSS", "SRSE", "SRSR", "SRDR", "DDSR", "DDSS", "SRTU", "custom"]
Counting = Literal["speed step", "double under", "triple under"]
"""What is counted: right feet that alternate; jumps with two turns of the rope; the same with three
turns, until the first miss."""
BeepKind = Literal["start", "switch", "stop"]

BOOKS = "IJRU Judging, Competition and Technical Manuals v4.2.0"
COUNTING_3 = "IJRU Judging Manual v3.0.0, speed, counting; not seen in v4.2.0"
TRACKS = "official IJRU timing tracks, measured"


@dataclass(frozen=True, slots=True)
class Event:
    """`legs` stretches of `leg_s` seconds each, one athlete (or pair) after the other. `leg_s` is
    None where the attempt lasts until a miss."""

    code: Code
    name: str
    legs: int
    leg_s: float | None
    counting: Counting = "speed step"

    @property
    def duration_s(self) -> float | None:
        """Start beep to stop beep; None: untimed."""
        return None if self.leg_s is None else self.legs * self.leg_s

    @property
    def turns(self) -> int:
        """Turns of the rope in one jump."""
        return {"speed step": 1, "double under": 2, "triple under": 3}[self.counting]


@dataclass(frozen=True, slots=True)
class Signal:
    """A beep at `time_s` seconds after the onset of the start beep, onset to onset."""

    kind: BeepKind
    time_s: float


@dataclass(frozen=True, slots=True)
class Call:
    """Spoken before the start beep, then `silence_s` seconds of silence. "{event}" and "{time}"
    stand for the event's name and length."""

    text: str
    silence_s: float


_EVENTS = (
    Event("SRSS", "single rope speed sprint", 1, 30.0),
    Event("SRSE", "single rope speed endurance", 1, 180.0),
    Event("SRSR", "single rope speed relay", 4, 30.0),
    Event("SRDR", "single rope double-under relay", 2, 30.0, "double under"),
    Event("DDSR", "double dutch speed relay", 4, 30.0),
    Event("DDSS", "double dutch speed sprint", 1, 60.0),
    Event("SRTU", "consecutive triple unders", 1, None, "triple under"),
)


def custom_event(legs: int, leg_s: float | None, counting: Counting = "speed step") -> Event:
    """An event that is in no book. Raises ValueError for lengths that no attempt has."""
    if legs < 1:
        raise ValueError(f"legs: expected 1 or more, got {legs}")
    if leg_s is None and legs > 1:
        raise ValueError(f"length of a leg: expected seconds, as there are {legs} legs, got none")
    if leg_s is not None and not 0 < leg_s < math.inf:
        raise ValueError(f"length of a leg: expected seconds above 0, got {leg_s:g}")
    length = "untimed" if leg_s is None else f"{legs} x {leg_s:g} s" if legs > 1 else f"{leg_s:g} s"
    return Event("custom", f"{counting}, {length}", legs, leg_s, counting)


def _from(source: str, value: Any, unit: str, what: str) -> Any:
    """A row of the table; `dataclasses.fields(SpeedRules)` gives its metadata back."""
    return field(default=value, metadata={"source": source, "unit": unit, "what": what})


@dataclass(frozen=True)
class SpeedRules:
    """The constants of one edition. Unit, source and meaning of each are its field's metadata."""

    events: Mapping[str, Event] = field(
        default_factory=lambda: MappingProxyType({event.code: event for event in _EVENTS}),
        metadata={"source": BOOKS, "unit": "", "what": "the speed events by their code"},
    )

    beep_s: float = _from(TRACKS, 0.350, "s", "length of each beep")
    start_beep_hz: float = _from(TRACKS, 578.3, "Hz", "start and stop beep, a square wave")
    switch_beep_hz: float = _from(TRACKS, 493.9, "Hz", "beep between legs, a square wave")
    opening: tuple[Call, ...] = _from(
        TRACKS,
        (
            Call("{event}", 0.0),
            Call("{time}", 1.0),
            Call("Judges ready?", 0.5),
            Call("Athletes ready?", 0.5),
            Call("Set", 0.5),
        ),
        "",
        "what is called before the start beep",
    )
    call_every_s: float = _from(TRACKS, 10.0, "s", "between the time calls of a leg")
    long_call_every_s: float = _from(TRACKS, 15.0, "s", "the same in a long leg")
    long_leg_s: float = _from(TRACKS, 30.0, "s", "a leg is long when it lasts longer than this")

    station_m: float = _from(BOOKS, 5.0, "m", "side of the square outside which nothing counts")
    false_start: float = _from(BOOKS, 10.0, "points", "taken off when the rope turns too early")
    false_switch: float = _from(BOOKS, 10.0, "points", "taken off for each early or wrong switch")
    missed_last: float = _from(BOOKS, 1.0, "points", "taken off for a miss at the very end")
    restart_below: int = _from(
        COUNTING_3,
        15,
        "jumps",
        "who misses before so many triple unders may begin once more; the second attempt counts",
    )
    panel: int = _from(BOOKS, 3, "judges", "a head judge and two speed judges")
    agreement: float = _from(
        BOOKS, 3.0, "points", "most by which the two closest judges may differ without a replay"
    )
    drop_from: int = _from(
        BOOKS, 4, "judges", "from so many on, the highest and the lowest count are dropped"
    )
    result_decimals: int = _from(BOOKS, 2, "digits", "the result R is rounded to")
    replay_after_s: float = _from(BOOKS, 3.0, "s", "a replay film goes on after the end")
    record_judges: int = _from(BOOKS, 3, "judges", "who recount a record's film until they agree")
    record_slowest: float = _from(BOOKS, 0.50, "of full speed", "slowest play for that recount")
    record_fastest: float = _from(BOOKS, 0.75, "of full speed", "fastest play for that recount")

    def signals(self, event: Event) -> tuple[Signal, ...]:
        """The beeps of a timed event in order; none for an untimed one."""
        if event.leg_s is None:
            return ()
        switches = (Signal("switch", leg * event.leg_s) for leg in range(1, event.legs))
        return Signal("start", 0.0), *switches, Signal("stop", event.legs * event.leg_s)

    def beep_hz(self, kind: BeepKind) -> float:
        return self.switch_beep_hz if kind == "switch" else self.start_beep_hz

    def time_calls(self, event: Event) -> tuple[tuple[float, float], ...]:
        """(seconds after the start beep, seconds of the leg to call out) of each time call."""
        if event.leg_s is None:
            return ()
        every = self.long_call_every_s if event.leg_s > self.long_leg_s else self.call_every_s
        within = range(1, -int(-event.leg_s // every))
        return tuple(
            (leg * event.leg_s + i * every, i * every) for leg in range(event.legs) for i in within
        )


RULES = SpeedRules()
"""The edition in force."""
