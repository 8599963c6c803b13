"""A flash on the terminal and a beep, at the same moment."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

import numpy as np

from models.rope.rules import RULES
from realtime.printable import one_line
from realtime.sources.errors import SourceError

FLASH_S = 0.3
_EVERY_S = 1.2
_RATE = 48_000
_LOUDNESS = 0.5
_BRIGHT, _DARK = "\x1b[107m\x1b[2J", "\x1b[40m\x1b[2J"
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[0m\x1b[?25h\x1b[?1049l"


class TerminalFlash:
    """The whole terminal bright or dark; what was on it is back at the end."""

    def __init__(self, stream: TextIO) -> None:
        """Raises SourceError when `stream` is no terminal."""
        if not stream.isatty():
            raise SourceError(
                "timing: flashes need a terminal, got a file or a pipe; run it in a terminal, "
                "full screen, that the camera sees"
            )
        self._stream = stream

    def __enter__(self) -> TerminalFlash:
        self._write(_ENTER + _DARK)
        return self

    def __exit__(self, *_: object) -> None:
        self._write(_LEAVE)

    def light(self, on: bool) -> None:
        self._write(_BRIGHT if on else _DARK)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class Beeper:
    """Plays the start beep of speed rope, where there is a sound device."""

    def __init__(self) -> None:
        """Says in one line when there is none."""
        self._device: Any = None
        try:
            import sounddevice  # noqa: PLC0415 - without PortAudio its import fails

            sounddevice.check_output_settings(samplerate=_RATE, channels=1)
            self._device = sounddevice
        except Exception as error:  # no package, no PortAudio, no device: each its own kind
            reason = one_line(error)
            sys.stderr.write(
                f"fliptally: no beep ({reason}); pip install sounddevice and PortAudio, or clap\n"
            )

    @property
    def latency_s(self) -> float:
        """From `play` to the loudspeaker, as the driver says; 0 without one."""
        if self._device is None:
            return 0.0
        return float(self._device.query_devices(kind="output")["default_low_output_latency"])

    def play(self) -> None:
        """Returns at once."""
        if self._device is None:
            return
        t = np.arange(round(FLASH_S * _RATE)) / _RATE
        tone = _LOUDNESS * np.sign(np.sin(2 * np.pi * RULES.beep_hz("start") * t))
        self._device.play(tone.astype(np.float32), _RATE, latency="low")


def flash_and_beep(
    screen: TerminalFlash,
    beeper: Beeper,
    times: int,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """`times` flashes with a beep each; the flash waits for what the sound device takes. They are
    together to about 20 ms, as screens and drivers do not tell all of their delay; a clap is
    exact."""
    for _ in range(times):
        sleep(_EVERY_S - FLASH_S)
        beeper.play()
        sleep(beeper.latency_s)
        screen.light(True)
        sleep(FLASH_S)
        screen.light(False)
