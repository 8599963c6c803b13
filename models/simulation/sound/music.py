"""Music as a hall plays it: a beat, a bass, chords and a tune, some of its notes as high as the
beeps (B4 is 493.9 Hz, the switch beep)."""

from __future__ import annotations

import numpy as np

from models.simulation.sound.waves import RATE, Samples, band, coloured_noise, levelled, mix_in

_BEAT_S = 60 / 126
_BARS = 8
_A4_HZ, _A4 = 440.0, 69  # equal temperament, semitones as in MIDI
_ROOTS = (40, 36, 43, 38)  # E, C, G, D
_CHORD = (12, 19, 24, 27, 28)
_TUNE = (67, 69, 71, 72, 74, 76)  # G4 A4 B4 C5 D5 E5


def music(n: int, rng: np.random.Generator) -> Samples:
    """`n` samples of an eight-bar pattern, over and over, effective value 1."""
    pattern = np.zeros(round(_BARS * 4 * _BEAT_S * RATE), np.float32)
    for bar in range(_BARS):
        _play_bar(pattern, bar * 4 * _BEAT_S, _ROOTS[bar % len(_ROOTS)], rng)
    return levelled(np.resize(pattern, n), 1.0)


def _play_bar(track: Samples, at_s: float, root: int, rng: np.random.Generator) -> None:
    for beat in range(4):
        now = at_s + beat * _BEAT_S
        mix_in(track, _drum(), now)
        mix_in(track, _cymbal(rng), now + _BEAT_S / 2)
        mix_in(track, _note(root, 0.9 * _BEAT_S, 8), now)
    for above in _CHORD[: rng.integers(3, len(_CHORD) + 1)]:
        mix_in(track, 0.35 * _note(root + above, 3.8 * _BEAT_S, 12), at_s)
    for eighth in range(8):
        if rng.random() < 0.7:
            pitch = int(rng.choice(_TUNE))
            mix_in(track, 0.6 * _note(pitch, 0.45 * _BEAT_S, 16), at_s + eighth * _BEAT_S / 2)


def _note(pitch: int, seconds: float, partials: int) -> Samples:
    """A plucked sawtooth of so many partials."""
    t = np.arange(round(seconds * RATE)) / RATE
    phase = (2 * np.pi * (_A4_HZ * 2 ** ((pitch - _A4) / 12) * t % 1)).astype(np.float32)
    saw = sum(np.sin(k * phase) / k for k in range(1, partials + 1))
    envelope = (
        np.minimum(t / 0.005, 1) * np.exp(-1.5 * t / seconds) * np.minimum(1, (seconds - t) / 0.01)
    )
    return np.asarray(saw * envelope, dtype=np.float32)


def _drum() -> Samples:
    t = np.arange(round(0.25 * RATE)) / RATE
    falling = 2 * np.pi * (50 * t + 90 * 0.03 * (1 - np.exp(-t / 0.03)))
    return (2 * np.sin(falling) * np.exp(-t / 0.08)).astype(np.float32)


def _cymbal(rng: np.random.Generator) -> Samples:
    n = round(0.08 * RATE)
    noise = levelled(coloured_noise(n, rng, lambda hz: band(hz, 6000, 14000)), 0.5)
    return noise * np.exp(-np.arange(n) / (0.02 * RATE)).astype(np.float32)
