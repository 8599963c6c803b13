"""The blows on the floor: the rope's and the feet's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from models.simulation.curves import Floats
from models.simulation.sound.waves import RATE, Samples, band, coloured_noise
from models.simulation.truth import FEET, Truth

_SAMPLED_HZ = 480.0
_SLOWEST = 0.3  # turns per second: a rope that is laid down does not click
_SAME_S = 0.02

_CLICK_S, _CLICK_FADES_S = 0.012, 0.0022
_THUMP_S, _THUMP_FADES_S = 0.090, 0.018


@dataclass(frozen=True, slots=True, eq=False)
class Impacts:
    """When the rope (N,) and the feet (M,) of one actor hit the floor, seconds of the picture."""

    rope: Floats
    feet: Floats


def impacts_of(truth: Truth, rope: Callable[[Floats], Floats] | None, seconds: float) -> Impacts:
    """What is heard of an actor in the first `seconds`; `rope` as in `motion.Element`."""
    passes = np.zeros(0) if rope is None else rope_hits(rope, seconds)
    return Impacts(_turning(passes, truth), foot_hits(truth))


def _turning(passes: Floats, truth: Truth) -> Floats:
    """`passes` without those after a miss in which the athlete only steps over the rope: what is
    heard before he goes on are the turns of the jump that he goes on with."""
    heard = np.ones(len(passes), dtype=np.bool_)
    for miss in truth.misses:
        resumed_s = np.inf if miss.resumed_s is None else miss.resumed_s
        turns = next((jump.turns for jump in truth.jumps if jump.time_s == resumed_s), 0)
        stopped = np.flatnonzero((passes > miss.time_s) & (passes < resumed_s))
        heard[stopped[: max(0, len(stopped) - turns)]] = False
    return passes[heard]


def rope_hits(rope: Callable[[Floats], Floats], seconds: float) -> Floats:
    """Times (N,) at which the rope passes the floor, forward and with speed.

    `rope` is as in `motion.Element`: times (T,) to (T, 2), whole turns at the floor.
    """
    t = np.arange(0.0, seconds, 1 / _SAMPLED_HZ)
    turns = rope(t)[:, 0]
    speed = np.diff(turns) * _SAMPLED_HZ
    passes = np.diff(np.floor(turns)) > 0
    # Where one rope is laid down and another is taken up the turns leap: nothing turns that fast.
    at = np.flatnonzero(passes & (speed > _SLOWEST) & (speed < _SAMPLED_HZ / 8))
    rough = t[at] + (np.floor(turns[at + 1]) - turns[at]) / speed[at]
    missing = np.floor(turns[at + 1]) - rope(rough)[:, 0]
    return rough + np.where(np.isfinite(missing), missing, 0.0) / speed[at]


def foot_hits(truth: Truth) -> Floats:
    """Times (M,) at which a foot comes down: the truth's contacts, and the jumps for which it has
    none."""
    contacts = np.array([c.begin_s for c in truth.contacts if c.limb in FEET])
    jumps = np.array([jump.time_s for jump in truth.jumps])
    if len(contacts) and len(jumps):
        apart = np.abs(contacts[:, None] - jumps[None]).min(axis=0)
        jumps = jumps[apart > _SAME_S]
    together = np.sort(np.concatenate([contacts, jumps]))
    return together[together > _SAME_S]  # who stands from the beginning makes no noise


def clicks(n: int, rng: np.random.Generator) -> Iterable[Samples]:
    """`n` sounds of a rope on the floor: bursts of 2...12 kHz, peak about 1, no two the same."""
    return (_burst(_CLICK_S, _CLICK_FADES_S, 2000, 12000, rng) for _ in range(n))


def thumps(n: int, rng: np.random.Generator) -> Iterable[Samples]:
    """`n` sounds of a foot on a sports floor: dull, peak about 1."""
    return (_burst(_THUMP_S, _THUMP_FADES_S, 60, 450, rng) for _ in range(n))


def _burst(
    seconds: float, fades_s: float, low: float, high: float, rng: np.random.Generator
) -> Samples:
    n = round(seconds * RATE)
    noise = coloured_noise(n, rng, lambda hz: band(hz, low, high) ** 2)
    noise *= np.exp(-np.arange(n) / (fades_s * RATE)).astype(np.float32)
    loudness = 10 ** (0.1 * rng.standard_normal())
    return noise * np.float32(loudness / np.abs(noise).max())
