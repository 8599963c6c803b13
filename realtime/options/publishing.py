"""The options of who publishes and of who watches."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any

from realtime.options.keys import add_station_key

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[Any]  # argparse has no public name for it

_LONGEST_PATH = 100  # of a socket in the file system


def published(text: str) -> str:
    """An endpoint of events."""
    tcp = re.fullmatch(r"tcp://(?:[^:/\s]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})", text)
    path = re.fullmatch(r"ipc://(\S.*)", text)
    if not (tcp and 1 <= int(tcp[1]) <= 65535) and not (path and len(path[1]) <= _LONGEST_PATH):
        raise argparse.ArgumentTypeError(
            f"{text}: expected tcp://address:port, port 1 to 65535, or ipc://path of at most "
            f"{_LONGEST_PATH} characters"
        )
    return text


def add_publish(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--publish",
        type=published,
        metavar="ENDPOINT",
        help="send marks and the state as JSON lines, for scoreboards and fliptally watch: "
        "tcp://address:port or ipc://path",
    )


def add_watch(commands: Commands) -> None:
    parser = commands.add_parser("watch", help="a dashboard on another screen")
    parser.add_argument(
        "endpoint",
        nargs="+",
        type=published,
        metavar="ENDPOINT",
        help="what the station was given with --publish; several are shown side by side",
    )
    add_station_key(parser)
    parser.set_defaults(command="realtime.commands.watch:watch")
