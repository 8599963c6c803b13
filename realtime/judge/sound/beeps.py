"""Hears the official beeps in a stream of sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.rope.rules import RULES
from realtime.judge.sound.decimate import PASSED_HZ, Decimator, Floats
from realtime.judge.sound.evidence import BEFORE_S, NOT_WHOLE, OFF, QUIETEST, Found, examine
from realtime.judge.sound.tones import HERTZ, PITCHES, Pitch, Tone

SAID_S = 0.5
"""A beep is said at most this long after its onset: when it is whole, as music is not."""

_ODD = (1, 3, 5, 7)
_OFFS = np.linspace(-OFF, OFF, 9)
_NOISE_HZ = (9.0, 45.0)
_CAP, _ENOUGH = 5.0, 2.6  # logarithms of power over noise: at most from, and mean of the harmonics
_WAITED = 3  # blocks after the best one: its end and a little more have been heard
_PATIENCE = 5
_HEARD_ON_S = 0.02
_APART_S = 2.0  # from one beep to the next of its pitch: legs are longer, echoes are over


@dataclass(slots=True)
class _Peak:
    """The best window of a run so far: its evidence, and the sample at which it begins."""

    evidence: float
    begin: int
    age: int = 0


class BeepDetector:
    """Takes mono samples at `rate` per second in chunks of any size, gives the tones in them.

    A tone's time is that of its sample: number divided by `rate`. The same sound in other chunks
    gives the same tones, to the last bit.
    """

    def __init__(self, rate: float) -> None:
        """Raises ValueError for a rate below 8000."""
        self._decimator = Decimator(rate)
        self._screen = _Screen(self._decimator.out_rate)
        self._rate = self._decimator.out_rate
        block = self._decimator.block
        self._length = self._screen.length + (_PATIENCE + 2) * block + round(BEFORE_S * self._rate)
        self._history = np.zeros(self._length)
        self._pushed = 0
        self._ends = 0  # sample number after the last one in the history
        self._peaks: dict[Pitch, _Peak] = {}
        self._done = dict.fromkeys(PITCHES, -np.inf)

    def push(self, samples: NDArray[np.floating]) -> list[Tone]:
        """The tones that are certain with `samples` (n,)."""
        self._pushed += len(samples)
        return [tone for block in self._decimator.push(samples) for tone in self._take(block)]

    def finish(self) -> list[Tone]:
        """What is left at the end of the sound. A tone that the end cut off is none."""
        ended_s = self._pushed / (self._rate * self._decimator.factor)
        silence = np.zeros((_PATIENCE + 3) * self._decimator.block * self._decimator.factor)
        last = ended_s - RULES.beep_s - _HEARD_ON_S
        return [tone for tone in self.push(silence) if tone.time_s <= last]

    def _take(self, block: Floats) -> Iterator[Tone]:
        history = self._history
        history[: -len(block)] = history[len(block) :]
        history[-len(block) :] = block
        self._ends += len(block)
        evidence = self._screen.evidence(history[-self._screen.length :])
        for pitch, value in zip(PITCHES, evidence, strict=True):
            tone = self._follow(pitch, float(value))
            if tone is not None:
                yield tone

    def _follow(self, pitch: Pitch, evidence: float) -> Tone | None:
        """Examine the best window once nothing better has come for a while."""
        peak = self._peaks.get(pitch)
        if evidence > 0 and (peak is None or evidence > peak.evidence):
            self._peaks[pitch] = _Peak(evidence, self._ends - self._screen.length)
            return None
        if peak is None:
            return None
        peak.age += 1
        if peak.age < _WAITED:
            return None
        found = self._examined(pitch, peak)
        if found != NOT_WHOLE or peak.age >= _PATIENCE:
            del self._peaks[pitch]
        return found if isinstance(found, Tone) else None

    def _examined(self, pitch: Pitch, peak: _Peak) -> Tone | str:
        origin = self._ends - self._length
        if peak.begin / self._rate < self._done[pitch] + _APART_S:
            return "the same again"
        found = examine(self._history, self._rate, peak.begin - origin, pitch)
        if not isinstance(found, Found):
            return found
        time_s = (origin + found.onset) / self._rate
        self._done[pitch] = time_s
        return Tone(pitch, time_s, found.confidence)


class _Screen:
    """Whether the last `length` samples may be a beep: cheap, and misses none."""

    def __init__(self, rate: float) -> None:
        self.length = round(RULES.beep_s * rate)
        self._window = np.hanning(self.length + 2)[1:-1]
        self._floor = (QUIETEST * self._window.sum() / 2) ** 2
        self._size = 1 << (self.length - 1).bit_length()
        step = rate / self._size
        top = min(PASSED_HZ, 0.48 * rate) / (1 + 2 * OFF)
        odd = np.array([k for k in _ODD if k * max(HERTZ.values()) < top])
        centres = np.array([HERTZ[pitch] for pitch in PITCHES])[:, None] * odd
        around = np.arange(round(_NOISE_HZ[0] / step), round(_NOISE_HZ[1] / step), 2)
        sides = np.concatenate([-around, around])
        self._tones = np.rint(centres[:, None] * (1 + _OFFS[:, None]) / step).astype(int)
        self._noise = np.rint(centres / step).astype(int)[..., None] + sides

    def evidence(self, samples: Floats) -> Floats:
        """For each of `PITCHES`: the log-likelihood ratio of its harmonics, 0 where there are too
        few."""
        spectrum = np.fft.rfft(samples * self._window, self._size)
        power = np.real(spectrum) ** 2 + np.imag(spectrum) ** 2
        tones = power[self._tones]
        noise = np.median(power[self._noise], axis=-1)[:, None] + 1e-7 * tones.max() + self._floor
        logs = np.log(np.maximum(tones, self._floor) / noise)
        enough = np.clip(logs, 0, _CAP).mean(axis=-1) > _ENOUGH
        return np.asarray(np.where(enough, np.maximum(logs, 0).sum(axis=-1), 0.0).max(axis=1))
