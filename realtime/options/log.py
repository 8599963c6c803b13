"""The option `--log`, and the variable that stands for it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from realtime.logs import LEVELS, OFF, LogPlace
from realtime.options.arguments import target

VARIABLE = "FLIPTALLY_LOG"


def add_log(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--log",
        type=log_place,
        default=os.environ.get(VARIABLE, "info"),
        metavar="[LEVEL:]FILE",
        help=f"where faults are logged, as lines of JSON; LEVEL (alone: in the user's log folder) "
        f"is {', '.join(LEVELS)} or {OFF} (default: {VARIABLE}, or info)",
    )


def log_place(text: str) -> LogPlace | None:
    """None where there is to be no log."""
    if text == OFF:
        return None
    level, colon, path = text.partition(":")
    if level not in LEVELS:
        return LogPlace(path=Path(target(text)))
    if colon and not path:
        raise argparse.ArgumentTypeError(f"{text}: expected a file behind the colon")
    return LogPlace(LEVELS[level], Path(target(path)) if path else None)
