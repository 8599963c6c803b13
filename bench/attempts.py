"""Does the counter get simulated attempts right? `python -m bench.attempts`.

Attempts of 30 s from every side, of adults and children, with a caught rope in some, lost and
repeated frames, a lens, a hand that shakes, and the noise of the pose network on the key points;
then what is no jumping: walking, waiting, cheering, jogging. Settings of the counter were chosen
with attempts of the seeds 0, 1, 7, 20 and 21 in view, so these are others. A count is right when it
is that of the true jumps; those that a miss says were not whole are taken off, as in
`realtime.judge.tally`.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.counting import matches
from bench.staged import (
    WAIT_S,
    Floats,
    Move,
    drawn_seed,
    in_parallel,
    seen_by,
    stage,
    true_joints,
)
from models.simulation.noise.model import Network
from models.simulation.scene import Scene
from models.skeleton import BODY, Keypoints
from realtime.analysis import Athlete
from realtime.marks import Jump, Mark, Miss, whole_jumps

Kind = Literal["speed_step", "bounce", "double_under"]
KINDS: tuple[Kind, ...] = ("speed_step", "bounce", "double_under")
VIEWS = {"front": 0.0, "three-quarter": 45.0, "side": 90.0, "from behind": 180.0}
RATES = (15.0, 25.0, 30.0, 60.0, 120.0)
SECONDS = 30.0
MISSING = 0.4
"""Share of the attempts in which the rope is caught, once or twice."""
NEAR_S = 0.07
"""A count this near to a true jump is that jump's (F1)."""
MISS_S = 1.0
"""A miss that is said within this time of a true one is that one's."""
_VIEW_DEG = 20.0
_OTHER_S = 40.0


@dataclass(frozen=True)
class Attempt:
    """One attempt to be simulated; `moves` are what is done in it."""

    kind: str
    view: str
    fps: float
    facing_deg: float
    seconds: float
    seed: int
    moves: tuple[Move, ...]
    camera: dict[str, Any]
    child: bool = False


@dataclass(frozen=True, eq=False)
class Answer:
    """What was said of an attempt: jumps, how many of them were not whole, and true ones, pairs of
    both, misses said and true, pairs, and how long after the contact each jump was said (n,),
    seconds; `waiting_s` of those that were said together, to confirm a run, `late_s` of others."""

    attempt: Attempt
    counted: int
    void: int
    true: int
    pairs: int
    misses: int
    true_misses: int
    miss_pairs: int
    late_s: Floats
    waiting_s: Floats

    @property
    def error(self) -> int:
        return self.counted - self.void - self.true


def draw(kind: Kind, fps: float, rng: np.random.Generator, *, misses: bool = True) -> Attempt:
    """An attempt in this mode at this frame rate; the rest is drawn."""
    view = str(rng.choice(list(VIEWS)))
    facing = float(rng.choice([-1, 1])) * (VIEWS[view] + float(rng.uniform(-_VIEW_DEG, _VIEW_DEG)))
    slow, fast = {
        "speed_step": (90.0, 220.0),
        "bounce": (40.0, 90.0),
        "double_under": (30.0, 75.0),
    }[kind]
    pace = sorted(rng.uniform(slow, fast, 2).tolist())
    caught = int(rng.integers(1, 3)) if misses and rng.random() < MISSING else 0
    rate = "steps_per_30_s" if kind == "speed_step" else "jumps_per_30_s"
    move = {"move": kind, "seconds": SECONDS, rate: pace, "misses": caught}
    return staged_attempt(kind, view, fps, facing, rng, moves=(move,), seconds=SECONDS)


def staged_attempt(
    kind: str,
    view: str,
    fps: float,
    facing: float,
    rng: np.random.Generator,
    *,
    moves: tuple[Move, ...],
    seconds: float,
) -> Attempt:
    camera = {
        "distance_m": float(rng.uniform(3.5, 8.0)),
        "height_m": float(rng.uniform(0.7, 1.7)),
        "lens": str(rng.choice(["linear", "linear", "wide"])),
        "shake_deg": float(rng.choice([0.0, 0.0, 0.3])),
        "jitter_ms": float(rng.choice([0.0, 2.0])),
        "drop": float(rng.choice([0.0, 0.05])),
        "duplicates": float(rng.choice([0.0, 0.05])),
        "rolling_shutter_s": 0.4 / fps,
    }
    whole = WAIT_S + seconds + 0.7
    child = bool(rng.random() < 0.3)
    return Attempt(kind, view, fps, facing, whole, drawn_seed(rng), moves, camera, child)


