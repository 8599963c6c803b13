"""Keys and clicks from a terminal, read by a thread of their own while a display is shown."""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event as Flag
from threading import Thread
from typing import NamedTuple

if sys.platform != "win32":
    import termios

MOUSE_ON, MOUSE_OFF = "\x1b[?1000h\x1b[?1006h", "\x1b[?1006l\x1b[?1000l"
"""xterm's mouse reports: presses of buttons, in SGR form."""

_LOOK_S = 0.1
_JOIN_S = 1.0
_ECHO_AND_LINES = 3  # of the terminal's attributes: local flags
_CHARACTERS = 6
_LONGEST = 64  # of an unfinished sequence
_SEQUENCE = re.compile(
    rb"\x1b\[<(?P<button>\d+);(?P<column>\d+);(?P<row>\d+)(?P<press>[Mm])"
    rb"|\x1b\[M(?P<old>...)"  # from terminals that do not know the SGR form
    rb"|\x1b\[[0-?]*[ -/]*[@-LN-~]|\x1b\[[0-?]+[ -/]*M"  # other control sequences
    rb"|\x1bO."
    rb"|(?P<key>[ -~\r\n\t])"
    rb"|\x1b(?=[^\[O])|[^\x1b]",
    re.DOTALL,
)


class Click(NamedTuple):
    """A press of the left button on a cell of the screen, counted from 0."""

    column: int
    row: int


Key = str | Click
"""A printable ASCII character, "\\r" (Enter) or "\\t", or a click."""


class KeyDecoder:
    """What a terminal sends, to keys. Arrows, function keys and other letters are left out."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Key]:
        """The keys that are complete with `data`."""
        text = self._rest + data
        keys = []
        at = 0
        while match := _SEQUENCE.match(text, at):
            at = match.end()
            keys += _key(match)
        self._rest = text[at:] if len(text) - at < _LONGEST else b""
        return keys

    def pause(self) -> None:
        """Nothing came for a while: what is unfinished stays so (the Escape key)."""
        self._rest = b""


def _key(match: re.Match[bytes]) -> list[Key]:
    if match["key"]:
        return [match["key"].decode("ascii").replace("\n", "\r")]  # Enter, however it comes
    if match["button"] and match["press"] == b"M":
        button, column, row = (int(match[name]) for name in ("button", "column", "row"))
        return [Click(column - 1, row - 1)] if button == 0 else []
    if match["old"]:
        button, column, row = match["old"]
        return [Click(column - 33, row - 33)] if button == 32 else []
    return []


class Keyboard:
    """Hands every key of a terminal to `take` as it is pressed, and `None` several times a second
    while there is none, both from its own thread.

    Between `start` and `stop` the terminal neither waits for a whole line nor shows what is typed.
    Ctrl-C and the like stay signals. A process in the background leaves the terminal alone.
    """

    def __init__(self, terminal: int, take: Callable[[Key | None, float], None]) -> None:
        """`terminal` is a file descriptor; `take` gets a key and the time (monotonic, seconds)."""
        self._terminal = terminal
        self._take = take
        self._decoder = KeyDecoder()
        self._before: list[int | list[bytes | int]] | None = None
        self._stopping = Flag()
        self._thread = Thread(target=self._run, name="Keyboard", daemon=True)

    def start(self) -> None:
        """Begin. A terminal that refuses gives no keys."""
        with suppress(OSError, termios.error):
            before = termios.tcgetattr(self._terminal)
            raw = list(before)
            raw[_ECHO_AND_LINES] &= ~(termios.ICANON | termios.ECHO)
            raw[_CHARACTERS] = list(before[_CHARACTERS])
            raw[_CHARACTERS][termios.VMIN], raw[_CHARACTERS][termios.VTIME] = 1, 0
            self._before = before
            termios.tcsetattr(self._terminal, termios.TCSANOW, raw)
            self._thread.start()

    def stop(self) -> None:
        """Give the terminal back as it was and end the thread. May be called twice."""
        self._stopping.set()
        if self._before is None:
            return
        before, self._before = self._before, None
        with suppress(OSError, termios.error):  # it may be gone
            if in_foreground(self._terminal):
                termios.tcflush(self._terminal, termios.TCIFLUSH)  # clicks are no commands
                termios.tcsetattr(self._terminal, termios.TCSANOW, before)  # waits for no output
        self._thread.join(_JOIN_S)

    def _run(self) -> None:
        with suppress(OSError):  # the terminal has gone
            while not self._stopping.is_set():
                if not in_foreground(self._terminal):
                    self._stopping.wait(_LOOK_S)
                elif select.select([self._terminal], [], [], _LOOK_S)[0]:
                    if not self._stopping.is_set() and not self._read():
                        return
                else:
                    self._decoder.pause()
                    self._take(None, time.monotonic())

    def _read(self) -> bool:
        """Whether there may be more to read."""
        data = os.read(self._terminal, 1024)
        for key in self._decoder.feed(data):
            self._take(key, time.monotonic())
        return bool(data)


def terminal_input() -> int | None:
    """The terminal that standard input is, where keys can be read; None where they cannot: no
    terminal, Windows, a process in the background."""
    if sys.platform == "win32" or sys.stdin is None:
        return None
    try:
        terminal = sys.stdin.fileno()
    except (OSError, ValueError):
        return None
    return terminal if os.isatty(terminal) and in_foreground(terminal) else None


def in_foreground(terminal: int) -> bool:
    """Whether this process may read `terminal`: one in the background would be stopped for it."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return True  # not the terminal that controls this process
