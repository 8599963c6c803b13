"""The options of `fliptally train flips`."""

from __future__ import annotations

from pathlib import Path

from realtime.options.arguments import SEEDS, Commands, whole


def add_flips(parts: Commands) -> None:
    """The part of `train` that makes the live network."""
    flips = parts.add_parser(
        "flips", help="the live network: backflip, handspring or neither, frame by frame"
    )
    flips.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="the folders gym, flips and penn_action (default: FLIPTALLY_DATA, or ../shared/data)",
    )
    flips.add_argument(
        "--tracks",
        type=Path,
        required=True,
        metavar="DIR",
        help="key points of the videos by our own pose network: the folders rope, flips and other, "
        "as python -m bench.tracks DIR makes them",
    )
    flips.add_argument(
        "--out",
        type=Path,
        default=Path("flips"),
        metavar="DIR",
        help="folder for flips.npz, flips.tflite and flips.md (default: flips)",
    )
    for name, most, what in (
        ("--examples", 100_000, "drawn of each kind for each fold"),
        ("--simulated", 100_000, "simulated streams; 200 of them are kept to judge by"),
        ("--steps", 1_000_000, "batches that each network is trained on"),
        ("--seed", SEEDS, "of all draws"),
        ("--jobs", 256, "processes that simulate and draw"),
    ):
        flips.add_argument(
            name, type=whole(0 if name == "--seed" else 1, most), metavar="N", help=what
        )
    flips.set_defaults(command="realtime.commands.train_flips:flips")
