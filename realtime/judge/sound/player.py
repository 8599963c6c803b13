"""Plays the timing track, and knows when each beep leaves the loudspeaker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from realtime.judge.sound.clock import StreamClock, device_time
from realtime.judge.sound.devices import device_rate, open_stream, sound_module
from realtime.judge.sound.track import Track
from realtime.marks import Beep


class Stream(Protocol):
    """What is used of a sound stream."""

    @property
    def latency(self) -> float: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...


Open = Callable[..., Stream]
"""Opens a stream; gets `samplerate` and `callback`."""


class TrackPlayer:
    """One open stream that plays `track` once; silence before `play` and after the end."""

    def __init__(
        self, track: Track, open_stream: Open, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._track = track
        self._samples = track.samples
        self._clock = clock
        self._stream_clock = StreamClock()
        self._begun = False
        self._position = 0
        self._begins = np.array([beep.sample for beep in track.beeps] or [0], dtype=np.int64)
        self._left_s = np.full(len(track.beeps), np.nan)  # stream time of each beep
        self._next = 0
        self._told = 0
        self._underflows = 0
        self._stream = open_stream(samplerate=track.rate, callback=self._call)
        self._latency_s = self._stream.latency
        self._stream.start()

    def play(self) -> None:
        """Begin with the next buffer; a second call changes nothing."""
        self._begun = True

    @property
    def playing(self) -> bool:
        return self._begun and self._position < len(self._samples)

    @property
    def underflows(self) -> int:
        """Buffers that came too late for the device: gaps that were heard."""
        return self._underflows

    @property
    def complaint(self) -> str | None:
        """What to tell the user of gaps, one line; None where there were none."""
        if not self._underflows:
            return None
        return (
            f"sound: {self._underflows} gaps while the track was played; close other programs, "
            "and check the beeps by the film"
        )

    def beeps(self, *, origin_s: float, offset_s: float = 0.0) -> Iterator[Beep]:
        """Those that were handed to the device since the last call, in capture time: monotonic
        time less `origin_s`, which is the monotonic time of capture time 0, less `offset_s`. A
        beep may be told up to the stream's latency before it is heard."""
        while self._told < self._next:
            left_s = self._stream_clock.monotonic(float(self._left_s[self._told]))
            kind = self._track.beeps[self._told].kind
            self._told += 1
            yield Beep(kind, left_s - origin_s - offset_s, "played")

    def close(self) -> None:
        """Stop at once. Twice does nothing."""
        self._stream.stop()
        self._stream.close()

    def _call(self, out: Any, frames: int, times: Any, status: Any) -> None:
        # The sound thread: no lock, no waiting, no arrays but views.
        now = self._clock()
        current_s = times.currentTime
        self._stream_clock.note(current_s, now)
        if status and status.output_underflow:
            self._underflows += 1
        begin = self._position
        if not self._begun:
            out.fill(0)
            return
        part = self._samples[begin : begin + frames]
        out[: len(part), 0] = part
        out[len(part) :] = 0
        self._position = begin + frames
        while self._next < len(self._left_s) and self._begins[self._next] < begin + frames:
            leaves_s = device_time(times.outputBufferDacTime, current_s, self._latency_s)
            late = self._begins[self._next] - begin
            self._left_s[self._next] = leaves_s + late / self._track.rate
            self._next += 1


def output_rate(device: int | str | None = None) -> int:
    """Samples per second of the loudspeaker, for which to make the track. Raises SoundError."""
    return device_rate(sound_module(), "output", device)


def loudspeaker(track: Track, device: int | str | None = None) -> TrackPlayer:
    """A player on a real device. Raises SoundError where there is none."""
    module = sound_module()
    device_rate(module, "output", device)
    return TrackPlayer(track, lambda **asked: open_stream(module, "output", device, **asked))
