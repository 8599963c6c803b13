"""The simulated scenes that are compared with real videos, through the real pose network."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from bench.staged import (
    WAIT_S,
    Floats,
    Move,
    drawn_camera,
    drawn_hall,
    drawn_seed,
    drawn_steps,
    in_parallel,
    stage,
    true_joints,
)
from models.pose import weights
from models.pose.blazepose.estimator import BlazePose
from models.pose.protocol import estimate_one
from models.simulation.scene import Scene
from models.simulation.truth import Truth
from models.skeleton import BODY, Keypoints, convert

Group = Literal["speed", "flips", "plain", "tumbling", "falls"]
VIEWS = {"front": 0.0, "three-quarter": 40.0, "side": 90.0}
"""Degrees from facing the camera."""
_VIEW_DEG = 10.0
_RATES = (30.0, 60.0)
_AFTER_S = 0.5
_MISSES = 0.25
"""Share of the attempts with a miss."""
_FLIP_VIEWS = ("side", "three-quarter")
_TUMBLING = ("cartwheel", "round_off", "forward_roll", "front_tuck", "straight_jump", "aborted")
_PLAIN: tuple[tuple[Move, ...], ...] = (
    (
        {"move": "walk", "x": 0.8, "y": 0.3, "facing_deg": 60.0},
        {"move": "walk", "x": -0.8, "y": 0.0, "facing_deg": 0.0},
        {"move": "stand", "seconds": 2.0},
    ),
    ({"move": "bounce", "seconds": 9.0},),
    ({"move": "double_under", "seconds": 9.0},),
    ({"move": "side_swing", "seconds": 9.0},),
    ({"move": "high_knees", "seconds": 4.0}, {"move": "jumping_jacks", "seconds": 4.0}),
    ({"move": "cheer", "seconds": 3.0}, {"move": "crouch", "seconds": 3.0}),
)


@dataclass(frozen=True)
class Shot:
    """What is filmed: `moves` of somebody turned `facing_deg` away from the camera. `camera` and
    `hall` are settings of a scene file; without them the picture is as clean as it can be."""

    group: Group
    view: str
    fps: float
    facing_deg: float
    seed: int
    seconds: float
    moves: tuple[Move, ...]
    camera: Mapping[str, Any] | None = None
    hall: Mapping[str, Any] | None = None

    @property
    def picture(self) -> str:
        return "clean" if self.camera is None else "as filmed"

    @property
    def misses(self) -> int:
        """How often the rope is to be caught."""
        return sum(int(move.get("misses", 0)) for move in self.moves)

    @property
    def stands_s(self) -> float:
        """For how long he stands before the first move that is not standing."""
        waits = itertools.takewhile(lambda move: move["move"] == "stand", self.moves)
        return WAIT_S + sum(float(move["seconds"]) for move in waits)


@dataclass(frozen=True, eq=False)
class Filmed:
    """A shot's frames at times `t` (T,): true joints (T, 17, 2) px, and the key points
    (T, 17, 3) that the pose network found, both in the order of BODY."""

    shot: Shot
    t: Floats
    joints: Floats
    found: Keypoints
    truth: Truth


def draw_shots(*, quick: bool = False) -> list[Shot]:
    """All shots: speed steps, flips, and what is neither, in several views and frame rates."""
    rng = np.random.default_rng(4)
    shots = []
    for filmed in (False, True) * (1 if quick else 2):
        for fps in _RATES:
            drawn = [_speed(view, fps, rng) for view in VIEWS]
            drawn += [
                _flip(kind, view, fps, rng)
                for kind in ("backflip", "handspring")
                for view in _FLIP_VIEWS
            ]
            shots += [_filmed(shot, rng) for shot in drawn] if filmed else drawn
    for kind in _TUMBLING:
        fps = float(rng.choice(_RATES))
        shots.append(replace(_flip(kind, "side", fps, rng), group="tumbling"))
    for fps in _RATES:
        shots.append(replace(_flip("fall", "side", fps, rng), group="falls"))
    for moves in _PLAIN:
        facing, fps = float(rng.uniform(-180, 180)), float(rng.choice(_RATES))
        shots.append(Shot("plain", "any", fps, facing, drawn_seed(rng), 14.0, moves))
    return shots


def _filmed(shot: Shot, rng: np.random.Generator) -> Shot:
    return replace(shot, camera=drawn_camera(shot.fps, rng), hall=drawn_hall(rng))


def _facing(view: str, rng: np.random.Generator) -> float:
    side = float(rng.choice([-1.0, 1.0]))
    return side * (VIEWS[view] + float(rng.uniform(-_VIEW_DEG, _VIEW_DEG)))


def _speed(view: str, fps: float, rng: np.random.Generator) -> Shot:
    steps = drawn_steps(10.0, rng, misses=rng.random() < _MISSES)
    moves = ({"move": "stand", "seconds": 1.2}, steps)
    return Shot("speed", view, fps, _facing(view, rng), drawn_seed(rng), 12.5, moves)


def _flip(kind: str, view: str, fps: float, rng: np.random.Generator) -> Shot:
    moves = ({"move": kind},)
    return Shot("flips", view, fps, _facing(view, rng), drawn_seed(rng), 8.0, moves)


def film(shot: Shot) -> Filmed:
    """Render a shot and let a fresh pose network follow it."""
    scene = stage(
        shot.moves,
        shot.seed,
        facing_deg=shot.facing_deg,
        fps=shot.fps,
        seconds=shot.seconds,
        camera=shot.camera or {},
        hall=shot.hall or {},
    )
    frames, found = _worth_filming(scene), []
    with closing(BlazePose(weights.load(), threads=1)) as engine:
        for i in frames:
            poses = estimate_one(engine, scene.render(i))
            people = convert(poses.keypoints, poses.skeleton, BODY)
            found.append(people[0] if len(people) else np.zeros((len(BODY), 3), np.float32))
    joints = true_joints(scene, frames)
    return Filmed(shot, scene.t[: len(frames)], joints, np.array(found), scene.truth)


def _worth_filming(scene: Scene) -> range:
    """Without the wait after the last element."""
    events = scene.truth.events
    end_s = events[-1].end_s + _AFTER_S if events else scene.duration_s
    return range(int(np.searchsorted(scene.t, end_s)))


def film_all(shots: Sequence[Shot], jobs: int) -> list[Filmed]:
    """Every shot in the order given, `jobs` at once."""
    return in_parallel(film, shots, jobs)
