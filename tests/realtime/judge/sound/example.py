"""Sounds and stand-ins that the tests of the timing track share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from realtime.judge.sound.beeps import BeepDetector
from realtime.judge.sound.calls import Spoken
from realtime.judge.sound.tones import HERTZ, Pitch, Tone
from realtime.judge.sound.track import square_wave

Samples = NDArray[np.float32]


class Silent:
    """A voice of 0.25 s for whatever is called."""

    def say(self, call: Spoken, rate: int) -> Samples:
        return np.full(round(0.25 * rate), 0.5, np.float32)


def beep_at(track: Samples, rate: int, pitch: Pitch, sample: int, loud: float = 0.25) -> None:
    wave = np.float32(loud) * square_wave(HERTZ[pitch], 0.35, rate)
    track[sample : sample + len(wave)] += wave


def heard(track: NDArray[Any], rate: float, chunk: int | None = None) -> list[Tone]:
    detector = BeepDetector(rate)
    step = chunk or max(len(track), 1)
    tones = [
        tone for i in range(0, len(track), step) for tone in detector.push(track[i : i + step])
    ]
    return tones + detector.finish()


@dataclass
class Device:
    """A sound device on a virtual clock: calls back as PortAudio does. Its clock begins at
    `zero_s` of the monotonic one and is fast by `drift_ppm`; a callback is late by what `delays`
    gives."""

    callback: Callable[..., None]
    rate: int
    latency: float = 0.05
    zero_s: float = 1000.0
    drift_ppm: float = 0.0
    delays: Callable[[], float] = lambda: 0.0
    names_times: bool = True
    done: int = 0
    now_s: float = 0.0
    started: bool = False

    def start(self) -> None:
        self.started = True

    def stop(self) -> None:
        self.started = False

    def close(self) -> None:
        self.started = False

    def monotonic(self, stream_s: float) -> float:
        return self.zero_s + stream_s / (1 + self.drift_ppm * 1e-6)

    def stream_s(self) -> float:
        """When sample `done` is due for a callback, on the stream's clock."""
        return self.done / self.rate

    def call(self, frames: int, samples: Samples | None = None, *, lost: bool = False) -> Samples:
        """One buffer, out of or (with `samples`) into the program; gives what was played."""
        current_s = self.stream_s()
        self.now_s = self.monotonic(current_s) + self.delays()
        named = self.names_times
        times = SimpleNamespace(
            currentTime=current_s,
            outputBufferDacTime=current_s + self.latency if named else 0.0,
            inputBufferAdcTime=current_s - self.latency if named else 0.0,
        )
        status = SimpleNamespace(output_underflow=lost, input_overflow=lost)
        block = np.full((frames, 1), np.nan, np.float32) if samples is None else samples[:, None]
        self.callback(block, frames, times, status if lost else None)
        self.done += frames
        return block[:, 0]
