"""The options of `fliptally data`: a parser for each part."""

from __future__ import annotations

import argparse
from pathlib import Path

from realtime.options.arguments import Commands, number


def add_data(commands: Commands) -> None:
    """The command and its parts."""
    parser = commands.add_parser("data", help="recordings of elements to learn from")
    parts = parser.add_subparsers(required=True, metavar="PART")
    _add_import(parts)
    check = parts.add_parser("check", help="what is wrong with a data set, and what to know of it")
    _add_folder(check)
    check.add_argument("--all", action="store_true", help="name every clip")
    check.set_defaults(command="realtime.commands.data:check")
    stats = parts.add_parser("stats", help="classes, people, lengths, confidence, skeletons")
    _add_folder(stats)
    stats.add_argument("--clips", action="store_true", help="a line for every clip too")
    stats.set_defaults(command="realtime.commands.data:stats")


def _add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="a data set: index.csv and key-point .npz"
    )


def _add_import(parts: Commands) -> None:
    parser = parts.add_parser("import", help="make a data set of recorded key points")
    parser.add_argument(
        "source",
        type=Path,
        metavar="SOURCE",
        help="a key-point .npz, or a folder or .tar.gz of OpenPose JSON, CSV or key-point .npz",
    )
    parser.add_argument("folder", type=Path, metavar="DEST", help="a new or an empty folder")
    parser.add_argument(
        "--fps", type=number(1, 1000), help="frame rate, where a recording does not say"
    )
    parser.add_argument("--label", metavar="NAME", help="class, where a recording does not say")
    parser.add_argument("--subject", metavar="NAME", help="person, where a recording does not say")
    parser.add_argument(
        "--undo-mean",
        action="store_true",
        help="take back the trailing mean of three frames in which CSV recordings were published",
    )
    parser.set_defaults(command="realtime.commands.data:import_")
