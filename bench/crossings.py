"""Do identities last through the pose network? `python -m bench.crossings [--jobs N]`.

Scenes of two to six people are drawn: others walk across before and behind the athlete, stop in the
way for a second, stand beside him and behind him; he leaves and comes back. The pose engine and the
analysis see them as they would see a camera. Printed for each situation are the identity switches,
the share of the frames in which the identity that is mostly the athlete's is on him (of those in
which not most of him is hidden), and what was said of him against what he did.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.staged import in_parallel
from bench.tracking import FPS, assigned, bodies_of, hidden_share, passer
from models.pose import weights
from models.pose.blazepose.estimator import BlazePose
from models.pose.protocol import estimate_one
from models.simulation.film.hall import HallSettings
from models.simulation.moves.gestures import Spot
from models.simulation.moves.locomotion import Stand, Walk
from models.simulation.moves.speed_step import SpeedStep
from models.simulation.moves.tumbling import Backflip
from models.simulation.scene import Scene
from models.simulation.script import Person, Script
from models.simulation.staging import build_scene
from models.skeleton import BLAZEPOSE_33, BODY, convert
from realtime.analysis import Analysis
from realtime.marks import Event, Jump
from realtime.observations import Observed
from realtime.stream.tracking import Tracker

SECONDS = 11.0
OUT = 3.7
"""Metres beside the athlete at which a passer is out of the picture."""
MOSTLY_HIDDEN = 0.5

Draw = np.random.Generator
Cast = Callable[[Draw], tuple[Person, ...]]


@dataclass(frozen=True)
class Outcome:
    """`switches` of everybody and of the athlete; `present` is person-frames, `labelled` the
    frames in which the athlete is to be seen, `on_him` those with his identity, `found` those with
    any; `said` and `did` are jumps and flips."""

    situation: str
    people: int
    switches: int
    athlete_switches: int
    present: int
    labelled: int
    found: int
    on_him: int
    said: int
    did: int


def _jumper(rng: Draw) -> Person:
    moves = (Stand(seconds=0.8), SpeedStep(), Stand(seconds=0.7))
    return Person(moves, facing_deg=float(rng.choice([-35.0, 10.0, 40.0])))


def _across(rng: Draw, y: float, begin: float = 2.0, stop: float = 0.0) -> Person:
    """Somebody who walks across the picture; `stop` is how long he stands in the middle."""
    side = float(rng.choice([-1.0, 1.0]))
    halt: list[Stand | Walk] = (
        [Walk(x=0.1 * side, y=y, facing_deg=90.0 * -side), Stand(seconds=stop)] if stop else []
    )
    moves: tuple[Stand | Walk, ...] = (
        Stand(seconds=begin),
        *halt,
        Walk(x=-OUT * side, y=y, facing_deg=-90.0 * side),
    )
    return Person(moves, role="spectator", x=OUT * side, y=y, facing_deg=-90.0 * side)


def _bystander(x: float, y: float, facing_deg: float = 0.0) -> Person:
    return Person((Stand(),), role="spectator", x=x, y=y, facing_deg=facing_deg)


def _passes(rng: Draw, *, low: float, high: float, stop: float = 0.0) -> tuple[Person, ...]:
    return _jumper(rng), _across(rng, float(rng.uniform(low, high)), stop=stop)


def _meet(rng: Draw) -> tuple[Person, ...]:
    return _jumper(rng), _across(rng, -1.2), _across(rng, 1.2, begin=2.5)


def _spotter(rng: Draw) -> tuple[Person, ...]:
    athlete = Person(
        (Stand(seconds=1.5), Backflip(), Stand(seconds=2.0), Backflip()), x=-0.15, facing_deg=-90.0
    )
    spot = Spot(support_s=(2.8,))
    return athlete, Person((spot,), role="spotter", x=0.15, y=float(rng.uniform(0.5, 0.9)))


def _beside(rng: Draw) -> tuple[Person, ...]:
    return _jumper(rng), _bystander(0.9, 0.3, -60.0), _across(rng, -1.2)


def _spectators(rng: Draw) -> tuple[Person, ...]:
    crowd = [_bystander(x, float(rng.uniform(2.0, 3.0))) for x in (-1.6, -0.3, 1.3)]
    return _jumper(rng), *crowd, _across(rng, -1.2)


def _leaves(rng: Draw) -> tuple[Person, ...]:
    """He jumps, goes out of the picture and comes back, while another stands there."""
    out = OUT * float(rng.choice([-1.0, 1.0]))
    moves = (
        SpeedStep(seconds=4.0), Walk(x=out, y=0.0), Stand(seconds=0.5), Walk(x=0.0, y=0.0),
        SpeedStep(seconds=4.0),
    )  # fmt: skip
    return Person(moves), _bystander(-np.sign(out) * 1.5, 1.2)


def _anybody(rng: Draw, *, people: int) -> tuple[Person, ...]:
    return _jumper(rng), *(passer(rng) for _ in range(people - 1))


SITUATIONS: dict[str, tuple[Cast, float]] = {
    "passes before": (partial(_passes, low=-1.4, high=-0.9), SECONDS),
    "passes far before": (partial(_passes, low=-2.4, high=-1.7), SECONDS),
    "stops before": (partial(_passes, low=-1.6, high=-0.9, stop=1.0), 14.0),
    "passes behind": (partial(_passes, low=0.7, high=1.6), SECONDS),
    "stops behind": (partial(_passes, low=0.7, high=1.6, stop=1.0), 14.0),
    "two meet at him": (_meet, 12.0),
    "spotter": (_spotter, 10.0),
    "one beside, one passes": (_beside, SECONDS),
    "spectators, one passes": (_spectators, SECONDS),
    "leaves, comes back": (_leaves, 22.0),
    "4 people, anywhere": (partial(_anybody, people=4), 20.0),
    "6 people, anywhere": (partial(_anybody, people=6), 20.0),
}


def staged(situation: str, seed: int) -> Scene:
    cast, seconds = SITUATIONS[situation]
    index = [*SITUATIONS].index(situation)
    people = cast(np.random.default_rng([index, seed]))
    hall = HallSettings(clutter=0.5)
    script = Script(f"{situation} {seed}", seconds, people, seed=100 * index + seed, hall=hall)
    return build_scene(script, fps=FPS)


def watched(case: tuple[str, int], most: int = 6, threads: int = 2) -> Outcome:
    """One scene through engine and analysis; `most` people are followed."""
    situation, seed = case
    scene = staged(situation, seed)
    tracker, analysis = Tracker(BLAZEPOSE_33), Analysis()
    marks, frames = [], []
    with closing(BlazePose(weights.load(), threads, most)) as engine:
        for i in range(scene.frames):
            t, poses = scene.time(i), estimate_one(engine, scene.render(i))
            marks += analysis.update(Observed(i, t, poses))
            tracked = tracker.update(t, poses)
            found = [convert(one.keypoints[None], poses.skeleton, BODY)[0] for one in tracked]
            bodies = bodies_of(scene, i)
            seen = hidden_share(scene, i, 0, bodies) < MOSTLY_HIDDEN
            frames.append((assigned(found, bodies), [one.id for one in tracked], seen))
    marks += analysis.finish()
    said = sum(isinstance(m, Jump | Event) and m.athlete == analysis.athlete for m in marks)
    did = len(scene.truth.jumps) + len(scene.truth.events)
    return _outcome(situation, frames, len(scene.cast), (said, did))


def _outcome(
    situation: str,
    frames: Sequence[tuple[Sequence[int], Sequence[int], bool]],
    people: int,
    acts: tuple[int, int],
) -> Outcome:
    """Of each of the `frames`: who is found, their identities, whether the athlete is to be seen;
    `acts` are said and done."""
    last: dict[int, int] = {}
    switches = np.zeros(people, int)
    his = []
    for who, ids, _ in frames:
        names = {n: identity for n, identity in zip(who, ids, strict=True) if n >= 0}
        for n, identity in names.items():
            switches[n] += last.get(n, identity) != identity
        last.update(names)
        his.append(names.get(0))
    taken = [identity for identity in his if identity is not None]
    main = max(set(taken), key=taken.count) if taken else -1
    labelled = [identity for identity, (*_, seen) in zip(his, frames, strict=True) if seen]
    return Outcome(
        situation,
        people,
        int(switches.sum()),
        int(switches[0]),
        sum(n >= 0 for who, *_ in frames for n in who),
        len(labelled),
        sum(identity is not None for identity in labelled),
        labelled.count(main),
        *acts,
    )


def table(outcomes: Sequence[Outcome]) -> Table:
    result = Table(title="identities of drawn people, found by the engine", title_justify="left")
    columns = ("people", "switches/min", "athlete's", "found %", "on him %", "said", "did")
    for column in ("situation", *columns):
        result.add_column(column, justify="left" if column == "situation" else "right")
    for situation in dict.fromkeys(one.situation for one in outcomes):
        _add(result, situation, [one for one in outcomes if one.situation == situation])
    result.add_section()
    _add(result, "all", outcomes)
    return result


def _add(result: Table, name: str, rows: Sequence[Outcome]) -> None:
    minutes = sum(one.present for one in rows) / FPS / 60
    labelled = sum(one.labelled for one in rows)
    people = sorted({one.people for one in rows})
    result.add_row(
        name,
        "-".join(str(n) for n in (people[0], people[-1])[: len(people)]),
        f"{sum(one.switches for one in rows) / minutes:.2f}",
        str(sum(one.athlete_switches for one in rows)),
        f"{100 * sum(one.found for one in rows) / labelled:.1f}",
        f"{100 * sum(one.on_him for one in rows) / labelled:.1f}",
        *(_sum([getattr(one, what) for one in rows]) for what in ("said", "did")),
    )


def _sum(counts: Sequence[int]) -> str:
    return str(sum(counts)) if len(counts) > 4 else " + ".join(map(str, counts))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--scenes", type=int, default=2, help="of each situation")
    parser.add_argument("--people", type=int, default=6, help="whom the engine follows at most")
    parser.add_argument("--only", nargs="+", choices=SITUATIONS, default=list(SITUATIONS))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--engine-threads", type=int, default=1)
    options = parser.parse_args(arguments)
    cases = [(name, seed) for name in options.only for seed in range(options.scenes)]
    run = partial(watched, most=options.people, threads=options.engine_threads)
    Console(width=120).print(table(in_parallel(run, cases, options.jobs)))


if __name__ == "__main__":
    main()
