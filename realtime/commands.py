"""The commands that run a station: live, replay, demo."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType

import msgspec
import platformdirs
from rich.console import Console

from calibration.zone import Zone
from models.pose import weights
from models.simulation.scene import Scene, build_scene
from realtime.analysis import Analysis
from realtime.feed import FrameFeed, PoseFeed
from realtime.opening import open_live, open_recording, open_video, zone_of
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
from realtime.summary import compare, describe_frames, describe_scene
from realtime.transport.processes import WorkerError, worker_command
from realtime.worker import run as run_worker

EXIT_DONE, EXIT_FAILED, EXIT_BAD_INPUT = 0, 1, 2
_STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a station left: its document, and what went wrong (None: nothing)."""

    document: SessionDocument
    source_error: str | None
    recording_error: str | None
    worker_error: str | None

    @property
    def exit_code(self) -> int:
        if self.worker_error or self.recording_error:
            return EXIT_FAILED
        return EXIT_BAD_INPUT if self.source_error else EXIT_DONE

    @property
    def errors(self) -> list[str]:
        found = (self.source_error, self.worker_error, self.recording_error)
        return [error for error in found if error]


def live(options: argparse.Namespace) -> int:
    weights.load()  # before the camera is opened: one clear line is better than a dead worker
    zone: Zone | None = options.zone
    record = options.record or (None if options.no_record else _default_session())
    with ExitStack() as stack:
        feed = _frame_feed(stack, open_live(options.source), zone, options)
        outcome = _run(feed, options, state="live", zone=zone, record=record)
    return _report(outcome, options, record)


def replay(options: argparse.Namespace) -> int:
    zone: Zone | None = options.zone or zone_of(options.source)
    with ExitStack() as stack:
        feed: PoseFeed | None = open_recording(
            options.source, options.fps, realtime=options.realtime
        )
        if feed is None:
            weights.load()
            source = open_video(options.source, realtime=options.realtime)
            feed = _frame_feed(stack, source, zone, options)
        outcome = _run(feed, options, state="replay", zone=zone, record=options.record)
    return _report(outcome, options, options.record)


def demo(options: argparse.Namespace) -> int:
    weights.load()
    scene = _scene(options.scene, options.seconds)
    # A simulated athlete can wait for a slow machine, so nothing is dropped and the count can be
    # held against the truth.
    source = PacedSource(SimulatedSource(scene), live=False)
    with ExitStack() as stack:
        feed = _frame_feed(stack, source, None, options)
        outcome = _run(feed, options, state="live", zone=None, record=options.record, scene=scene)
    code = _report(outcome, options, options.record)
    if options.json != _STDOUT:
        sys.stdout.write(compare(scene.truth, outcome.document) + "\n")
    return code


def worker(options: argparse.Namespace) -> int:
    return run_worker(options.connect, None, options.threads, lifeline=None)


def _scene(name: str, seconds: float | None) -> Scene:
    try:
        return build_scene(name, seconds)
    except ValueError as error:
        raise SourceError(str(error)) from None


def _frame_feed(
    stack: ExitStack, source: Source, zone: Zone | None, options: argparse.Namespace
) -> FrameFeed:
    stack.callback(source.close)
    feed = FrameFeed(
        source,
        command=worker_command(options.threads),
        zone=zone,
        endpoint=options.listen,
        workers=options.workers,
    )
    stack.callback(feed.close)
    return feed


def _run(
    feed: PoseFeed,
    options: argparse.Namespace,
    *,
    state: State,
    zone: Zone | None,
    record: Path | None,
    scene: Scene | None = None,
) -> Outcome:
    writer = SessionWriter(record) if record else None
    scoreboard = Scoreboard(feed.info, state)
    scoreboard.recording = str(record) if record else None
    with ExitStack() as stack:
        stop = stack.enter_context(_stop_on_signals())
        station = Station(
            feed,
            Analysis(zone),
            scoreboard,
            writer=writer,
            zone=str(zone) if zone else None,
            stop=stop,
        )
        console = _console(options)
        if console is not None:
            stack.enter_context(choose_display(scoreboard.snapshot, console))
        worker_error = None
        try:
            station.run()
        except WorkerError as error:
            worker_error = str(error)
        if scene is not None:
            scoreboard.expected = describe_scene(scene)
    return Outcome(station.document(), feed.error, station.recording_error, worker_error)


def _console(options: argparse.Namespace) -> Console | None:
    """Where to show: stdout, or stderr while the document goes to stdout (terminals only)."""
    if options.json != _STDOUT:
        return Console()
    console = Console(stderr=True)
    return console if console.is_terminal else None


@contextmanager
def _stop_on_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C, a closed window or SIGTERM sets; the second Ctrl-C interrupts."""
    stop = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _report(outcome: Outcome, options: argparse.Namespace, record: Path | None) -> int:
    """Write the document, say the result and the errors, one line each; the exit code."""
    errors = list(outcome.errors)
    code = outcome.exit_code
    if options.json is not None:
        try:
            _write_document(options.json, outcome.document)
        except OSError as error:
            errors.append(f"--json {options.json}: cannot be written ({error.strerror})")
            code = code or EXIT_FAILED
    if options.json != _STDOUT:
        sys.stdout.write(describe_frames(outcome.document) + "\n")
        if record is not None and record.exists():
            sys.stdout.write(f"recorded: {record}\n")
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
    return folder / f"{stamp}{SUFFIX}"
