"""Sounds that could be taken for the official beeps, and are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from models.rope.rules import RULES
from models.simulation.curves import Floats
from models.simulation.sound.hall import hall_noise
from models.simulation.sound.waves import (
    RATE,
    Samples,
    band,
    coloured_noise,
    levelled,
    mix_in,
)

Lookalike = Literal[
    "music", "cheering", "chiptune", "near beeps", "spoilt beeps", "sirens", "buzzers", "phones",
    "applause", "whistles",
]  # fmt: skip

_BEEPS_HZ = (RULES.start_beep_hz, RULES.switch_beep_hz)
_A4_HZ, _A4 = 440.0, 69
_TUNE = (71, 74, 71, 74, 67, 69, 72, 76)  # B4 and D5, the notes nearest to the beeps, come often
_NOT_IT = 0.005  # a pitch nearer to a beep's than this share is no longer another one
_RAMP_S = 0.002
_CLAPS_HZ = 40.0


def lookalike(kind: Lookalike, n: int, rng: np.random.Generator) -> Samples:
    """`n` samples, effective value 1. Only "chiptune" has notes of the very pitch (B4 is 0.02 Hz
    from the switch beep) and wave of a beep: it may hold some that are one in all but intent."""
    return levelled(_MAKERS[kind](n, rng), 1.0)


def _chiptune(n: int, rng: np.random.Generator) -> Samples:
    """A tune on a square wave, steady notes without a decay, over a bass; a new one every 15 s."""
    track = np.zeros(n, np.float32)
    for start in np.arange(0.0, n / RATE, 15.0):
        beat = 60 / rng.uniform(80, 170)
        held = float(rng.choice([0.5, 0.8, 1.0]))
        at = float(start)
        while at < start + 15.0:
            length = beat * float(rng.choice([0.25, 0.5, 0.75, 1.0, 2.0]))
            if rng.random() < 0.8:
                hz = _pitch(int(rng.choice(_TUNE)))
                mix_in(track, _square(np.full(_count(length * held), hz)), at)
            if rng.random() < 0.5:
                hz = _pitch(int(rng.choice(_TUNE)) - 24)
                mix_in(track, 0.5 * _square(np.full(_count(length * 0.9), hz)), at)
            at += length
    return track


def _near_beeps(n: int, rng: np.random.Generator) -> Samples:
    """Square beeps of the right length, 0.5 to 8 % beside the pitch."""

    def make(seconds: float) -> Samples:
        off = float(rng.choice([-1, 1]) * rng.uniform(_NOT_IT, 0.08))
        return _square(np.full(_count(seconds), float(rng.choice(_BEEPS_HZ)) * (1 + off)))

    return _scattered(n, 2.0, (RULES.beep_s, RULES.beep_s), make, rng)


def _spoilt_beeps(n: int, rng: np.random.Generator) -> Samples:
    """The very pitch with one thing wrong: length, wave, rise, or a pitch that wavers."""

    def make(seconds: float) -> Samples:
        hz = np.full(_count(seconds), float(rng.choice(_BEEPS_HZ)))
        wrong = rng.integers(6)
        if wrong == 0:
            return _square(hz[: _count(float(rng.uniform(0.08, 0.29)))])
        if wrong == 1:
            return _square(np.full(_count(float(rng.uniform(0.42, 2.0))), hz[0]))
        if wrong == 2:
            return _faded(np.sin(_phase(hz)))
        if wrong == 3:
            return _faded(2 * (_phase(hz) / (2 * np.pi) % 1) - 1)
        if wrong == 4:
            return _square(hz) * np.minimum(np.arange(len(hz)) / (0.15 * RATE), 1).astype(
                np.float32
            )
        wavering = 1 + 0.01 * np.sin(2 * np.pi * 6 * np.arange(len(hz)) / RATE)
        return _square(hz * wavering)

    return _scattered(n, 2.0, (RULES.beep_s, RULES.beep_s), make, rng)


def _sirens(n: int, rng: np.random.Generator) -> Samples:
    """Square and sine, gliding up and down across the beeps, or stepping between two tones."""

    def make(seconds: float) -> Samples:
        t = np.arange(_count(seconds)) / RATE
        turn = np.sin(2 * np.pi * rng.uniform(0.1, 3.0) * t)
        if rng.random() < 0.3:
            turn = np.sign(turn)
        hz = rng.uniform(450, 750) * (1 + rng.uniform(0.05, 0.4) * turn)
        return _square(hz) if rng.random() < 0.5 else _faded(np.sin(_phase(hz)))

    return _scattered(n, 5.0, (2.0, 8.0), make, rng)


def _buzzers(n: int, rng: np.random.Generator) -> Samples:
    """The court's buzzer: some rough tones at once, 0.3 to 2 s."""

    def make(seconds: float) -> Samples:
        tones = rng.uniform(150, 900, rng.integers(1, 4))
        together = np.zeros(_count(seconds), np.float32)
        for hz in tones:
            together += _square(np.full(len(together), float(hz)))
        return together

    return _scattered(n, 3.0, (0.3, 2.0), make, rng)


