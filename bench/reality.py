"""Errors on simulated athletes beside errors on real ones: `python -m bench.reality --tracks DIR`.

DIR holds the key-point files that `python -m bench.tracks DIR` writes of the videos in
FLIPTALLY_DATA (default `../shared/data`). Simulated scenes are rendered and go through the same
pose network, counter and flip rule; once more with the true joints, and with those of the
noise model, in place of the network.
`--only` takes some of the parts.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder
from bench.reality_counting import Seen, counting_table
from bench.reality_flips import flip_tables
from bench.reality_motion import motion_tables
from bench.reality_pose import pose_tables
from bench.reality_scenes import Filmed, draw_shots, film_all
from bench.staged import seen_by, surely
from models.simulation.noise.model import Network
from models.skeleton import Keypoints


def noisy(network: Network, shot: Filmed) -> Keypoints:
    """What the noise model of a network makes of a shot's true joints."""
    return seen_by(network, shot.joints, shot.t, np.random.default_rng(shot.shot.seed))


SEEN: dict[str, Seen] = {
    "true joints": lambda shot: surely(shot.joints),
    "BlazePose's noise": lambda shot: noisy("blazepose", shot),
    "BlazePose": lambda shot: shot.found,
}
FLIPS_SEEN: dict[str, Seen] = {
    **SEEN,
    "OpenPose's noise": lambda shot: noisy("openpose", shot),
}
PARTS = ("counter", "flips", "pose", "motion")


def tables(part: str, tracks: Path, shots: Sequence[Filmed]) -> Iterator[Table]:
    """Those of one of PARTS."""
    data = data_folder()
    if part == "counter":
        yield counting_table(tracks, data, shots, SEEN)
    elif part == "flips":
        yield from flip_tables(tracks, data, shots, FLIPS_SEEN)
    elif part == "pose":
        yield from pose_tables(tracks, data, shots)
    else:
        yield from motion_tables(tracks, data, shots)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tracks", type=Path, required=True, metavar="DIR")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--quick", action="store_true", help="half of the speed steps and flips")
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    options = parser.parse_args()
    shots = film_all(draw_shots(quick=options.quick), options.jobs)
    console = Console(width=150)
    for part in options.only:
        for table in tables(part, options.tracks, shots):
            console.print(table)


if __name__ == "__main__":
    main()
