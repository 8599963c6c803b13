"""The commands that run a station: live, replay, demo."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

from models.simulation.scene import Scene
from models.simulation.script import ScriptError
from models.simulation.staging import build_scene
from realtime import exits
from realtime.feed import PoseFeed
from realtime.options.arguments import each_once
from realtime.options.pose import chosen
from realtime.runs.feeds import (
    check_engine,
    check_options,
    frame_feed,
    opened,
    recording_feed,
    video_feed,
)
from realtime.runs.guarded import guard, is_guarded, take_over
from realtime.runs.keys import connection_keys
from realtime.runs.live_session import live_session
from realtime.runs.outcome import STDOUT, Outcome, report
from realtime.runs.several import live_several
from realtime.runs.station_run import Session, run_station, taking_place
from realtime.runs.summary import compare, describe_truth
from realtime.runs.view import View
from realtime.sources.errors import SourceError
from realtime.sources.paced import PacedSource
from realtime.sources.simulated import SimulatedSource
from realtime.stopping import stop_on_signals
from realtime.supervision.heartbeat import heart
from realtime.worker import run as run_worker


def live(options: argparse.Namespace) -> int:
    if options.guard and not is_guarded():
        return guard(options)
    if is_guarded():
        take_over(options)
    code = live_several(options) if len(options.source) > 1 else _live_one(options)
    heart().ended()
    return code


def _live_one(options: argparse.Namespace) -> int:
    options.source = options.source[0] if options.source else "0"
    for name in ("json", "record"):
        given = getattr(options, name)
        if given is not None and Path(given).is_dir():
            raise SourceError(f"--{name} {given}: is a folder; expected a file to write")
    check_options(options)
    check_engine(options)
    with stop_on_signals() as stop, ExitStack() as stack:
        feed, view, session = live_session(stack, options)
        return report(run_station(feed, session, options, stop, view), session.record, options)


def replay(options: argparse.Namespace) -> int:
    check_options(options)
    with stop_on_signals() as stop, ExitStack() as stack:
        feed: PoseFeed
        recording = recording_feed(options, options.fps)
        if recording is not None:
            feed, view, session = recording
        else:
            check_engine(options)
            feed, view = video_feed(
                stack, options.source, options, realtime=options.realtime, fps=options.fps
            )
            session = Session("replay", options.lock or "active", options.record)
        return report(run_station(feed, session, options, stop, view), session.record, options)


def demo(options: argparse.Namespace) -> int:
    check_options(options)
    check_engine(options)
    scene = _scene(options.scene, options.seconds)
    session = Session(
        "live",
        lock=options.lock or "active",
        record=options.record,
        expected=describe_truth(scene.truth),
        dated=taking_place(),
    )
    # A simulated athlete can wait for a slow machine, so nothing is dropped and the count can be
    # held against the truth.
    source = PacedSource(SimulatedSource(scene), live=False)
    with stop_on_signals() as stop, ExitStack() as stack:
        feed = frame_feed(stack, opened(stack, source), View(), options)
        outcome = run_station(feed, session, options, stop)
        code = report(outcome, session.record, options)
    return code or _hold_against_truth(scene, outcome, options)


def worker(options: argparse.Namespace) -> int:
    choice = chosen(options)
    choice.check()
    each_once(options.connect, "station", option="--connect ")
    keys = connection_keys(options.connect, options.station_key)
    stations = "the station" if len(options.connect) == 1 else "the stations"
    sys.stdout.write(f"waiting for {stations} at {', '.join(options.connect)}; Ctrl-C ends\n")
    sys.stdout.flush()
    return run_worker(choice, options.connect, keys=keys)


def _hold_against_truth(scene: Scene, outcome: Outcome, options: argparse.Namespace) -> int:
    """Say whether the count is the scene's; exit code 1 when a whole scene was counted wrong.
    Not where somebody else may have been chosen."""
    if not outcome.complete or any(lock.by_hand for lock in outcome.document.locks):
        return exits.DONE
    equal, line = compare(scene.truth, outcome.document)
    if options.json != STDOUT:
        sys.stdout.write(f"{line}\n")
    return exits.DONE if equal else exits.FAILED


def _scene(name: str, seconds: float | None) -> Scene:
    try:
        return build_scene(name, seconds)
    except ScriptError as error:
        raise SourceError(str(error)) from None
