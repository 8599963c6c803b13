"""What the protocols found, as tables to read and as a document to keep."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.gym.protocols import Judged, Scores
from models.gym.training import History

SCHEMA = "fliptally/gym@1"


@dataclass(frozen=True)
class Table:
    """Rows as text; the first column is a name, the others are figures."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    note: str


def published_table(judged: Judged) -> Table:
    """Beside the thesis's own."""
    scores = judged.scores
    train, test = scores[0].samples
    return Table(
        "As published: a fifth of the copies drawn for testing",
        ("network", "accuracy, %", "thesis", "wall time", "thesis"),
        [
            (
                score.design.title,
                spread(score.accuracies),
                _percent(score.design.published),
                _wall(score.wall_s),
                _wall(score.design.wall_s),
            )
            for score in scores
        ],
        f"Mean and standard deviation of {len(scores[0].accuracies)} runs, trained on {train} and "
        f"tested on {test} samples; copies of one recording are on both sides. Wall time of all "
        "runs with compiling, min:s. Thesis: TalTech 2020, table 6.1; by its author's logs its "
        "wall times are of other runs, one epoch with 1514 samples. "
        "As coded: the LSTM's last state only; the right arm for all five body parts.",
    )


def athlete_table(judged: Judged) -> Table:
    """With the athlete who fared worst."""
    scores = judged.scores
    train, test = scores[0].samples
    return Table(
        "By athlete: trained on all but one, tested on him",
        ("network", "accuracy, %", "worst athlete", "", "wall time"),
        [
            (
                score.design.title,
                spread(score.accuracies),
                *_worst(score),
                _wall(score.wall_s),
            )
            for score in scores
        ],
        f"Mean and standard deviation of {len(scores[0].accuracies)} runs over all {test} "
        f"recordings, each said by a network that was trained on {train} samples (mean) of the "
        "other athletes.",
    )


def stress_table(judged: Judged) -> Table:
    """The same networks as in `athlete_table`."""
    scores, labels = judged.scores, judged.data.labels
    stresses = tuple(scores[0].stressed)
    commonest = np.bincount(labels).max() / len(labels)
    return Table(
        "The same networks under stress",
        ("network", "recorded", *stresses),
        [
            (
                score.design.title,
                *(
                    _short(runs)
                    for runs in (score.accuracies, *(score.stressed[name] for name in stresses))
                ),
            )
            for score in scores
        ],
        "Accuracy in %. Joints are missing at random, in the preparation filled or left zero. To "
        f"say always the same would give {_percent(commonest)}.",
    )


def document(published: Judged | None, athletes: Judged | None) -> dict[str, Any]:
    """JSON with all runs; shares 0 to 1, seconds. None: not done."""
    done = {"published": published, "by_athlete": athletes}
    return {
        "schema": SCHEMA,
        **{name: _protocol(judged) for name, judged in done.items() if judged},
    }


def _protocol(judged: Judged) -> dict[str, Any]:
    clips, dropped = judged.data.prepared
    return {
        "settings": asdict(judged.settings),
        "recordings": len(clips),
        "athletes": sorted({clip.subject for clip in clips}),
        "dropped": [{"clip": name, "reason": reason} for name, reason in dropped],
        "networks": [_entry(score) for score in judged.scores],
    }


def spread(accuracies: NDArray[np.float64]) -> str:
    """Mean and standard deviation of runs, in per cent."""
    return f"{100 * accuracies.mean():.1f} ± {100 * accuracies.std():.1f}"


def _short(accuracies: NDArray[np.float64]) -> str:
    return f"{100 * accuracies.mean():.0f} ± {100 * accuracies.std():.0f}"


def _worst(score: Scores) -> tuple[str, str]:
    name = min(score.by_athlete, key=lambda athlete: score.by_athlete[athlete])
    return name, _percent(score.by_athlete[name])


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"


def _wall(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return "{}:{:02}".format(*divmod(round(seconds), 60))


def _entry(score: Scores) -> dict[str, Any]:
    design = score.design
    history = score.history
    return {
        "network": design.name,
        "accuracy": {"mean": float(score.accuracies.mean()), "sd": float(score.accuracies.std())},
        "runs": score.accuracies.tolist(),
        "trained_on": score.samples[0],
        "tested_on": score.samples[1],
        "wall_s": score.wall_s,
        "thesis": {"accuracy": design.published, "wall_s": design.wall_s},
        "by_athlete": score.by_athlete,
        "stressed": {name: runs.tolist() for name, runs in score.stressed.items()},
        "history": None if history is None else _history(history),
    }


def _history(history: History) -> dict[str, Any]:
    """NaN, where nothing is watched, is no JSON."""
    return {
        name: [[None if math.isnan(value) else value for value in run] for run in values.tolist()]
        for name, values in vars(history).items()
    }
