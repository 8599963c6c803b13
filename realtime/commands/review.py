"""`fliptally review`: a session's marks on a page of this machine, to look at and to correct."""

from __future__ import annotations

import argparse
import sys
import webbrowser
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from models.rope.rules import Event
from realtime import exits
from realtime.judge.attempt import attempts
from realtime.judge.edits import edits_of
from realtime.judge.review.book import Book
from realtime.judge.review.film import Film
from realtime.judge.review.recording import Recording, likely_event
from realtime.judge.review.server import PORT, ReviewServer
from realtime.judge.review.state import Judge
from realtime.judge.serving import PortError
from realtime.judge.sound.calibrated import picture_calibration, sound_late_s
from realtime.judge.sound.devices import SoundError
from realtime.judge.sound.soundtrack import beeps_of, sound_of
from realtime.marks import Beep
from realtime.options.judge import event_of
from realtime.record.session import SUFFIX, RecordedSession, is_session
from realtime.runs.feeds import check_engine, video_feed
from realtime.runs.outcome import report
from realtime.runs.station_run import Session, run_station
from realtime.sources.errors import SourceError
from realtime.stopping import stop_on_signals


def review(options: argparse.Namespace) -> int:
    """Until Ctrl-C. Says where the page is, and at the end how many edits the session has."""
    event = None if options.event is None else event_of(options)
    calibration: Path | None = options.calibration
    options.calibration = picture_calibration(calibration, station=options.zone == "station")
    path, code = _session(options, event, calibration)
    if code != exits.DONE:
        return code
    with stop_on_signals() as stop, ExitStack() as stack:
        film = _film(path, options)
        if film is not None:
            stack.callback(film.close)
        late_s = sound_late_s(film.path, calibration) if film else 0.0
        sound = sound_of(film.path) if film else None
        recording = Recording(path, film, options.offset, sound=sound, sound_late_s=late_s)
        book = Book(path)
        known = event or likely_event(book.marks)
        judge = partial(attempts, event=known, athletes=options.athletes, ends_s=recording.ends_s)
        server = _server(recording, book, judge, options.port)
        server.start()
        stack.callback(server.stop)
        sys.stdout.write(f"review of {path}: {server.url}  (Ctrl-C ends)\n")
        sys.stdout.flush()
        if not options.no_browser:
            webbrowser.open(server.url)
        stop.wait()
    kept = len(edits_of(book.marks))
    sys.stdout.write(f"{path}: {kept} {'edit' if kept == 1 else 'edits'} in it\n")
    return exits.DONE


def _session(
    options: argparse.Namespace, event: Event | None, calibration: Path | None
) -> tuple[Path, int]:
    """The session that is asked for; one that is made of a video where there is none beside it.
    The exit code is that of making it."""
    path: Path = options.session
    if is_session(path):
        return path, exits.DONE
    if not path.exists():
        raise SourceError(f"{path}: no such file; expected a session or a video")
    if path.suffix == SUFFIX:
        raise SourceError(f"{path}: no FlipTally session; expected one made by live, or a video")
    beside = path.with_suffix(SUFFIX)
    options.video = options.video or path
    if is_session(beside):
        sys.stdout.write(f"{beside}: is there already, and not counted again\n")
        return beside, exits.DONE
    cues = _beeps(path, event, calibration) if event else ()
    return beside, _count(path, beside, options, cues)


def _count(video: Path, record: Path, options: argparse.Namespace, cues: Sequence[Beep]) -> int:
    options.json, options.workers, options.listen, options.publish = None, 1, None, None
    check_engine(options)
    with stop_on_signals() as stop, ExitStack() as stack:
        feed, view = video_feed(stack, str(video), options)
        session = Session("replay", options.lock or "active", record)
        outcome = run_station(feed, session, options, stop, view, cues=cues)
        if stop.is_set():
            sys.stdout.write(
                f"stopped: {record} has what was counted; to count it all, delete it first\n"
            )
            return exits.FAILED
    return report(outcome, session.record, options)


def _beeps(video: Path, event: Event, calibration: Path | None) -> Sequence[Beep]:
    """In the video's own sound; none where it has none."""
    if event.leg_s is None:
        return ()
    late_s = sound_late_s(video, calibration)
    try:
        return beeps_of(video, event, offset_s=late_s)
    except SoundError:
        return ()


def _film(path: Path, options: argparse.Namespace) -> Film | None:
    """The film that is given, or the file that the session was made of; None without either."""
    if options.video is not None:
        return Film(options.video)
    uri = Path(RecordedSession(path).header.uri)
    for place in (uri, path.parent / uri.name):
        if place.is_file() and not is_session(place):
            return Film(place)
    sys.stdout.write(
        f"{path}: its source, {uri}, is no file here; without --video FILE there are skeletons "
        "only\n"
    )
    return None


def _server(recording: Recording, book: Book, judge: Judge, port: int | None) -> ReviewServer:
    """On the port that is asked for; without one on the usual one, else any free one."""
    for tried in [port] if port else [PORT, 0]:
        try:
            return ReviewServer(recording, book, judge, tried)
        except PortError as error:
            reason = error
    raise SourceError(f"--port {port}: {reason}; expected a free port, such as {PORT}")
