"""The command `fliptally keys`, and the option of who connects to a station."""

from __future__ import annotations

import argparse

from realtime.options.arguments import Commands


def add_keys(commands: Commands) -> None:
    parser = commands.add_parser("keys", help="who may connect from other machines")
    parser.set_defaults(command="realtime.commands.keys:keys")
    actions = parser.add_subparsers(metavar="ACTION")
    make = actions.add_parser("make", help="make this machine's keys, if it has none")
    make.add_argument(
        "--replace", action="store_true", help="new ones: every other machine must trust it anew"
    )
    make.set_defaults(command="realtime.commands.keys:make")
    show = actions.add_parser("show", help="this machine's public key, and nothing else")
    show.set_defaults(command="realtime.commands.keys:show")
    trust = actions.add_parser("trust", help="let another machine in")
    trust.add_argument("name", metavar="NAME", help="what to call it here")
    trust.add_argument("key", metavar="KEY", help="its public key, as fliptally keys shows there")
    trust.set_defaults(command="realtime.commands.keys:trust")
    forget = actions.add_parser("forget", help="let it in no more")
    forget.add_argument("name", metavar="NAME")
    forget.set_defaults(command="realtime.commands.keys:forget")
    known = actions.add_parser("list", help="the machines that are trusted")
    known.set_defaults(command="realtime.commands.keys:known")


def add_station_key(parser: argparse.ArgumentParser) -> None:
    """The option of who connects to a station: a worker, a viewer."""
    parser.add_argument(
        "--station-key",
        action="append",
        default=[],
        metavar="NAME|KEY",
        help="of the station on another machine, as it says when it starts, or the name under "
        "which it is trusted (default: the only machine that is); once for all, or one for each "
        "station in their order",
    )
