"""Flips of athletes and videos that the network has not seen: `python -m bench.flips_held_out`.

    python -m bench.flips_held_out --tracks DIR --folds FOLDS

Four networks, each of three quarters of the athletes and of the videos, as `fliptally train flips`
has them for its card, but in the place of the shipped one in the whole recogniser. They are kept in
FOLDS as `fold_0.npz` and so on; those that are not there are trained first, which takes as long as
`fliptally train flips`. DIR holds key points of the real videos, as `bench.tracks DIR` makes them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder
from bench.flips_cases import Case, gym_cases, video_cases
from bench.flips_recognised import RECOGNISERS, Judged, judged
from bench.flips_stress import STRESSES
from bench.flips_tables import error_table, false_tables, found_tables
from bench.staged import in_parallel
from models.gym.live import corpus as corpora
from models.gym.live import recorded
from models.gym.live.features import MIRRORED, Features
from models.gym.live.inference import LiveNetwork

FOLDS = 4
_OF_NOBODY = -1
Fold = tuple[int, Case]


class FoldNetwork:
    """The live network in NumPy, from the weights of `models.gym.live.network.sequences`: as
    `LiveNetwork`, without a flatbuffer. Keras's gated recurrent unit (`reset_after`)."""

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as archive:
            self._weights = [archive[f"arr_{i}"] for i in range(len(archive.files))]
        self._units = self._weights[3].shape[0]

    def start(self) -> NDArray[np.float32]:
        return np.zeros((1, 2 * self._units), np.float32)

    def step(
        self, seen: Features, state: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        inward, inward_bias, kernel, recurrent, bias, outward, outward_bias = self._weights
        views = np.stack([seen, seen * MIRRORED])
        before = state.reshape(2, self._units)
        new = np.maximum(views @ inward + inward_bias, 0) @ kernel + bias[0]
        old = before @ recurrent + bias[1]
        (z, r, h), (z_old, r_old, h_old) = np.split(new, 3, axis=1), np.split(old, 3, axis=1)
        kept, reset = (1 / (1 + np.exp(-v)) for v in (z + z_old, r + r_old))
        after = kept * before + (1 - kept) * np.tanh(h + reset * h_old)
        odds = (after @ outward + outward_bias).mean(axis=0)
        raised = np.exp(odds - odds.max())
        said = (raised / raised.sum()).astype(np.float32)
        return said, after.reshape(1, -1).astype(np.float32)


@lru_cache(maxsize=FOLDS)
def _network(path: Path) -> FoldNetwork:
    return FoldNetwork(path)


def path_of(folder: Path, fold: int) -> Path:
    return folder / f"fold_{fold}.npz"


def train_missing(folder: Path, tracks: Path, jobs: int) -> None:
    """Train the networks that are not in `folder`, as `fliptally train flips` does."""
    missing = [fold for fold in range(FOLDS) if not path_of(folder, fold).exists()]
    if not missing:
        return
    from models.gym.live import network  # noqa: PLC0415  # Keras takes seconds to load
    from models.gym.live.examples import Examples, drawn  # noqa: PLC0415
    from models.gym.live.shipping import FRESH, SIMULATED_SEED, Settings  # noqa: PLC0415
    from models.gym.live.simulated import simulated  # noqa: PLC0415
    from models.gym.live.training import train  # noqa: PLC0415
    from realtime.recognise.flip_network import body_rows  # noqa: PLC0415

    settings = Settings(jobs=jobs)
    streams = simulated(settings.simulated, SIMULATED_SEED, jobs)[FRESH:]
    corpus = replace(corpora.load(data_folder(), tracks), simulated=streams)
    found = drawn(corpus, body_rows, settings.counts, settings.seed, jobs)
    folder.mkdir(parents=True, exist_ok=True)
    for fold in missing:
        seen = [e for (of, kind), e in found.items() if of != fold or kind == "simulated"]
        weights = train(Examples.joined(seen), settings.seed, settings.steps)
        network.save(weights, path_of(folder, fold))


def gym_folds(data: Path) -> Iterator[Fold]:
    """The recordings, plain and under stress, with the fold of the athlete."""
    fold_of = corpora.folds(recorded.gym(data / "gym"))
    cases = gym_cases(data / "gym")
    for name, stress in STRESSES.items():
        for case in cases:
            yield fold_of[case.group.split(", ")[1]], replace(stress(case), group=name)


def video_folds(data: Path, tracks: Path) -> Iterator[Fold]:
    """The videos in which nobody flips, with their fold."""
    streams = corpora.load(data, tracks).neither
    fold_of = corpora.folds(streams)
    folds = {stream.name: fold_of[stream.group] for stream in streams}
    for which in ("rope", "other"):
        for case in video_cases(tracks / which):
            yield folds.get(case.name, _OF_NOBODY), case


def judged_held_out(folder: Path, evidence: Sequence[str], item: Fold) -> Judged:
    """A case by the network that has not seen it."""
    fold, case = item
    network = _network(path_of(folder, max(fold, 0)))
    with patch.object(LiveNetwork, "shipped", return_value=network):
        return judged(evidence, case, peaks=True)


def tables(
    folder: Path, data: Path, tracks: Path, evidence: Sequence[str], jobs: int
) -> Iterator[Table]:
    judge = partial(judged_held_out, folder, tuple(evidence))
    found = in_parallel(judge, gym_folds(data), jobs)
    yield from found_tables("gym, networks of other athletes", found, evidence)
    plain = [case for case in found if case.group == next(iter(STRESSES))]
    yield error_table("gym, networks of other athletes", plain, evidence)
    yield from false_tables(in_parallel(judge, video_folds(data, tracks), jobs), evidence)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tracks", type=Path, required=True, metavar="DIR")
    parser.add_argument("--folds", type=Path, required=True, metavar="FOLDS")
    parser.add_argument(
        "--evidence", nargs="+", choices=list(RECOGNISERS), default=list(RECOGNISERS)
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N")
    options = parser.parse_args()
    train_missing(options.folds, options.tracks, options.jobs)
    console = Console(width=160)
    for table in tables(
        options.folds, data_folder(), options.tracks, options.evidence, options.jobs
    ):
        console.print(table)


if __name__ == "__main__":
    main()
