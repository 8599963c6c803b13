"""Whether simulated clips teach what real ones do: `python -m bench.transfer --tracks DIR`.

A small classifier of backflips and handsprings is trained on key points of simulated athletes and
tested on the real recordings of FLIPTALLY_DATA (default `../shared/data`), and the other way round;
once more with single ingredients of the simulation left out; then with a third class, what is
neither. DIR holds the key-point files that `python -m bench.tracks DIR` writes. Nothing is chosen
by what is tested on. Each network is trained from several seeds: mean ± standard deviation.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.classifiers import Convolutions, Labels, Nearest
from bench.clips import data_folder
from bench.staged import EVERYTHING, Ingredients
from bench.transfer_clips import (
    KINDS,
    Clip,
    by_athlete,
    filmed_backflips,
    gym_clips,
    others,
)
from bench.transfer_simulated import simulated_flips, simulated_others
from bench.windows import Floats, mirrored

TRAINING, TESTING = 1, 2
"""Seeds of the simulated clips that are learned from, and of those that are asked."""
_OF_OPENPOSE = "noise of OpenPose"
OTHER_WAYS = {
    "without noise": replace(EVERYTHING, noise=None),
    _OF_OPENPOSE: replace(EVERYTHING, noise="openpose"),
    "without variation": replace(EVERYTHING, variation=False),
    "without other views": replace(EVERYTHING, views=False),
}
"""Ways to simulate, besides with everything. The noise of OpenPose was fitted to the recordings
that are tested on, without looking at what is done in them."""
_COPIES = 4
_MOMENT_ERROR_S = 0.033
"""How far take-off and landing are off in the copies: two frames at 60 fps, as in real labels."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What was said of `clips`: `said` (seeds, clips) by the network, `nearest` (clips,) by the
    nearest window."""

    clips: Sequence[Clip]
    said: Labels
    nearest: Labels

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which answers (seeds, clips) of the network are right."""
        return np.equal(self.said, labels_of(self.clips))

    @classmethod
    def joined(cls, parts: Sequence[Outcome]) -> Outcome:
        """Outcomes of different clips as one."""
        return cls(
            [clip for part in parts for clip in part.clips],
            np.concatenate([part.said for part in parts], axis=1),
            np.concatenate([part.nearest for part in parts]),
        )


def labels_of(clips: Sequence[Clip]) -> Labels:
    """The place of each clip's kind in KINDS (N,)."""
    return np.array([KINDS.index(clip.kind) for clip in clips])


def examples(clips: Sequence[Clip], seed: int) -> tuple[Floats, Labels]:
    """Windows to learn from, with wrong moments and mirrored, and their labels."""
    rng = np.random.default_rng(seed)
    errors = rng.uniform(-_MOMENT_ERROR_S, _MOMENT_ERROR_S, (_COPIES, len(clips), 2))
    windows = np.array(
        [clip.window(*late) for copy in errors for clip, late in zip(clips, copy, strict=True)]
    )
    return np.concatenate([windows, mirrored(windows)]), np.tile(labels_of(clips), 2 * _COPIES)


def check_apart(train: Iterable[Clip], test: Iterable[Clip]) -> None:
    """Raise ValueError when an athlete is both learned from and asked about."""
    both = {clip.athlete for clip in train} & {clip.athlete for clip in test}
    if both:
        raise ValueError(
            f"split: expected nobody in both parts, got {', '.join(sorted(both))}; split by athlete"
        )


def leave_one_out(clips: Sequence[Clip]) -> Iterator[tuple[list[Clip], list[Clip]]]:
    """Each athlete's clips last, all other athletes' first."""
    for athlete, theirs in by_athlete(clips).items():
        yield [clip for clip in clips if clip.athlete != athlete], theirs


class Trial:
    """Trains and asks; the network is compiled once."""

    def __init__(self, classes: int, seeds: int) -> None:
        self._network = Convolutions(classes)
        self._seeds = range(seeds)

    def run(self, train: Sequence[Clip], *tests: Sequence[Clip]) -> list[Outcome]:
        """An outcome for each of `tests`. Raises ValueError when an athlete is in two parts."""
        for test in tests:
            check_apart(train, test)
        windows, labels = examples(train, seed=0)
        asked = [np.array([clip.window() for clip in test]) for test in tests]
        said: list[list[Labels]] = [[] for _ in tests]
        for seed in self._seeds:
            self._network.train(windows, labels, seed)
            for answers, each in zip(said, asked, strict=True):
                answers.append(self._network.classify(each))
        nearest = Nearest(windows, labels)
        return [
            Outcome(test, np.array(answers), nearest.classify(each))
            for test, answers, each in zip(tests, said, asked, strict=True)
        ]

    def each_left_out(self, clips: Sequence[Clip]) -> Outcome:
        return Outcome.joined([self.run(*split)[0] for split in leave_one_out(clips)])


def accuracies(outcome: Outcome, kind: str) -> Floats:
    """The share of right answers (seeds,) about clips of a kind."""
    shares: Floats = outcome.right[:, [clip.kind == kind for clip in outcome.clips]].mean(axis=1)
    return shares


def spread(values: Floats) -> str:
    """Shares as percent, mean ± standard deviation."""
    return f"{100 * values.mean():.1f} ± {100 * values.std():.1f}" if len(values) else ""


