"""The options of who publishes and of who watches."""

from __future__ import annotations

import argparse

from realtime.options.arguments import Commands, endpoint, station
from realtime.options.keys import add_station_key


def add_publish(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--publish",
        type=endpoint(events=True),
        metavar="ENDPOINT",
        help="send marks and the state as JSON lines, for scoreboards and fliptally watch: "
        "tcp://address:port or ipc://path",
    )


def add_watch(commands: Commands) -> None:
    parser = commands.add_parser("watch", help="a dashboard on another screen")
    parser.add_argument(
        "endpoint",
        nargs="+",
        type=station(events=True),
        metavar="ENDPOINT",
        help="what the station was given with --publish; several are shown side by side",
    )
    add_station_key(parser)
    parser.set_defaults(command="realtime.commands.watch:watch")
