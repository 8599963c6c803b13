"""The options `--resume` and `--guard`."""

from __future__ import annotations

import argparse
from pathlib import Path

LAST = Path()
"""The last session of the camera."""


def add_resume(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--resume",
        nargs="?",
        type=Path,
        const=LAST,
        metavar="SESSION",
        help="go on with a session that was cut off, in its file (default: the last one of this "
        "camera); give the source before it",
    )


def add_guard(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--guard",
        action="store_true",
        help="watch over the station from a process of its own: when it dies or hangs it is "
        "started again, and goes on in its session",
    )
