"""Is this piece of sound a beep, and where exactly does it begin?

The onset is the maximum-likelihood change point of a known waveform in noise that is white around
each harmonic (the matched filter, Kay 1998, "Detection Theory", ch. 4 and 12).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.rope.rules import RULES
from realtime.judge.sound.decimate import PASSED_HZ, Floats
from realtime.judge.sound.tones import HERTZ, Pitch

NOT_WHOLE = "not whole yet"
"""Said of what may be a beep when more of it has been heard."""
BEFORE_S = 0.45
"""How much of the sound before the rough onset is needed."""
QUIETEST = 1e-5
"""Of full scale: whatever is below is rounding."""
OFF = 0.0016
"""A beep's pitch may be off by this share: clocks of devices, and the last digit of the rules."""

_ODD, _EVEN = (1, 3, 5, 7), (2, 4, 6)
_SEARCHED_S, _NEAR_S = 0.12, 0.05
_FIRST_S = 0.09  # the direct sound rules before the echo has built up
_STRETCH_S = 0.006  # about three periods
_PLAINLY = 2.0
_FAINTEST = 0.1  # of the power that follows: codecs and steep filters ring before an onset
_LASTING = 0.8  # from the first stretch to the onset: a direct sound does not go away again
_EARLIER_S = 0.002
_BLOCK_S = 0.025
_NOISE_HZ = (9.0, 45.0)  # from a harmonic: out of the window's main lobe, near enough to be like it
_PAD = 8
_WHOLE = 1.08  # beep lengths from the onset on that must have been heard

# What a beep may differ by; each value over its limit is one test.
_OFF_LIMIT = OFF
_BEFORE_LIMIT = 0.35
_UNSTEADY_LIMIT = 0.7
_AFTER_LIMIT = 0.80
_LENGTH_LIMIT_S = 0.030
_RATIO_LIMIT_DB = 14.0
_EVEN_LIMIT = 0.5
_HARMONICS = 3
_SURE = 0.1  # smallest margin: dying echoes have less
_HEARD = 12.0  # power of a harmonic over the noise around it, to be used at all


@dataclass(frozen=True, slots=True)
class Found:
    """Onset in samples of the piece, confidence as in `Tone`."""

    onset: float
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class _Spectrum:
    """Powers around the tone: `hz` the pitch found, `power` and `noise` (K,) of the harmonics
    `odd`, `even` (E,) those of the even ones."""

    hz: float
    off: float
    odd: NDArray[np.int64]
    power: Floats
    noise: Floats
    even: Floats


def examine(piece: Floats, rate: float, rough: int, pitch: Pitch) -> Found | str:
    """A beep whose onset is about sample `rough` of `piece` (n,), or what speaks against it."""
    spectrum = _spectrum(piece, rate, rough, pitch)
    use = spectrum.power > _HEARD * spectrum.noise
    if use.sum() < _HARMONICS:
        return "too few harmonics"
    tests = {"off pitch": spectrum.off / _OFF_LIMIT, **_shape(spectrum, use)}
    wave = _Wave(piece, rate, spectrum.hz, spectrum.odd[use], 1 / spectrum.noise[use])
    onset = wave.onset(rough, _SEARCHED_S, round(RULES.beep_s * rate * 0.9))
    onset = wave.onset(onset, _NEAR_S, round(_FIRST_S * rate))
    onset = wave.first_arrival(onset)
    if onset + _WHOLE * RULES.beep_s * rate > len(piece):
        return NOT_WHOLE
    tests |= wave.envelope_tests(onset)
    worst = max(tests, key=lambda name: tests[name])
    if not tests[worst] < 1 - _SURE:
        return worst
    return Found(float(onset), float(1 - tests[worst]))


def _spectrum(piece: Floats, rate: float, rough: int, pitch: Pitch) -> _Spectrum:
    n = round(RULES.beep_s * rate)
    window = np.hanning(n + 2)[1:-1]
    size = 1 << (n * _PAD - 1).bit_length()
    power = np.abs(np.fft.rfft(piece[rough : rough + n] * window, size)) ** 2
    step, hz = rate / size, HERTZ[pitch]
    odd = np.array([k for k in _ODD if k * hz * (1 + 2 * OFF) < min(PASSED_HZ, 0.48 * rate)])
    offs = np.arange(-1.5 * OFF, 1.5 * OFF, step / (2 * odd[-1] * hz))
    grid = power[np.rint(odd * hz * (1 + offs[:, None]) / step).astype(int)]
    around = np.arange(round(_NOISE_HZ[0] / step), round(_NOISE_HZ[1] / step))
    sides = np.concatenate([-around[::-1], around])
    centres = np.rint(odd * hz / step).astype(int)
    noise = np.median(power[centres[:, None] + sides], axis=1) / np.log(2)
    floor = (QUIETEST * window.sum() / 2) ** 2
    noise = np.maximum(noise, 1e-7 * grid.max() + floor)
    best = int(np.argmax(np.log(1 + grid / noise).sum(axis=1)))
    found = hz * (1 + offs[best])
    even = power[np.rint(np.array(_EVEN[: len(odd) - 1]) * found / step).astype(int)]
    return _Spectrum(float(found), abs(float(offs[best])), odd, grid[best], noise, even)


def _shape(spectrum: _Spectrum, use: NDArray[np.bool_]) -> dict[str, float]:
    """A square wave's harmonics: odd ones as 1, 1/3, 1/5 ..., no even ones."""
    level = 10 * np.log10(spectrum.power * spectrum.odd**2)
    apart = np.abs(level[use] - np.median(level[use])).max()
    count = len(spectrum.even)
    between = (spectrum.power[:count] * spectrum.power[1 : 1 + count]) ** 0.25
    # The geometric mean: one of them may be somebody else's note.
    even = float(np.exp(np.mean(np.log(np.sqrt(spectrum.even) / between + 1e-9))))
    return {"harmonics": float(apart) / _RATIO_LIMIT_DB, "even harmonics": even / _EVEN_LIMIT}


