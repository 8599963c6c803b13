"""The session of a camera: a new one, or one that was cut off and goes on."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from realtime.feed import PoseFeed
from realtime.options.resume import LAST
from realtime.record.session import (
    SUFFIX,
    RecordedSession,
    RecordingError,
    is_session,
)
from realtime.resuming import Past, ResumedFeed
from realtime.runs.feeds import camera, camera_feed, frame_feed
from realtime.runs.station_run import Session, default_session, session_file, taking_place
from realtime.runs.view import View, replay_view
from realtime.sources.errors import SourceError
from realtime.sources.protocol import SourceInfo
from realtime.transport.processes import WorkerProcesses


def live_session(
    stack: ExitStack, options: argparse.Namespace, pool: WorkerProcesses | None = None
) -> tuple[PoseFeed, View, Session]:
    """What a camera gives, how it is seen and where it is recorded; `pool` as in `camera_feed`."""
    if options.resume is not None:
        return _resumed(stack, options, pool)
    record = session_file(options)
    feed, view = camera_feed(stack, options, pool)
    dated = taking_place(options.source)
    return feed, view, Session("live", options.lock or "active", record, dated=dated)


def _resumed(
    stack: ExitStack, options: argparse.Namespace, pool: WorkerProcesses | None
) -> tuple[PoseFeed, View, Session]:
    """With the lens, the zone and the lock of the session."""
    _check_resume(options)
    source = camera(stack, options)
    past = cut_off(options.resume, source.info, default_session().parent)
    stack.callback(past.writer.close)
    past.check(source.info)
    view = replay_view(str(past.path), None, None, source.info)
    feed = ResumedFeed(frame_feed(stack, source, view, options, pool), past)
    return feed, view, Session("live", past.header.lock, past.path)


def _check_resume(options: argparse.Namespace) -> None:
    """Raise SourceError for options that the session itself has an answer to."""
    given = [name for name in ("record", "zone", "lock", "calibration") if getattr(options, name)]
    if options.no_record:
        given.append("no-record")
    if given:
        raise SourceError(
            f"--resume and --{given[0]}: the session goes on as it was; leave out --{given[0]}"
        )


def cut_off(given: Path, info: SourceInfo, folder: Path) -> Past:
    """The session `given`, or the last one in `folder` of the source `info` that nobody writes.
    Raises SourceError and RecordingError as `Past.open` does."""
    if given != LAST:
        return Past.open(given)
    refused: RecordingError | None = None
    for path in _sessions(folder, info):
        try:
            return Past.open(path)
        except RecordingError as error:  # the one of a station that runs, it may be
            refused = refused or error
    raise refused or SourceError(
        f"--resume: no session of {info.uri} is in {folder}; give the file, or begin a new one, "
        "without --resume"
    )


def _sessions(folder: Path, info: SourceInfo) -> Iterator[Path]:
    """Those of a source that have frames, the last one first."""
    files = [path for path in folder.glob(f"*{SUFFIX}") if is_session(path)]
    for path in sorted(files, key=lambda path: path.stat().st_mtime, reverse=True):
        try:
            session = RecordedSession(path)
        except SourceError:
            continue  # nothing was recorded
        same = session.header.uri == info.uri
        if same and session.has_frames():
            yield path
