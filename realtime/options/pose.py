"""The pose engine as it is chosen on the command line, and handed on to a worker's."""

from __future__ import annotations

import argparse
import os
import re
from dataclasses import dataclass
from pathlib import Path

from models.pose import engines
from models.pose.options import PoseOptions
from realtime.messages import MAX_PEOPLE
from realtime.options.arguments import whole

_CELL = 16  # BODY_25's network takes multiples of it
_MAX_SIDE = 2048


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """An engine of `models.pose.engines.ENGINES`, and what it is to do."""

    engine: str
    options: PoseOptions

    def check(self) -> None:
        """Raises EngineError and WeightsError before anything is opened: one line is better than
        a dead worker."""
        engines.check(self.engine, self.options)

    @property
    def is_default(self) -> bool:
        """Whether nothing was chosen (but, maybe, the threads)."""
        return self == EngineChoice(engines.DEFAULT, PoseOptions(threads=self.options.threads))

    def arguments(self) -> list[str]:
        """What `add_options` reads back as this choice, but for `--threads`."""
        options = self.options
        arguments = ["--engine", self.engine, "--people", str(options.people)]
        if options.caffemodel is not None:
            arguments += ["--caffemodel", str(options.caffemodel)]
        if options.net_size is not None:
            arguments += ["--net-size", "x".join(map(str, options.net_size))]
        for key, value in options.openpose.items():
            arguments += ["--openpose", f"{key}={value}"]
        return arguments


def chosen(namespace: argparse.Namespace) -> EngineChoice:
    """The choice in what a parser with `add_options` has read."""
    options = PoseOptions(
        people=namespace.people,
        threads=namespace.threads,
        caffemodel=namespace.caffemodel,
        net_size=namespace.net_size,
        openpose=dict(namespace.openpose),
    )
    return EngineChoice(namespace.engine, options)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that choose a pose engine."""
    kinds = "; ".join(f"{name}, {engine.about}" for name, engine in engines.ENGINES.items())
    parser.add_argument(
        "--engine",
        choices=engines.ENGINES,
        default=engines.DEFAULT,
        help=f"what finds people: {kinds} (default: %(default)s)",
    )
    parser.add_argument(
        "--people",
        type=whole(1, MAX_PEOPLE),
        default=PoseOptions().people,
        metavar="N",
        help="how many are followed at once, each with his own count (default: 4)",
    )
    parser.add_argument(
        "--threads",
        type=whole(1, os.cpu_count() or 1),
        default=2,
        metavar="N",
        help="threads of a pose worker",
    )
    add_network_options(parser)


def add_network_options(parser: argparse.ArgumentParser) -> None:
    """Those of the engines that are not the default."""
    parser.add_argument(
        "--caffemodel",
        type=Path,
        metavar="FILE",
        help="OpenPose's official pose_iter_584000.caffemodel (body25)",
    )
    parser.add_argument(
        "--net-size",
        type=_net_size,
        metavar="WxH",
        help="network input in px, multiples of 16 (body25, openpose)",
    )
    parser.add_argument(
        "--openpose",
        type=_key_value,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a flag of OpenPose, such as model_folder=DIR; again for the next (openpose)",
    )


def _net_size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,4})x(\d{1,4})", text)
    width, height = map(int, match.groups()) if match else (0, 0)
    if any(side % _CELL or not _CELL <= side <= _MAX_SIDE for side in (width, height)):
        raise argparse.ArgumentTypeError(
            f"{text}: expected WIDTHxHEIGHT, multiples of {_CELL} up to {_MAX_SIDE}, as 656x368"
        )
    return width, height


def _key_value(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise argparse.ArgumentTypeError(f"{text}: expected KEY=VALUE, as model_folder=/models")
    return key, value