class _Wave:
    """The harmonics of one tone in `piece`, whitened."""

    def __init__(
        self, piece: Floats, rate: float, hz: float, odd: NDArray[np.int64], weights: Floats
    ) -> None:
        self._piece = piece
        self._rate = rate
        self._weights = weights / weights.max()
        turns = 2 * np.pi * hz / rate * np.arange(len(piece))
        self._carriers = np.exp(1j * odd[:, None] * turns)
        self._tone = self._template = np.zeros(len(piece))

    def onset(self, near: int, within_s: float, length: int) -> int:
        """The best onset within `within_s` of `near`, for the waveform of the `length` samples
        that follow it."""
        self._learn(near, near + length)
        reach = round(within_s * self._rate)
        begin, end = max(near - reach, 0), min(near + reach, len(self._piece))
        gain = self._template * (self._piece - self._tone / 2)
        ahead = np.cumsum(gain[begin:end][::-1])[::-1]
        return begin + int(np.argmax(ahead))

    def first_arrival(self, onset: int) -> int:
        """`onset`, or an earlier one where the tone plainly stands out before it: when the echo is
        as strong as the direct sound, the waveform that fits the whole is not that of its first
        moments."""
        block, step = round(_STRETCH_S * self._rate), max(round(0.001 * self._rate), 1)
        starts = np.arange(onset - round(0.25 * self._rate), onset - block, step)
        starts = starts[starts >= 0]
        energy = self._energy(starts, block)
        before = starts < onset - round((_NEAR_S + _STRETCH_S) * self._rate)
        if not before.any():
            return onset
        own = self._energy(onset + np.arange(4) * block, block).mean()
        enough = max(_PLAINLY * energy[before].max(), _FAINTEST * own)
        loud = energy[~before] > enough
        lasting = np.cumsum(loud[::-1])[::-1] >= _LASTING * np.arange(len(loud), 0, -1)
        if not (loud & lasting).any():
            return onset
        first = int(starts[~before][np.argmax(loud & lasting)]) + block // 2
        earlier = self.onset(first, 1.5 * _STRETCH_S, round(4 * _STRETCH_S * self._rate))
        return earlier if earlier < onset - round(_EARLIER_S * self._rate) else onset

    def _energy(self, starts: NDArray[np.int64], length: int) -> Floats:
        """Of the whitened harmonics in stretches of `length` from each of `starts` (n,)."""
        window = np.hanning(length + 2)[1:-1]
        at = starts[:, None] + np.arange(length)
        parts = np.einsum("nl,knl->kn", self._piece[at] * window, self._carriers[:, at].conj())
        return np.asarray(np.einsum("k,kn->n", self._weights, np.abs(parts) ** 2))

    def _learn(self, begin: int, end: int) -> None:
        """The waveform as it is between two samples."""
        window = np.hanning(end - begin + 2)[1:-1]
        part = np.einsum(
            "n,kn->k", self._piece[begin:end] * window, self._carriers[:, begin:end].conj()
        )
        amplitudes = 2 * part / window.sum()
        self._tone = np.real(np.einsum("k,kn->n", amplitudes, self._carriers))
        weighted = amplitudes * self._weights
        self._template = np.real(np.einsum("k,kn->n", weighted, self._carriers))

    def _level(self, begin: float, end: float) -> float:
        """How much of the waveform there is between two samples: 1 as in the beep, 0 none."""
        part = slice(max(round(begin), 0), min(round(end), len(self._piece)))
        own = self._tone[part] @ self._template[part]
        return float(self._piece[part] @ self._template[part] / own) if own > 0 else 0.0

    def envelope_tests(self, onset: int) -> dict[str, float]:
        """Silent before, steady, as long as a beep, and less after it."""
        rate, whole = self._rate, round(RULES.beep_s * self._rate)
        self._learn(onset, min(onset + whole, len(self._piece)))
        before = max(
            abs(self._level(onset - 0.08 * rate, onset - 0.008 * rate)),
            abs(self._level(onset - 0.25 * rate, onset - 0.08 * rate)),
        )
        step = _BLOCK_S * rate
        first = onset + 0.2 * step
        blocks = np.array(
            [self._level(first + i * step, first + (i + 1) * step) for i in range(13)]
        )
        end = self._end(onset, whole)
        last = self._level(end - 0.06 * rate, end - 0.004 * rate)
        after = self._level(end + 0.004 * rate, end + 0.05 * rate)
        return {
            "sound before": before / _BEFORE_LIMIT,
            "unsteady": float(np.abs(blocks - 1).max()) / _UNSTEADY_LIMIT,
            "no end": abs(after / last) / _AFTER_LIMIT if last > 0 else 2.0,
            "length": abs(end - onset - whole) / rate / _LENGTH_LIMIT_S,
        }

    def _end(self, onset: int, whole: int) -> int:
        """Where the level falls most: the split of what is around the end into two levels with
        the least squared error."""
        begin = onset + round(0.7 * whole)
        stop = min(onset + round(1.2 * whole), len(self._piece))
        product = self._piece[begin:stop] * self._template[begin:stop]
        own = np.maximum(np.cumsum(self._tone[begin:stop] * self._template[begin:stop]), 1e-30)
        sums = np.cumsum(product)
        rest = np.maximum(own[-1] - own, 1e-30)
        fit = sums**2 / own + (sums[-1] - sums) ** 2 / rest
        margin = round(0.02 * self._rate)
        return begin + 1 + margin + int(np.argmax(fit[margin:-margin]))
