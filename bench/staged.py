"""Simulated scenes as the benchmarks need them, and what a key-point network would say of them."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.simulation.noise.model import KeypointNoise, Network
from models.simulation.scene import Scene
from models.simulation.script import Script
from models.simulation.staging import build_scene
from models.skeleton import BODY, Keypoints, convert

Item = TypeVar("Item")
Result = TypeVar("Result")
Floats = NDArray[np.float64]
Move = Mapping[str, Any]
"""A move as in a scene file."""

WAIT_S = 0.8
SIDE_DEG = 90.0
_CHUNK = 5
_SEEDS = 1 << 31
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Ingredients:
    """What is varied in simulated data: the noise of a network's key points (None: there is none),
    the performance, the view."""

    noise: Network | None = "blazepose"
    variation: bool = True
    views: bool = True


EVERYTHING = Ingredients()


def stage(
    moves: Sequence[Move],
    seed: int,
    *,
    facing_deg: float,
    fps: float,
    seconds: float,
    camera: Mapping[str, Any] = _NOTHING,
    hall: Mapping[str, Any] = _NOTHING,
    body: Mapping[str, Any] = _NOTHING,
) -> Scene:
    """Somebody does `moves` one after the other, then stands until `seconds` are over; `camera`,
    `hall` and `body` as in a scene file."""
    wait = {"move": "stand", "seconds": WAIT_S}
    script = {
        "title": "staged",
        "seconds": seconds,
        "seed": seed,
        "camera": {"fps": fps, **camera},
        "hall": dict(hall),
        "person": [{"facing_deg": facing_deg, "do": [wait, *moves], "body": dict(body)}],
    }
    return build_scene(msgspec.convert(script, Script))


def true_joints(scene: Scene, frames: Sequence[int]) -> Floats:
    """True pixels (T, 17, 2) in `frames`, in the order of BODY."""
    return np.array([scene.joints(i) for i in frames])


def surely(joints: Floats) -> Keypoints:
    """Joints (T, 17, 2) as key points (T, 17, 3) of a network that is always right."""
    sure = np.ones((*joints.shape[:2], 1))
    return np.concatenate([joints, sure], axis=-1).astype(np.float32)


@lru_cache
def noise_model(network: Network) -> KeypointNoise:
    return KeypointNoise.load(network)


def seen_by(
    network: Network | None, joints: Floats, t: Floats, rng: np.random.Generator
) -> Keypoints:
    """Key points (T, 17, 3), in the order of BODY, that a network's noise model makes of true
    `joints` (T, 17, 2) at times `t` (T,); without a network they are sure and exact."""
    if network is None:
        return surely(joints)
    model = noise_model(network)
    found = model.apply(joints, t, rng)
    return convert(found, model.skeleton, BODY)


def drawn_seed(rng: np.random.Generator) -> int:
    return int(rng.integers(_SEEDS))


def drawn_camera(fps: float, rng: np.random.Generator) -> dict[str, Any]:
    """A camera as people have it, in a hall: in a hand or not, blur, noise, compression."""
    return {
        "distance_m": float(rng.uniform(3.5, 9.0)),
        "height_m": float(rng.uniform(0.9, 1.7)),
        "shake_deg": float(rng.choice([0.0, 0.0, 0.3])),
        "shutter_s": float(rng.uniform(0.1, 0.6) / fps),
        "rolling_shutter_s": float(rng.uniform(0.2, 0.6) / fps),
        "noise": float(rng.uniform(1.0, 8.0)),
        "exposure_ev": float(rng.uniform(-0.7, 0.5)),
        "mjpeg_quality": int(rng.integers(35, 90)),
        "drop": float(rng.choice([0.0, 0.02])),
        "duplicates": float(rng.choice([0.0, 0.05])),
    }


def drawn_hall(rng: np.random.Generator) -> dict[str, Any]:
    """Somewhere people train or compete."""
    return {
        "kind": str(rng.choice(["gym", "sports_hall", "outdoor"])),
        "light": float(rng.uniform(0.5, 1.0)),
        "clutter": float(rng.uniform(0.0, 1.0)),
        "crowd": float(rng.uniform(0.0, 0.7)),
    }


def drawn_steps(seconds: float, rng: np.random.Generator, *, misses: bool) -> Move:
    """Speed steps for `seconds`: as slow as beginners and as fast as records."""
    slower, faster = sorted(rng.uniform(100.0, 225.0, 2).tolist())
    return {
        "move": "speed_step",
        "seconds": seconds,
        "steps_per_30_s": [slower, faster],
        "misses": int(misses),
    }


def in_parallel(
    function: Callable[[Item], Result], items: Iterable[Item], jobs: int
) -> list[Result]:
    """What `function` makes of each item, in their order, by `jobs` processes."""
    if jobs == 1:
        return [function(item) for item in items]
    # A forked process would inherit the locks of the pose network's threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        return list(pool.map(function, items, chunksize=_CHUNK))
