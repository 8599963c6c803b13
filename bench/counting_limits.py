"""What the limits of the jump counter are worth: `python -m bench.counting_limits --tracks DIR`.

DIR as for `bench.counting`. First each limit is left out: which false counts it prevents, on the
clips in which nobody jumps over a rope and on simulated people who walk, wait, cheer, jog and
exercise, and which errors it costs. Then the main limits are chosen again for each clip from all
the others: what the counter loses on a clip that had no part in the choice.
"""

from __future__ import annotations

import argparse
import itertools
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.attempts import OTHERS, draw_other, keypoints_of, scene_of
from bench.counting import STEP_KINDS, Track, jumps_of, poses, read_all, score
from bench.staged import in_parallel
from models.rope.learned.network import shipped
from models.skeleton import BODY
from realtime.recognise.bounces import BOUNCE_LIMITS
from realtime.recognise.evidence import Limits
from realtime.recognise.gait import LIMITS
from realtime.recognise.jumps import JumpCounter

Kind = Literal["steps", "bounces"]
SHIPPED: Mapping[Kind, Limits] = {"steps": LIMITS, "bounces": BOUNCE_LIMITS}
GRIDS: Mapping[Kind, Mapping[str, Sequence[tuple[float, float]]]] = {
    "steps": {
        "rhythm": [(low, np.inf) for low in (0.5, 0.6, 0.7)],
        "foot_swing": [(low, np.inf) for low in (0.15, 0.2, 0.3)],
        "arms": [(-np.inf, high) for high in (0.13, 0.17, 0.25)],
    },
    "bounces": {
        "rhythm": [(low, np.inf) for low in (0.5, 0.6, 0.7)],
        "lift": [(low, np.inf) for low in (0.25, 0.35, 0.45)],
        "alone": [(-np.inf, high) for high in (1.2, 1.6, 2.0)],
    },
}
_SIMULATED = 2  # of each activity


@dataclass(frozen=True)
class Setting:
    """What a counter of one kind asks for."""

    kind: Kind
    limits: Limits

    def counter(self) -> JumpCounter:
        if self.kind == "steps":
            return JumpCounter(mode="steps", limits=self.limits, witness=shipped())
        return JumpCounter(mode="bounces", bounce_limits=self.limits)


@dataclass(frozen=True)
class Result:
    """Wrong counts of each jumping clip, and false ones in all other clips and simulated."""

    wrong: dict[str, int]
    other: int
    simulated: int


def simulated_others(seed: int) -> list[Track]:
    """People who do not jump over a rope, as a network sees them."""
    rng = np.random.default_rng([seed, 99])
    found = []
    for attempt in [draw_other(name, rng) for name in OTHERS for _ in range(_SIMULATED)]:
        scene = scene_of(attempt)
        keypoints = keypoints_of(attempt, scene, "blazepose")
        found.append(Track(attempt.kind, BODY, keypoints, scene.t, np.empty(0), 1 / attempt.fps))
    return found


def result_of(setting: Setting, clips: Sequence[Sequence[Track]]) -> Result:
    """`clips`: those of jumps of this kind, others, simulated others."""
    wrong = {}
    for track in clips[0]:
        one = score(track, jumps_of(poses(track), setting.counter()))
        wrong[track.name] = abs(one.error) + one.outside
    false = [sum(len(jumps_of(poses(t), setting.counter())) for t in part) for part in clips[1:]]
    return Result(wrong, false[0], false[1])


def without_each(kind: Kind) -> dict[str, Setting]:
    """The shipped limits, and without each of them."""
    limits = SHIPPED[kind]
    settings = {"all": Setting(kind, limits)}
    for name in limits:
        kept = {other: bounds for other, bounds in limits.items() if other != name}
        settings[name] = Setting(kind, kept)
    return settings


def grid(kind: Kind) -> list[Setting]:
    """All combinations of the searched limits; those that are shipped first, so that a tie is
    theirs."""
    shipped, searched = SHIPPED[kind], GRIDS[kind]
    found = [
        Setting(kind, {**shipped, **dict(zip(searched, bounds, strict=True))})
        for bounds in itertools.product(*searched.values())
    ]
    return sorted(found, key=lambda setting: setting.limits != shipped)


def switched_off(kind: Kind, names: Sequence[str], results: Sequence[Result]) -> Table:
    table = Table("without", "wrong on jumps", "other clips", "simulated", title=f"{kind}: limits")
    for name, one in zip(names, results, strict=True):
        table.add_row(name, str(sum(one.wrong.values())), str(one.other), str(one.simulated))
    return table


def left_out(kind: Kind, settings: Sequence[Setting], results: Sequence[Result]) -> Table:
    """For each clip, the setting with the fewest wrong counts on all others."""
    table = Table("clip", "shipped", "chosen without it", "limits that differ")
    table.title = f"{kind}: wrong counts, leaving one clip out"
    totals = [0, 0]
    for clip in results[0].wrong:
        costs = [sum(r.wrong.values()) - r.wrong[clip] + r.other + r.simulated for r in results]
        best = int(np.argmin(costs))
        here, there = results[0].wrong[clip], results[best].wrong[clip]
        limits = settings[best].limits
        differ = {name: limits[name] for name in GRIDS[kind] if limits[name] != SHIPPED[kind][name]}
        table.add_row(clip, str(here), str(there), str(differ or ""))
        totals = [totals[0] + here, totals[1] + there]
    table.add_row("total", *map(str, totals))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=Path, required=True, help="folder of key-point files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    jumping, others = read_all(options.tracks)
    simulated = simulated_others(options.seed)
    console = Console()
    for kind in SHIPPED:
        own = [track for track in jumping if (track.kind in STEP_KINDS) == (kind == "steps")]
        ask = partial(result_of, clips=(own, others, simulated))
        off, settings = without_each(kind), grid(kind)
        results = in_parallel(ask, [*off.values(), *settings], options.jobs)
        console.print(switched_off(kind, list(off), results[: len(off)]))
        console.print(left_out(kind, settings, results[len(off) :]))


if __name__ == "__main__":
    main()
