"""Hears the beeps on a microphone, in the station's time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from realtime.judge.sound.beeps import BeepDetector
from realtime.judge.sound.clock import StreamClock, named_time
from realtime.judge.sound.devices import device_rate, open_stream, sound_module
from realtime.judge.sound.player import Open
from realtime.judge.sound.tones import Tone

_HELD_S = 10.0


class Microphone:
    """One open stream; `tones` gives what was heard, on the monotonic clock."""

    def __init__(
        self, rate: int, open_stream: Open, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._times = StreamClock(rate)
        self._detector = BeepDetector(rate)
        self._ring = np.zeros(round(_HELD_S * rate), np.float32)
        self._written = self._read = 0
        self._gaps = self._slept = 0
        self._stream = open_stream(samplerate=rate, callback=self._call)
        self._latency_s = float(self._stream.latency)
        self._stream.start()

    @property
    def overflows(self) -> int:
        """Times that sound was lost: the machine was too slow."""
        return self._gaps + self._slept

    def tones(self, *, origin_s: float = 0.0) -> Iterator[Tone]:
        """What is certain since the last call; `time_s` is the monotonic time at the converter less
        `origin_s`, which is the monotonic time of capture time 0. To be called at least every few
        seconds: of sound that waits longer than 5 s nothing is heard, and it is counted."""
        written = self._written
        if written - self._read > len(self._ring) // 2:
            self._slept += 1
            self._detector.push(np.zeros(written - self._read, np.float32))
            self._read = written
            return
        places = np.arange(self._read, written) % len(self._ring)
        self._read = written
        for tone in self._detector.push(self._ring[places]):
            at_s = self._times.monotonic(tone.time_s * self._rate) - origin_s
            yield Tone(tone.pitch, at_s, tone.confidence)

    def close(self) -> None:
        """Stop at once. Twice does nothing."""
        self._stream.stop()
        self._stream.close()

    def _call(self, samples: Any, frames: int, times: Any, status: Any) -> None:
        # The sound thread: no lock, no waiting, no arrays but views.
        now = self._clock()
        if status and status.input_overflow:
            self._gaps += 1
        current_s = times.currentTime
        came_s = named_time(times.inputBufferAdcTime, current_s, -self._latency_s)
        self._times.note(self._written, came_s, current_s, now, self._gaps)
        begin = self._written % len(self._ring)
        fits = min(frames, len(self._ring) - begin)
        self._ring[begin : begin + fits] = samples[:fits, 0]
        self._ring[: frames - fits] = samples[fits:frames, 0]
        self._written += frames


def microphone(device: int | str | None = None) -> Microphone:
    """The real one. Raises SoundError where there is none."""
    module = sound_module()
    rate = device_rate(module, "input", device)
    return Microphone(rate, lambda **asked: open_stream(module, "input", device, **asked))