OTHERS: dict[str, tuple[Move, ...]] = {
    "walking": (
        {"move": "walk", "x": 1.5, "y": 0.5, "facing_deg": 60.0},
        {"move": "walk", "x": -1.5, "y": -0.5, "facing_deg": 0.0, "rope": True},
        {"move": "walk", "x": 1.0, "y": 1.0, "facing_deg": 180.0},
        {"move": "walk", "x": 0.0, "y": 0.0, "facing_deg": 0.0},
        {"move": "stand"},
    ),
    "waiting": ({"move": "wait", "rope": True},),
    "cheering": ({"move": "cheer"},),
    "jogging on the spot": ({"move": "jog_on_spot", "steps_per_s": 3.0},),
    "jogging faster": ({"move": "jog_on_spot", "steps_per_s": 4.5},),
    "untangling, crouching": ({"move": "crouch"},),
    "high knees": ({"move": "high_knees", "steps_per_s": 3.5},),
    "jumping jacks": ({"move": "jumping_jacks"},),
}


def draw_other(name: str, rng: np.random.Generator) -> Attempt:
    """Somebody who does not jump over a rope."""
    view = str(rng.choice(list(VIEWS)))
    facing = float(rng.uniform(-180, 180))
    fps = float(rng.choice([30.0, 60.0]))
    return staged_attempt(name, view, fps, facing, rng, moves=OTHERS[name], seconds=_OTHER_S)


def scene_of(attempt: Attempt) -> Scene:
    body = {"age": "child"} if attempt.child else {}
    return stage(
        attempt.moves,
        attempt.seed,
        facing_deg=attempt.facing_deg,
        fps=attempt.fps,
        seconds=attempt.seconds,
        camera=attempt.camera,
        body=body,
    )


def keypoints_of(attempt: Attempt, scene: Scene, network: Network | None) -> Keypoints:
    """What the network sees of the attempt, (T, 17, 3) in the order of BODY."""
    joints = true_joints(scene, range(scene.frames))
    return seen_by(network, joints, scene.t, np.random.default_rng(attempt.seed))


def answer(attempt: Attempt, network: Network | None) -> Answer:
    """Simulate the attempt and let everything that recognises one athlete's doings look at it."""
    scene = scene_of(attempt)
    keypoints = keypoints_of(attempt, scene, network)
    athlete = Athlete(1, BODY)
    marks: list[Mark] = []
    for i, (t, person) in enumerate(zip(scene.t.tolist(), keypoints, strict=True)):
        marks += athlete.update(i, t, person if person.any() else None)
    return scored(attempt, scene, marks + athlete.finish())


def scored(attempt: Attempt, scene: Scene, marks: Sequence[Mark]) -> Answer:
    jumps = [mark for mark in marks if isinstance(mark, Jump)]
    said = np.array(sorted(mark.time_s for mark in marks if isinstance(mark, Miss)))
    times = np.array(sorted(jump.time_s for jump in jumps))
    true = np.array([jump.time_s for jump in scene.truth.jumps])
    missed = np.array([miss.time_s for miss in scene.truth.misses])
    emitted = [jump.emitted_s for jump in jumps]
    late = np.array([jump.emitted_s - jump.time_s for jump in jumps])
    together = np.array([emitted.count(time) > 1 for time in emitted], dtype=bool)
    pairs = matches(times, true, NEAR_S)
    miss_pairs = matches(said, missed, MISS_S)
    void = len(times) - len(whole_jumps(marks))
    sizes = len(times), void, len(true), pairs, len(said), len(missed), miss_pairs
    return Answer(attempt, *sizes, late[~together], late[together])


