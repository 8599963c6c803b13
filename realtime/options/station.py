"""Options of the commands that run a station."""

from __future__ import annotations

import argparse
from pathlib import Path

from realtime.options.arguments import (
    endpoint,
    json_target,
    json_target_or_folder,
    target,
    target_or_folder,
    whole,
    zone,
)
from realtime.options.pose import add_options
from realtime.options.publishing import add_publish
from realtime.stream.lock import LOCK_RULES


def add_station(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    """`several`: or more than one, whose files are in a folder."""
    parser.add_argument(
        "--json",
        type=json_target_or_folder if several else json_target,
        metavar="PATH",
        help="write the session document (-: to stdout)",
    )
    add_options(parser)
    parser.add_argument(
        "--workers",
        type=whole(0, 64),
        metavar="N",
        help="started here (0: only remote; default: 1, of several stations one each, as far "
        "as there are processors)",
    )
    parser.add_argument(
        "--listen",
        type=endpoint(),
        metavar="ENDPOINT",
        help="take remote workers too: tcp://address:port",
    )
    add_publish(parser)


def add_recording(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    recording = parser.add_mutually_exclusive_group()
    add_record(recording, "session file (default: in the user's data folder)", several=several)
    recording.add_argument("--no-record", action="store_true", help="write no session file")


def add_record(parser: argparse._ActionsContainer, text: str, *, several: bool = False) -> None:
    kind = target_or_folder if several else target
    parser.add_argument("--record", type=kind, metavar="PATH", help=text)


def add_zone(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--calibration",
        type=Path,
        metavar="FILE",
        help="of the camera, from fliptally calibrate (default: what is kept for this camera, or "
        "in the session)",
    )
    parser.add_argument(
        "--zone",
        type=zone,
        metavar="ZONE",
        help="who is outside is not counted: x,y,width,height or the corners x1,y1,x2,y2,x3,y3,... "
        "in pixels, or station: who stands on the station's floor, as fliptally calibrate scale "
        "--corners measured it",
    )
    add_lock(parser)


def add_lock(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lock",
        choices=LOCK_RULES,
        help="of several people, whose count is shown. active (default): the first who jumps or "
        "flips, for as long as he is in view: one athlete among judges and spectators. motion: "
        "whoever clearly moves most for a second, but nobody who is not counted after one who is: "
        "athletes who take turns in view. largest: the largest in view. On the dashboard, 1 to 9 "
        "or a click chooses somebody by hand, 0 goes back",
    )
