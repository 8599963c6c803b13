"""The options of `fliptally train` and `fliptally explain`."""

from __future__ import annotations

import argparse
from pathlib import Path

from models.gym.thesis import COPIES, DESIGNS, EPOCHS, REPETITIONS
from realtime.options.arguments import SEEDS, Commands, json_target, target, whole
from realtime.options.train_flips import add_flips


def add_train(commands: Commands) -> None:
    """The command and what it trains."""
    parser = commands.add_parser("train", help="train and judge the learned parts")
    parts = parser.add_subparsers(required=True, metavar="WHAT")
    _add_gym(parts)
    add_flips(parts)


def add_explain(commands: Commands) -> None:
    """The command and what it explains."""
    parser = commands.add_parser("explain", help="what the learned parts respond to")
    parts = parser.add_subparsers(required=True, metavar="WHAT")
    gym = parts.add_parser(
        "gym", help="the thesis's networks: their neurons over time, as PNG and as a page"
    )
    _add_data(gym)
    _add_networks(gym)
    gym.add_argument(
        "--athlete",
        metavar="NAME",
        help="whose recordings are shown; nothing of his is trained on (default: who did most of "
        "both)",
    )
    gym.add_argument(
        "--out",
        type=Path,
        default=Path("activations"),
        metavar="DIR",
        help="folder for the pictures and the page, made if need be (default: activations)",
    )
    _add_training(gym)
    gym.set_defaults(command="realtime.commands.explain:gym")


def _add_gym(parts: Commands) -> None:
    gym = parts.add_parser(
        "gym", help="the thesis's networks: backflip or handspring, its way and by athlete"
    )
    _add_data(gym)
    _add_networks(gym)
    gym.add_argument(
        "--protocol",
        choices=("published", "athlete", "both"),
        default="both",
        help="published: a random fifth of the augmented copies is tested on. athlete: trained on "
        "all athletes but one, tested on him, and under stress (default: both)",
    )
    gym.add_argument(
        "--splits",
        type=whole(1, 1000),
        default=1,
        metavar="N",
        help="random splits of the published protocol (default: 1)",
    )
    gym.add_argument("--json", type=json_target, metavar="PATH", help="all runs (-: to stdout)")
    gym.add_argument(
        "--show",
        metavar="RECORDING",
        help="draw what each step of the preparation does to this one, by its name, and end",
    )
    gym.add_argument("--out", type=target, metavar="PNG", help="of --show (default: RECORDING.png)")
    _add_training(gym)
    gym.set_defaults(command="realtime.commands.train:gym")


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="a data set as fliptally data import makes it (default: gym in FLIPTALLY_DATA, or "
        "../shared/data/gym)",
    )


def _add_networks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--network",
        choices=tuple(DESIGNS),
        action="append",
        metavar="NAME",
        help=f"{', '.join(DESIGNS)}; again for another (default: all)",
    )


def _add_training(parser: argparse.ArgumentParser) -> None:
    """What is trained on, how often, and how recordings are prepared."""
    parser.add_argument(
        "--repetitions",
        type=whole(1, 1000),
        default=REPETITIONS,
        metavar="N",
        help="networks trained of each kind, split or athlete; explain takes the one that learned "
        f"best (default: {REPETITIONS})",
    )
    parser.add_argument(
        "--copies",
        type=whole(0, 100),
        metavar="N",
        help="augmented copies of each recording that are trained on, 0: the recording itself "
        f"(default: {COPIES} as in the author's notebooks, 10 by athlete)",
    )
    parser.add_argument(
        "--epochs",
        type=whole(1, 1000),
        default=EPOCHS,
        metavar="N",
        help=f"passes over what is trained on (default: {EPOCHS})",
    )
    parser.add_argument(
        "--seed", type=whole(0, SEEDS), default=0, metavar="N", help="of all draws (default: 0)"
    )
    steps = parser.add_argument_group("preparation")
    steps.add_argument("--no-fill", action="store_true", help="leave joints that were not seen 0")
    steps.add_argument(
        "--smooth",
        choices=("centred", "trailing", "none"),
        default="centred",
        help="mean of three frames, as the thesis writes or as its author coded it (default: "
        "centred)",
    )
    steps.add_argument(
        "--keep-all", action="store_true", help="also recordings with a joint that is never seen"
    )
    steps.add_argument("--no-centre", action="store_true", help="leave pixels where they are")
    steps.add_argument("--all-joints", action="store_true", help="all 25, not 15")
