"""The feed of a command: what is opened for its source, with which workers, and how it is seen."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

from realtime.feed import FrameFeed, PoseFeed
from realtime.opening import open_recording, open_station, open_video, recorded_rule
from realtime.options.pose import chosen
from realtime.record.session import RecordedSession, is_session
from realtime.runs.keys import invitation, station_ring
from realtime.runs.station_run import Session
from realtime.runs.view import View, live_view, replay_view
from realtime.sources.errors import SourceError
from realtime.sources.protocol import Source
from realtime.station import Dated, undated
from realtime.transport.processes import WorkerProcesses, worker_command
from realtime.transport.worker_process import Command


def check_options(options: argparse.Namespace) -> None:
    """Raise SourceError for options that do not go together. Where nobody asked for workers, there
    is one."""
    if options.workers is None:
        options.workers = 1
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


def camera(stack: ExitStack, options: argparse.Namespace) -> Source:
    return opened(stack, open_station(options.source))


def camera_feed(
    stack: ExitStack, options: argparse.Namespace, pool: WorkerProcesses | None = None
) -> tuple[FrameFeed, View]:
    """What a camera or a stream gives, and how it is seen; `pool` are workers that it shares with
    other stations."""
    source = camera(stack, options)
    view = live_view(options.source, options.calibration, options.zone, source.info)
    return frame_feed(stack, source, view, options, pool), view


def video_feed(
    stack: ExitStack,
    path: str,
    options: argparse.Namespace,
    *,
    realtime: bool = False,
    fps: float | None = None,
) -> tuple[FrameFeed, View]:
    """The same of a video file, or of a folder of pictures at `fps`; no frame is dropped."""
    source = opened(stack, open_video(path, realtime=realtime, fps=fps))
    view = replay_view(path, options.calibration, options.zone, source.info)
    return frame_feed(stack, source, view, options), view


def recording_feed(
    options: argparse.Namespace, fps: float | None = None
) -> tuple[PoseFeed, View, Session] | None:
    """Recorded poses, how they are seen, and the session that they are replayed as; None for any
    other source. With a `--lock` or `--zone` they are analysed anew: who is who may be different,
    and choices by hand are dropped, which is said."""
    given = [name for name in ("lock", "zone") if getattr(options, name) is not None]
    beeps = getattr(options, "start_at", None) is None  # a start that is given takes their place
    feed = open_recording(
        options.source, fps, realtime=options.realtime, choices=not given, beeps=beeps
    )
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


def shared_workers(options: argparse.Namespace) -> WorkerProcesses:
    """Workers for several stations, to be started when all have joined."""
    return WorkerProcesses(options.workers, _command(options), go_on=True)


def _command(options: argparse.Namespace) -> Command:
    return worker_command(options.threads, chosen(options).arguments())


def frame_feed(
    stack: ExitStack,
    source: Source,
    view: View,
    options: argparse.Namespace,
    pool: WorkerProcesses | None = None,
) -> FrameFeed:
    ring = station_ring("--listen", options.listen)
    feed = FrameFeed(
        source,
        command=_command(options),
        crop=view.crop(source.info),
        endpoint=options.listen,
        workers=options.workers,
        pool=pool,
        ring=ring,
    )
    stack.callback(feed.close)
    if ring is not None:
        sys.stderr.write(f"{invitation(feed.endpoint, 'worker --connect', ring)}\n")
    return feed
