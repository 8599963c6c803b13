"""The beeps in the sound of a video file, on the clock of its pictures."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import av
import av.error
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition

from models.rope.rules import Event
from realtime.judge.sound.beeps import BeepDetector
from realtime.judge.sound.decimate import LOWEST_RATE, Samples
from realtime.judge.sound.devices import SoundError
from realtime.judge.sound.plan import beeps_by_plan
from realtime.judge.sound.tones import Tone
from realtime.marks import Beep

_ODD_S = 0.002  # a time stamp this far from the samples so far is a gap, or a repetition
_LONGEST_GAP_S = 600.0
_FALLBACK_RATE = 48_000
_BEFORE_S = 0.3  # decoded before what is asked for: a codec needs some packets to begin


def beeps_of(path: Path, event: Event, *, offset_s: float = 0.0) -> list[Beep]:
    """The beeps of the attempt of `event` in a file, in capture time; empty without a start beep.
    `offset_s` is how much later than the picture the sound is (`timing.audio_offset_s` of a
    profile). Raises SoundError."""
    return beeps_by_plan(tones_of(path), event, "sound track", offset_s=offset_s)


def tones_of(path: Path) -> list[Tone]:
    """All that is like a beep, in seconds from the first picture (from the first sample where
    there is no picture). Raises SoundError for a file that cannot be read or has no sound."""
    origin = _first_picture(path)
    with _opened(path) as container:
        if not container.streams.audio:
            raise SoundError(f"{path}: has no sound; give its start beep with --start-at S")
        stream = container.streams.audio[0]
        rate = stream.rate if stream.rate >= LOWEST_RATE else _FALLBACK_RATE
        detector, tones = BeepDetector(rate), list[Tone]()
        begin: float | None = None
        for at, chunk in _chunks(container, stream, rate):
            begin = at if begin is None else begin
            tones += detector.push(chunk)
        tones += detector.finish()
    if begin is None:
        raise SoundError(f"{path}: not one sample of its sound could be decoded")
    shift = 0.0 if origin is None else begin - origin
    return [Tone(tone.pitch, tone.time_s + shift, tone.confidence) for tone in tones]


class SoundTrack:
    """The sound of a video file, to be asked for piece by piece: mono at `RATE`. May be used from
    several threads."""

    RATE = 24_000
    """Enough for beeps and for the clicks of a rope."""

    def __init__(self, path: Path) -> None:
        """Raises SoundError for a file that cannot be read or has no sound."""
        self._path = path
        self._origin_s = _first_picture(path) or 0.0
        with _opened(path) as container:
            if not container.streams.audio:
                raise SoundError(f"{path}: has no sound")

    def between(self, begin_s: float, end_s: float) -> Samples:
        """Float32 from `begin_s` to `end_s`, seconds from the first picture; silence where the file
        has none."""
        first = round((begin_s + self._origin_s) * self.RATE)
        sound = np.zeros(max(0, round((end_s - begin_s) * self.RATE)), np.float32)
        with _opened(self._path) as container, suppress(av.error.FFmpegError):
            stream = container.streams.audio[0]
            before_s = max(begin_s + self._origin_s - _BEFORE_S, 0.0)
            if stream.time_base:
                container.seek(int(before_s / stream.time_base), stream=stream)
            for at, piece in _chunks(container, stream, self.RATE):
                place = round(at * self.RATE) - first
                if place >= len(sound):
                    break
                skip = max(-place, 0)
                kept = piece[skip : skip + len(sound) - max(place, 0)]
                sound[max(place, 0) : max(place, 0) + len(kept)] = kept
        return sound


def sound_of(film: Path) -> SoundTrack | None:
    """The sound of a film; None where it has none."""
    try:
        return SoundTrack(film)
    except SoundError:
        return None


def wav(sound: Samples, rate: int) -> bytes:
    """Mono samples as a WAV file of 16 bits."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((np.clip(sound, -1, 1) * 32_767).astype("<i2").tobytes())
    return file.getvalue()


def _chunks(
    container: InputContainer, stream: AudioStream, rate: int
) -> Iterator[tuple[float, Samples]]:
    """(time of the first sample, samples): mono at `rate`, each piece where its time stamp says,
    with silence in the gaps. What comes before damage is given."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
    ends: float | None = None
    with suppress(av.error.FFmpegError):
        for frame in container.decode(stream):
            samples = np.concatenate(
                [np.zeros(0, np.float32), *(d.to_ndarray()[0] for d in resampler.resample(frame))]
            )
            at = frame.time if frame.time is not None else ends or 0.0
            if ends is None:
                ends = at
            off = at - ends
            if _ODD_S < off < _LONGEST_GAP_S:
                yield ends, np.zeros(round(off * rate), np.float32)
                ends = at
            elif -_LONGEST_GAP_S < off < -_ODD_S:
                samples = samples[round(-off * rate) :]
            yield ends, samples
            ends += len(samples) / rate


def _first_picture(path: Path) -> float | None:
    """Its time stamp, seconds; None for a file without a film."""
    with _opened(path) as container:
        films = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
        if not films:
            return None
        with suppress(av.error.FFmpegError):
            for frame in container.decode(films[0]):
                return frame.time
    return None


def _opened(path: Path) -> InputContainer:
    try:
        return av.open(str(path.absolute()))  # so that a colon in a name is no protocol
    except (av.error.FFmpegError, OSError) as error:
        raise SoundError(
            f"{path}: cannot be opened ({error.strerror}); expected a video or a sound file"
        ) from None
