"""Streams of simulated athletes, with the errors of a pose network."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from typing import Any

import msgspec
import numpy as np

from models.gym.live.streams import Element, Kind, Stream
from models.simulation.noise.model import KeypointNoise, Network
from models.simulation.script import Script
from models.simulation.staging import build_scene
from models.simulation.truth import TrueEvent
from models.skeleton import BODY, convert

Move = Mapping[str, Any]

_RATES = (25.0, 30.0, 30.0, 50.0, 60.0, 60.0, 90.0, 120.0)
_SIDE_DEG, _VIEW_DEG = 90.0, 45.0
_LONGEST_S = 45.0
_NAMED: dict[str, Kind] = {"backflip": "backflip", "handspring": "handspring"}
_NETWORKS: tuple[Network, ...] = ("blazepose", "openpose")
_TIMED = (
    *("speed_step", "bounce", "double_under", "side_swing", "wait", "stand"),
    *("cheer", "high_knees", "jog_on_spot", "jumping_jacks", "crouch", "spot"),
)
_LOOKALIKES = (
    *("straight_jump", "aborted", "forward_roll", "cartwheel"),
    *("round_off", "front_tuck", "fall"),
)
_CHUNK = 8


def simulated(count: int, seed: int, jobs: int) -> list[Stream]:
    """`count` people in scenes of their own: half of them do backflips and handsprings among other
    things, half only what is neither."""
    make = partial(_stream, seed)
    if jobs == 1:
        return [make(number) for number in range(count)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        return list(pool.map(make, range(count), chunksize=_CHUNK))


def _stream(seed: int, number: int) -> Stream:
    rng = np.random.default_rng([seed, number])
    flips = number % 2 == 0
    moves = list(_flips(rng) if flips else _neither(rng))
    facing = float(rng.uniform(-180, 180))
    if flips or rng.random() < 0.5:
        facing = float(rng.choice([-_SIDE_DEG, _SIDE_DEG]) + rng.uniform(-_VIEW_DEG, _VIEW_DEG))
    script = {
        "title": "training",
        "seconds": _LONGEST_S,
        "seed": int(rng.integers(1 << 31)),
        "camera": {
            "fps": float(rng.choice(_RATES)),
            "width": 320,
            "height": 180,
            "distance_m": float(rng.uniform(3.5, 9.0)),
            "height_m": float(rng.uniform(0.7, 1.9)),
        },
        "person": [{"facing_deg": facing, "do": moves}],
    }
    scene = build_scene(msgspec.convert(script, Script))
    events = scene.truth.events
    until = max((e.end_s for e in events), default=10.0) + float(rng.uniform(0.3, 1.5))
    frames = np.flatnonzero(scene.t <= min(until + 1.0, _LONGEST_S))
    t = scene.t[frames]
    true = np.array([scene.joints(int(i)) for i in frames])
    noise = _noise(_NETWORKS[int(rng.integers(len(_NETWORKS)))])
    found = noise.apply(true, t, rng, scale=float(rng.uniform(0.3, 1.2)))
    keypoints = convert(found, noise.skeleton, BODY)
    keypoints[keypoints[..., 2] <= 0] = 0
    elements = tuple(element for event in events for element in _elements(event))
    return Stream(f"simulated {number}", "", keypoints, t, elements)


def _elements(event: TrueEvent) -> Iterator[Element]:
    if event.kind in _NAMED:
        yield Element(_NAMED[event.kind], event.takeoff_s, event.landing_s)
    elif event.kind == "fall":
        yield Element(None, event.takeoff_s, event.landing_s)


@lru_cache
def _noise(network: Network) -> KeypointNoise:
    return KeypointNoise.load(network)


def _flips(rng: np.random.Generator) -> Iterator[Move]:
    yield _filler(rng)
    for _ in range(int(rng.integers(1, 3))):
        if rng.random() < 0.35:
            first = ["round_off"] if rng.random() < 0.6 else []
            rest = rng.choice(["backflip", "handspring"], int(rng.integers(1, 4))).tolist()
            yield {"move": "series", "skills": [*first, *rest]}
        else:
            yield {"move": str(rng.choice(["backflip", "handspring"]))}
        yield _filler(rng) if rng.random() < 0.7 else _lookalike(rng)


def _neither(rng: np.random.Generator) -> Iterator[Move]:
    for _ in range(int(rng.integers(3, 5))):
        yield _filler(rng) if rng.random() < 0.45 else _lookalike(rng)


def _filler(rng: np.random.Generator) -> Move:
    if rng.random() < 0.2:
        x, y = rng.uniform(-1.5, 1.5, 2).tolist()
        return {"move": "walk", "x": x, "y": 0.3 * y}
    return {"move": str(rng.choice(_TIMED)), "seconds": float(rng.uniform(3.6, 4.6))}


def _lookalike(rng: np.random.Generator) -> Move:
    return {"move": str(rng.choice(_LOOKALIKES))}