def _phones(n: int, rng: np.random.Generator) -> Samples:
    """Ringing, keys, a lift, a lorry in reverse: sines and squares, in groups."""

    def make(seconds: float) -> Samples:
        hz = rng.choice([440.0, 480.0, 523.25, 554.37, 587.33, 659.26, 697.0, 784.0, 941.0], 2)
        note = np.concatenate([np.full(_count(seconds / 4), float(hz[i % 2])) for i in range(4)])
        sounding = (np.arange(len(note)) / RATE * 4 / seconds % 1 < 0.7).astype(np.float32)
        return sounding * (_square(note) if rng.random() < 0.5 else _faded(np.sin(_phase(note))))

    return _scattered(n, 3.0, (0.6, 2.4), make, rng)


def _applause(n: int, rng: np.random.Generator) -> Samples:
    claps = (rng.random(n) < _CLAPS_HZ / RATE) * rng.uniform(0.3, 1, n)
    fading = np.exp(-np.arange(_count(0.02)) / (0.004 * RATE))
    noise = coloured_noise(n, rng, lambda hz: band(hz, 500, 4000))
    loud = np.convolve(claps, fading)[:n].astype(np.float32)
    return np.asarray(noise * loud)


def _of_the_hall(
    kind: Literal["music", "cheering", "whistles"],
) -> Callable[[int, np.random.Generator], Samples]:
    return lambda n, rng: hall_noise((kind,), n, rng)


def _pitch(note: int) -> float:
    return float(_A4_HZ * 2 ** ((note - _A4) / 12))


def _count(seconds: float) -> int:
    return max(1, round(seconds * RATE))


def _phase(hz: Floats) -> Floats:
    return 2 * np.pi * np.cumsum(hz) / RATE


def _square(hz: Floats) -> Samples:
    """A square wave of changing pitch `hz` (n,), its band limited to 12 kHz."""
    phase = _phase(hz)
    top = int(12_000 / hz.max())
    wave = sum((np.sin(k * phase) / k for k in range(1, top + 1, 2)), start=np.zeros(len(hz)))
    return _faded(wave)


def _faded(wave: Floats) -> Samples:
    ramp = np.minimum(np.arange(len(wave)) / (_RAMP_S * RATE), 1)
    return (wave * ramp * ramp[::-1]).astype(np.float32)


def _scattered(
    n: int,
    every_s: float,
    lasting_s: tuple[float, float],
    make: Callable[[float], Samples],
    rng: np.random.Generator,
) -> Samples:
    track = np.zeros(n, np.float32)
    at = float(rng.uniform(0, every_s))
    while at * RATE < n:
        lasts = float(rng.uniform(*lasting_s))
        mix_in(track, make(lasts), at)
        at += lasts + float(rng.exponential(every_s / 2))
    return track


_MAKERS: dict[Lookalike, Callable[[int, np.random.Generator], Samples]] = {
    "music": _of_the_hall("music"),
    "cheering": _of_the_hall("cheering"),
    "chiptune": _chiptune,
    "near beeps": _near_beeps,
    "spoilt beeps": _spoilt_beeps,
    "sirens": _sirens,
    "buzzers": _buzzers,
    "phones": _phones,
    "applause": _applause,
    "whistles": _of_the_hall("whistles"),
}
LOOKALIKES: Sequence[Lookalike] = tuple(_MAKERS)