def two_kinds(gym: Sequence[Clip], filmed: Sequence[Clip], count: int, seeds: int) -> list[Table]:
    """Backflip or handspring, real and simulated both ways; the errors by athlete."""
    trial = Trial(2, seeds)
    simulated = simulated_flips(count, TRAINING, EVERYTHING)
    fresh = simulated_flips(count // 2, TESTING, EVERYTHING)
    over, simulated_fresh, simulated_filmed = trial.run(simulated, gym, fresh, filmed)
    gym_fresh, gym_filmed = trial.run(gym, fresh, filmed)
    apart = trial.each_left_out(gym)
    rows = {("simulated", "88 gym recordings"): over}
    others_said = {}
    for name, ingredients in OTHER_WAYS.items():
        [outcome] = trial.run(simulated_flips(count, TRAINING, ingredients), gym)
        rows[f"  {name}", "88 gym recordings"] = others_said[name] = outcome
    rows |= {
        ("gym, other athletes", "88 gym recordings"): apart,
        ("gym", "simulated"): gym_fresh,
        ("simulated", "simulated, others"): simulated_fresh,
        ("simulated", "5 filmed backflips"): simulated_filmed,
        ("gym", "5 filmed backflips"): gym_filmed,
    }
    table = Table(title=f"backflip or handspring, % right; {count} simulated clips, {seeds} seeds")
    for column in ("trained on", "tested on", "backflips", "handsprings", "both", "nearest"):
        table.add_column(column, justify="left" if column.endswith("on") else "right")
    for (trained, tested), outcome in rows.items():
        kinds = [spread(accuracies(outcome, k)) if _has(outcome, k) else "" for k in KINDS[:2]]
        nearest = np.equal(outcome.nearest, labels_of(outcome.clips)).mean()
        both = spread(outcome.right.mean(axis=1))
        table.add_row(trained, tested, *kinds, both, f"{100 * nearest:.1f}")
    columns = {
        "simulated": over,
        _OF_OPENPOSE: others_said[_OF_OPENPOSE],
        "gym, other athletes": apart,
    }
    return [table, errors_by_athlete(columns)]


def _has(outcome: Outcome, kind: str) -> bool:
    return any(clip.kind == kind for clip in outcome.clips)


def errors_by_athlete(outcomes: dict[str, Outcome]) -> Table:
    """How many clips of each athlete were taken for the other kind, mean of the seeds."""
    table = Table(
        title="gym recordings taken for the other kind, mean of the seeds, by what was learned from"
    )
    for column in ("athlete", "kind", "clips", *outcomes):
        table.add_column(column, justify="left" if column in ("athlete", "kind") else "right")
    rows: dict[tuple[str, str], dict[str, list[int]]] = {}
    for name, outcome in outcomes.items():
        for i, clip in enumerate(outcome.clips):
            wrong = int((~outcome.right[:, i]).sum())
            rows.setdefault((clip.athlete, clip.kind), {}).setdefault(name, []).append(wrong)
    seeds = len(next(iter(outcomes.values())).said)
    for (athlete, kind), errors in sorted(rows.items()):
        clips = len(next(iter(errors.values())))
        means = [f"{sum(each) / seeds:.1f}" for each in errors.values()]
        table.add_row(athlete, kind, str(clips), *means)
    return table


def three_kinds(gym: Sequence[Clip], tracks: Path, count: int, seeds: int) -> Table:
    """With what is neither: flips that are missed, and false alarms."""
    trial = Trial(3, seeds)
    rope, other = others(tracks, "rope"), others(tracks, "other")
    simulated = _three_kinds_simulated(count, EVERYTHING)
    both = [*simulated, *_three_kinds_simulated(count, OTHER_WAYS[_OF_OPENPOSE])]
    negatives = simulated_others(count // 10, TESTING, EVERYTHING)
    table = Table(title="backflip, handspring or neither, % right")
    for column in ("trained on", "tested on", "windows", *KINDS):
        table.add_column(column, justify="left" if column.endswith("on") else "right")
    flips = simulated_flips(count // 2, TESTING, EVERYTHING)
    trials: list[tuple[str, Sequence[Clip], dict[str, Sequence[Clip]]]] = [
        (
            "simulated",
            simulated,
            {
                "gym": gym,
                "windows of `rope`": rope,
                "windows of `other`": other,
                "simulated, others": negatives,
            },
        ),
        (
            "simulated, both noises",
            both,
            {"gym": gym, "windows of `rope`": rope, "windows of `other`": other},
        ),
        (
            "gym and `rope`",
            [*gym, *rope],
            {
                "windows of `other`": other,
                "simulated, others": negatives,
                "simulated flips": flips,
            },
        ),
    ]
    for trained, train, tests in trials:
        for tested, outcome in zip(tests, trial.run(train, *tests.values()), strict=True):
            cells = [spread(accuracies(outcome, k)) if _has(outcome, k) else "" for k in KINDS]
            table.add_row(trained, tested, str(len(outcome.clips)), *cells)
        table.add_section()
    return table


def _three_kinds_simulated(count: int, ingredients: Ingredients) -> list[Clip]:
    return [
        *simulated_flips(count, TRAINING, ingredients),
        *simulated_others(count // 4, TRAINING, ingredients),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tracks", type=Path, required=True, metavar="DIR")
    parser.add_argument("--clips", type=int, default=400, help="simulated ones to learn from")
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each network")
    options = parser.parse_args()
    count, seeds = options.clips, options.seeds
    data, console = data_folder(), Console(width=110)
    gym, filmed = gym_clips(data / "gym"), filmed_backflips(options.tracks, data)
    for table in two_kinds(gym, filmed, count, seeds):
        console.print(table)
    console.print(three_kinds(gym, options.tracks, count, seeds))


if __name__ == "__main__":
    main()
