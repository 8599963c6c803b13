"""Hears the beeps on a microphone, in the station's time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from realtime.judge.sound.beeps import BeepDetector
from realtime.judge.sound.clock import StreamClock, device_time
from realtime.judge.sound.devices import device_rate, open_stream, sound_module
from realtime.judge.sound.player import Open
from realtime.judge.sound.tones import Tone

_HELD_S = 10.0
_STAMPS = 4096
_REMEMBERED_S = 5.0


class Microphone:
    """One open stream; `tones` gives what was heard, on the monotonic clock."""

    def __init__(
        self, rate: int, open_stream: Open, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._stream_clock = StreamClock()
        self._detector = BeepDetector(rate)
        self._ring = np.zeros(round(_HELD_S * rate), np.float32)
        self._stamps = np.zeros((_STAMPS, 2))  # first sample of a buffer, its stream time
        self._buffers = self._written = 0
        self._read = self._stamped = 0
        self._recent: deque[tuple[int, float]] = deque()
        self._overflows = 0
        self._stream = open_stream(samplerate=rate, callback=self._call)
        self._latency_s = self._stream.latency
        self._stream.start()

    @property
    def overflows(self) -> int:
        """Times that sound was lost: the machine was too slow."""
        return self._overflows

    def tones(self) -> Iterator[Tone]:
        """What is certain since the last call; `time_s` is monotonic time at the converter. To be
        called at least every few seconds: sound older than 10 s is lost, and counted."""
        written, buffers = self._written, self._buffers
        self._remember(buffers)
        if written - self._read > len(self._ring) // 2:
            self._overflows += 1
            self._detector.push(np.zeros(written - self._read, np.float32))
            self._read = written
            return
        places = np.arange(self._read, written) % len(self._ring)
        self._read = written
        for tone in self._detector.push(self._ring[places]):
            yield Tone(tone.pitch, self._monotonic(tone.time_s * self._rate), tone.confidence)

    def close(self) -> None:
        """Stop at once. Twice does nothing."""
        self._stream.stop()
        self._stream.close()

    def _remember(self, buffers: int) -> None:
        for i in range(max(self._stamped, buffers - _STAMPS + 1), buffers):
            first, at_s = self._stamps[i % _STAMPS]
            self._recent.append((int(first), float(at_s)))
        self._stamped = buffers
        while len(self._recent) > 1 and (
            self._recent[1][0] < self._read - _REMEMBERED_S * self._rate
        ):
            self._recent.popleft()

    def _monotonic(self, sample: float) -> float:
        first, at_s = next(
            (stamp for stamp in reversed(self._recent) if stamp[0] <= sample), self._recent[0]
        )
        return self._stream_clock.monotonic(at_s + (sample - first) / self._rate)

    def _call(self, samples: Any, frames: int, times: Any, status: Any) -> None:
        # The sound thread: no lock, no waiting, no arrays but views.
        now = self._clock()
        current_s = times.currentTime
        self._stream_clock.note(current_s, now)
        if status and status.input_overflow:
            self._overflows += 1
        stamp = self._stamps[self._buffers % _STAMPS]
        stamp[0] = self._written
        stamp[1] = device_time(times.inputBufferAdcTime, current_s, -self._latency_s)
        begin = self._written % len(self._ring)
        fits = min(frames, len(self._ring) - begin)
        self._ring[begin : begin + fits] = samples[:fits, 0]
        self._ring[: frames - fits] = samples[fits:frames, 0]
        self._buffers += 1
        self._written += frames


def microphone(device: int | str | None = None) -> Microphone:
    """The real one. Raises SoundError where there is none."""
    module = sound_module()
    rate = device_rate(module, "input", device)
    return Microphone(rate, lambda **asked: open_stream(module, "input", device, **asked))
