"""Sound as numbers: float32 mono samples at `RATE`, and the few tools every sound is made with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats

RATE = 48_000
"""Samples per second."""

Samples = NDArray[np.float32]

_FFT_STEP = 1 << 14


def gain(db: float) -> float:
    """Factor on amplitudes for a level in dB."""
    return float(10 ** (db / 20))


def effective(samples: Samples) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def levelled(samples: Samples, level: float) -> Samples:
    """`samples` with the effective value `level`; silence stays silent."""
    now = effective(samples)
    return samples * np.float32(level / now) if now > 0 else samples


def mix_in(track: Samples, piece: Samples, at_s: float) -> None:
    """Add `piece` to `track` from `at_s` on, to the nearest sample, as far as it reaches."""
    first = round(at_s * RATE)
    begin, end = max(first, 0), min(first + len(piece), len(track))
    if begin < end:
        track[begin:end] += piece[begin - first : end - first]


def square_beep(hz: float, seconds: float, at_s: float, track: Samples) -> None:
    """Add a band-limited square wave of amplitude 1 to `track`, its onset at exactly `at_s`
    seconds, which may lie between two samples.

    The Fourier series of the square wave up to half the sampling rate: a square wave that is
    sampled without a limit to its band has other tones in it.
    """
    begin = max(int(np.ceil(at_s * RATE)), 0)
    end = min(int(np.ceil((at_s + seconds) * RATE)), len(track))
    phase = 2 * np.pi * hz * (np.arange(begin, max(end, begin)) / RATE - at_s)
    odd = np.arange(1, int(RATE / 2 / hz) + 1, 2)
    for k in odd:
        track[begin:end] += (4 / np.pi / k * np.sin(k * phase)).astype(np.float32)


def coloured_noise(n: int, rng: np.random.Generator, colour: Callable[[Floats], Floats]) -> Samples:
    """`n` samples of steady noise; `colour` maps frequencies in Hz to amplitudes."""
    whole = fast_length(n)
    hz = frequencies(whole)
    spectrum = rng.standard_normal((2, len(hz)), dtype=np.float32)
    spectrum *= colour(hz).astype(np.float32)
    return np.fft.irfft(spectrum[0] + 1j * spectrum[1], whole)[:n].astype(np.float32)


def frequencies(n: int) -> Floats:
    """The frequencies in Hz (n // 2 + 1,) of the spectrum of `n` real samples."""
    hz: Floats = np.arange(n // 2 + 1, dtype=np.float64) * (RATE / n)
    return hz


def fast_length(n: int) -> int:
    """A length of at least `n` whose Fourier transform is fast."""
    return (
        max(1, -(-n // _FFT_STEP)) * _FFT_STEP if n > _FFT_STEP else 1 << max(n - 1, 1).bit_length()
    )


def band(hz: Floats, low: float, high: float) -> Floats:
    """Amplitudes of a band-pass with gentle slopes (12 dB per octave)."""
    safe = np.maximum(hz, 1e-3)
    passed: Floats = 1 / ((1 + (low / safe) ** 2) * (1 + (safe / high) ** 2))
    return passed
