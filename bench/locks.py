"""Is the right one meant? `python -m bench.locks`.

Simulated people as a pose network sees them (noise of BlazePose, of nobody who is hidden to more
than 60 %), and every rule of `--lock`. "Right" is the share of the time in which somebody does what
is to be counted, and the lock is on him: all of it, and without the first two seconds in which a
rule finds out. Changes are those of who is meant, after the first, per minute.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.staged import in_parallel, seen_by
from bench.tracking import HIDDEN, Watched, bodies_of, hidden_share, tracked
from models.poses import Poses
from models.simulation.moves.gestures import Cheer, JumpingJacks, Spot
from models.simulation.moves.jogging import HighKnees, JogOnSpot
from models.simulation.moves.locomotion import Stand, Walk
from models.simulation.moves.speed_step import SpeedStep
from models.simulation.moves.tumbling import Backflip, Handspring
from models.simulation.scene import Scene
from models.simulation.script import Person, Script
from models.simulation.staging import build_scene
from models.skeleton import BODY
from realtime.analysis import Analysis
from realtime.marks import Lock
from realtime.observations import Observed
from realtime.stream.lock import LOCK_RULES

FPS = 30.0
GRACE_S = 2.0
_TURN_S = 7.0
_SEEDS = 6


@dataclass(frozen=True)
class Span:
    """Person `who` of the cast is to be meant from `begin_s` to `end_s`."""

    who: int
    begin_s: float
    end_s: float


@dataclass(frozen=True)
class Score:
    situation: str
    rule: str
    right: float
    right_later: float
    changes: float


def audience(rng: np.random.Generator) -> list[Person]:
    """Two judges before and spectators behind: one cheers, one walks to and fro."""
    left, right = (float(rng.uniform(1.0, 1.5)) * side for side in (-1, 1))
    far, to = float(rng.uniform(2.0, 3.0)), float(rng.uniform(-2.0, 2.0))
    judges = [
        Person((Stand(),), "judge", x=left, y=-2.4, facing_deg=154.0),
        Person((Stand(),), "judge", x=right, y=-2.4, facing_deg=-154.0),
    ]
    stroll = (Stand(seconds=1.0), Walk(x=to, y=far, facing_deg=0.0), Stand(seconds=1.0))
    return [
        *judges,
        Person((Cheer(),), "spectator", x=-2.0, y=far),
        Person(stroll, "spectator", x=2.0, y=far, loop=True),
    ]


def jumper_among_judges(rng: np.random.Generator) -> tuple[list[Person], list[Span]]:
    jumper = Person((Stand(seconds=1.0), SpeedStep(seconds=14.0), Stand()))
    return [jumper, *audience(rng)], [Span(0, 1.0, 15.0)]


def gymnast_and_spotter(rng: np.random.Generator) -> tuple[list[Person], list[Span]]:
    moves = (Stand(seconds=1.0), Backflip(), Stand(seconds=1.5), Handspring(), Stand(seconds=1.5))
    gymnast = Person((*moves, Backflip(), Stand()), facing_deg=90.0)
    spotter = Person((Spot(),), "spotter", x=0.6, y=0.7, facing_deg=-60.0)
    return [gymnast, spotter, *audience(rng)[2:]], [Span(0, 2.0, 12.0)]


def turns(rng: np.random.Generator) -> tuple[list[Person], list[Span]]:
    """Two athletes jump in turns; both stay in view."""
    first = Person((Stand(seconds=1.0), SpeedStep(seconds=_TURN_S), Stand()), x=-1.0)
    second = Person(
        (Stand(seconds=_TURN_S + 2.0), SpeedStep(seconds=_TURN_S), Stand()),
        x=1.0,
        y=float(rng.uniform(-0.3, 0.5)),
    )
    begin = _TURN_S + 2.0
    spans = [Span(0, 1.0, 1.0 + _TURN_S), Span(1, begin, begin + _TURN_S)]
    return [first, second, *audience(rng)[2:]], spans


def beside_a_warm_up(rng: np.random.Generator) -> tuple[list[Person], list[Span]]:
    """Others run and jump without a rope, before and while he jumps."""
    jumper = Person((Stand(seconds=4.0), SpeedStep(seconds=12.0), Stand()))
    jog = Person((JogOnSpot(seconds=17.0),), x=-1.6, y=0.8)
    other = HighKnees(seconds=17.0) if rng.random() < 0.5 else JumpingJacks()
    return [jumper, jog, Person((other,), x=1.6, y=0.8)], [Span(0, 4.0, 16.0)]


Situation = Callable[[np.random.Generator], tuple[list[Person], list[Span]]]
SITUATIONS: dict[str, Situation] = {
    "a jumper among judges and spectators": jumper_among_judges,
    "a gymnast, a spotter, spectators": gymnast_and_spotter,
    "two jump in turns, spectators": turns,
    "a jumper beside a warm-up": beside_a_warm_up,
}


def watched(scene: Scene, seed: int) -> Watched:
    """Everybody who is not hidden, with the noise of the network, in a random order."""
    rng = np.random.default_rng(seed)
    bodies = np.array([bodies_of(scene, i) for i in range(scene.frames)])
    everybody = [seen_by("blazepose", bodies[:, n], scene.t, rng) for n in range(bodies.shape[1])]
    poses, who = [], []
    for i in range(scene.frames):
        true = list(bodies[i])
        found_by_network = [n for n in range(len(true)) if everybody[n][i, :, 2].any()]
        seen = [n for n in found_by_network if hidden_share(scene, i, n, true) < HIDDEN]
        rng.shuffle(seen)
        found = np.array([everybody[n][i] for n in seen], np.float32)
        poses.append(Poses(BODY, found.reshape(-1, len(BODY), 3)))
        who.append(seen)
    return Watched(scene.name, scene.t, poses, who)


def meant(seen: Watched, rule: str) -> tuple[list[int], int]:
    """Who of the cast is meant in each frame (-1: nobody), and how often that changed."""
    analysis = Analysis(rule=rule)  # type: ignore[arg-type]
    true: dict[int, int] = {}
    people, locks = [], 0
    for i, (t, ids) in enumerate(zip(seen.t, tracked(seen), strict=True)):
        marks = analysis.update(Observed(i, float(t), seen.poses[i]))
        locks += sum(isinstance(mark, Lock) for mark in marks)
        true.update(zip(ids, seen.who[i], strict=True))
        people.append(true.get(analysis.athlete or 0, -1))
    return people, locks - 1


def scores(task: tuple[str, int]) -> list[Score]:
    name, seed = task
    people, spans = SITUATIONS[name](np.random.default_rng(seed))
    scene = build_scene(Script(name, 17.0, tuple(people), seed=seed), fps=FPS)
    seen = watched(scene, seed)
    found = []
    for rule in LOCK_RULES:
        who, changes = meant(seen, rule)
        right, later = (_right(seen, who, spans, late_s) for late_s in (0.0, GRACE_S))
        found.append(Score(name, rule, right, later, changes / scene.duration_s * 60))
    return found


def _right(seen: Watched, who: Sequence[int], spans: Sequence[Span], late_s: float) -> float:
    hits = [
        n == span.who
        for span in spans
        for t, n in zip(seen.t, who, strict=True)
        if span.begin_s + late_s <= t < span.end_s
    ]
    return float(np.mean(hits))


def table(found: Sequence[Score]) -> Table:
    drawn = Table("situation", "--lock", "right", f"after {GRACE_S:.0f} s", "changes/min")
    for name in SITUATIONS:
        for rule in LOCK_RULES:
            of = [s for s in found if (s.situation, s.rule) == (name, rule)]
            columns = np.mean([(s.right, s.right_later, s.changes) for s in of], axis=0)
            shown = f"{columns[0]:.1%}", f"{columns[1]:.1%}", f"{columns[2]:.1f}"
            drawn.add_row(name if rule == LOCK_RULES[0] else "", rule, *shown)
    return drawn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=_SEEDS)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    tasks = [(name, seed) for name in SITUATIONS for seed in range(options.seeds)]
    found = in_parallel(scores, tasks, options.jobs)
    Console().print(table([score for each in found for score in each]))


if __name__ == "__main__":
    main()
