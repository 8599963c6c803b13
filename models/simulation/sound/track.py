"""The sound track of a scene."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np

from models.rope.rules import RULES, Event
from models.simulation.curves import Floats
from models.simulation.sound.hall import hall_noise, reverberated
from models.simulation.sound.impacts import Impacts, clicks, thumps
from models.simulation.sound.settings import SILENT_DB, SoundSettings
from models.simulation.sound.truth import Clock, SoundTruth, TrueBeep, TrueClick
from models.simulation.sound.voice import spelled, utter
from models.simulation.sound.waves import RATE, Samples, gain, mix_in, square_beep

BEEP_LEVEL = 0.25
"""Amplitude of the beep, where 1 is the loudest that a file can hold."""
_LOUDEST = 0.97

_SOUND = 1000  # streams of random numbers that nobody else in a scene has
_VOICE, _ROPE, _FEET, _ECHO, _NOISE = range(5)


class Sound:
    """What is heard in a scene of `seconds`: mono, `rate` samples per second.

    `impacts` has one entry for each of the cast. The first sample belongs to time 0 of the sound
    track, which is the picture's time but for the clock in the settings.
    """

    rate = RATE

    def __init__(
        self, settings: SoundSettings, seconds: float, impacts: Sequence[Impacts], seed: int
    ) -> None:
        self._settings = settings
        self._seconds = seconds
        self._impacts = impacts
        self._seed = seed
        self._clock = Clock(settings.offset_s, settings.drift_ppm)

    def __len__(self) -> int:
        return round(self._seconds * RATE)

    @cached_property
    def truth(self) -> SoundTruth:
        """What truly happens within the track."""
        beeps = (
            TrueBeep(signal.kind, RULES.beep_hz(signal.kind), picture, self._clock.sound(picture))
            for signal in (RULES.signals(self._event) if self._event else ())
            for picture in [self._settings.start_beep_s + signal.time_s]
        )
        hits = (
            TrueClick(actor, float(t), self._clock.sound(float(t)))
            for actor, impacts in enumerate(self._impacts)
            for t in impacts.rope
        )
        return SoundTruth(
            tuple(beep for beep in beeps if self._holds(beep.sound_s)),
            tuple(sorted((c for c in hits if self._holds(c.sound_s)), key=lambda c: c.picture_s)),
        )

    @property
    def attempt(self) -> tuple[float, float] | None:
        """Onsets of start and stop beep in the picture's time, be they in the track or not; None
        without an event."""
        if self._event is None:
            return None
        first, *_, last = RULES.signals(self._event)
        start = self._settings.start_beep_s
        return start + first.time_s, start + last.time_s

    def samples(self) -> Samples:
        """The whole track, float32 (N,), within -1...1; the same for every call. The levels are
        those of the settings, with the beep at `BEEP_LEVEL`, unless the sum would be too loud for
        a file: then all of it is softer."""
        ask = self._settings
        track = np.zeros(len(self), np.float32)
        self._play_beeps(track)
        self._call(track)
        self._strike(track, [c.picture_s for c in self.truth.clicks], ask.rope_db, _ROPE)
        feet: Floats = np.concatenate([np.zeros(0), *(i.feet for i in self._impacts)])
        self._strike(track, feet, ask.feet_db, _FEET)
        if ask.reverb_db > SILENT_DB:
            track = reverberated(track, ask.reverb_s, ask.reverb_db, self._rng(_ECHO))
        if ask.noise_db > SILENT_DB and ask.noise:
            track += np.float32(gain(ask.noise_db)) * hall_noise(
                ask.noise, len(track), self._rng(_NOISE)
            )
        track *= np.float32(BEEP_LEVEL)
        peak = float(np.abs(track).max(initial=0.0))
        return track * np.float32(_LOUDEST / peak) if peak > _LOUDEST else track

    @property
    def _event(self) -> Event | None:
        return RULES.events[self._settings.event] if self._settings.event else None

    def _holds(self, sound_s: float) -> bool:
        return 0 <= sound_s < len(self) / RATE

    def _rng(self, stream: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, _SOUND, stream])

    def _play_beeps(self, track: Samples) -> None:
        event, stretch = self._event, self._clock.stretch
        for signal in RULES.signals(event) if event else ():
            onset = self._clock.sound(self._settings.start_beep_s + signal.time_s)
            square_beep(RULES.beep_hz(signal.kind) / stretch, RULES.beep_s * stretch, onset, track)

    def _call(self, track: Samples) -> None:
        """The calls before the start beep, and the time within the legs."""
        event, ask = self._event, self._settings
        if event is None or event.leg_s is None or not ask.calls or ask.voice_db <= SILENT_DB:
            return
        rng, loud = self._rng(_VOICE), np.float32(gain(ask.voice_db))
        length = f"{spelled(event.leg_s * event.legs)} seconds"
        at = ask.start_beep_s
        for call in reversed(RULES.opening):
            voice = utter(call.text.format(event=event.name, time=length), rng)
            at -= call.silence_s + len(voice) / RATE
            mix_in(track, loud * voice, self._clock.sound(at))
        for after_s, called in RULES.time_calls(event):
            at = ask.start_beep_s + after_s
            mix_in(track, loud * utter(spelled(called), rng), self._clock.sound(at))

    def _strike(self, track: Samples, times: Iterable[float], db: float, stream: int) -> None:
        if db <= SILENT_DB:
            return
        at = [float(t) for t in times]
        make = clicks if stream == _ROPE else thumps
        for t, blow in zip(at, make(len(at), self._rng(stream)), strict=True):
            mix_in(track, np.float32(gain(db)) * blow, self._clock.sound(t))
