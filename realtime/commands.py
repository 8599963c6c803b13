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

from calibration.lens import Intrinsics
from calibration.zone import Zone
from models.simulation.scene import Scene
from models.simulation.script import ScriptError
from models.simulation.staging import build_scene
from realtime import exits
from realtime.analysis import Analysis
from realtime.feed import FrameFeed, PoseFeed, check_zone
from realtime.lenses import live_lens, replay_lens, undistortion
from realtime.opening import open_live, open_recording, open_video, recorded_choice
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
from realtime.worker import run as run_worker

_STDOUT = "-"


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
    zone: Zone | None = None
    lock: LockRule = "active"
    record: Path | None = None
    expected: str | None = None


def live(options: argparse.Namespace) -> int:
    _check(options)
    _check_engine(options)
    record = options.record or (None if options.no_record else _default_session())
    session = Session("live", options.zone, options.lock or "active", record)
    with stop_on_signals() as stop, ExitStack() as stack:
        feed = _frame_feed(stack, open_live(options.source), session, options)
        lens = live_lens(options.source, options.calibration, feed.info)
        return _report(_run(feed, session, options, stop, lens), session, options)


def replay(options: argparse.Namespace) -> int:
    _check(options)
    zone, lock = recorded_choice(options.source)
    session = Session("replay", options.zone or zone, options.lock or lock, options.record)
    with stop_on_signals() as stop, ExitStack() as stack:
        feed: PoseFeed | None = open_recording(
            options.source, options.fps, realtime=options.realtime
        )
        if feed is None:
            _check_engine(options)
            source = open_video(options.source, realtime=options.realtime)
            feed = _frame_feed(stack, source, session, options)
        elif session.zone is not None and feed.info.width:
            check_zone(session.zone, feed.info)
        lens = replay_lens(options.source, options.calibration, feed.info)
        return _report(_run(feed, session, options, stop, lens), session, options)


def demo(options: argparse.Namespace) -> int:
    _check(options)
    _check_engine(options)
    scene = _scene(options.scene, options.seconds)
    session = Session("live", record=options.record, expected=describe_truth(scene.truth))
    # A simulated athlete can wait for a slow machine, so nothing is dropped and the count can be
    # held against the truth.
    source = PacedSource(SimulatedSource(scene), live=False)
    with stop_on_signals() as stop, ExitStack() as stack:
        feed = _frame_feed(stack, source, session, options)
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
    """Say whether the count is the scene's; exit code 1 when a whole scene was counted wrong."""
    if not outcome.complete:
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


def _frame_feed(
    stack: ExitStack, source: Source, session: Session, options: argparse.Namespace
) -> FrameFeed:
    stack.callback(source.close)
    feed = FrameFeed(
        source,
        command=worker_command(options.threads, chosen(options).arguments()),
        zone=session.zone,
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
    lens: Intrinsics | None = None,
) -> Outcome:
    writer = SessionWriter(session.record) if session.record else None
    scoreboard = Scoreboard(feed.info, session.state)
    scoreboard.expected = session.expected
    scoreboard.recording = str(session.record) if session.record else None
    station = Station(
        feed,
        Analysis(session.zone, session.lock, undistortion(lens)),
        scoreboard,
        writer=writer,
        zone=str(session.zone) if session.zone else None,
        lens=lens,
        stop=stop,
    )
    console = _console(options)
    worker_error = None
    with choose_display(scoreboard.snapshot, console) if console else nullcontext():
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
