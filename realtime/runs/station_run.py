"""Running a station for a command: feed, analysis, display and session file."""

from __future__ import annotations

import argparse
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import platformdirs
from rich.console import Console

from realtime.analysis import Analysis
from realtime.feed import PoseFeed
from realtime.lenses import undistortion
from realtime.marks import Beep
from realtime.publishing.publisher import Publisher
from realtime.record.session import SUFFIX, SessionWriter
from realtime.resuming import ResumedFeed
from realtime.runs.outcome import STDOUT, Outcome
from realtime.runs.publishing import open_publisher, publish
from realtime.runs.view import View
from realtime.scoreboard import Scoreboard
from realtime.show.choosing import Press
from realtime.show.display import choose_display
from realtime.show.snapshot import State
from realtime.sources.errors import SourceError
from realtime.station import Dated, Station, undated
from realtime.stream.lock import LockRule
from realtime.transport.processes import WorkerError, WorkerInputError

_WHOLE = View()

Company = Callable[[Station, Scoreboard], AbstractContextManager[Press | None]]
"""What goes along with a station while it runs, and the keys that it takes (None: none)."""


def _alone(_station: Station, _scoreboard: Scoreboard) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Session:
    """One run of a station, as it was asked for."""

    state: State
    lock: LockRule = "active"
    record: Path | None = None
    expected: str | None = None
    dated: Dated = undated
    """When it takes place, or took place."""


def taking_place(source: str = "") -> Dated:
    """Of what is captured now, by this machine's clock, in its zone; nothing of a film that is
    only played now."""
    if Path(source).is_file():
        return undated
    ahead_s = time.time() - time.monotonic()

    def dated(moment_s: float | None) -> str | None:
        if moment_s is None:
            return None
        wall = datetime.fromtimestamp(moment_s + ahead_s).astimezone()
        return wall.isoformat(timespec="milliseconds")

    return dated


def default_session() -> Path:
    """A new session file in the user's data folder, named by the time."""
    stamp = datetime.now().astimezone().strftime("%Y-%m-%d_%H-%M-%S")
    folder = Path(platformdirs.user_data_dir("fliptally")) / "sessions"
    for number in itertools.count(1):  # several stations may start in one second
        path = folder / f"{stamp}{f'-{number}' if number > 1 else ''}{SUFFIX}"
        if not path.exists():
            break
    return path


def session_file(options: argparse.Namespace) -> Path | None:
    """The session file that a live command writes; None where it shall write none."""
    return options.record or (None if options.no_record else default_session())


class StationRun:
    """A station with all that belongs to it: session file, scoreboard, view. `cues` are as in
    `Station`; what is said goes to `publisher` too. Raises RecordingError when the session file
    cannot be made."""

    def __init__(
        self,
        feed: PoseFeed,
        session: Session,
        stop: threading.Event,
        view: View = _WHOLE,
        cues: Sequence[Beep] = (),
        *,
        publisher: Publisher | None = None,
    ) -> None:
        self._feed = feed
        self._input_error: str | None = None
        self._worker_error: str | None = None
        self.scoreboard = Scoreboard(feed.info, session.state)
        self.scoreboard.expected = session.expected
        self.scoreboard.recording = str(session.record) if session.record else None
        self.station = Station(
            feed,
            Analysis(view.zone, session.lock, undistortion(view.lens)),
            self.scoreboard,
            writer=_writer(feed, session),
            zone=view.zone,
            lens=view.lens,
            cues=cues,
            dated=session.dated,
            stop=stop,
        )
        if publisher is not None:
            publish(self.station, self.scoreboard, publisher)

    def run(self) -> None:
        """Until the end of the feed, or until `stop` is set, or until poses cannot go on."""
        try:
            self.station.run()
        except WorkerInputError as error:
            self._input_error = str(error)
        except WorkerError as error:
            self._worker_error = str(error)

    def run_apart(self) -> None:
        """The same in a thread of its own: whatever ends it is in the outcome."""
        try:
            self.run()
        except SourceError as error:
            self._input_error = str(error)
        except Exception as error:
            self._worker_error = f"unexpected {type(error).__name__}: {error}"

    def outcome(self) -> Outcome:
        return Outcome(
            self.station.document(),
            self._feed.ended,
            self._feed.error or self._input_error,
            self.station.recording_error,
            self._worker_error,
            tuple(self.scoreboard.marks),
            self.station.began,
        )


def run_station(
    feed: PoseFeed,
    session: Session,
    options: argparse.Namespace,
    stop: threading.Event,
    view: View = _WHOLE,
    *,
    accompany: Company = _alone,
    cues: Sequence[Beep] = (),
) -> Outcome:
    """One station, with its display, to its end."""
    console = _console(options)
    with ExitStack() as stack:
        publisher = open_publisher(stack, options.publish)
        run = StationRun(feed, session, stop, view, cues, publisher=publisher)
        press = stack.enter_context(accompany(run.station, run.scoreboard))
        if console is not None:
            show = choose_display(run.scoreboard.snapshot, console, run.station.choose, press)
            stack.enter_context(show)
        run.run()
    return run.outcome()


def _writer(feed: PoseFeed, session: Session) -> SessionWriter | None:
    if isinstance(feed, ResumedFeed):
        return feed.past.writer
    return SessionWriter(session.record) if session.record else None


def _console(options: argparse.Namespace) -> Console | None:
    """Where to show: stdout, or stderr while the document goes to stdout (terminals only)."""
    if options.json != STDOUT:
        return Console()
    console = Console(stderr=True)
    return console if console.is_terminal else None
