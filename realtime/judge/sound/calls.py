"""What is called on the timing track: spoken by this system's voice, or recorded by the user."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import av
import av.error
import numpy as np

from models.rope.rules import RULES, Event
from models.simulation.sound.voice import utter
from models.simulation.sound.waves import RATE
from realtime.judge.sound.decimate import Samples
from realtime.judge.sound.devices import SoundError

RECORDINGS = (".wav", ".flac")
NO_VOICE = (
    "sound: this system has no voice, the calls are only hummed; on Debian: apt-get install "
    "espeak-ng, or record them and give --calls DIR"
)
"""What to tell the user where `system_voice` is None."""

_SPOKEN_IN_S = 30.0
_SILENT = 0.01  # of the loudest: what a voice leaves before and after the words


@dataclass(frozen=True, slots=True)
class Spoken:
    """A call: what is said, and the name of a recording of it without the ending."""

    text: str
    name: str


class Voice(Protocol):
    def say(self, call: Spoken, rate: int) -> Samples:
        """float32 (n,) at `rate` per second, the loudest about 1, no silence around it."""
        ...


def opening_calls(event: Event) -> tuple[Spoken, ...]:
    """In the order of the rules."""
    return tuple(_opening(call.text, event) for call in RULES.opening)


def time_call(seconds: float) -> Spoken:
    return Spoken(f"{seconds:g}", f"{seconds:g}")


def recordings_of(event: Event) -> tuple[str, ...]:
    """The names, without the ending, that a folder of recordings has to hold."""
    calls = [*opening_calls(event), *(time_call(s) for _, s in RULES.time_calls(event))]
    return tuple(dict.fromkeys(call.name for call in calls))


def _opening(text: str, event: Event) -> Spoken:
    seconds = event.duration_s or 0.0
    names = {"{event}": event.code, "{time}": f"{seconds:g}-seconds"}
    said = text.format(event=event.name, time=f"{seconds:g} seconds")
    return Spoken(said, names.get(text) or re.sub(r"[^a-z0-9]+", "-", said.lower()).strip("-"))


class RecordedVoice:
    """The user's own recordings, one WAV or FLAC file for each call."""

    def __init__(self, folder: Path, event: Event) -> None:
        """Raises SoundError unless `folder` holds all of `recordings_of(event)`."""
        if not folder.is_dir():
            raise SoundError(f"--calls {folder}: no such folder; expected recordings of the calls")
        wanted = recordings_of(event)
        self._files = {name: path for name in wanted if (path := _recording(folder, name))}
        missing = [f"{name}.wav" for name in wanted if name not in self._files]
        if missing:
            raise SoundError(
                f"--calls {folder}: {', '.join(missing)} missing (or .flac); "
                f"{event.code} needs {len(wanted)} recordings"
            )

    def say(self, call: Spoken, rate: int) -> Samples:
        return _trimmed(read_sound(self._files[call.name], rate))


def _recording(folder: Path, name: str) -> Path | None:
    paths = (folder / f"{name}{ending}" for ending in RECORDINGS)
    return next((path for path in paths if path.is_file()), None)


class HummedVoice:
    """Our own: syllables without words, the same everywhere."""

    def say(self, call: Spoken, rate: int) -> Samples:
        rng = np.random.default_rng(list(call.text.encode()))
        hummed = utter(call.text, rng)
        at = np.arange(round(len(hummed) * rate / RATE)) * (RATE / rate)
        return _trimmed(np.interp(at, np.arange(len(hummed)), hummed).astype(np.float32))


class SystemVoice:
    """The voice that the operating system brings; `command` writes a WAV file of a text."""

    def __init__(self, command: Callable[[str, Path], Sequence[str]]) -> None:
        self._command = command

    def say(self, call: Spoken, rate: int) -> Samples:
        """Raises SoundError when the system's voice fails."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "call.wav"
            try:
                subprocess.run(
                    self._command(call.text, path),
                    check=True,
                    capture_output=True,
                    timeout=_SPOKEN_IN_S,
                )
            except (OSError, subprocess.SubprocessError) as error:
                raise SoundError(
                    f"sound: the system's voice cannot say {call.text!r} ({error}); "
                    "record the calls and give --calls DIR"
                ) from None
            return _trimmed(read_sound(path, rate))


def system_voice(platform: str = sys.platform) -> SystemVoice | None:
    """macOS: say. Windows: System.Speech. Elsewhere: eSpeak NG, where it is installed."""
    if platform == "darwin":
        return SystemVoice(_say)
    if platform == "win32":
        return SystemVoice(_system_speech)
    program = shutil.which("espeak-ng") or shutil.which("espeak")
    if program is None:
        return None
    return SystemVoice(lambda text, path: [program, "-v", "en", "-s", "150", "-w", str(path), text])


def _say(text: str, path: Path) -> Sequence[str]:
    return ["say", "-o", str(path), "--file-format=WAVE", "--data-format=LEI16@22050", text]


def _system_speech(text: str, path: Path) -> Sequence[str]:
    # In a PowerShell string of single quotes only those have a meaning; doubled, they have none.
    said, written = (str(part).replace("'", "''") for part in (text, path))
    script = (
        "Add-Type -AssemblyName System.Speech; "
        "$voice = New-Object System.Speech.Synthesis.SpeechSynthesizer; "
        f"$voice.SetOutputToWaveFile('{written}'); $voice.Speak('{said}'); $voice.Dispose()"
    )
    return ["powershell", "-NoProfile", "-NonInteractive", "-Command", script]


def read_sound(path: Path, rate: int) -> Samples:
    """A sound file as mono float32 (n,) at `rate`. Raises SoundError."""
    try:
        with av.open(str(path.absolute())) as container:
            if not container.streams.audio:
                raise SoundError(f"{path}: has no sound; expected a recording")
            resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
            frames = [f for part in container.decode(audio=0) for f in resampler.resample(part)]
            frames += resampler.resample(None)
    except (av.error.FFmpegError, OSError) as error:
        raise SoundError(
            f"{path}: cannot be read ({error.strerror}); expected a WAV or FLAC file"
        ) from None
    return np.concatenate([np.zeros(0, np.float32), *(f.to_ndarray()[0] for f in frames)])


def _trimmed(samples: Samples) -> Samples:
    """Without the silence around it, the loudest 1."""
    loud = np.abs(samples)
    peak = float(loud.max(initial=0.0))
    if peak == 0.0:
        raise SoundError("sound: a call is silent; expected a voice")
    heard = np.flatnonzero(loud > _SILENT * peak)
    return (samples[heard[0] : heard[-1] + 1] / np.float32(peak)).astype(np.float32)
