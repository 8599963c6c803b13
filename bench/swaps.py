"""Whether left stays left: `python -m bench.swaps TRACKS`.

TRACKS holds key-point files as `python -m bench.tracks` writes them; those of the labelled speed
steps in `rope/` are looked at. Each label is a foot switch, so that the supporting foot alternates
from label to label. The foot that the key points put lower in the middle of a support is compared
with that; once more after a repair of left and right by constant velocity.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder
from models.skeleton import BODY, SKELETONS, Keypoints, convert

Floats = NDArray[np.float64]

SWAP_COST = 4
"""What an exchange of the sides costs, in labels. An exchange and the one back must explain more
than twice as many; one that lasts to the end of the clip, more than this. Single wrong labels are
no exchange."""
_SUPPORT = (0.25, 0.75)  # the part of the time between two switches that is looked at
_AROUND = 6  # supports before and after: about two seconds
_FEET = [
    [BODY.index(f"{side}_{part}") for part in ("ankle", "heel", "toe")]
    for side in ("left", "right")
]
_LEGS = np.array(
    [
        [BODY.index(f"{side}_{part}") for part in ("hip", "knee", "ankle", "heel", "toe")]
        for side in ("left", "right")
    ]
)
_MUCH_NEARER = 0.7  # share of the distance


@dataclass(frozen=True)
class Agreement:
    """Of `labels` supports, in `seen` one can tell which foot is lower. `agree` of these fit strict
    alternation through the whole clip in the better of its two phases; `alternate` of the pairs of
    neighbours differ; the sides are exchanged `swaps` times, and `steady` fit in between."""

    labels: int
    seen: int
    agree: int
    alternate: float
    swaps: int
    steady: int


def left_lower(keypoints: Keypoints, labels: Sequence[int]) -> Floats:
    """How much lower (n,) the left foot is than the right one, px, during each support.

    `keypoints` is (T, 17, 3) in the order of BODY, `labels` the frames of the n switches. The
    middle of the range of the supports around is taken out: a camera sees the nearer foot lower,
    by more or less as the athlete turns. NaN where feet are missing.
    """
    seen = (keypoints[:, np.concatenate(_FEET), 2] > 0).all(axis=1)
    left, right = (keypoints[:, foot, 1].mean(axis=1, dtype=np.float64) for foot in _FEET)
    lower = np.where(seen, left - right, np.nan)
    gaps = np.diff(labels)
    ends = np.concatenate([gaps, [np.median(gaps)]])
    supports = [_middle(lower, f, gap) for f, gap in zip(labels, ends, strict=True)]
    return _centred(np.array(supports))


def _centred(values: Floats) -> Floats:
    """Values (n,) less the middle of the range (10 to 90 %) of those around."""
    padded = np.pad(values, _AROUND, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _AROUND + 1)
    known = np.isfinite(values)
    centred = np.full(len(values), np.nan)
    centred[known] = values[known] - np.nanpercentile(around[known], [10, 90], axis=1).mean(axis=0)
    return centred


def _middle(lower: Floats, switch: int, gap: float) -> float:
    first, last = (switch + round(share * gap) for share in _SUPPORT)
    part = lower[max(first, switch + 1) : last + 1]
    part = part[np.isfinite(part)]
    return float(part.mean()) if len(part) else float("nan")


def agreement(lower: Floats) -> Agreement:
    """Compares `left_lower` (n,) with alternation."""
    known = np.flatnonzero(np.isfinite(lower))
    phase = ((lower[known] > 0) + known) % 2  # constant as long as the feet alternate
    neighbours = np.diff(known) == 1
    held = _held_phase(phase)
    return Agreement(
        labels=len(lower),
        seen=len(known),
        agree=int(max(phase.sum(), len(phase) - phase.sum())),
        alternate=float((np.diff(phase) == 0)[neighbours].mean()) if neighbours.any() else np.nan,
        swaps=int(np.count_nonzero(np.diff(held))),
        steady=int(np.count_nonzero(held == phase)),
    )


def _held_phase(phase: NDArray[np.int_]) -> NDArray[np.int_]:
    """The two-state path with the fewest labels against it, a change costing SWAP_COST labels
    (dynamic programming)."""
    cost = np.zeros(2)
    origins = np.zeros((len(phase), 2), int)
    for i, one in enumerate(phase):
        change = cost[::-1] + SWAP_COST < cost
        origins[i] = np.where(change, [1, 0], [0, 1])
        cost = np.where(change, cost[::-1] + SWAP_COST, cost)
        cost[1 - one] += 1
    held = np.zeros(len(phase), int)
    state = int(cost.argmin())
    for i in range(len(phase) - 1, -1, -1):
        held[i] = state
        state = origins[i, state]
    return held


def repaired(keypoints: Keypoints) -> Keypoints:
    """Legs (of (T, 17, 3), order of BODY) exchanged, causally, wherever that brings them much
    nearer to where their last two places say they are going. Not done by the pose engine: this is
    what shows that it does not pay."""
    keypoints = keypoints.copy()
    places = keypoints[..., :2]
    origin = places[:, _LEGS[:, 0]].mean(axis=1, keepdims=True)
    straight, crossed = _LEGS.ravel(), _LEGS[::-1].ravel()
    for t in range(2, len(keypoints)):
        ahead = 2 * (places[t - 1] - origin[t - 1]) - (places[t - 2] - origin[t - 2])
        apart = [
            np.linalg.norm(places[t, legs] - origin[t] - ahead[straight], axis=-1).mean()
            for legs in (straight, crossed)
        ]
        if apart[1] < _MUCH_NEARER * apart[0]:
            keypoints[t, straight] = keypoints[t, crossed]
    return keypoints


def read_sides(path: Path, labels: Sequence[int]) -> tuple[Agreement, Agreement]:
    """The agreement of one key-point file, as it is and with legs `repaired`."""
    with np.load(path) as file:
        keypoints = convert(file["keypoints"], SKELETONS[str(file["skeleton"])], BODY)
    as_is, mended = (left_lower(one, labels) for one in (keypoints, repaired(keypoints)))
    return agreement(as_is), agreement(mended)


def report(tracks: Path, data: Path) -> Table:
    table = Table(title="supports in which the lower foot alternates")
    columns = (
        "clip",
        "labels",
        "seen",
        "agree %",
        "neighbours %",
        "swaps",
        "between swaps %",
        "repaired %",
    )
    for column in columns:
        table.add_column(column, justify="left" if column == "clip" else "right")
    entries = json.loads((data / "rope" / "labels.json").read_text())
    for name, entry in sorted(entries.items()):
        if entry["kind"] == "speed_step":
            one, mended = read_sides(tracks / "rope" / f"{name}.npz", entry["frames"])
            agree = 100 * mended.agree / max(mended.seen, 1)
            table.add_row(name, *_cells(one), f"{agree:.1f}")
    return table


def _cells(one: Agreement) -> tuple[str, ...]:
    agree, steady = (100 * n / max(one.seen, 1) for n in (one.agree, one.steady))
    return (
        *(str(one.labels), str(one.seen), f"{agree:.1f}"),
        *(f"{100 * one.alternate:.1f}", str(one.swaps), f"{steady:.1f}"),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("tracks", type=Path)
    Console(width=100).print(report(parser.parse_args().tracks, data_folder()))


if __name__ == "__main__":
    main()
