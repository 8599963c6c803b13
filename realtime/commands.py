"""The commands that run a station: live, replay, demo."""

from __future__ import annotations

import argparse
import itertools
import sys
import threading
from collections import Counter
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import platformdirs
from rich.console import Console

from models.simulation.scene import Scene
from models.simulation.script import ScriptError
from models.simulation.staging import build_scene
from realtime import exits
from realtime.analysis import Analysis
from realtime.feed import FrameFeed, PoseFeed
from realtime.lenses import undistortion
from realtime.opening import open_live, open_recording, open_video, recorded_rule
from realtime.pose_options import chosen
from realtime.record.document import SessionDocument
from realtime.record.session import SUFFIX, SessionWriter
from realtime.scoreboard import Scoreboard
from realtime.show.display import choose_display
from realtime.show.snapshot import State
from realtime.sources.errors import SourceError
from realtime.sources.paced import PacedSource
from realtime.sources.protocol import Source
from realtime.sources.simulated import SimulatedSource
from realtime.station import Station
from realtime.stopping import stop_on_signals
from realtime.stream.lock import LockRule
from realtime.summary import compare, describe_run, describe_truth
from realtime.transport.processes import WorkerError, worker_command
from realtime.view import View, live_view, replay_view
from realtime.worker import run as run_worker

