"""Does a network beside the rule count speed steps better? `python -m bench.learned_counter`.

Simulated attempts (as in `bench.attempts`, with another seed), what is no jumping, and with
`--tracks DIR` the real videos as in `bench.counting`: the same key points, once with the rule alone
(`JumpCounter`) and once with the network as its witness (`witness`). The network was trained
on simulated people only, so all real videos are new to it.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.attempts import (
    KINDS,
    OTHERS,
    Answer,
    Attempt,
    cells,
    draw,
    draw_other,
    keypoints_of,
    scene_of,
    scored,
)
from bench.counting import STEP_KINDS, VARIANTS, Track, jumps_of, poses, read_all, score
from bench.staged import in_parallel
from models.rope.learned.network import SHIPPED, load
from models.simulation.noise.model import Network
from models.skeleton import BODY
from realtime.marks import Mark
from realtime.recognise.jumps import JumpCounter
from realtime.stream.body import BodyPose, BodyStream

COUNTERS = ("rule", "witnessed")
Both = tuple[Answer, Answer]


def counters(weights: Path) -> tuple[JumpCounter, JumpCounter]:
    """A new counter of each kind."""
    return JumpCounter(), JumpCounter(witness=load(weights))


def marks_of(counter: JumpCounter, seen: Iterable[BodyPose]) -> list[Mark]:
    return [mark for pose in seen for mark in counter.update(pose)] + counter.finish()


def answers(attempt: Attempt, weights: Path, network: Network | None) -> Both:
    """What each counter says of a simulated attempt."""
    scene = scene_of(attempt)
    keypoints = keypoints_of(attempt, scene, network)
    body = BodyStream(BODY)
    seen = [
        body.update(i, t, person if person.any() else None)
        for i, (t, person) in enumerate(zip(scene.t.tolist(), keypoints, strict=True))
    ]
    rule, witnessed = (
        scored(attempt, scene, marks_of(counter, seen)) for counter in counters(weights)
    )
    return rule, witnessed


def attempts_table(title: str, both: Sequence[Both]) -> Table:
    table = Table(title=title)
    columns = ("counter", "attempts", "jumps", "exact %", "within 1 %", "error sum", "F1")
    for column in (*columns, "misses found", "false", "said later ms"):
        table.add_column(column, justify="left" if column == "counter" else "right")
    for part, wanted in (("", None), (", caught", True), (", never caught", False)):
        for i, name in enumerate(COUNTERS):
            mine = [one[i] for one in both if wanted is None or bool(one[i].true_misses) == wanted]
            if mine:
                table.add_row(name + part, *cells(mine))
    return table


def videos_table(tracks: Sequence[Track], weights: Path, variant: str) -> Table:
    """Errors inside the labels, counts outside, F1 and delays, of each counter on each video; then
    the counts where nobody jumps."""
    table = Table("video", "labels", title=variant)
    for name in COUNTERS:
        for column in ("error", "outside", "F1", "delay ms"):
            table.add_column(f"{name} {column}", justify="right")
    totals = np.zeros((len(COUNTERS), 3))
    for track in (VARIANTS[variant](track) for track in tracks):
        seen = poses(track)
        scores = [score(track, jumps_of(seen, counter)) for counter in counters(weights)]
        if not track.expected:
            totals[:, 2] += [one.inside + one.outside for one in scores]
            continue
        cells: list[str] = []
        for total, one in zip(totals, scores, strict=True):
            total[:2] += abs(one.error), one.outside
            delay = "/".join(f"{1000 * wait:.0f}" for wait in one.latency)
            cells += [f"{one.error:+d}", str(one.outside), f"{one.f1:.3f}", delay]
        table.add_row(track.name, str(track.expected), *cells)
    sums = [(f"{error:.0f}", f"{out:.0f}", "", "") for error, out, _ in totals]
    table.add_row("sum of errors", "", *sums[0], *sums[1])
    false = [("", f"{count:.0f}", "", "") for _, _, count in totals]
    table.add_row("false where nobody jumps", "", *false[0], *false[1])
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=Path, help="folder of key-point files of real videos")
    parser.add_argument("--variants", nargs="*", choices=list(VARIANTS), default=["native"])
    parser.add_argument("--weights", type=Path, default=SHIPPED)
    parser.add_argument("--attempts", type=int, default=100)
    parser.add_argument("--fps", type=float, default=60.0)
    parser.add_argument("--noise", choices=["blazepose", "openpose", "none"], default="blazepose")
    parser.add_argument("--others", type=int, default=0, help="scenes of each other doing")
    parser.add_argument("--seed", type=int, default=900)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    network = None if options.noise == "none" else options.noise
    ask = partial(answers, weights=options.weights, network=network)
    console = Console(width=140)
    if options.attempts:
        rng = np.random.default_rng([options.seed, 0])
        drawn = [draw("speed_step", options.fps, rng) for _ in range(options.attempts)]
        both = in_parallel(ask, drawn, options.jobs)
        title = f"speed step, {options.fps:g} fps, noise of {options.noise}, seed {options.seed}"
        console.print(attempts_table(title, both))
    if options.others:
        rng = np.random.default_rng([options.seed, len(KINDS)])
        scenes = [draw_other(name, rng) for name in OTHERS for _ in range(options.others)]
        both = in_parallel(ask, scenes, options.jobs)
        minutes = sum(scene.seconds for scene in scenes) / 60
        counts = (str(sum(one[i].counted for one in both)) for i in range(len(COUNTERS)))
        console.print(f"counts in {minutes:.0f} minutes of no jumping:", " / ".join(counts))
    if options.tracks:
        jumping, others = read_all(options.tracks)
        steps = [track for track in jumping if track.kind in STEP_KINDS]
        for variant in options.variants:
            console.print(videos_table([*steps, *others], options.weights, variant))


if __name__ == "__main__":
    main()
