"""`--guard`: a station that dies or hangs is started again, and goes on in its session."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from realtime import exits
from realtime.logs import LOG
from realtime.record.session import RecordedSession
from realtime.runs.station_run import default_session
from realtime.show.keys import MOUSE_OFF, terminal_input
from realtime.sources.errors import SourceError
from realtime.supervision.guard import Ended, Guard
from realtime.supervision.heartbeat import VARIABLE, heart

if sys.platform != "win32":
    import termios

_log = LOG.getChild("guard")

_SESSION = "FLIPTALLY_SESSION"
"""Where a guarded station records; so that the next one finds it."""
_BEFORE = "FLIPTALLY_ENDED_BEFORE"
_REFUSED = 2
"""After so many that could not go on in the session, a new one is begun."""
_NORMAL_SCREEN = f"{MOUSE_OFF}\x1b[?1049l\x1b[?25h"


def is_guarded() -> bool:
    """Whether this process is the one that is guarded."""
    return heart().guarded


def guard(options: argparse.Namespace) -> int:
    """Run this command again as a guarded process, as often as it takes; the exit code."""
    sessions = _Sessions(options)
    terminal = _Terminal()

    def start(pipe: int, before: int) -> subprocess.Popen[bytes]:
        environment = {**os.environ, VARIABLE: str(pipe), _BEFORE: str(before)}
        if sessions.path is not None:
            environment[_SESSION] = str(sessions.path)
        command = [sys.executable, "-m", "realtime", *sys.argv[1:]]
        return subprocess.Popen(command, env=environment, pass_fds=[pipe])

    def final(ended: Ended, before: int) -> bool:
        """Bad input at the first start is the user's; later it may pass, as a camera's absence."""
        sessions.note(ended)
        return ended.code == exits.BAD_INPUT and before == 0 and not ended.beat

    def say(ended: Ended, wait_s: float) -> None:
        terminal.restore()
        when = "started again" if wait_s == 0 else f"started again in {wait_s:g} s"
        _log.error("the station %s; %s", ended.why, when)
        sys.stderr.write(f"fliptally: the station {ended.why}; {when}\n")
        sys.stderr.flush()

    code = Guard(start, final=final, say=say).run()
    if code < 0:
        terminal.restore()
    return code if code >= 0 else exits.FAILED


class _Sessions:
    """Where the station records: `path` is None where it does not."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.path: Path | None = None
        if not options.no_record and options.resume is None:
            self.path = options.record or _new(options)
        self._options = options
        self._refused = 0

    def note(self, ended: Ended) -> None:
        self._refused = 0 if ended.beat or ended.code != exits.BAD_INPUT else self._refused + 1
        if self._refused >= _REFUSED and self.path is not None:
            self.path = _new(self._options)
            self._refused = 0


def _new(options: argparse.Namespace) -> Path:
    path = default_session()
    return path.with_suffix("") if _several(options) else path


def _several(options: argparse.Namespace) -> bool:
    """Whether it is several stations; a command that can only be one has no list of sources."""
    return isinstance(options.source, list) and len(options.source) > 1


def take_over(options: argparse.Namespace) -> None:
    """In the guarded process: record where the guard says, or go on in what is there."""
    path = os.environ.get(_SESSION)
    if path is None:
        return  # nothing is recorded, or a session is named by --resume
    options.record = Path(path)
    if not _several(options):
        go_on(options)


def go_on(options: argparse.Namespace) -> None:
    """Where a station has ended before this one, go on in its session, if that can be."""
    if options.record is None or not int(os.environ.get(_BEFORE, "0")):
        return
    first: Path = options.record
    number = 1
    while options.record.exists():
        if is_cut_off(options.record):
            options.resume, options.record = options.record, None
            options.zone = options.lock = options.calibration = None  # the session has them
            return
        number += 1  # that one ended before its first frame
        options.record = first.with_stem(f"{first.stem}-{number}")


def is_cut_off(path: Path) -> bool:
    """Whether the session can go on: it has frames and no end."""
    try:
        session = RecordedSession(path)
        return session.has_frames() and session.is_cut_off()
    except (OSError, SourceError):
        return False


class _Terminal:
    """Puts the terminal back as it was, when who had it was killed."""

    def __init__(self) -> None:
        self._input = terminal_input()
        if self._input is not None:
            self._settings = termios.tcgetattr(self._input)

    def restore(self) -> None:
        if self._input is not None:
            with suppress(termios.error):  # it may be gone
                termios.tcsetattr(self._input, termios.TCSANOW, self._settings)
        if sys.stdout.isatty():
            sys.stdout.write(_NORMAL_SCREEN)
            sys.stdout.flush()
