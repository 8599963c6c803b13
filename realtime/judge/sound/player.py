"""Plays the timing track, and knows when each beep leaves the loudspeaker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from realtime.judge.sound.clock import StreamClock, named_time
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
    """One open stream that plays `track` once, or what is left of it; silence before `play` and
    after the end."""

    def __init__(
        self, track: Track, open_stream: Open, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._track = track
        self._samples = track.samples
        self._clock = clock
        self._times = StreamClock(track.rate)
        self._begun = False
        self._position = 0
        self._handed = 0  # samples that the device has had, silence included
        self._begin = 0  # the first of the track among them; negative where it goes on
        self._onset_s: float | None = None  # of the start beep, where the track goes on
        self._told = 0
        self._underflows = 0
        self._latency_s = 0.0
        self._stream = open_stream(samplerate=track.rate, callback=self._call)
        self._latency_s = float(self._stream.latency)
        self._stream.start()

    def play(self, onset_s: float | None = None) -> None:
        """Begin with the next buffer; a second call changes nothing. With `onset_s`, the monotonic
        time at which the start beep left the loudspeaker, the track goes on from there."""
        self._onset_s = onset_s
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
            f"sound: gaps while the track was played: {self._underflows}; its legs may be too "
            "long; close other programs and play it again"
        )

    def beeps(self, *, origin_s: float, offset_s: float = 0.0) -> Iterator[Beep]:
        """Those that were handed to the device since the last call, in capture time: monotonic
        time less `origin_s`, which is the monotonic time of capture time 0, less `offset_s`. A
        beep may be told up to the stream's latency before it is heard."""
        beeps, handed = self._track.beeps, self._position
        while self._told < len(beeps) and beeps[self._told].sample < handed:
            beep = beeps[self._told]
            self._told += 1
            left_s = self._times.monotonic(self._begin + beep.sample)
            yield Beep(beep.kind, left_s - origin_s - offset_s, "played")

    def close(self) -> None:
        """Stop at once. Twice does nothing."""
        self._stream.stop()
        self._stream.close()

    def _call(self, out: Any, frames: int, times: Any, status: Any) -> None:
        # The sound thread: no lock, no waiting, no arrays but views.
        now = self._clock()
        if status and status.output_underflow and self._begun:
            self._underflows += 1
        current_s = times.currentTime
        leaves_s = named_time(times.outputBufferDacTime, current_s, self._latency_s)
        self._times.note(self._handed, leaves_s, current_s, now, self._underflows)
        if self._begun and self._position == 0:
            self._enter(now + leaves_s - current_s)
        begin = self._position
        if self._begun:
            part = self._samples[begin : begin + frames]
            out[: len(part), 0] = part
            out[len(part) :] = 0
            self._position = begin + frames
        else:
            out.fill(0)
        self._handed += frames

    def _enter(self, leaves_s: float) -> None:
        """The next sample, the track's first one, leaves the loudspeaker at this monotonic time."""
        passed = 0
        if self._onset_s is not None:
            since_s = leaves_s - self._onset_s
            passed = max(self._track.beeps[0].sample + round(since_s * self._track.rate), 0)
            self._told = sum(beep.sample < passed for beep in self._track.beeps)
        self._begin = self._handed - passed
        self._position = passed


def output_rate(device: int | str | None = None) -> int:
    """Samples per second of the loudspeaker, for which to make the track. Raises SoundError."""
    return device_rate(sound_module(), "output", device)


def loudspeaker(track: Track, device: int | str | None = None) -> TrackPlayer:
    """A player on a real device. Raises SoundError where there is none."""
    module = sound_module()
    device_rate(module, "output", device)
    return TrackPlayer(track, lambda **asked: open_stream(module, "output", device, **asked))
