"""The clicks of a rope on the floor, in the sound of a film.

Spectral flux (Masri, 1996): how much louder each frequency has become since the last hop, over
2 ... 12 kHz, where the project's findings have the clicks. Causal but for `APART_S`: a peak is a
click when none higher follows so soon. All settings were fixed before anything was measured.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from realtime.judge.sound.decimate import Samples
from realtime.stream.ring import Floats

HOP_S = 0.010
BAND_HZ = (2_000.0, 12_000.0)
USUAL_S = 1.0
"""Window of the trailing median that a peak must stand out of ..."""
STANDS_OUT = 2.0
"""... by this factor."""
SILENCE = 1e-3
"""Flux of what no microphone hears (samples of -1 ... 1): a click of -80 dB."""
APART_S = 0.080
"""Clicks are further apart than this: more than the ten a second of the fastest jumpers."""
LAGS_S = (0.10, 0.60)
"""Spacings of clicks that are looked for."""
STRETCH_S = 3.0
"""Length of sound whose rhythm is measured."""

_WINDOW_S = 0.02


def flux(sound: Samples, rate: int) -> Floats:
    """(N,) one number per hop of mono `sound` at `rate` samples per second."""
    hop, n = round(HOP_S * rate), round(_WINDOW_S * rate)
    if len(sound) < n:
        return np.zeros(0)
    hz = np.fft.rfftfreq(n, 1 / rate)
    heard = (hz >= BAND_HZ[0]) & (hz <= BAND_HZ[1])
    windows = sliding_window_view(sound, n)[::hop] * np.hanning(n)
    loudness = np.abs(np.fft.rfft(windows, axis=1))[:, heard]
    rise = np.diff(loudness, axis=0, prepend=loudness[:1])
    return np.asarray(np.maximum(rise, 0).sum(axis=1), dtype=np.float64)


def hop_times(n: int) -> Floats:
    """Seconds (n,) of the sound that raises each hop's flux: where the window rises most."""
    return np.asarray(np.arange(n) * HOP_S + 0.75 * _WINDOW_S - HOP_S / 2, dtype=np.float64)


def usual(values: Floats) -> Floats:
    """(N,) the median of each hop's last `USUAL_S`, less at the beginning."""
    n = round(USUAL_S / HOP_S)
    padded = np.concatenate([np.full(n - 1, np.nan), values])
    return np.asarray(np.nanmedian(sliding_window_view(padded, n), axis=1))


def clicks(values: Floats) -> Floats:
    """Times (M,) in seconds of the clicks in a flux (N,)."""
    if len(values) < 3:
        return np.zeros(0)
    least = np.maximum(STANDS_OUT * usual(values), SILENCE)
    middle = values[1:-1]
    peaks = (middle > least[1:-1]) & (middle > values[:-2]) & (middle >= values[2:])
    at = np.flatnonzero(peaks) + 1
    apart = round(APART_S / HOP_S)
    highest = [values[i] >= values[max(i - apart + 1, 0) : i + apart].max() for i in at]
    return np.asarray(hop_times(len(values))[at[highest]], dtype=np.float64)


def rhythm(values: Floats) -> tuple[float, float]:
    """Lag in seconds within `LAGS_S`, and height (1 is the most), of the strongest peak of the
    autocorrelation of a flux (N,); NaN and 0 where there is none."""
    low, high = (round(lag / HOP_S) for lag in LAGS_S)
    centred = values - values.mean()
    energy = float(centred @ centred)
    if len(values) <= 2 * high or energy == 0:
        return float("nan"), 0.0
    r = np.array([centred[lag:] @ centred[:-lag] for lag in range(low - 1, high + 2)]) / energy
    peaks = np.flatnonzero((r[1:-1] > r[:-2]) & (r[1:-1] >= r[2:]))
    if not len(peaks):
        return float("nan"), 0.0
    best = int(peaks[r[1:-1][peaks].argmax()])
    return (low + best) * HOP_S, float(r[best + 1])