_STDOUT = "-"
_WHOLE = View()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a station left: its document, and what went wrong (None: nothing)."""

    document: SessionDocument
    complete: bool
    source_error: str | None
    recording_error: str | None
    worker_error: str | None

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


def live(options: argparse.Namespace) -> int:
    _check(options)
    _check_engine(options)
    record = options.record or (None if options.no_record else _default_session())
    session = Session("live", options.lock or "active", record)
    with stop_on_signals() as stop, ExitStack() as stack:
        source = _opened(stack, open_live(options.source))
        view = live_view(options.source, options.calibration, options.zone, source.info)
        feed = _frame_feed(stack, source, view, options)
        return _report(_run(feed, session, options, stop, view), session, options)


def replay(options: argparse.Namespace) -> int:
    _check(options)
    rule = options.lock or recorded_rule(options.source)
    session = Session("replay", rule, options.record)
    with stop_on_signals() as stop, ExitStack() as stack:
        feed: PoseFeed | None = open_recording(
            options.source,
            options.fps,
            realtime=options.realtime,
            choices=options.lock is None and options.zone is None,  # who is who may be different
        )
        given = options.source, options.calibration, options.zone
        if feed is None:
            _check_engine(options)
            source = _opened(stack, open_video(options.source, realtime=options.realtime))
            view = replay_view(*given, source.info)
            feed = _frame_feed(stack, source, view, options)
        else:
            view = replay_view(*given, feed.info)
        return _report(_run(feed, session, options, stop, view), session, options)


def demo(options: argparse.Namespace) -> int:
    _check(options)
    _check_engine(options)
    scene = _scene(options.scene, options.seconds)
    session = Session(
        "live",
        lock=options.lock or "active",
        record=options.record,
        expected=describe_truth(scene.truth),
    )
    # A simulated athlete can wait for a slow machine, so nothing is dropped and the count can be
    # held against the truth.
    source = PacedSource(SimulatedSource(scene), live=False)
    with stop_on_signals() as stop, ExitStack() as stack:
        feed = _frame_feed(stack, _opened(stack, source), View(), options)
        outcome = _run(feed, session, options, stop)
        code = _report(outcome, session, options)
    return code or _hold_against_truth(scene, outcome, options)


def worker(options: argparse.Namespace) -> int:
    choice = chosen(options)
    choice.check()
    twice = [name for name, count in Counter(options.connect).items() if count > 1]
    if twice:
        raise SourceError(f"--connect {twice[0]}: given twice; name each station once")
    stations = "the station" if len(options.connect) == 1 else "the stations"
    sys.stdout.write(f"waiting for {stations} at {', '.join(options.connect)}; Ctrl-C ends\n")
    sys.stdout.flush()
    return run_worker(choice, options.connect)


def _check(options: argparse.Namespace) -> None:
    """Raise SourceError for options that do not go together."""
    if options.json and options.record and Path(options.json) == options.record:
        raise SourceError(f"--json and --record {options.record}: the same file; give two names")
    if options.workers == 0 and options.listen is None:
        raise SourceError(
            "--workers 0: nobody would work on the frames; give --listen tcp://address:port too, "
            "for workers elsewhere"
        )


def _check_engine(options: argparse.Namespace) -> None:
    """Raise EngineError, WeightsError or SourceError before anything is opened."""
    choice = chosen(options)
    if options.workers:
        choice.check()
    elif not choice.is_default:
        raise SourceError(
            "--workers 0: workers elsewhere choose their pose engine; give --engine, --people and "
            "the like to fliptally worker"
        )


def _hold_against_truth(scene: Scene, outcome: Outcome, options: argparse.Namespace) -> int:
    """Say whether the count is the scene's; exit code 1 when a whole scene was counted wrong.
    Not where somebody else may have been chosen."""
    if not outcome.complete or any(lock.by_hand for lock in outcome.document.locks):
        return exits.DONE
    equal, line = compare(scene.truth, outcome.document)
    if options.json != _STDOUT:
        sys.stdout.write(f"{line}\n")
    return exits.DONE if equal else exits.FAILED


def _scene(name: str, seconds: float | None) -> Scene:
    try:
        return build_scene(name, seconds)
    except ScriptError as error:
        raise SourceError(str(error)) from None


def _opened(stack: ExitStack, source: Source) -> Source:
    stack.callback(source.close)
    return source


def _frame_feed(
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


def _run(
    feed: PoseFeed,
    session: Session,
    options: argparse.Namespace,
    stop: threading.Event,
    view: View = _WHOLE,
) -> Outcome:
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
        stop=stop,
    )
    console = _console(options)
    worker_error = None
    with choose_display(scoreboard.snapshot, console, station.choose) if console else nullcontext():
        try:
            station.run()
        except WorkerError as error:
            worker_error = str(error)
    return Outcome(
        station.document(), feed.ended, feed.error, station.recording_error, worker_error
    )


def _console(options: argparse.Namespace) -> Console | None:
    """Where to show: stdout, or stderr while the document goes to stdout (terminals only)."""
    if options.json != _STDOUT:
        return Console()
    console = Console(stderr=True)
    return console if console.is_terminal else None


def _report(outcome: Outcome, session: Session, options: argparse.Namespace) -> int:
    """Write the document, say the result and the errors, one line each; the exit code."""
    errors = list(outcome.errors)
    code = outcome.exit_code
    if options.json is not None:
        try:
            _write_document(options.json, outcome.document)
        except OSError as error:
            _write_document(_STDOUT, outcome.document)  # better there than lost
            errors.append(f"--json {options.json}: cannot be written ({error.strerror})")
            code = code or exits.FAILED
    if options.json != _STDOUT:
        for line in describe_run(outcome.document):
            sys.stdout.write(f"{line}\n")
        if session.record is not None and outcome.recording_error is None:
            sys.stdout.write(f"recorded: {session.record}\n")
    for line in errors:
        sys.stderr.write(f"fliptally: {line}\n")
    return code


def _write_document(target: str, document: SessionDocument) -> None:
    text = msgspec.json.format(msgspec.json.encode(document)) + b"\n"
    if target == _STDOUT:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    else:
        Path(target).write_bytes(text)


def _default_session() -> Path:
    stamp = datetime.now().astimezone().strftime("%Y-%m-%d_%H-%M-%S")
    folder = Path(platformdirs.user_data_dir("fliptally")) / "sessions"
    for number in itertools.count(1):  # several stations may start in one second
        path = folder / f"{stamp}{f'-{number}' if number > 1 else ''}{SUFFIX}"
        if not path.exists():
            break
    return path
