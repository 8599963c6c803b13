"""The pose engine on people of all looks in all halls: `python -m bench.people [--people N]`.

People, halls and cameras are drawn from a seed; each person stands, does the speed step and a
backflip. Tables give, for each class of skin, clothes, body and hall, the share of frames in which
the athlete was found, and the median error of hips, shoulders, knees and the rest in % of the
trunk's length.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.compare import Comparison, score
from bench.rotation import follow
from models.simulation.film.hall import HallSettings, Kind, Mat
from models.simulation.film.shape import Colour
from models.simulation.moves.locomotion import Stand
from models.simulation.moves.speed_step import SpeedStep
from models.simulation.moves.tumbling import Backflip
from models.simulation.people import BodySettings
from models.simulation.scene import Actor, Scene
from models.simulation.script import Person, Script
from models.simulation.staging import build_scene

_SECONDS = {"stand": 3.0, "speed_step": 5.0, "backflip": 4.0}
_MOVES: dict[str, Stand | SpeedStep | Backflip] = {
    "stand": Stand(),
    "speed_step": SpeedStep(),
    "backflip": Backflip(),
}
_KINDS: tuple[Kind, ...] = ("gym", "sports_hall", "outdoor", "plain")
_MATS: tuple[Mat, ...] = ("none", "strip", "spring_floor")
_FPS = 30.0


@dataclass(frozen=True, eq=False)
class _Tried:
    """One scene and what the engine made of it."""

    classes: dict[str, str]
    rows: Comparison


def script(seed: int, move: str) -> Script:
    """A scene of one random person who does `move` in a random hall."""
    rng = np.random.default_rng([seed, 7])
    facing = float(rng.choice([-90, -50, -35, 0, 35]))
    hall = HallSettings(
        kind=_KINDS[seed % len(_KINDS)],
        light=float(rng.choice([1.0, 0.7, 0.3])),
        clutter=float(rng.uniform(0, 0.9)),
        crowd=float(rng.choice([0.0, 0.6])),
        mat=_MATS[int(rng.integers(len(_MATS)))],
    )
    person = Person(
        do=(Stand(seconds=0.6), _MOVES[move]),
        facing_deg=-90.0 if move == "backflip" else facing,
        body=BodySettings(age="child" if seed % 5 == 4 else "adult"),
    )
    return Script(
        title=f"{move} {seed}", seconds=_SECONDS[move], seed=seed, hall=hall, person=(person,)
    )


def classes(actor: Actor, script: Script, move: str) -> dict[str, str]:
    """What kind of person, clothes, hall and light a scene has."""
    look, build, body = actor.look, actor.build, script.person[0].body
    light = script.hall.brightness
    shirt = _luma(look.shirt) / light
    return {
        "move": move,
        "body": body.age if body.age == "child" else ("stout" if build.girth > 1.1 else "adult"),
        "skin": _named(_luma(look.skin) / light, ("dark", 85), ("medium", 155), "light"),
        "shirt": _named(shirt, ("dark", 60), ("medium", 150), "light"),
        "on skin": "like" if abs(shirt - _luma(look.skin) / light) < 25 else "unlike",
        "legs": look.legwear,
        "hall": script.hall.kind,
        "light": f"{script.hall.light:.1f}",
        "crowd": "crowd" if script.hall.crowd else "none",
    }


def _luma(colour: Colour) -> float:
    return float(np.dot(colour, (0.114, 0.587, 0.299)))


def _named(value: float, *steps: tuple[str, float] | str) -> str:
    for step in steps:
        if isinstance(step, str):
            return step
        if value < step[1]:
            return step[0]
    raise ValueError("a last name without a limit is needed")


def tried(people: int, threads: int) -> Iterator[_Tried]:
    for seed in range(people):
        for move in _SECONDS:
            asked = script(seed, move)
            scene: Scene = build_scene(asked, fps=_FPS)
            rows = follow(scene, range(scene.frames), threads)
            yield _Tried(classes(scene.cast[0], asked, move), rows)


def table(results: Sequence[_Tried]) -> Table:
    shown = Table(title="BlazePose on drawn people")
    for column in ("class", "", "scenes", "frames", "found %", "usable %", "error p50 %", "p95 %"):
        shown.add_column(column, justify="left" if column in {"class", ""} else "right")
    for kind in results[0].classes:
        for name in sorted({r.classes[kind] for r in results}):
            part = [r.rows for r in results if r.classes[kind] == name]
            _add(shown, kind, name, part)
        shown.add_section()
    _add(shown, "all", "", [r.rows for r in results])
    return shown


def _add(shown: Table, kind: str, name: str, part: list[Comparison]) -> None:
    one = score(Comparison.joined(part))
    shares = (one.detected, one.usable, one.error_p50, one.error_p95)
    shown.add_row(
        kind, name, str(len(part)), str(one.frames), *(f"{100 * share:.1f}" for share in shares)
    )


def worst(results: Sequence[_Tried]) -> Table:
    """The scenes in which the engine did worst."""
    shown = Table(title="worst scenes")
    for column in ("found %", "error p50 %", "scene"):
        shown.add_column(column)
    scores = [(score(r.rows), r) for r in results]
    for one, r in sorted(scores, key=lambda pair: (pair[0].usable, -pair[0].error_p50))[:8]:
        shown.add_row(
            f"{100 * one.usable:.1f}", f"{100 * one.error_p50:.1f}", " ".join(r.classes.values())
        )
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--people", type=int, default=24, metavar="N")
    parser.add_argument("--engine-threads", type=int, default=2, metavar="N")
    options = parser.parse_args()
    console = Console(width=120)
    results = list(tried(options.people, options.engine_threads))
    console.print(table(results))
    console.print(worst(results))


if __name__ == "__main__":
    main()
