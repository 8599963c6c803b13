"""The `fliptally` command: parses, dispatches, and turns every error into one line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from models.pose.errors import EngineError, WeightsError
from models.recordings.errors import KeypointsError
from models.simulation.script import SCENES
from realtime import exits
from realtime.logs import LogError, logged
from realtime.options.arguments import (
    SEEDS,
    number,
    size,
    station,
    target,
    whole,
)
from realtime.options.calibrate import add_calibrate
from realtime.options.data import add_data
from realtime.options.judge import add_event, add_judge_options
from realtime.options.keys import add_keys, add_station_key
from realtime.options.log import add_log
from realtime.options.pose import add_network_options, add_options
from realtime.options.publishing import add_watch
from realtime.options.resume import add_guard, add_resume
from realtime.options.station import add_lock, add_record, add_recording, add_station, add_zone
from realtime.options.train import add_explain, add_train
from realtime.printable import one_line
from realtime.record.session import RecordingError
from realtime.sources.errors import SourceError
from realtime.transport.errors import KeysError
from realtime.transport.processes import WorkerError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction["_Parser"]  # argparse has no public name for it

_BAD_INPUT = (
    SourceError,
    EngineError,
    WeightsError,
    RecordingError,
    KeypointsError,
    KeysError,
    LogError,
)
_DEBUG = "FLIPTALLY_DEBUG"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code: 0 done, 2 usage or bad input, 1 anything else."""
    options = _parser().parse_args(arguments)
    if sys.stdout is None:  # closed by whoever started us
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - until the process ends
    try:
        with logged(getattr(options, "log", None), options):
            return _command(options.command)(options)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more
        return exits.FAILED
    except (Exception, KeyboardInterrupt) as error:
        if os.environ.get(_DEBUG):
            raise
        sys.stderr.write(f"fliptally: {one_line(_explain(error))}\n")
        return exits.BAD_INPUT if isinstance(error, _BAD_INPUT) else exits.FAILED


def _command(target: str) -> Callable[[argparse.Namespace], int]:
    """ "module:function", imported only when it runs, so that `--help` answers at once."""
    module, name = target.split(":")
    function: Callable[[argparse.Namespace], int] = getattr(import_module(module), name)
    return function


def _explain(error: BaseException) -> str:
    if isinstance(error, (*_BAD_INPUT, WorkerError)):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return f"unexpected {type(error).__name__}: {error}; run with {_DEBUG}=1 for the details"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"fliptally: {message}; see {self.prog} --help\n")
        sys.exit(exits.BAD_INPUT)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="fliptally",
        description="Counts speed-rope jumps and recognises backflips and handsprings, live.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('fliptally')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_live(commands)
    _add_replay(commands)
    _add_judge(commands)
    _add_demo(commands)
    _add_simulate(commands)
    _add_review(commands)
    _add_worker(commands)
    add_watch(commands)
    _add_weights(commands)
    add_keys(commands)
    add_calibrate(commands)
    add_data(commands)
    add_train(commands)
    add_explain(commands)
    doctor = commands.add_parser("doctor", help="what is here and what is missing")
    add_network_options(doctor)
    doctor.set_defaults(command="realtime.commands.doctor:examine")
    return parser


def _add_live(commands: Commands) -> None:
    parser = commands.add_parser("live", help="count from a camera, a stream or a file, live")
    parser.add_argument(
        "source",
        nargs="*",
        metavar="SOURCE",
        help="camera index, device path, rtsp:// or other URL, gopro, or a video file played at "
        "its own pace (default: camera 0); several are as many stations, which share the workers "
        "(--record and --json are folders then)",
    )
    add_recording(parser, several=True)
    add_resume(parser)
    add_guard(parser)
    add_zone(parser)
    add_station(parser, several=True)
    add_log(parser)
    parser.set_defaults(command="realtime.commands.stations:live")


def _add_replay(commands: Commands) -> None:
    parser = commands.add_parser("replay", help="count from a recording; no frame is dropped")
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="a video, a FlipTally session, a folder of pictures, of OpenPose CSV or JSON, or a "
        "key-point .npz",
    )
    parser.add_argument("--realtime", action="store_true", help="at its own pace")
    parser.add_argument(
        "--fps", type=number(1, 1000), help="frame rate, where the recording does not say"
    )
    add_record(parser, "session file to write")
    add_zone(parser)
    add_station(parser)
    add_log(parser)
    parser.set_defaults(command="realtime.commands.stations:replay")


