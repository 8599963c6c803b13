"""Trains the network of steps on simulated people: `python -m bench.learned_examples OUT`.

Real videos only test it: trained with some of them as well, it was no better on the others and
worse on simulated misses, as their labels count the step down to standing, or not.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.attempts import KINDS, OTHERS, VIEWS, Attempt, Kind, draw, scene_of, staged_attempt
from bench.counting import Track, poses
from bench.staged import Floats, Move, in_parallel, seen_by, true_joints
from models.rope.learned.features import STEP_S, StepFeatures, body_rows
from models.rope.learned.network import ANSWERS, save
from models.rope.learned.training import Example, train
from models.simulation.noise.model import Network
from models.simulation.script import ScriptError
from models.skeleton import BODY
from realtime.recognise.rhythm import LONGEST_GAP_S
from realtime.stream.body import BodyPose

RATES = (15.0, 25.0, 30.0, 50.0, 60.0, 60.0, 60.0, 120.0)
NOISES: tuple[Network | None, ...] = (
    *(None, "blazepose", "blazepose", "blazepose", "openpose", "openpose"),
)
STREAM = 77
"""Stream of random numbers of the training seeds; `bench.attempts` has others."""

_REST = ("walk", "walk", "wait", "cheer", "jog_on_spot", "crouch", "high_knees", "jumping_jacks")
_PACES = {"speed_step": (80.0, 228.0), "bounce": (40.0, 90.0), "double_under": (30.0, 75.0)}


def simulated(seed: int) -> Example:
    """Somebody drawn by `seed`, as a pose network sees him: attempts, some with many misses, jumps
    between other doings, and what is no jumping."""
    rng = np.random.default_rng([seed, STREAM])
    kind = float(rng.random())
    attempt = _drawn(kind, rng)
    while True:
        try:
            scene = scene_of(attempt)
            break
        except ScriptError:  # what was drawn does not fit into the time
            attempt = _drawn(kind, rng)
    network = NOISES[int(rng.integers(len(NOISES)))]
    joints = true_joints(scene, range(scene.frames))
    keypoints = seen_by(network, joints, scene.t, np.random.default_rng([seed, 5]))
    track = Track("simulated", BODY, keypoints, scene.t, np.empty(0), 1 / attempt.fps)
    jumps = [(jump.time_s, jump.foot) for jump in scene.truth.jumps]
    return example(poses(track), jumps)


def example(seen: Sequence[BodyPose], jumps: Sequence[tuple[float, str]]) -> Example:
    """Of what is seen; `jumps` are contacts (seconds) with their feet."""
    t = np.array([pose.t for pose in seen])
    points, hips = np.array([pose.points for pose in seen]), np.array([pose.hip for pose in seen])
    with np.errstate(invalid="ignore"):
        rows = body_rows(points, hips, np.array([pose.leg_length for pose in seen]))
    grid = np.arange(t[0], t[-1], STEP_S)
    maker = StepFeatures()
    features = np.array([maker.update(row) for row in _resampled(t, rows, grid)])
    steps = np.array([(at - t[0]) / STEP_S for at, _ in jumps])
    feet = np.array([ANSWERS.index(foot) for _, foot in jumps], np.intp)
    return Example(features, steps, feet, np.ones(len(grid), bool))


def _resampled(t: Floats, rows: Floats, grid: Floats) -> Floats:
    after = np.clip(np.searchsorted(t, grid), 1, len(t) - 1)
    apart = t[after] - t[after - 1]
    part = ((grid - t[after - 1]) / apart)[:, None]
    resampled: Floats = rows[after - 1] + (rows[after] - rows[after - 1]) * part
    resampled[apart > LONGEST_GAP_S] = np.nan
    return resampled


def _drawn(kind: float, rng: np.random.Generator) -> Attempt:
    if kind < 0.48:
        attempt = draw("speed_step", float(rng.choice(RATES)), rng)
        if rng.random() < 0.6:  # more misses than anybody has
            caught = {**attempt.moves[0], "misses": int(rng.integers(1, 4))}
            return _with(attempt, (caught,))
        return attempt
    if kind < 0.60:
        both: Kind = KINDS[int(rng.integers(1, 3))]
        return draw(both, float(rng.choice(RATES)), rng)
    return _mixed(rng) if kind < 0.85 else _other(rng)


def _with(attempt: Attempt, moves: tuple[Move, ...]) -> Attempt:
    return Attempt(**{**attempt.__dict__, "moves": moves})


def _mixed(rng: np.random.Generator) -> Attempt:
    view = str(rng.choice(list(VIEWS)))
    facing = float(rng.choice([-1, 1])) * (VIEWS[view] + float(rng.uniform(-20, 20)))
    fps = float(rng.choice(RATES))
    moves: list[Move] = []
    for _ in range(int(rng.integers(2, 4))):
        if rng.random() < 0.7:
            moves.append(_rest(rng))
        moves.append(_jumping(rng))
    if rng.random() < 0.7:
        moves.append(_rest(rng))
    return staged_attempt("mixed", view, fps, facing, rng, moves=tuple(moves), seconds=62.0)


def _jumping(rng: np.random.Generator) -> Move:
    kind = str(rng.choice(["speed_step"] * 5 + ["bounce", "double_under"]))
    pace, seconds = sorted(rng.uniform(*_PACES[kind], 2).tolist()), float(rng.uniform(7, 16))
    caught = rng.choice([0, 0, 1, 1, 2]) if seconds > 11 else rng.random() < 0.4
    rate = "steps_per_30_s" if kind == "speed_step" else "jumps_per_30_s"
    return {"move": kind, "seconds": seconds, rate: pace, "misses": int(caught)}


def _rest(rng: np.random.Generator) -> Move:
    move = str(rng.choice([*_REST, "stand"]))
    if move == "walk":
        x, y = float(rng.uniform(-1.5, 1.5)), float(rng.uniform(-1, 1))
        return {
            **{"move": move, "x": x, "y": y},
            "facing_deg": float(rng.uniform(-180, 180)),
            "rope": bool(rng.random() < 0.5),
        }
    doing: dict[str, Any] = {"move": move, "seconds": float(rng.uniform(3.2, 6))}
    if move == "wait":
        doing["rope"] = bool(rng.random() < 0.7)
    if move in ("jog_on_spot", "high_knees"):
        doing["steps_per_s"] = float(rng.uniform(2.5, 4.5))
    return doing


def _other(rng: np.random.Generator) -> Attempt:
    name = str(rng.choice(list(OTHERS)))
    moves = [dict(move) for move in OTHERS[name]]
    for move in moves:
        if "steps_per_s" in move:
            move["steps_per_s"] = float(rng.uniform(2.0, 4.6))
    view, facing = str(rng.choice(list(VIEWS))), float(rng.uniform(-180, 180))
    fps = float(rng.choice(RATES))
    return staged_attempt(name, view, fps, facing, rng, moves=tuple(moves), seconds=30.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="file of weights (.npz)")
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--updates", type=int, default=2600)
    parser.add_argument("--seed", type=int, default=10_000, help="the first one's")
    parser.add_argument("--draw", type=int, default=0, help="seed of the training itself")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.people)
    examples = in_parallel(simulated, seeds, options.jobs)
    minutes = sum(len(one.features) for one in examples) * STEP_S / 60
    print(f"{len(examples)} examples, {minutes:.0f} minutes")
    weights = train(examples, options.updates, options.draw, progress=print)
    save(weights, options.out)


if __name__ == "__main__":
    main()
