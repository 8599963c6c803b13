"""What the limits of the jump counter are worth: `python -m bench.counting_limits --tracks DIR`.

DIR as for `bench.counting`. First each limit is left out: which false counts it prevents, on the
clips in which nobody jumps over a rope and on simulated people who walk, wait, cheer, jog and
exercise, and which errors it costs. Then the main limits are chosen again for each clip from all
the others: what the counter loses on a clip that had no part in the choice. So are those that tell
double unders from single bounces, with simulated jumps of both kinds beside the clips.
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

from bench.attempts import OTHERS, Attempt, Kind, draw, draw_other, keypoints_of, scene_of
from bench.counting import BOTH_KINDS, STEP_KINDS, Track, jumps_of, poses, read_all, score
from bench.staged import in_parallel
from models.rope.learned.network import shipped
from models.skeleton import BODY
from realtime.marks import Turns, rope_turns
from realtime.recognise.bounces import BOUNCE_LIMITS, BounceCounter
from realtime.recognise.evidence import Limits
from realtime.recognise.gait import LIMITS
from realtime.recognise.jumps import JumpCounter
from realtime.recognise.turns import TURN_LIMITS

Counted = Literal["steps", "bounces"]
SHIPPED: Mapping[Counted, Limits] = {"steps": LIMITS, "bounces": BOUNCE_LIMITS}
GRIDS: Mapping[Counted, Mapping[str, Sequence[tuple[float, float]]]] = {
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
TURN_GRID = sorted(
    itertools.product((-2.4, -2.0, -1.6), (-1.6, -1.2, -0.8)), key=lambda pair: pair != TURN_LIMITS
)
"""The shipped limits first, so that a tie is theirs."""
TURNS: Mapping[str, Turns] = {"single": 1, "bounce": 1, "double_under": 2}
"""Turns of the rope in each kind of jump."""
_SIMULATED = 2  # of each activity
_SIMULATED_JUMPS = 3  # attempts of each kind of jump, at each rate


@dataclass(frozen=True)
class Setting:
    """What a counter of one kind asks for."""

    kind: Counted
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
    return [_seen(draw_other(name, rng)) for name in OTHERS for _ in range(_SIMULATED)]


def simulated_jumps(seed: int) -> list[Track]:
    """Single bounces and double unders, as a network sees them."""
    rng = np.random.default_rng([seed, 98])
    kinds: tuple[Kind, ...] = ("bounce", "double_under")
    return [
        _seen(draw(kind, fps, rng))
        for kind in kinds
        for fps in (30.0, 60.0)
        for _ in range(_SIMULATED_JUMPS)
    ]


def _seen(attempt: Attempt) -> Track:
    scene = scene_of(attempt)
    keypoints = keypoints_of(attempt, scene, "blazepose")
    frame_s = 1 / attempt.fps
    return Track(attempt.kind, BODY, keypoints, scene.t, np.empty(0), frame_s, attempt.kind)


def result_of(setting: Setting, clips: Sequence[Sequence[Track]]) -> Result:
    """`clips`: those of jumps of this kind, others, simulated others."""
    wrong = {}
    for track in clips[0]:
        one = score(track, jumps_of(poses(track), setting.counter()))
        wrong[track.name] = abs(one.error) + one.outside
    false = [sum(len(jumps_of(poses(t), setting.counter())) for t in part) for part in clips[1:]]
    return Result(wrong, false[0], false[1])


def without_each(kind: Counted) -> dict[str, Setting]:
    """The shipped limits, and without each of them."""
    limits = SHIPPED[kind]
    settings = {"all": Setting(kind, limits)}
    for name in limits:
        kept = {other: bounds for other, bounds in limits.items() if other != name}
        settings[name] = Setting(kind, kept)
    return settings


def grid(kind: Counted) -> list[Setting]:
    """All combinations of the searched limits; those that are shipped first, so that a tie is
    theirs."""
    shipped, searched = SHIPPED[kind], GRIDS[kind]
    found = [
        Setting(kind, {**shipped, **dict(zip(searched, bounds, strict=True))})
        for bounds in itertools.product(*searched.values())
    ]
    return sorted(found, key=lambda setting: setting.limits != shipped)


def turns_wrong(limits: tuple[float, float], tracks: Sequence[Track]) -> list[tuple[int, int]]:
    """Of each track, in how many jumps the turns of the rope are not those of its kind, unknown
    ones among them, and how many jumps there are."""
    found = []
    for track in tracks:
        counter = BounceCounter(turn_limits=limits)
        jumps = [jump for pose in poses(track) for jump in counter.update(pose)] + counter.finish()
        turns = rope_turns(jumps)
        found.append((len(turns) - turns.count(TURNS[track.kind]), len(turns)))
    return found


def turns_left_out(
    clips: Sequence[Track], simulated: int, wrong: Sequence[Sequence[tuple[int, int]]]
) -> Table:
    """For each clip the limits that are wrong least often on all others. `wrong` has a row for each
    of `TURN_GRID`: the clips, then as many `simulated` attempts."""
    table = Table("clip", "jumps", "shipped", "chosen without it", "limits chosen")
    table.title = "turns of the rope: wrong jumps, leaving one clip out"
    totals = [sum(each[1] for each in wrong[0][: len(clips)]), 0, 0]
    for i, clip in enumerate(clips):
        costs = [sum(each[0] for each in row) - row[i][0] for row in wrong]
        best = int(np.argmin(costs))
        here, there = wrong[0][i][0], wrong[best][i][0]
        chosen = "" if best == 0 else str(TURN_GRID[best])
        table.add_row(clip.name, str(wrong[0][i][1]), str(here), str(there), chosen)
        totals = [totals[0], totals[1] + here, totals[2] + there]
    table.add_row("total", *map(str, totals))
    bad, jumps = (sum(each[k] for each in wrong[0][len(clips) :]) for k in (0, 1))
    table.add_row(f"{simulated} simulated attempts", str(jumps), str(bad))
    return table


def switched_off(kind: Counted, names: Sequence[str], results: Sequence[Result]) -> Table:
    table = Table("without", "wrong on jumps", "other clips", "simulated", title=f"{kind}: limits")
    for name, one in zip(names, results, strict=True):
        table.add_row(name, str(sum(one.wrong.values())), str(one.other), str(one.simulated))
    return table


def left_out(kind: Counted, settings: Sequence[Setting], results: Sequence[Result]) -> Table:
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
    both = [track for track in jumping if track.kind in BOTH_KINDS]
    attempts = simulated_jumps(options.seed)
    wrong = in_parallel(partial(turns_wrong, tracks=[*both, *attempts]), TURN_GRID, options.jobs)
    console.print(turns_left_out(both, len(attempts), wrong))


if __name__ == "__main__":
    main()
