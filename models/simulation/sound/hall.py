"""The hall: its noises and its echo."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from models.simulation.curves import Floats
from models.simulation.sound.music import music
from models.simulation.sound.settings import Noise
from models.simulation.sound.waves import (
    RATE,
    Samples,
    band,
    coloured_noise,
    effective,
    fast_length,
    gain,
    levelled,
    mix_in,
)

_FIRST_ECHO_S = 0.008


def hall_noise(kinds: Sequence[Noise], n: int, rng: np.random.Generator) -> Samples:
    """`n` samples of all `kinds` in equal parts, effective value 1 over the whole."""
    track = np.zeros(n, np.float32)
    for kind in dict.fromkeys(kinds):
        track += levelled(_MAKERS[kind](n, rng), 1.0)
    return levelled(track, 1.0)


def reverberated(
    dry: Samples, fades_s: float, share_db: float, rng: np.random.Generator
) -> Samples:
    """`dry` with a tail of noise that fades by 60 dB in `fades_s`, its energy `share_db` of the
    direct sound's, which stays what and where it was."""
    n = round(fades_s * RATE)
    if n == 0:
        return dry
    fading = 10 ** (-3 * np.arange(n) / n)
    tail = (rng.standard_normal(n) * fading).astype(np.float32)
    tail[: round(_FIRST_ECHO_S * RATE)] = 0
    energy = effective(tail) * np.sqrt(n)
    if energy == 0:
        return dry
    tail *= np.float32(gain(share_db) / energy)
    whole = fast_length(len(dry) + n)
    echo = np.fft.irfft(np.fft.rfft(dry, whole) * np.fft.rfft(tail, whole), whole)
    return dry + echo[: len(dry)].astype(np.float32)


def _air(n: int, rng: np.random.Generator) -> Samples:
    """Ventilation and everything far away: pink from 40 Hz on."""
    return coloured_noise(n, rng, lambda hz: 1 / np.sqrt(np.maximum(hz, 40.0)))


def _crowd(n: int, rng: np.random.Generator) -> Samples:
    """Many people talking: the band of voices, swelling at the rate of syllables."""
    murmur = coloured_noise(n, rng, lambda hz: band(hz, 180, 900))
    return murmur * _swell(n, 8.0, 0.35, rng) * _swell(n, 0.5, 0.3, rng)


def _swell(n: int, hz: float, depth: float, rng: np.random.Generator) -> Samples:
    """A loudness (n,) that wanders about 1, never negative, with about `hz` turns per second."""
    knots = np.maximum(1 + depth * rng.standard_normal(int(n / RATE * hz) + 3), 0)
    return np.interp(np.arange(n), np.arange(len(knots)) * RATE / hz, knots).astype(np.float32)


def _cheering(n: int, rng: np.random.Generator) -> Samples:
    """Bursts of cries and applause of 1 to 4 s, about one every 5 s."""
    return _scattered(n, 5.0, (1.0, 4.0), _cheer, rng)


def _cheer(seconds: float, rng: np.random.Generator) -> Samples:
    n = round(seconds * RATE)
    cries = levelled(coloured_noise(n, rng, lambda hz: band(hz, 600, 3500)), 1.0)
    for _ in range(6):  # single throats stand out
        pitch = rng.uniform(250, 600) * (1 + 0.1 * np.linspace(-1, 1, n) * rng.standard_normal())
        cries += 0.15 * _tone(pitch, (1.0, 0.8, 0.6, 0.5, 0.3), rng)
    return cries * _arch(n)


def _whistles(n: int, rng: np.random.Generator) -> Samples:
    """Whistles, about one every 4 s: a referee's that trills, or through the fingers."""
    return _scattered(n, 4.0, (0.2, 1.0), _whistle, rng)


def _whistle(seconds: float, rng: np.random.Generator) -> Samples:
    n = round(seconds * RATE)
    t = np.arange(n) / RATE
    if rng.random() < 0.5:
        trill = 1 + 0.6 * np.sin(2 * np.pi * rng.uniform(30, 45) * t)
        return (_tone(np.full(n, rng.uniform(2500, 4000)), (1.0,), rng) * trill * _arch(n)).astype(
            np.float32
        )
    glide = rng.uniform(1200, 2200) * (1 + 0.3 * np.sin(np.pi * t / seconds))
    return _tone(glide, (1.0, 0.1), rng) * _arch(n)


def _tone(hz: Floats, partials: Sequence[float], rng: np.random.Generator) -> Samples:
    """A tone of changing pitch `hz` (n,) with `partials`."""
    turns = np.cumsum(hz) / RATE + rng.random()
    total = np.zeros(len(hz), np.float32)
    for k, amplitude in enumerate(partials):
        phase = (2 * np.pi * ((k + 1) * turns % 1)).astype(np.float32)
        total += np.float32(amplitude) * np.sin(phase)
    return total


def _arch(n: int) -> Samples:
    return (np.sin(np.pi * np.linspace(0, 1, n)) ** 0.5).astype(np.float32)


def _scattered(
    n: int,
    every_s: float,
    lasting_s: tuple[float, float],
    make: Callable[[float, np.random.Generator], Samples],
    rng: np.random.Generator,
) -> Samples:
    """Sounds one after the other or over each other, `every_s` on average, from time 0 on."""
    track = np.zeros(n, np.float32)
    at_s = float(rng.uniform(0, every_s)) if n / RATE > every_s else 0.0
    while at_s * RATE < n:
        mix_in(track, make(float(rng.uniform(*lasting_s)), rng), at_s)
        at_s += float(rng.exponential(every_s))
    return track


_MAKERS: dict[Noise, Callable[[int, np.random.Generator], Samples]] = {
    "hall": _air,
    "crowd": _crowd,
    "cheering": _cheering,
    "whistles": _whistles,
    "music": music,
}
