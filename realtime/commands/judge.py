"""`fliptally judge`: an attempt by the book, from a camera, a film or a recorded session."""

from __future__ import annotations

import argparse
import queue
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console

from models.rope.rules import Event
from realtime import exits
from realtime.feed import PoseFeed
from realtime.judge.company import Company
from realtime.judge.edits import edited, edits_of
from realtime.judge.export.wall import wall_of
from realtime.judge.panel.invitation import invitation
from realtime.judge.panel.keys import KeyLayoutError, KeyPanel, parse_keys
from realtime.judge.panel.notebook import Notebook, Notes
from realtime.judge.panel.server import PanelError, PanelServer
from realtime.judge.referee import Referee, describe
from realtime.judge.results import write_results
from realtime.judge.sound.calibrated import measured_timing, picture_calibration, sound_late_s
from realtime.judge.sound.calls import (
    NO_VOICE,
    HummedVoice,
    RecordedVoice,
    Voice,
    system_voice,
)
from realtime.judge.sound.devices import SoundError
from realtime.judge.sound.microphone import microphone
from realtime.judge.sound.player import loudspeaker, output_rate
from realtime.judge.sound.soundtrack import beeps_of
from realtime.judge.sound.track import timing_track, write_track
from realtime.judge.timing import Heard, Keyed, Played, Timing
from realtime.marks import Beep, Click, FromOutside, Ruling
from realtime.options.judge import event_of
from realtime.record.session import is_session
from realtime.resuming import ResumedFeed
from realtime.runs.feeds import check_engine, check_options, recording_feed, video_feed
from realtime.runs.guarded import guard, is_cut_off, is_guarded, take_over
from realtime.runs.live_session import live_session
from realtime.runs.outcome import STDOUT, Outcome, report
from realtime.runs.station_run import Session, run_station, session_file
from realtime.runs.view import View
from realtime.scoreboard import Scoreboard
from realtime.show.choosing import Press
from realtime.show.keys import terminal_input
from realtime.sources.errors import SourceError
from realtime.station import Station
from realtime.stopping import stop_on_signals
from realtime.supervision.heartbeat import heart

_FILE_RATE = 48_000


def judge(options: argparse.Namespace) -> int:
    check_options(options)
    event = event_of(options)
    if options.save_track is not None:
        return _save_track(options, event)
    if options.guard and not is_guarded():
        if _is_file(options):
            raise SourceError(
                f"--guard: watches over a camera's station, and {options.source} is a file; leave "
                "it out"
            )
        return guard(options)
    calibration = options.calibration
    options.calibration = picture_calibration(calibration, station=options.zone == "station")
    if is_guarded():
        take_over(options)
    code = _judge(options, event, calibration)
    heart().ended()
    return code


def _judge(options: argparse.Namespace, event: Event, calibration: Path | None) -> int:
    referee = Referee(event, athletes=options.athletes, machine_counts=options.machine_counts)
    with stop_on_signals() as stop, ExitStack() as stack:
        is_file = _is_file(options)
        sound = _sound(options, is_file)
        clicks: queue.SimpleQueue[Click | Ruling] = queue.SimpleQueue()
        keys = _keys(options)
        if is_file and (options.panel or keys is not None):
            _click_along(options)
        feed, view, session = (_file if is_file else _camera)(stack, options)
        before = _before(feed)
        of_film = is_file and sound == "film"
        cues = _cues(options, event, calibration) if of_film else ()
        timing = None if of_film else _timing(options, event, sound, calibration)
        notebook = None if is_file else _notebook(stack, session, feed)
        notes = notebook.read() if notebook and isinstance(feed, ResumedFeed) else None
        panel = _panel(stack, options, clicks, notebook, before=notes, received=_received(before))
        at_once = options.start_now or (sound == "play" and terminal_input() is None)
        if panel is not None:
            Console(stderr=options.json == STDOUT).print(invitation(panel.urls, panel.code))

        @contextmanager
        def accompany(station: Station, scoreboard: Scoreboard) -> Iterator[Press]:
            company = Company(
                station,
                scoreboard,
                referee,
                timing=timing,
                panel=panel,
                keys=keys,
                clicks=clicks,
                start_now=at_once and not any(isinstance(mark, Beep) for mark in before),
            )
            with company:
                yield company.press
            referee.ends_s = scoreboard.elapsed_s
            for complaint in company.complaints:
                sys.stderr.write(f"fliptally: {complaint}\n")

        outcome = run_station(feed, session, options, stop, view, accompany=accompany, cues=cues)
    code = report(outcome, session.record, options)
    return _conclude(outcome, referee, options) or code


def _click_along(options: argparse.Namespace) -> None:
    """Judges who recount a film need it at its own pace. Raises SourceError for a session."""
    if is_session(Path(options.source)):
        given = "--panel" if options.panel else "--panel-keys"
        raise SourceError(
            f"{given}: nobody can click along with {options.source}, a session without pictures; "
            "give the film that it is of"
        )
    options.realtime = True


def _sound(options: argparse.Namespace, is_file: bool) -> str:
    """Where the beeps come from. Raises SourceError for a start that cannot be given."""
    if options.start_at is not None:
        if not is_file:
            raise SourceError(
                f"--start-at {options.start_at:g}: belongs to a film or a session, and "
                f"{options.source} is none; s on the dashboard starts"
            )
        return "film"
    return str(options.sound or ("film" if is_file else "play"))


def _is_file(options: argparse.Namespace) -> bool:
    return Path(options.source).exists() and not options.source.startswith("/dev/")


def _before(feed: PoseFeed) -> Sequence[FromOutside]:
    """What came from outside to a session that was cut off and goes on."""
    if not isinstance(feed, ResumedFeed):
        return ()
    return [mark for mark in feed.past.session.records() if isinstance(mark, FromOutside)]


