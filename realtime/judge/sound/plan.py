"""Which beep is which: the tones that were heard, against the plan of the event."""

from __future__ import annotations

from collections.abc import Iterable

from models.rope.rules import RULES, Event, Signal
from realtime.judge.sound.tones import Pitch, Tone
from realtime.marks import Beep, Heard

WITHIN_S = 0.5
"""A beep may be this far from its place in the plan."""


class EventPlan:
    """Tells start, switch and stop beep from each other by their order and their times.

    Before an attempt only a high tone counts, as the start. From then on a tone counts where the
    plan has one of its pitch, within `WITHIN_S`; any other low tone is nothing, and any other high
    tone is a new start, as after a recall. `offset_s` is how much later than the picture the sound
    is: it is taken off every time.
    """

    def __init__(self, event: Event, heard: Heard, *, offset_s: float = 0.0) -> None:
        """Raises ValueError for an event without a time."""
        if event.leg_s is None:
            raise ValueError(f"{event.code}: has no beeps, as it is not timed; use a timed event")
        self._signals = RULES.signals(event)
        self._heard: Heard = heard
        self._offset_s = offset_s
        self._start_s: float | None = None
        self._awaited: list[Signal] = []

    @property
    def over(self) -> bool:
        """Whether the stop beep has been heard; what comes after it is nothing."""
        return self._start_s is not None and not self._awaited

    def hear(self, tone: Tone) -> Beep | None:
        """The beep that `tone` is, None for none. Tones come in the order of their times."""
        if self.over:
            return None
        signal = self._signal(tone)
        if signal is None:
            return None
        if signal.kind == "start":
            self._start_s = tone.time_s
            self._awaited = list(self._signals[1:])
        else:
            self._awaited = self._awaited[self._awaited.index(signal) + 1 :]
        return Beep(signal.kind, tone.time_s - self._offset_s, self._heard)

    def stops(self, tone: Tone) -> bool:
        """Whether `tone` would be the stop beep."""
        signal = self._signal(tone)
        return signal is not None and signal.kind == "stop"

    def _signal(self, tone: Tone) -> Signal | None:
        if self._start_s is not None:
            since = tone.time_s - self._start_s
            for signal in self._awaited:
                near = abs(since - signal.time_s) <= WITHIN_S
                if near and _pitch(signal) == tone.pitch:
                    return signal
        return self._signals[0] if tone.pitch == "high" else None


def beeps_by_plan(
    tones: Iterable[Tone], event: Event, heard: Heard, *, offset_s: float = 0.0
) -> list[Beep]:
    """The beeps of one attempt among `tones`, all of which are known: of the possible starts the
    one with the most of the plan's beeps, the earliest of equals. Empty without a start."""
    known = sorted(tones, key=lambda tone: tone.time_s)
    best: list[Beep] = []
    for start in (i for i, tone in enumerate(known) if tone.pitch == "high"):
        beeps = _attempt(known[start:], event, heard, offset_s)
        if len(beeps) > len(best):
            best = beeps
    return best


def _attempt(tones: list[Tone], event: Event, heard: Heard, offset_s: float) -> list[Beep]:
    """The beeps of the attempt that the first tone starts, whatever else is heard."""
    plan = EventPlan(event, heard, offset_s=offset_s)
    begin = plan.hear(tones[0])
    beeps = [begin] if begin else []
    for tone in tones[1:]:
        if tone.pitch == "high" and not plan.stops(tone):
            continue
        beep = plan.hear(tone)
        if beep is not None:
            beeps.append(beep)
    return beeps


def _pitch(signal: Signal) -> Pitch:
    return "low" if signal.kind == "switch" else "high"
