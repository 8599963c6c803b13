"""The sound devices of this machine, through PortAudio, where there are any."""

from __future__ import annotations

from typing import Any, Literal

from realtime.printable import one_line
from realtime.sources.errors import SourceError

Direction = Literal["output", "input"]
LATENCY_S = 0.15
"""Asked of every stream: times are known however long a buffer waits, so that it may wait long
enough for a busy machine."""

_WHAT = {"output": "loudspeaker", "input": "microphone"}


class SoundError(SourceError):
    """No sound, or none that is of use; one line with the mend."""


def sound_module() -> Any:
    """The package sounddevice. Raises SoundError where it or PortAudio is not there."""
    try:
        import sounddevice  # noqa: PLC0415 - optional, and loading it opens the sound system
    except ImportError:
        raise SoundError(
            "sound: sounddevice is not installed; pip install 'fliptally[audio]'"
        ) from None
    except OSError:
        raise SoundError(
            "sound: PortAudio is missing; on Debian: apt-get install libportaudio2, on macOS and "
            "Windows: pip install --force-reinstall sounddevice"
        ) from None
    return sounddevice


def device_rate(module: Any, direction: Direction, device: int | str | None = None) -> int:
    """Samples per second that the device (None: the system's default) runs at by itself. Raises
    SoundError where there is no such device."""
    try:
        found = module.query_devices(device, direction)
    except (ValueError, module.PortAudioError) as error:
        raise _no_device(direction, device, error) from None
    return round(float(found["default_samplerate"]))


def open_stream(module: Any, direction: Direction, device: int | str | None, **asked: Any) -> Any:
    """A stream that calls back, not yet started. Raises SoundError when it cannot be opened."""
    kind = module.OutputStream if direction == "output" else module.InputStream
    try:
        return kind(device=device, channels=1, dtype="float32", latency=LATENCY_S, **asked)
    except (ValueError, module.PortAudioError) as error:
        raise _no_device(direction, device, error) from None


def _no_device(direction: Direction, device: int | str | None, error: Exception) -> SoundError:
    what, reason = _WHAT[direction], one_line(error)
    if device is None:
        return SoundError(f"sound: no {direction} device ({reason}); plug in a {what}")
    return SoundError(
        f"sound: no {direction} device {device!r} ({reason}); python -m sounddevice lists them"
    )