def _received(before: Sequence[FromOutside]) -> dict[str, int]:
    """The highest number of each judge's clicks."""
    received: dict[str, int] = {}
    for mark in before:
        if isinstance(mark, Click):
            received[mark.judge] = max(mark.seq, received.get(mark.judge, 0))
    return received


def _notebook(stack: ExitStack, session: Session, feed: PoseFeed) -> Notebook | None:
    """What the panel keeps beside the session for as long as that can go on; of one that is new
    nothing is there yet."""
    resumed = isinstance(feed, ResumedFeed)
    record = session.record
    if record is None or (record.exists() and not resumed):
        return None  # a session that is there will be refused: its panel is not ours
    notebook = Notebook(record)
    if not resumed:
        notebook.remove()
    stack.callback(lambda: None if is_cut_off(record) else notebook.remove())
    return notebook


def _camera(stack: ExitStack, options: argparse.Namespace) -> tuple[PoseFeed, View, Session]:
    check_engine(options)
    return live_session(stack, options)


def _file(stack: ExitStack, options: argparse.Namespace) -> tuple[PoseFeed, View, Session]:
    """A session is not recorded again unless that is asked for; of a film one is, as a review
    needs it."""
    if options.resume is not None:
        raise SourceError(
            f"--resume: goes on with a camera's session, and {options.source} is a file; judge it "
            "again"
        )
    recording = recording_feed(options)
    if recording is not None:
        return recording
    check_engine(options)
    record = session_file(options)
    feed, view = video_feed(stack, options.source, options, realtime=options.realtime)
    return feed, view, Session("replay", options.lock or "active", record)


def _cues(options: argparse.Namespace, event: Event, calibration: Path | None) -> Sequence[Beep]:
    """The start that is given, or the beeps in the film's own sound; a session has its own. Raises
    SourceError where none can be heard."""
    if options.start_at is not None:
        return (Beep("start", options.start_at, "by hand"),)
    path = Path(options.source)
    if event.leg_s is None or is_session(path):
        return ()
    beeps = beeps_of(path, event, offset_s=sound_late_s(path, calibration))
    if not beeps:
        raise SourceError(
            f"{path}: no start beep of {event.code} is in its sound; give its time with --start-at "
            "S, --sound none to count all of it, or --event custom with its length"
        )
    return beeps


def _timing(
    options: argparse.Namespace, event: Event, sound: str, calibration: Path | None
) -> Timing:
    timing = measured_timing(options.source, calibration)
    late_s = timing.latency_s or 0.0  # a picture's time is after what it shows
    if sound == "none" or event.leg_s is None:
        return Keyed()
    if sound == "film":
        raise SourceError("--sound film: only a file has its own sound; give play, listen or none")
    try:
        if sound == "listen":
            return Heard(microphone(), event, offset_s=-late_s)
        rate = output_rate()
    except SoundError as error:
        raise SoundError(f"{error}; or start and stop by hand: --sound none") from None
    track = timing_track(event, _voice(options, event), rate)
    return Played(lambda: loudspeaker(track), offset_s=-late_s)


def _save_track(options: argparse.Namespace, event: Event) -> int:
    try:
        track = timing_track(event, _voice(options, event), _FILE_RATE)
    except ValueError as error:
        raise SourceError(str(error)) from None
    write_track(track, options.save_track)
    beeps = ", ".join(f"{beep.kind} {beep.sample / track.rate:.3f} s" for beep in track.beeps)
    sys.stdout.write(f"{options.save_track}: {event.name}; beeps: {beeps}\n")
    return exits.DONE


def _voice(options: argparse.Namespace, event: Event) -> Voice:
    if options.calls is not None:
        return RecordedVoice(options.calls, event)
    voice = system_voice()
    if voice is None:
        sys.stderr.write(f"fliptally: {NO_VOICE}\n")
    return voice or HummedVoice()


def _keys(options: argparse.Namespace) -> KeyPanel | None:
    try:
        return KeyPanel(parse_keys(options.panel_keys)) if options.panel_keys else None
    except KeyLayoutError as error:
        raise SourceError(str(error)) from None


def _panel(
    stack: ExitStack,
    options: argparse.Namespace,
    clicks: queue.SimpleQueue[Click | Ruling],
    notebook: Notebook | None,
    *,
    before: Notes | None,
    received: Mapping[str, int],
) -> PanelServer | None:
    """`before` is what was noted of a station that was cut off."""
    if not options.panel:
        return None
    try:
        panel = PanelServer(
            clicks.put,
            port=options.panel_port,
            notebook=notebook,
            before=before,
            received=received,
        )
    except PanelError as error:
        raise SourceError(str(error)) from None
    stack.callback(panel.stop)
    panel.start()
    return panel


def _conclude(outcome: Outcome, referee: Referee, options: argparse.Namespace) -> int:
    """Say the results, and write them where that was asked for; the exit code."""
    judged = referee.attempts(outcome.marks)
    edits = edits_of(outcome.marks)
    if options.json != STDOUT:
        for number, attempt in enumerate(judged, start=1):
            sys.stdout.write("".join(f"{line}\n" for line in describe(attempt, number)))
        if edits:
            sys.stdout.write(f"with {len(edits)} edit{'s' if edits[1:] else ''} of a review\n")
    if options.out is None:
        return exits.DONE
    marks, began = edited(outcome.marks, edits), wall_of(outcome.began)
    problems = write_results(
        options.out, marks, judged, options.source, began=began, pdf=options.pdf
    )
    for problem in problems:
        sys.stderr.write(f"fliptally: {problem}\n")
    if options.json != STDOUT:
        sys.stdout.write(f"written: {options.out}\n")
    return exits.FAILED if problems else exits.DONE
