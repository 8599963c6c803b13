"""Simulated backflips, handsprings and what is neither as windows of key points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from bench.staged import (
    SIDE_DEG,
    Ingredients,
    Move,
    drawn_seed,
    in_parallel,
    seen_by,
    stage,
    surely,
    true_joints,
)
from bench.transfer_clips import AROUND_S, FLIGHT_S, KINDS, Clip
from models.simulation.scene import Scene
from models.skeleton import Keypoints

JOBS = 2
_VIEW_DEG = 35.0
_SCENE_S = 6.0
_OTHER_S = 18.0
_WINDOWS_EACH = 6
_OTHERS: tuple[Move, ...] = (
    {"move": "walk", "x": 0.6, "y": 0.4, "facing_deg": -60.0},
    *(
        {"move": move, "seconds": 4.0}
        for move in (
            *("speed_step", "bounce", "double_under", "wait"),
            *("cheer", "high_knees", "jumping_jacks", "crouch"),
        )
    ),
    *(
        {"move": move}
        for move in ("straight_jump", "aborted", "forward_roll", "cartwheel", "front_tuck")
    ),
)
_TOGETHER = 3
"""Moves of one person."""


def simulated_flips(
    count: int, seed: int, ingredients: Ingredients, jobs: int = JOBS
) -> list[Clip]:
    """Backflips and handsprings in turn, each by another athlete."""
    exact = _exact_flips(count, seed, replace(ingredients, noise=None), jobs)
    return _noisy(exact, seed, ingredients)


def simulated_others(
    count: int, seed: int, ingredients: Ingredients, jobs: int = JOBS
) -> list[Clip]:
    """Windows of `count` people who do what is neither."""
    found = in_parallel(partial(_others_of, seed), range(count), jobs)
    return _noisy([clip for clips in found for clip in clips], seed, ingredients)


@lru_cache(maxsize=8)  # with another noise they move as before
def _exact_flips(count: int, seed: int, ingredients: Ingredients, jobs: int) -> tuple[Clip, ...]:
    return tuple(in_parallel(partial(_flip, seed, ingredients), range(count), jobs))


def _noisy(clips: Iterable[Clip], seed: int, ingredients: Ingredients) -> list[Clip]:
    rng = np.random.default_rng(seed)
    return [
        replace(
            clip,
            keypoints=seen_by(
                ingredients.noise, clip.keypoints[..., :2].astype(np.float64), clip.t, rng
            ),
        )
        for clip in clips
    ]


def _flip(seed: int, ingredients: Ingredients, number: int) -> Clip:
    kind, rng = KINDS[number % 2], np.random.default_rng([seed, number])
    fps = float(rng.choice([30.0, 60.0]))
    facing = _facing(rng, ingredients)
    move = {"move": kind, "variation": float(ingredients.variation)}
    scene = stage([move], drawn_seed(rng), facing_deg=facing, fps=fps, seconds=_SCENE_S)
    [event] = scene.truth.events
    frames = _frames(scene, event.takeoff_s, event.landing_s)
    return Clip(
        f"simulated {seed}.{number}",
        kind,
        _exact(scene, frames),
        scene.t[frames],
        event.takeoff_s,
        event.landing_s,
    )


def _others_of(seed: int, number: int) -> list[Clip]:
    rng = np.random.default_rng([seed, number])
    moves = [_OTHERS[i] for i in rng.choice(len(_OTHERS), _TOGETHER, replace=False)]
    facing, fps = float(rng.uniform(-180, 180)), float(rng.choice([30.0, 60.0]))
    scene = stage(moves, drawn_seed(rng), facing_deg=facing, fps=fps, seconds=_OTHER_S)
    clips = []
    for begin in rng.uniform(AROUND_S, _OTHER_S - 2, _WINDOWS_EACH):
        end = float(begin + rng.uniform(*FLIGHT_S))
        frames = _frames(scene, float(begin), end)
        seen = _exact(scene, frames)
        name = f"simulated {seed}.{number}"
        clips.append(Clip(name, "neither", seen, scene.t[frames], float(begin), end))
    return clips


def _frames(scene: Scene, begin_s: float, end_s: float) -> NDArray[np.intp]:
    near = (scene.t >= begin_s - AROUND_S) & (scene.t <= end_s + AROUND_S)
    return np.flatnonzero(near)


def _exact(scene: Scene, frames: NDArray[np.intp]) -> Keypoints:
    return surely(true_joints(scene, frames.tolist()))


def _facing(rng: np.random.Generator, ingredients: Ingredients) -> float:
    if not ingredients.views:
        return -SIDE_DEG
    return float(rng.choice([-SIDE_DEG, SIDE_DEG]) + rng.uniform(-_VIEW_DEG, _VIEW_DEG))
