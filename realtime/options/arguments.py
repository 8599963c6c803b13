"""What the options of the command line may be; each mistake is one line."""

from __future__ import annotations

import argparse
import math
import os
import re
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from calibration.zone import PictureZone, parse_zone
from realtime.sources.errors import SourceError

Commands: TypeAlias = "argparse._SubParsersAction[Any]"
"""Where a command or a part of one is added: argparse has no public name for it."""

ZoneOption = PictureZone | Literal["station"]

SEEDS = 2**32
"""The largest seed of random draws."""
_LONGEST_PATH = 100  # of a socket in the file system


def target(text: str) -> Path:
    """A file to write; whether that can be is said now, not after the attempt."""
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{text}: is a folder; expected a file to write")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text}: expected a file in a folder you can write to")
    return path


def target_or_folder(text: str) -> Path:
    """The same, or a folder that is there, for a file of each of several stations."""
    path = Path(text)
    return path if path.is_dir() and os.access(path, os.W_OK) else target(text)


def json_target_or_folder(text: str) -> str:
    """The same for `--json`."""
    return text if text == "-" else str(target_or_folder(text))


def json_target(text: str) -> str:
    """A file to write, or - for standard output."""
    return text if text == "-" else str(target(text))


def endpoint(*, events: bool = False) -> Callable[[str], str]:
    """Where workers connect; of `events`, IPv6 and ipc too."""
    ipv6 = r"|\[[0-9a-fA-F:.]+\]" if events else ""
    ipc = f", or ipc://path of at most {_LONGEST_PATH} characters" if events else ""

    def parse(text: str) -> str:
        tcp = re.fullmatch(rf"tcp://(?:[^:/\s]+{ipv6}):(\d{{1,5}})", text)
        path = re.fullmatch(r"ipc://(\S.*)", text) if events else None
        if not (tcp and 1 <= int(tcp[1]) <= 65535) and not (path and len(path[1]) <= _LONGEST_PATH):
            raise argparse.ArgumentTypeError(
                f"{text}: expected tcp://address:port, port 1 to 65535{ipc}"
            )
        return text

    return parse


def station(*, events: bool = False) -> Callable[[str], str]:
    """The endpoint of a station elsewhere: its name must be known here."""
    well_formed = endpoint(events=events)

    def parse(text: str) -> str:
        scheme, _, rest = well_formed(text).partition("://")
        host = rest.rpartition(":")[0].strip("[]")
        try:
            if scheme == "tcp":
                socket.getaddrinfo(host, None)
        except OSError:
            raise argparse.ArgumentTypeError(
                f"{text}: no address is known for {host}; check the name, or give the address that "
                "the station says"
            ) from None
        return text

    return parse


def each_once(given: Sequence[str], what: str, option: str = "") -> None:
    """Raise SourceError where one of the `given` sources or stations is given again."""
    for at, one in enumerate(given):
        if one in given[:at]:
            raise SourceError(f"{option}{one}: given twice; name each {what} once")


def zone(text: str) -> ZoneOption:
    """A place in the picture, or "station": the one on the calibrated floor."""
    if text == "station":
        return "station"
    try:
        return parse_zone(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def size(text: str) -> tuple[int, int]:
    """Width and height of a picture; H.264 has even ones."""
    match = re.fullmatch(r"(\d{1,4})x(\d{1,4})", text)
    pixels = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(16 <= side <= 8192 and side % 2 == 0 for side in pixels):
        raise argparse.ArgumentTypeError(
            f"{text}: expected width and height as in 1280x720, even numbers 16 to 8192"
        )
    return pixels


def pixel(text: str) -> tuple[float, float]:
    """A place in a picture."""
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        x = y = math.nan
    if not (math.isfinite(x) and math.isfinite(y)):
        raise argparse.ArgumentTypeError(f"{text}: expected x,y in pixels, as in 412,655.5")
    return x, y


def metres(text: str) -> tuple[float, float]:
    """Width and depth on the floor."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)", text)
    sides = (float(match[1]), float(match[2])) if match else (0.0, 0.0)
    if not all(0.1 <= side <= 100 for side in sides):
        raise argparse.ArgumentTypeError(f"{text}: expected metres as in 5x5, each 0.1 to 100")
    return sides


def whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text}: expected a whole number {low} to {high}")
        return int(text)

    return parse


def number(low: float, high: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text}: expected a number {low:g} to {high:g}")
        return value

    return parse
