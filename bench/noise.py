"""Noise models of key points beside the real networks: `python -m bench.noise DIR [--save]`.

DIR is what `bench.noise_tracks` made. The models are fitted to some athletes (OpenPose) or seeds
(BlazePose) and compared with the others: the same truth, once as the network saw it and once with
the model's noise, by rotation of the trunk. Then how often the flip rule is right on both, and how
well a classifier tells them apart. `--save` writes the fitted models to `models/weights` and the
charts to `docs/noise-*.svg`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.noise_chart import chart
from bench.noise_checks import discriminator, flip_table
from models.simulation.curves import Floats
from models.simulation.noise.aspect import BIN_DEG, BINS
from models.simulation.noise.fit import fit
from models.simulation.noise.joints import (
    GROUPS,
    SWAPPED_ARMS,
    SWAPPED_LEGS,
    TURNED_OVER,
    anchors,
)
from models.simulation.noise.model import KeypointNoise
from models.simulation.noise.recordings import Recording, Residuals, read_recordings, residuals

HELD_OUT = {
    "openpose": ("allar", "joosep", "martin"),
    "blazepose": ("8", "9", "10", "11"),
}
DATA = {
    "openpose": "gym/clips: raw OpenPose BODY_25 of 8 athletes, 60 fps, side view; truth "
    "reconstructed (models.simulation.noise.reference), whole losses not in the data",
    "blazepose": "rendered scenes backflip, handspring, speed, mixed; 12 seeds, any side, 30 and "
    "60 fps, motion blur, low light (bench.noise_tracks)",
}
DRAWS = 3
"""How often the model is applied to each held-out truth."""
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, eq=False)
class Measured:
    """What recordings show of a network's noise; errors and runs as samples, the rest by bin."""

    error: list[Floats]
    lost: Floats
    turned: Floats
    swapped: Floats
    absent: Floats
    confidence: list[Floats]
    runs: Floats

    def percentile(self, which: str, q: float) -> Floats:
        samples: list[Floats] = getattr(self, which)
        return np.array([np.percentile(s, q) if len(s) else np.nan for s in samples])


def measured(recordings: Sequence[Recording], offset: Floats) -> Measured:
    rest = residuals(recordings, offset)
    size = np.hypot(rest.off[..., 0], rest.off[..., 1])
    bins = [(rest.bin == b) & rest.present for b in range(BINS)]
    state = rest.state

    def share(flags: np.ndarray) -> Floats:
        return np.array([flags[b].mean() if b.any() else np.nan for b in bins])

    return Measured(
        error=[size[b][np.isfinite(size[b])] for b in bins],
        lost=share(rest.confidence == 0),
        turned=share((state & TURNED_OVER) > 0),
        swapped=share((state & (SWAPPED_ARMS | SWAPPED_LEGS)) > 0),
        absent=np.array(
            [
                1 - rest.present[rest.bin == b].mean() if (rest.bin == b).any() else np.nan
                for b in range(BINS)
            ]
        ),
        confidence=[rest.confidence[b][rest.confidence[b] > 0] for b in bins],
        runs=_runs(rest),
    )


def _runs(rest: Residuals) -> Floats:
    """Lengths of all runs of frames in which a joint was lost and others were seen, seconds."""
    lengths: list[float] = []
    step = np.median(np.diff(rest.t)[~rest.begin[1:]])
    for joint in ((rest.confidence == 0) & rest.present[:, None]).T:
        edges = np.diff(np.concatenate([[False], joint, [False]]).astype(int))
        lengths += ((np.flatnonzero(edges < 0) - np.flatnonzero(edges > 0)) * step).tolist()
    return np.array(lengths)


def distance(one: Floats, other: Floats) -> float:
    """Kolmogorov's and Smirnov's: the greatest difference of two distributions' shares."""
    if not len(one) or not len(other):
        return float("nan")
    both = np.sort(np.concatenate([one, other]))
    shares = [np.searchsorted(np.sort(s), both, side="right") / len(s) for s in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())


def simulated(
    recordings: Sequence[Recording], noise: KeypointNoise, draws: int = DRAWS
) -> list[Recording]:
    """The same truths with the model's noise."""
    return [
        replace(r, keypoints=noise.apply(r.true, r.t, np.random.default_rng([draw, i])))
        for draw in range(draws)
        for i, r in enumerate(recordings)
    ]


