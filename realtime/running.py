"""Running a station for a command: feed, analysis, display, session file, and the last words."""

from __future__ import annotations

import argparse
import itertools
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import platformdirs
from rich.console import Console

from realtime import exits
from realtime.analysis import Analysis
from realtime.feed import FrameFeed, PoseFeed
from realtime.lenses import undistortion
from realtime.marks import Beep, Mark
from realtime.opening import open_live, open_recording, open_video, recorded_rule
from realtime.pose_options import chosen
from realtime.record.document import SessionDocument
from realtime.record.session import SUFFIX, RecordedSession, SessionWriter, is_session
from realtime.scoreboard import Scoreboard
from realtime.show.choosing import Press
from realtime.show.display import choose_display
from realtime.show.snapshot import State
from realtime.sources.errors import SourceError
from realtime.sources.protocol import Source
from realtime.station import Dated, Station, undated
from realtime.stream.lock import LockRule
from realtime.summary import describe_run
from realtime.transport.processes import WorkerError, worker_command
from realtime.view import View, live_view, replay_view

STDOUT = "-"
_WHOLE = View()

Company = Callable[[Station, Scoreboard], AbstractContextManager[Press | None]]
"""What goes along with a station while it runs, and the keys that it takes (None: none)."""


def _alone(_station: Station, _scoreboard: Scoreboard) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a station left: its document, and what went wrong (None: nothing)."""

    document: SessionDocument
    complete: bool
    source_error: str | None
    recording_error: str | None
    worker_error: str | None
    marks: tuple[Mark, ...] = ()
    began: str | None = None
    """The wall time of capture time 0, ISO 8601; None where nobody knows it."""

    @property
    def exit_code(self) -> int:
        if self.worker_error or self.recording_error:
            return exits.FAILED
        return exits.BAD_INPUT if self.source_error else exits.DONE

    @property
    def errors(self) -> list[str]:
        found = (self.source_error, self.worker_error, self.recording_error)
        return [error for error in found if error]


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


def check_options(options: argparse.Namespace) -> None:
    """Raise SourceError for options that do not go together."""
    if options.json and options.record and Path(options.json) == options.record:
        raise SourceError(f"--json and --record {options.record}: the same file; give two names")
    if options.workers == 0 and options.listen is None:
        raise SourceError(
            "--workers 0: nobody would work on the frames; give --listen tcp://address:port too, "
            "for workers elsewhere"
        )


def check_engine(options: argparse.Namespace) -> None:
    """Raise EngineError, WeightsError or SourceError before anything is opened."""
    choice = chosen(options)
    if options.workers:
        choice.check()
    elif not choice.is_default:
        raise SourceError(
            "--workers 0: workers elsewhere choose their pose engine; give --engine, --people and "
            "the like to fliptally worker"
        )


def opened(stack: ExitStack, source: Source) -> Source:
    stack.callback(source.close)
    return source


def camera_feed(stack: ExitStack, options: argparse.Namespace) -> tuple[FrameFeed, View]:
    """What a camera or a stream gives, and how it is seen."""
    source = opened(stack, open_live(options.source))
    view = live_view(options.source, options.calibration, options.zone, source.info)
    return frame_feed(stack, source, view, options), view


def video_feed(
    stack: ExitStack, path: str, options: argparse.Namespace, *, realtime: bool = False
) -> tuple[FrameFeed, View]:
    """The same of a video file, of which no frame is dropped."""
    source = opened(stack, open_video(path, realtime=realtime))
    view = replay_view(path, options.calibration, options.zone, source.info)
    return frame_feed(stack, source, view, options), view


def recording_feed(
    options: argparse.Namespace, fps: float | None = None
) -> tuple[PoseFeed, View, Session] | None:
    """Recorded poses, how they are seen, and the session that they are replayed as; None for any
    other source. With a `--lock` or `--zone` they are analysed anew: who is who may be different,
    and choices by hand are dropped, which is said."""
    given = [name for name in ("lock", "zone") if getattr(options, name) is not None]
    feed = open_recording(options.source, fps, realtime=options.realtime, choices=not given)
    if feed is None:
        return None
    path = Path(options.source)
    dated: Dated = undated
    if is_session(path):
        recorded = RecordedSession(path)
        if given and (choices := recorded.choices()):
            names, s = " and ".join(f"--{name}" for name in given), "s" if choices > 1 else ""
            sys.stderr.write(
                f"fliptally: {names}: analysed anew, without the {choices} choice{s} by hand that "
                f"{path.name} has\n"
            )
        dated = recorded.dated
    view = replay_view(options.source, options.calibration, options.zone, feed.info)
    rule = options.lock or recorded_rule(options.source)
    return feed, view, Session("replay", rule, options.record, dated=dated)


def frame_feed(
    stack: ExitStack, source: Source, view: View, options: argparse.Namespace
) -> FrameFeed:
    feed = FrameFeed(
        source,
        command=worker_command(options.threads, chosen(options).arguments()),
        crop=view.crop(source.info),
        endpoint=options.listen,
        workers=options.workers,
    )
    stack.callback(feed.close)
    return feed


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
    """Until the end of the feed, or until `stop` is set. `cues` are as in `Station`."""
    writer = SessionWriter(session.record) if session.record else None
    scoreboard = Scoreboard(feed.info, session.state)
    scoreboard.expected = session.expected
    scoreboard.recording = str(session.record) if session.record else None
    station = Station(
        feed,
        Analysis(view.zone, session.lock, undistortion(view.lens)),
        scoreboard,
        writer=writer,
        zone=view.zone,
        lens=view.lens,
        cues=cues,
        dated=session.dated,
        stop=stop,
    )
    console = _console(options)
    worker_error = None
    with ExitStack() as stack:
        press = stack.enter_context(accompany(station, scoreboard))
        if console is not None:
            show = choose_display(scoreboard.snapshot, console, station.choose, press)
            stack.enter_context(show)
        try:
            station.run()
        except WorkerError as error:
            worker_error = str(error)
    return Outcome(
        station.document(),
        feed.ended,
        feed.error,
        station.recording_error,
        worker_error,
        tuple(scoreboard.marks),
        station.began,
    )


def _console(options: argparse.Namespace) -> Console | None:
    """Where to show: stdout, or stderr while the document goes to stdout (terminals only)."""
    if options.json != STDOUT:
        return Console()
    console = Console(stderr=True)
    return console if console.is_terminal else None


def report(outcome: Outcome, session: Session, options: argparse.Namespace) -> int:
    """Write the document, say the result and the errors, one line each; the exit code."""
    errors = list(outcome.errors)
    code = outcome.exit_code
    if options.json is not None:
        try:
            _write_document(options.json, outcome.document)
        except OSError as error:
            _write_document(STDOUT, outcome.document)  # better there than lost
            errors.append(f"--json {options.json}: cannot be written ({error.strerror})")
            code = code or exits.FAILED
    if options.json != STDOUT:
        for line in describe_run(outcome.document):
            sys.stdout.write(f"{line}\n")
        if session.record is not None and outcome.recording_error is None:
            sys.stdout.write(f"recorded: {session.record}\n")
    for line in errors:
        sys.stderr.write(f"fliptally: {line}\n")
    return code


def _write_document(target: str, document: SessionDocument) -> None:
    text = msgspec.json.format(msgspec.json.encode(document)) + b"\n"
    if target == STDOUT:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    else:
        Path(target).write_bytes(text)


def default_session() -> Path:
    """A new session file in the user's data folder, named by the time."""
    stamp = datetime.now().astimezone().strftime("%Y-%m-%d_%H-%M-%S")
    folder = Path(platformdirs.user_data_dir("fliptally")) / "sessions"
    for number in itertools.count(1):  # several stations may start in one second
        path = folder / f"{stamp}{f'-{number}' if number > 1 else ''}{SUFFIX}"
        if not path.exists():
            break
    return path
