"""The options of `fliptally judge`."""

from __future__ import annotations

import argparse
from pathlib import Path

from models.rope.rules import RULES, Event, custom_event
from realtime.options.arguments import number, target, whole
from realtime.sources.errors import SourceError

CUSTOM = "custom"
SOUNDS = ("play", "listen", "film", "none")
COUNTINGS = ("speed step", "double under")


def add_judge_options(parser: argparse.ArgumentParser) -> None:
    """What is judged, by what sound, by whom, and what is written of it."""
    add_event(parser)
    _add_sound(parser)
    _add_panel(parser)
    parser.add_argument(
        "--out",
        type=folder,
        metavar="DIR",
        help="write the score sheets (HTML), marks.csv, attempts.json and RopeScore's marks there",
    )
    parser.add_argument("--pdf", action="store_true", help="with --out: the sheets as PDF too")


def add_event(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Which event it is, and who jumps in it."""
    known = "" if required else " (default: the one whose beeps were heard)"
    parser.add_argument(
        "--event",
        required=required,
        type=_code,
        choices=(*RULES.events, CUSTOM),
        help=f"by its code; custom: --legs, --leg-seconds, --counting{known}",
    )
    parser.add_argument("--legs", type=whole(1, 20), default=1, metavar="N", help="of a custom one")
    parser.add_argument(
        "--leg-seconds", type=number(3, 3600), metavar="S", help="of each leg of a custom one"
    )
    parser.add_argument(
        "--counting", choices=COUNTINGS, default=COUNTINGS[0], help="what a custom one counts"
    )
    parser.add_argument(
        "--athletes",
        type=numbers,
        default=(),
        metavar="N,N",
        help="who jumps in each leg, by the numbers on the dashboard (default: whoever jumps most)",
    )


def _add_sound(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sound",
        choices=SOUNDS,
        help="play: the timing track, here (default for a camera); listen: for the official beeps "
        "on the microphone; film: for those in the file's own sound (default for a file); none: "
        "s and x on the dashboard start and stop",
    )
    parser.add_argument(
        "--start-at",
        type=number(0, 86_400),
        metavar="S",
        help="the start beep is at this second of the film or the session, whatever is heard",
    )
    parser.add_argument(
        "--calls", type=Path, metavar="DIR", help="recordings of the calls instead of a voice"
    )
    parser.add_argument(
        "--save-track",
        type=target,
        metavar="FILE",
        help="write the timing track (.wav, .flac) to play it elsewhere, and end",
    )
    parser.add_argument(
        "--start-now",
        action="store_true",
        help="begin as soon as the camera does (without a terminal it does so anyway)",
    )


def _add_panel(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--panel", action="store_true", help="judges click on their phones: a page on this network"
    )
    parser.add_argument(
        "--panel-port", type=whole(1, 65535), default=8770, metavar="PORT", help="(default: 8770)"
    )
    parser.add_argument(
        "--panel-keys",
        metavar="KEY=NAME,...",
        help="judges click on this keyboard, such as f=Anna,j=Ben; capitals take back",
    )
    parser.add_argument(
        "--machine-counts", action="store_true", help="the machine is one of the judges' panel"
    )


def _code(text: str) -> str:
    """However it is written."""
    return CUSTOM if text.lower() == CUSTOM else text.upper()


def event_of(options: argparse.Namespace) -> Event:
    """The event that is asked for. Raises SourceError."""
    if options.event != CUSTOM:
        return RULES.events[options.event]
    if options.leg_seconds is None:
        raise SourceError("--event custom: how long? give --leg-seconds S")
    try:
        return custom_event(options.legs, options.leg_seconds, options.counting)
    except ValueError as error:
        raise SourceError(str(error)) from None


def numbers(text: str) -> tuple[int, ...]:
    """Athletes' numbers."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) for part in parts):
        raise argparse.ArgumentTypeError(f"{text}: expected athletes' numbers, such as 1 or 1,3,2")
    return tuple(map(int, parts))


def folder(text: str) -> Path:
    """A folder that is there or can be made."""
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text}: is a file; expected a folder to write to")
    target(str(path.absolute() / "attempts.json") if path.is_dir() else str(path.absolute()))
    return path