def bin_table(network: str, real: Measured, model: Measured) -> Table:
    table = Table(title=f"{network}: held-out recordings, real | model")
    for column in (
        *("rotation", "error p50", "p95", "lost %", "turned over %", "swapped %", "nobody %"),
        *("confidence p25", "p50", "p75", "KS error", "KS conf."),
    ):
        table.add_column(column, justify="right")
    for b in range(BINS):
        cells = [_both([m.percentile("error", q)[b] for m in (real, model)]) for q in (50, 95)]
        for name in ("lost", "turned", "swapped", "absent"):
            cells.append(_both([100 * getattr(m, name)[b] for m in (real, model)], digits=1))
        for q in (25, 50, 75):
            cells.append(_both([m.percentile("confidence", q)[b] for m in (real, model)], digits=2))
        ks = [distance(getattr(real, n)[b], getattr(model, n)[b]) for n in ("error", "confidence")]
        table.add_row(f"{b * BIN_DEG}-{(b + 1) * BIN_DEG}°", *cells, *(f"{k:.2f}" for k in ks))
    return table


def _both(pair: Sequence[float], digits: int = 3) -> str:
    real, model = pair
    return f"{real:.{digits}f} | {model:.{digits}f}"


def scores(real: Measured, model: Measured) -> dict[str, float]:
    """Two-sample distances over all bins; of shares, the mean difference over the bins."""
    found = {
        f"ks_{name}": distance(
            np.concatenate(getattr(real, name)), np.concatenate(getattr(model, name))
        )
        for name in ("error", "confidence")
    }
    found["ks_loss_run"] = distance(real.runs, model.runs)
    for name in ("lost", "turned", "swapped", "absent"):
        found[f"mean_difference_{name}"] = float(
            np.nanmean(np.abs(getattr(real, name) - getattr(model, name)))
        )
    return {name: round(value, 3) for name, value in found.items() if np.isfinite(value)}


def group_table(network: str, real: Residuals, model: Residuals, groups: np.ndarray) -> Table:
    table = Table(title=f"{network}: by group of joints, real | model")
    for column in ("group", "error p50", "p95", "lost %", "KS error", "KS confidence"):
        table.add_column(column, justify="right")
    for g, name in enumerate(GROUPS):
        size, lost, sure = [], [], []
        for rest in (real, model):
            off = rest.off[:, groups == g]
            length = np.hypot(off[..., 0], off[..., 1])
            size.append(length[np.isfinite(length)])
            confidence = rest.confidence[:, groups == g]
            lost.append(float(100 * (confidence[rest.present] == 0).mean()))
            sure.append(confidence[confidence > 0])
        table.add_row(
            name,
            *(_both([float(np.percentile(s, q)) for s in size]) for q in (50, 95)),
            _both(lost, digits=1),
            *(f"{distance(*pair):.2f}" for pair in (size, sure)),
        )
    return table


def compare(
    network: str, folder: Path, console: Console
) -> tuple[KeypointNoise, str, list[Recording]]:
    """Fit and print; the model, its chart and the recordings held out."""
    recordings = read_recordings(folder / network)
    held = [r for r in recordings if r.subject in HELD_OUT[network]]
    mine = [r for r in recordings if r.subject not in HELD_OUT[network]]
    noise = fit(mine, {})
    made = simulated(held, noise)
    real, model = (measured(part, noise.offset) for part in (held, made))
    console.print(bin_table(network, real, model))
    groups = anchors(noise.skeleton).group
    parts = [residuals(part, noise.offset) for part in (held, made)]
    console.print(group_table(network, parts[0], parts[1], groups))
    if len(real.runs):
        runs = [np.percentile(m.runs * 1000, (50, 90, 99)).round().tolist() for m in (real, model)]
        console.print(f"loss runs p50/p90/p99 ms: real {runs[0]}, model {runs[1]}")
    found = scores(real, model)
    own = [measured(part, noise.offset) for part in (mine, simulated(mine, noise, 1))]
    console.print(f"{network} fitted to: {scores(*own)}")
    console.print(f"{network} held out {', '.join(HELD_OUT[network])}: {found}")
    accuracy = discriminator(held, made[: len(held)], console)
    console.print("for comparison, real recordings of the others from these:")
    discriminator(held, mine, console)
    card = {
        "command": "python -m bench.noise_tracks DIR; python -m bench.noise DIR --save",
        "data": DATA[network],
        "date": date.today().isoformat(),
        "fitted_to": sorted({r.subject for r in recordings} - set(HELD_OUT[network])),
        "held_out": sorted(HELD_OUT[network]),
        "scores_held_out": {**found, "told_from_real": round(accuracy, 3)},
    }
    return replace(noise, card=card), chart(network, real, model), held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--save", action="store_true")
    options = parser.parse_args()
    console = Console(width=150)
    for network in DATA:
        noise, drawing, held = compare(network, options.folder, console)
        if options.save:
            noise.save(ROOT / "models" / "weights" / f"noise_{network}.json")
            (ROOT / "docs" / f"noise-{network}.svg").write_text(drawing, "utf-8")
        if network == "openpose":
            console.print(flip_table(held, noise))


if __name__ == "__main__":
    main()