Trait = Callable[[Answer], str]
_TRAITS: dict[str, Trait] = {
    "": lambda one: f"{one.attempt.fps:g} fps",
    " view": lambda one: one.attempt.view,
    " people": lambda one: "children" if one.attempt.child else "adults",
    " rope": lambda one: "caught" if one.true_misses else "never caught",
}


_CAPTION = "said later: after the contact, p50 / p95; of those that confirm a run, p95"


def table_of(title: str, answers: Sequence[Answer]) -> Table:
    """Rows by frame rate, view, age and misses, then all."""
    table = Table(title=title, caption=_CAPTION)
    columns = ("attempts", "n", "jumps", "exact %", "within 1 %", "error sum", "F1")
    for column in (*columns, "misses found", "false", "said later ms"):
        table.add_column(column, justify="left" if column == "attempts" else "right")
    for trait in _TRAITS.values():
        for value in sorted({trait(one) for one in answers}, key=_numbered):
            table.add_row(value, *cells([one for one in answers if trait(one) == value]))
        table.add_section()
    table.add_row("all", *cells(answers))
    return table


def _numbered(value: str) -> tuple[float, str]:
    head = value.split(maxsplit=1)[0]
    return (float(head), value) if head.isdecimal() else (0.0, value)


def cells(answers: Sequence[Answer]) -> list[str]:
    errors = np.array([one.error for one in answers])
    f1 = [2 * one.pairs / max(one.counted + one.true, 1) for one in answers]
    late = np.concatenate([one.late_s for one in answers])
    found = sum(one.miss_pairs for one in answers)
    waits = np.percentile(late, [50, 95]) if len(late) else ()
    together = np.concatenate([one.waiting_s for one in answers])
    confirming = f"; {1000 * np.percentile(together, 95):.0f}" if len(together) else ""
    return [
        *(str(len(answers)), str(sum(one.true for one in answers))),
        *(f"{100 * np.mean(errors == 0):.1f}", f"{100 * np.mean(abs(errors) <= 1):.1f}"),
        *(str(int(abs(errors).sum())), f"{np.mean(f1):.3f}"),
        f"{found} of {sum(one.true_misses for one in answers)}",
        str(sum(one.misses for one in answers) - found),
        " / ".join(f"{1000 * wait:.0f}" for wait in waits) + confirming,
    ]


def others_table(answers: Sequence[Answer]) -> Table:
    """Counts where nobody jumps."""
    table = Table("what is done", "minutes", "counts", "misses said", title="no rope jumping")
    for name in dict.fromkeys(one.attempt.kind for one in answers):
        part = [one for one in answers if one.attempt.kind == name]
        minutes = sum(one.attempt.seconds for one in part) / 60
        counts, misses = (sum(getattr(one, key) for one in part) for key in ("counted", "misses"))
        table.add_row(name, f"{minutes:.1f}", str(counts), str(misses))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attempts", type=int, default=200, help="of each mode at 60 fps")
    parser.add_argument("--rates", type=int, default=20, help="of each mode at each other rate")
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=list(KINDS))
    parser.add_argument("--noise", choices=["blazepose", "openpose", "none"], default="blazepose")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    network = None if options.noise == "none" else options.noise
    ask = partial(answer, network=network)
    console = Console(width=120)
    for kind in options.kinds:
        rng = np.random.default_rng([options.seed, KINDS.index(kind)])
        drawn = [draw(kind, 60.0, rng) for _ in range(options.attempts)]
        drawn += [draw(kind, fps, rng) for fps in RATES if fps != 60 for _ in range(options.rates)]
        answers = in_parallel(ask, drawn, options.jobs)
        at_60 = [one for one in answers if one.attempt.fps == 60]
        console.print(table_of(f"{kind}, 30 s at 60 fps, noise of {options.noise}", at_60))
        console.print(table_of(f"{kind}, all frame rates", answers))
    rng = np.random.default_rng([options.seed, len(KINDS)])
    others = [draw_other(name, rng) for name in OTHERS for _ in range(3)]
    console.print(others_table(in_parallel(ask, others, options.jobs)))


if __name__ == "__main__":
    main()