def _add_judge(commands: Commands) -> None:
    parser = commands.add_parser("judge", help="an attempt by the book, live or from a film")
    parser.add_argument(
        "source",
        nargs="?",
        default="0",
        metavar="SOURCE",
        help="a camera or stream as for live, or a video, or a FlipTally session (default: camera "
        "0)",
    )
    add_judge_options(parser)
    parser.add_argument("--realtime", action="store_true", help="a file at its own pace")
    add_recording(parser)
    add_resume(parser)
    add_guard(parser)
    add_zone(parser)
    add_station(parser)
    add_log(parser)
    parser.set_defaults(command="realtime.commands.judge:judge")


def _add_demo(commands: Commands) -> None:
    parser = commands.add_parser("demo", help="a simulated athlete through the real pipeline")
    parser.add_argument(
        "--scene",
        default="mixed",
        metavar="SCENE",
        help=f"{', '.join(SCENES)}, or a scene file (default: mixed)",
    )
    parser.add_argument(
        "--seconds", type=number(0.1, 3600), metavar="N", help="length of the scene"
    )
    add_record(parser, "session file to write")
    add_lock(parser)
    add_station(parser)
    add_log(parser)
    parser.set_defaults(command="realtime.commands.stations:demo")


def _add_simulate(commands: Commands) -> None:
    parser = commands.add_parser("simulate", help="a simulated scene as a video, with its truth")
    parser.add_argument("scene", metavar="SCENE", help=f"{', '.join(SCENES)}, or a scene file")
    parser.add_argument("out", type=target, metavar="OUT", help="the video: .mp4 or .mov")
    parser.add_argument("--seconds", type=number(0.1, 3600), metavar="N", help="length")
    parser.add_argument("--fps", type=number(0.1, 1000), help="frames per second")
    parser.add_argument("--size", type=size, metavar="WxH", help="of the picture in pixels")
    parser.add_argument("--seed", type=whole(0, SEEDS), metavar="N", help="draws what is left open")
    parser.add_argument(
        "--crf", type=whole(0, 51), help="compression, 0 (none) to 51 (default: a good phone's)"
    )
    parser.add_argument(
        "--truth", type=target, metavar="PATH", help="session document (default: OUT.json)"
    )
    parser.add_argument(
        "--keypoints", type=target, metavar="PATH", help="the athlete's true key points (.npz)"
    )
    parser.add_argument("--force", action="store_true", help="replace files that exist")
    parser.set_defaults(command="realtime.commands.simulate:simulate")


def _add_review(commands: Commands) -> None:
    parser = commands.add_parser(
        "review", help="look at marks beside the picture, and correct them"
    )
    parser.add_argument(
        "session",
        type=Path,
        metavar="SESSION|VIDEO",
        help="a recorded session; a video is counted first, and the session written beside it",
    )
    parser.add_argument(
        "--video",
        type=Path,
        metavar="FILE",
        help="the session's film (default: the file that it was made of)",
    )
    parser.add_argument(
        "--offset",
        type=float,
        default=0.0,
        metavar="S",
        help="the session's time at the film's first frame, where they did not begin together",
    )
    add_event(parser, required=False)
    parser.add_argument(
        "--port", type=whole(1, 65535), metavar="PORT", help="of the page (default: 8771 if free)"
    )
    parser.add_argument("--no-browser", action="store_true", help="only say where the page is")
    add_options(parser)
    add_zone(parser)
    parser.set_defaults(command="realtime.commands.review:review")


def _add_worker(commands: Commands) -> None:
    parser = commands.add_parser("worker", help="a pose worker on this or another machine")
    parser.add_argument(
        "--connect",
        required=True,
        type=station(),
        action="append",
        metavar="ENDPOINT",
        help="tcp://station:port; again for every other station it is to work for",
    )
    add_station_key(parser)
    add_options(parser)
    add_log(parser)
    parser.set_defaults(command="realtime.commands.stations:worker")


def _add_weights(commands: Commands) -> None:
    parser = commands.add_parser("weights", help="the pre-trained pose networks")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    fetch = actions.add_parser("fetch", help="fetch them once into the user's cache")
    fetch.add_argument(
        "--from", dest="given", type=Path, metavar="FILE", help="a pose .task bundle or a wheel"
    )
    fetch.add_argument("--force", action="store_true", help="also when they are there already")
    fetch.set_defaults(command="realtime.commands.weights:fetch")
    show = actions.add_parser("list", help="where they came from, and their checksums")
    show.set_defaults(command="realtime.commands.weights:show")
