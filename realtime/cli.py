"""The `fliptally` command: parses, dispatches, and turns every error into one line."""

from __future__ import annotations

import argparse
import math
import os
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from calibration.zone import Zone
from models.pose.errors import WeightsError
from models.simulation.scene import SCENES
from realtime import exits
from realtime.record.session import RecordingError
from realtime.sources.errors import SourceError
from realtime.transport.processes import WorkerError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction["_Parser"]  # argparse has no public name for it

_BAD_INPUT = (SourceError, WeightsError, RecordingError)
_DEBUG = "FLIPTALLY_DEBUG"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code: 0 done, 2 usage or bad input, 1 anything else."""
    options = _parser().parse_args(arguments)
    if sys.stdout is None:  # closed by whoever started us
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - until the process ends
    try:
        return _command(options.command)(options)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more
        return exits.FAILED
    except (Exception, KeyboardInterrupt) as error:
        if os.environ.get(_DEBUG):
            raise
        sys.stderr.write(f"fliptally: {' '.join(_explain(error).split())}\n")
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
    _add_demo(commands)
    _add_worker(commands)
    _add_weights(commands)
    doctor = commands.add_parser("doctor", help="what is here and what is missing")
    doctor.set_defaults(command="realtime.doctor:examine")
    return parser


def _add_live(commands: Commands) -> None:
    parser = commands.add_parser("live", help="count from a camera, a stream or a file, live")
    parser.add_argument(
        "source",
        nargs="?",
        default="0",
        metavar="SOURCE",
        help="camera index, device path, rtsp:// or other URL, gopro, or a video file played at "
        "its own pace (default: camera 0)",
    )
    recording = parser.add_mutually_exclusive_group()
    _add_record(recording, "session file (default: in the user's data folder)")
    recording.add_argument("--no-record", action="store_true", help="write no session file")
    _add_zone(parser)
    _add_station(parser)
    parser.set_defaults(command="realtime.commands:live")


def _add_replay(commands: Commands) -> None:
    parser = commands.add_parser("replay", help="count from a recording; no frame is dropped")
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="a video, a FlipTally session, a folder of OpenPose CSV or JSON, or a key-point .npz",
    )
    parser.add_argument("--realtime", action="store_true", help="at its own pace")
    parser.add_argument(
        "--fps", type=_number(1, 1000), help="frame rate, where the recording does not say"
    )
    _add_record(parser, "session file to write")
    _add_zone(parser)
    _add_station(parser)
    parser.set_defaults(command="realtime.commands:replay")


def _add_demo(commands: Commands) -> None:
    parser = commands.add_parser("demo", help="a simulated athlete through the real pipeline")
    parser.add_argument("--scene", default="mixed", choices=SCENES, help="what he does")
    parser.add_argument(
        "--seconds", type=_number(0.1, 3600), metavar="N", help="length of the scene"
    )
    _add_record(parser, "session file to write")
    _add_station(parser)
    parser.set_defaults(command="realtime.commands:demo")


def _add_worker(commands: Commands) -> None:
    parser = commands.add_parser("worker", help="a pose worker on this or another machine")
    parser.add_argument(
        "--connect", required=True, type=_endpoint, metavar="ENDPOINT", help="tcp://station:port"
    )
    parser.add_argument("--threads", type=_whole(1, os.cpu_count() or 1), default=2, metavar="N")
    parser.set_defaults(command="realtime.commands:worker")


def _add_weights(commands: Commands) -> None:
    parser = commands.add_parser("weights", help="the pre-trained pose networks")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    fetch = actions.add_parser("fetch", help="fetch them once into the user's cache")
    fetch.add_argument(
        "--from", dest="given", type=Path, metavar="FILE", help="a pose .task bundle or a wheel"
    )
    fetch.add_argument("--force", action="store_true", help="also when they are there already")
    fetch.set_defaults(command="realtime.weights_command:fetch")
    show = actions.add_parser("list", help="where they came from, and their checksums")
    show.set_defaults(command="realtime.weights_command:show")


def _add_station(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", type=_json, metavar="PATH", help="write the session document (-: to stdout)"
    )
    parser.add_argument(
        "--threads",
        type=_whole(1, os.cpu_count() or 1),
        default=2,
        metavar="N",
        help="threads of a pose worker",
    )
    parser.add_argument(
        "--workers",
        type=_whole(0, 64),
        default=1,
        metavar="N",
        help="started here (0: only remote)",
    )
    parser.add_argument(
        "--listen",
        type=_endpoint,
        metavar="ENDPOINT",
        help="take remote workers too: tcp://address:port",
    )


def _add_record(parser: argparse._ActionsContainer, text: str) -> None:
    parser.add_argument("--record", type=_target, metavar="PATH", help=text)


def _add_zone(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--zone",
        type=_zone,
        metavar="X,Y,W,H",
        help="the station in pixels; who is outside is not counted",
    )


def _target(text: str) -> Path:
    """A file to write; whether that can be is said now, not after the attempt."""
    path = Path(text)
    if not path.parent.is_dir() or path.is_dir() or not os.access(path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text}: expected a file in a folder you can write to")
    return path


def _json(text: str) -> str:
    return text if text == "-" else str(_target(text))


def _endpoint(text: str) -> str:
    match = re.fullmatch(r"tcp://[^:/]+:(\d+)", text)
    if match is None or not 1 <= int(match[1]) <= 65535:
        raise argparse.ArgumentTypeError(f"{text}: expected tcp://address:port, port 1 to 65535")
    return text


def _zone(text: str) -> Zone:
    try:
        return Zone.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text}: expected a whole number {low} to {high}")
        return int(text)

    return parse


def _number(low: float, high: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text}: expected a number {low:g} to {high:g}")
        return value

    return parse
