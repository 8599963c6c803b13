"""When attempts begin, switch and end: from the beeps that were heard to capture times."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from models.rope.rules import RULES, BeepKind, Event
from realtime.marks import Beep

TOLERANCE_S = 0.5
"""A beep further than this from where the event has one is not of the attempt."""
_SAID: tuple[str, ...] = ("by hand", "played")
"""Where a beep comes from that nobody can have misheard: it ends an attempt at any time."""


@dataclass(frozen=True, slots=True)
class Window:
    """The time of one attempt. `bounds` are the start and the end of each leg, seconds of capture
    time; -inf or inf where there is none. `heard` says of each whether its beep was heard: the
    others stand where the event has them."""

    bounds: tuple[float, ...]
    heard: tuple[bool, ...]
    early: bool = False
    """Whether it was stopped before its time."""
    by_hand: bool = False
    """Whether a key began it: then no beep is waited for."""

    @property
    def start_s(self) -> float:
        return self.bounds[0]

    @property
    def stop_s(self) -> float:
        return self.bounds[-1]

    @property
    def legs(self) -> tuple[tuple[float, float], ...]:
        """Begin and end of each leg; what is at the end itself is of the next one, or of none."""
        return tuple(pairwise(self.bounds))

    def leg_at(self, t: float) -> int | None:
        """The place of the leg in which `t` lies; None outside the attempt."""
        place = bisect_right(self.bounds, t) - 1
        return place if 0 <= place < len(self.bounds) - 1 else None

    def remaining_s(self, now: float) -> float | None:
        """Until the stop beep; None where it has no time."""
        if not all(map(math.isfinite, (self.start_s, self.stop_s))):
            return None
        return min(max(self.stop_s - now, 0.0), self.stop_s - self.start_s)

    def notes(self, now: float = math.inf) -> tuple[str, ...]:
        """What a judge must know of its times at `now`, each in one line."""
        said = []
        if math.isinf(self.start_s):
            said.append("no start beep was heard: everything is counted, in one leg")
        elif not self.heard[0]:
            said.append("no start beep was heard: the start is the stop beep less the event's time")
        for place, (t, heard) in enumerate(zip(self.bounds, self.heard, strict=True)):
            if place == 0 or heard or self.by_hand or math.isinf(t) or t + TOLERANCE_S > now:
                continue
            name = "stop" if place == len(self.bounds) - 1 else f"{_ORDINALS[place]} switch"
            where = f"{t - self.start_s:g} s after the start"
            said.append(f"no {name} beep was heard: it is taken to be {where}")
        if self.early:
            said.append(f"stopped {self.stop_s - self.start_s:.1f} s after the start")
        return tuple(said)


_ORDINALS = ("", "1st", "2nd", "3rd", *(f"{n}th" for n in range(4, 100)))


def windows(beeps: Sequence[Beep], event: Event) -> tuple[Window, ...]:
    """The attempts of a session, in order, the running one included; never empty: without any beep
    one that has neither start nor end.

    A start beep within a running attempt is none; any other begins a new one. A stop beep without
    a start is taken for the end of an attempt of the event's length.
    """
    found: list[Window] = []
    for beep in sorted(beeps, key=lambda beep: beep.time_s):
        running = found[-1] if found else None
        if running is not None and _within(running, beep, event):
            found[-1] = _taken(running, beep, event)
        elif beep.kind == "start":
            begun = _begun(beep.time_s, event, start_heard=True)
            found.append(replace(begun, by_hand=beep.heard == "by hand"))
        elif beep.kind == "stop" and event.duration_s is not None:
            start_s = beep.time_s - event.duration_s
            if running is None or start_s >= running.stop_s:
                found.append(_taken(_begun(start_s, event, start_heard=False), beep, event))
    if not found:
        return (Window((-math.inf, math.inf), (False, False)),)
    return tuple(map(_closed, found, [*found[1:], None]))


def _begun(start_s: float, event: Event, *, start_heard: bool) -> Window:
    if event.duration_s is None:
        return Window((start_s, math.inf), (start_heard, False))
    bounds = tuple(start_s + signal.time_s for signal in RULES.signals(event))
    return Window(bounds, (start_heard, *[False] * event.legs))


def _within(window: Window, beep: Beep, event: Event) -> bool:
    """Whether a beep is of an attempt that has begun. An untimed one lasts until another begins."""
    if event.duration_s is None:
        again = beep.kind == "start" and beep.time_s > window.start_s + TOLERANCE_S
        return not (window.heard[-1] or again)
    end_s = window.start_s + event.duration_s + TOLERANCE_S
    return beep.time_s <= (window.stop_s if window.early else end_s)


def _taken(window: Window, beep: Beep, event: Event) -> Window:
    """The attempt with one more beep in it. A stop as soon as it has begun is none."""
    if window.early:
        return window
    stops = beep.kind == "stop" and beep.time_s > window.start_s + TOLERANCE_S
    if event.duration_s is None:
        return _stopped(window, beep.time_s) if stops else window
    before_end = beep.time_s < window.start_s + event.duration_s - TOLERANCE_S
    if stops and beep.heard in _SAID and before_end:
        return replace(_stopped(window, beep.time_s), early=True)
    for place, signal in enumerate(RULES.signals(event)[1:], start=1):
        off = abs(beep.time_s - window.start_s - signal.time_s)
        before = abs(window.bounds[place] - window.start_s - signal.time_s)
        nearer = not window.heard[place] or off < before
        if _sounds_like(beep.kind, signal.kind) and off <= TOLERANCE_S and nearer:
            return _heard(window, place, beep.time_s)
    return window


def _heard(window: Window, place: int, t: float) -> Window:
    bounds, heard = list(window.bounds), list(window.heard)
    bounds[place], heard[place] = t, True
    return replace(window, bounds=tuple(bounds), heard=tuple(heard))


def _stopped(window: Window, t: float) -> Window:
    kept = sum(bound < t for bound in window.bounds[:-1])
    return Window((*window.bounds[:kept], t), (*window.heard[:kept], True))


def _closed(window: Window, following: Window | None) -> Window:
    """An untimed attempt without end ends where the next one begins."""
    if following is None or window.stop_s <= following.start_s:
        return window
    return replace(_stopped(window, following.start_s), heard=window.heard)


def _sounds_like(kind: BeepKind, other: BeepKind) -> bool:
    """Start and stop are the same tone."""
    return (kind == "switch") == (other == "switch")
