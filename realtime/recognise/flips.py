"""Backflips and back handsprings as they happen: expected in the air, said at the landing.

A landing looks back for the moment in which the upright was left (`elements.py`) and is believed
when the athlete has stood for `CONFIRM_S`, longer while he is about to sit down
(`flip_landing.py`). Which element it was, and that it was one, is for `flip_kinds.py` to say.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from realtime.marks import Event, EventKind, Expected, Mark
from realtime.recognise.elements import FLIGHT_S, LEANING, Element, departures, measure
from realtime.recognise.flip_kinds import Evidence, confidence_of, expected, kind_of
from realtime.recognise.flip_landing import balance, on_fours, on_hands, over_rotated
from realtime.recognise.flip_opinions import FlipOpinions
from realtime.recognise.flip_past import HEAD, SETTLE_S, TURN, FlipPast, touchdown
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats

CONFIRM_S = 0.09
"""Who has stood for so long has landed."""
REBOUND_S = 0.2
"""From a landing to the next one of a series it is longer than this."""

LOOK_S = 1 / 30
"""So often, at most, is the past looked through."""

_TRIES_S = 0.15
_SHORTEST_LEAN_S = 0.12
_SAME_S = 0.6
_EPSILON_S = 1e-3
_LEANING = math.sin(math.radians(LEANING))
_INVERTED = -0.5  # the head, as the cosine of the turn


class FlipRecogniser:
    """A `Recogniser` of backflips and back handsprings: one event per element.

    `evidence` is what it goes by: the kinematics of the body, the network, or both. `measured` is
    what the last frame was judged by.
    """

    def __init__(self, athlete: int = 1, evidence: Evidence = "both") -> None:
        self.measured: list[Element] = []
        self._athlete = athlete
        self._evidence: Evidence = evidence
        self._network = None if evidence == "kinematics" else FlipOpinions()
        self._past = FlipPast()
        self._leaned_s = self._landed_s = self._looked_s = -math.inf
        self._expected: tuple[float, EventKind] | None = None
        self._waiting: tuple[Element, EventKind] | None = None

    def update(self, pose: BodyPose) -> list[Mark]:
        self.measured = []
        if self._network is not None:
            self._network.update(pose)
        if not pose.seen or math.isnan(pose.turn):
            return []
        row = self._past.push(pose)
        if abs(math.sin(math.radians(row[TURN]))) > _LEANING:
            self._leaned_s = pose.t
        if self._waiting is not None:
            return self._settle(*self._waiting)
        if pose.t - self._leaned_s > FLIGHT_S[1]:
            return []
        return self._decide()

    def finish(self) -> list[Mark]:
        if not len(self._past):
            return []
        if self._waiting is None:
            return self._decide(ends=True)
        waiting, self._waiting = self._waiting, None
        return [self._event(*waiting)]

    def _decide(self, *, ends: bool = False) -> list[Mark]:
        """What the last frame says; when the stream `ends` with it, nothing is waited for."""
        t, rows = self._past.window()
        leg, settle_s = self._past.leg, 0.0 if ends else SETTLE_S
        landing = touchdown(t, rows, leg, settle_s)
        if landing is not None:
            return self._land(t, rows, landing, ends=ends, feet=True)
        if ends or rows[-1, HEAD] > _INVERTED:
            landing = touchdown(t, rows, leg, settle_s, feet=False)
        if landing is not None:
            return self._land(t, rows, landing, ends=ends, feet=False)
        return [] if ends else self._foresee(t, rows)

    def _land(self, t: Floats, rows: Floats, landing: int, *, ends: bool, feet: bool) -> list[Mark]:
        """A landing in frame `landing`, on what the network says are the `feet` or on anything."""
        stood_s = t[-1] - t[landing]
        too_late = stood_s > CONFIRM_S + _TRIES_S
        too_early = not ends and stood_s < CONFIRM_S - _EPSILON_S
        if (
            t[landing] < self._landed_s + REBOUND_S
            or too_late
            or too_early
            or self._rests(t[-1], ends=ends)
        ):
            return []
        for element in self._elements(t, rows, landing):
            opinion = None if self._network is None else self._network.of(element)
            kind = kind_of(element, opinion, self._evidence)
            if kind is None or (kind == "handspring" and not feet):
                continue
            if kind == "backflip" and on_fours(rows[landing:], self._past.leg, self._past.sole):
                continue
            if not ends and on_hands(rows, self._past.leg):
                return []
            if not ends and over_rotated(t, rows, element, kind):
                self._waiting = element, kind
                return []
            return [self._event(element, kind)]
        return []

    def _rests(self, now: float, *, ends: bool = False) -> bool:
        """Whether the last look was a moment ago: to look at every frame costs more than it
        finds."""
        if not ends and now - self._looked_s < LOOK_S - _EPSILON_S:
            return True
        self._looked_s = now
        return False

    def _elements(self, t: Floats, rows: Floats, landing: int) -> Iterator[Element]:
        for departure in departures(t, rows, landing, self._past.leg):
            if t[departure.left] < self._landed_s:
                return
            element = measure(t, rows, departure, landing, self._past.leg)
            self.measured.append(element)
            yield element

    def _settle(self, element: Element, kind: EventKind) -> list[Mark]:
        """Whether who was about to sit down did."""
        now = balance(*self._past.window(), element, self._past.leg)
        if now == "unclear":
            return []
        self._waiting = None
        self._landed_s = element.end_s
        return [self._event(element, kind)] if now == "stands" else []

    def _foresee(self, t: Floats, rows: Floats) -> list[Mark]:
        """What somebody in the air seems to be doing, said once."""
        if self._rests(t[-1]):
            return []
        last, leg = len(t) - 1, self._past.leg
        for departure in departures(t, rows, last, leg, _SHORTEST_LEAN_S):
            if t[departure.left] < self._landed_s:
                return []
            element = measure(t, rows, departure, last, leg, landed=False)
            kind = expected(element, None if self._network is None else self._network.last)
            if kind is not None:
                return self._expect(element, kind)
        return []

    def _expect(self, element: Element, kind: EventKind) -> list[Mark]:
        start_s, said = element.start_s, self._expected
        if said is not None and said[1] == kind and abs(start_s - said[0]) < _SAME_S:
            return []
        self._expected = start_s, kind
        confidence = confidence_of(element)
        return [Expected(self._athlete, kind, start_s, self._past.last_t, confidence)]

    def _event(self, element: Element, kind: EventKind) -> Event:
        self._landed_s = element.end_s
        self._past.landed(element.end_s)
        return Event(
            athlete=self._athlete,
            kind=kind,
            start_s=element.start_s,
            end_s=element.end_s,
            emitted_s=self._past.last_t,
            confidence=confidence_of(element),
            takeoff_s=element.takeoff_s,
            clearance=element.height,
            hands_down_s=element.hands_down_s,
            airtime_s=element.airtime_s,
            rotation_deg_s=element.rotation_deg_s,
            hip_rise=element.hip_rise,
            takeoff_angle_deg=element.takeoff_angle_deg,
            travel=element.travel,
        )
