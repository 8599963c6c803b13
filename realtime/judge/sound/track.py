"""The timing track of an event: calls, silences and beeps, exact to the sample."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.error
import numpy as np
from av.audio.stream import AudioStream

from models.rope.rules import RULES, BeepKind, Event
from realtime.judge.sound.calls import Voice, opening_calls, time_call
from realtime.judge.sound.decimate import LOWEST_RATE, Samples
from realtime.judge.sound.devices import SoundError

CODECS = {".wav": "pcm_s16le", ".flac": "flac"}

_BEEP, _CALL = 0.7, 0.5
"""Amplitudes at full volume: the overshoot of a square wave without its highest harmonics is
18 %."""
_SHORTEST_S = 3.0  # so that the beeps can be told from echoes
_LONGEST_S = 3600.0
_AFTER_S = 1.0
_CHUNK = 48_000


@dataclass(frozen=True, slots=True)
class PlayedBeep:
    """A beep of the track, its onset exactly at `sample`."""

    kind: BeepKind
    sample: int


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Mono float32 `samples` (n,) within -1 ... 1 at `rate` per second."""

    event: Event
    rate: int
    samples: Samples
    beeps: tuple[PlayedBeep, ...]


def timing_track(event: Event, voice: Voice, rate: int, *, volume: float = 1.0) -> Track:
    """The whole track: what is called, each call followed by its silence, then beeps and time
    calls. Any event will do whose legs have a length, such as
    `dataclasses.replace(RULES.events["SRSS"], name="practice", leg_s=20.0)`.

    Raises ValueError for an event without a time, of more than an hour, or with legs of less
    than 3 s, for a rate or a volume out of range, and SoundError for a call that is too long or
    cannot be had.
    """
    _check(event, rate, volume)
    opening = [
        (voice.say(spoken, rate), round(call.silence_s * rate))
        for spoken, call in zip(opening_calls(event), RULES.opening, strict=True)
    ]
    start = sum(len(said) + silence for said, silence in opening)
    beeps = tuple(
        PlayedBeep(signal.kind, start + round(signal.time_s * rate))
        for signal in RULES.signals(event)
    )
    samples = np.zeros(beeps[-1].sample + round((RULES.beep_s + _AFTER_S) * rate), np.float32)
    at = 0
    for said, silence in opening:
        samples[at : at + len(said)] = _CALL * said
        at += len(said) + silence
    _call_times(samples, event, voice, rate, start)
    for beep in beeps:
        wave = _BEEP * square_wave(RULES.beep_hz(beep.kind), RULES.beep_s, rate)
        samples[beep.sample : beep.sample + len(wave)] = wave
    return Track(event, rate, samples * np.float32(volume), beeps)


def square_wave(hz: float, seconds: float, rate: int) -> Samples:
    """A square wave of amplitude 1 from its rising edge on, as its Fourier series up to half of
    `rate`: sampled without that limit it would have other tones in it."""
    phase = 2 * np.pi * hz / rate * np.arange(round(seconds * rate))
    odd = range(1, int(rate / 2 / hz) + 1, 2)
    wave = sum((4 / np.pi / k * np.sin(k * phase) for k in odd), start=np.zeros(len(phase)))
    return wave.astype(np.float32)


def write_track(track: Track, path: Path) -> None:
    """As a WAV or FLAC file of 16 bits, by the ending of `path`. Raises SoundError."""
    codec = CODECS.get(path.suffix.lower())
    if codec is None:
        raise SoundError(
            f"{path}: expected a name that ends in {' or '.join(CODECS)}, got "
            f"{path.suffix or 'no ending'}"
        )
    whole = np.round(track.samples * np.iinfo(np.int16).max).astype(np.int16)
    try:
        with av.open(str(path.absolute()), "w") as container:
            stream = cast(AudioStream, container.add_stream(codec, rate=track.rate))
            stream.layout = "mono"
            for begin in range(0, len(whole), _CHUNK):
                chunk = whole[None, begin : begin + _CHUNK]
                frame = av.AudioFrame.from_ndarray(chunk, format="s16", layout="mono")
                frame.sample_rate = track.rate
                frame.pts, frame.time_base = begin, Fraction(1, track.rate)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    except (av.error.FFmpegError, OSError) as error:
        raise SoundError(f"{path}: cannot be written ({error.strerror})") from None


def _check(event: Event, rate: int, volume: float) -> None:
    if event.leg_s is None:
        raise ValueError(
            f"{event.code}: has no timing track, as it is not timed; take a timed event"
        )
    duration = event.legs * event.leg_s
    if not (event.legs >= 1 and event.leg_s >= _SHORTEST_S and duration <= _LONGEST_S):
        raise ValueError(
            f"{event.code}: {event.legs} x {event.leg_s:g} s; expected legs of at least "
            f"{_SHORTEST_S:g} s, and {_LONGEST_S:g} s in all at most"
        )
    if rate < LOWEST_RATE:
        raise ValueError(f"rate: expected at least {LOWEST_RATE:g} per second, got {rate:g}")
    if not 0 < volume <= 1:
        raise ValueError(f"volume: expected more than 0 and at most 1, got {volume:g}")


def _call_times(samples: Samples, event: Event, voice: Voice, rate: int, start: int) -> None:
    """Between the beeps: no call may touch one."""
    onsets = sorted(signal.time_s for signal in RULES.signals(event))
    for after_s, called in RULES.time_calls(event):
        call = time_call(called)
        said = voice.say(call, rate)
        ends_s = after_s + len(said) / rate
        beep_s = next(onset for onset in onsets if onset > after_s)
        if ends_s > beep_s:
            raise SoundError(
                f"call {call.name!r}: lasts {len(said) / rate:.1f} s and the next beep comes after "
                f"{beep_s - after_s:.1f} s; record a shorter one"
            )
        at = start + round(after_s * rate)
        samples[at : at + len(said)] = _CALL * said
