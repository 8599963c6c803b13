"""Calls that sound like a voice and are no speech.

Each syllable is glottal pulses through the formants of its vowel, led by a short hiss; the melody
falls, and rises at the end of a question. A detector hears what it hears of an announcer: pulses,
formants, pauses. Nobody understands the words.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.sound.waves import RATE, Samples, band, coloured_noise, frequencies, levelled

# First three formants in Hz of men's vowels: Peterson & Barney 1952, "Control methods used in a
# study of the vowels", table II.
_FORMANTS = {
    "a": (730.0, 1090.0, 2440.0),
    "e": (530.0, 1840.0, 2480.0),
    "i": (270.0, 2290.0, 3010.0),
    "o": (570.0, 840.0, 2410.0),
    "u": (440.0, 1020.0, 2240.0),
    "y": (270.0, 2290.0, 3010.0),
}
_BANDWIDTHS = (70.0, 100.0, 160.0)
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

_SYLLABLE_S, _LAST_LONGER, _GAP_S, _HISS_S = 0.16, 1.5, 0.05, 0.05
_PITCH_HZ, _FALL, _RISE = 125.0, 0.80, 1.45


def spelled(seconds: float) -> str:
    """A number of seconds, digit by digit."""
    return " ".join(_DIGITS[int(digit)] for digit in str(round(seconds)))


def utter(text: str, rng: np.random.Generator) -> Samples:
    """A call with as many syllables as `text` has, effective value 1 over its length."""
    words = [re.findall("[aeiouy]+", word.lower()) or ["e"] for word in text.split()]
    count = sum(map(len, words))
    ends = _RISE if text.endswith("?") else _FALL
    pieces: list[Samples] = []
    done = 0
    for word in words:
        for vowel in word:
            pitch = np.interp([done, done + 1], [0, max(count - 1, 1), count], [1, 0.9, ends])
            done += 1
            long = _LAST_LONGER if done == count else 1.0
            pieces += [_hiss(rng), _syllable(vowel[0], pitch * _PITCH_HZ, long, rng)]
        pieces.append(np.zeros(round(_GAP_S * RATE), np.float32))
    return levelled(np.concatenate(pieces[:-1]), 1.0)


def _syllable(vowel: str, pitch: Floats, longer: float, rng: np.random.Generator) -> Samples:
    """`pitch` (2,) Hz at its beginning and end."""
    n = round(_SYLLABLE_S * longer * RATE)
    hz = np.linspace(pitch[0], pitch[1], n) * (1 + 0.01 * rng.standard_normal())
    turns = np.cumsum(hz) / RATE
    pulses = np.diff(np.floor(turns), prepend=0.0)
    whole = 1 << n.bit_length()
    passed = np.fft.rfft(pulses, whole) * _tract(frequencies(whole), vowel)
    envelope = np.sin(np.pi * np.linspace(0, 1, n)) ** 0.5
    voiced = np.fft.irfft(passed, whole)[:n] * envelope
    return levelled(voiced.astype(np.float32), 1.0)


def _tract(hz: Floats, vowel: str) -> NDArray[np.complex128]:
    """Response of throat and mouth: a resonance per formant, the source falling by 6 dB per
    octave (12 of the glottis less 6 of the lips)."""
    response = np.asarray(1 / (1 + 1j * hz / 100), dtype=np.complex128)
    for formant, width in zip(_FORMANTS[vowel], _BANDWIDTHS, strict=True):
        response *= formant**2 / (formant**2 - hz**2 + 1j * hz * width)
    return response


def _hiss(rng: np.random.Generator) -> Samples:
    n = round(_HISS_S * RATE)
    noise = coloured_noise(n, rng, lambda hz: band(hz, 2500, 7000))
    return levelled(noise * np.hanning(n).astype(np.float32), 0.2)
