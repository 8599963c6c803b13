"""Trains the network of steps with JAX; nothing here runs live.

Backpropagation through crops of 7 s, Adam (Kingma and Ba, 2015). Each crop may be mirrored, seen
from behind, scaled and shifted, with hands or hips that nobody sees.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from models.rope.learned.features import FEATURES
from models.rope.learned.network import AHEAD, ANSWERS, Weights

UNITS = 48
CROP = 420
BATCH = 64
RATE = 5e-3
WARM_UP = 100
EVERY = 200

_REACH = 1.5  # grid steps in which a moment fades out in the target
_LOSS = jnp.array([0.5, 1.0, 1.0, 1.0])  # by answer: 33 ms ahead is early
_POSES = slice(0, 19)  # what is not scaled by its own spread
_KNOWN = FEATURES - 1
_HANDS, _HIPS = slice(8, 12), slice(16, 19)
_SIDES = np.arange(FEATURES)
_SIDES[_HANDS] = 10, 11, 8, 9
_EXCHANGED = np.ones(FEATURES, np.float32)
_EXCHANGED[[0, 2, 4, 6, 14, 15, 19, 20, 21, 22, 23]] = -1
_TURNED = np.ones(FEATURES, np.float32)
_TURNED[[2, 3, 6, 7, 8, 10, 12, 16, 23]] = -1

Floats32 = NDArray[np.float32]
Progress = Callable[[int, float], None]


@dataclass(frozen=True, eq=False)
class Example:
    """Features (T, 27) of somebody, and the jumps he does: grid steps (n,), with fractions, and
    feet (n,), indices of `ANSWERS`. Where `known` (T,) is false nobody knows."""

    features: Floats32
    steps: NDArray[np.float64]
    feet: NDArray[np.intp]
    known: NDArray[np.bool_]

    def target(self) -> Floats32:
        """(T, 4) probabilities, which fade out beside each moment."""
        target = np.zeros((len(self.features), len(ANSWERS)), np.float32)
        for step, foot in zip(self.steps.tolist(), self.feet.tolist(), strict=True):
            for near in range(int(step) - 1, int(step) + 3):
                if 0 <= near < len(target):
                    target[near, foot] = max(target[near, foot], 1 - abs(near - step) / _REACH)
        total = target.sum(axis=1, keepdims=True)
        target /= np.maximum(total, 1)
        target[:, 0] = 1 - target.sum(axis=1)
        return target


def train(
    examples: Sequence[Example],
    updates: int,
    seed: int,
    *,
    progress: Progress | None = None,
) -> Weights:
    """Weights after so many `updates`, drawn from `seed`; `progress` is told the update
    and the mean loss now and then. Deterministic on one machine."""
    rng = np.random.default_rng(seed)
    chances = np.array([float(len(one.features)) for one in examples])
    chances /= chances.sum()
    targets = [one.target() for one in examples]
    weights: Any = {k: jnp.asarray(v) for k, v in _initial(rng).items()}
    state = (weights, *(jax.tree.map(jnp.zeros_like, weights) for _ in range(2)))
    losses: list[float] = []
    for n in range(1, updates + 1):
        decayed = RATE * min(1.0, n / WARM_UP) * (0.5 + 0.5 * np.cos(np.pi * n / updates)) + 1e-5
        drawn = rng.choice(len(examples), BATCH, p=chances)
        crops = [_crop(examples[i], targets[i], rng) for i in drawn]
        batch = [np.stack(part, axis=1) for part in zip(*crops, strict=True)]
        state, loss = _update(state, n, decayed, batch)
        losses.append(float(loss))
        if progress and n % EVERY == 0:
            progress(n, float(np.mean(losses[-EVERY:])))
    return {name: np.asarray(value) for name, value in state[0].items()}


def _initial(rng: np.random.Generator) -> Weights:
    def drawn(*shape: int) -> Floats32:
        values: Floats32 = (rng.standard_normal(shape) / np.sqrt(shape[0])).astype(np.float32)
        return values

    bias = np.zeros(3 * UNITS, np.float32)
    bias[UNITS : 2 * UNITS] = 1.5  # it remembers from the beginning,
    offset = np.zeros(len(AHEAD) * len(ANSWERS), np.float32)
    offset[:: len(ANSWERS)] = 2.0  # and mostly nothing happens
    return {
        "W": drawn(FEATURES, 3 * UNITS),
        "U": drawn(UNITS, 3 * UNITS),
        "b": bias,
        "O": 0.3 * drawn(UNITS, len(offset)),
        "c": offset,
    }


def _crop(
    example: Example, target: Floats32, rng: np.random.Generator
) -> tuple[Floats32, Floats32, Floats32]:
    """Features (CROP, 27), targets (CROP, 4, 4) and how much they count (CROP,)."""
    begin = max(int(rng.integers(-60, max(len(target) - CROP // 2, 1))), 0)
    part = slice(begin, begin + CROP)
    n = len(target[part])
    features, known = np.zeros((CROP, FEATURES), np.float32), np.zeros(CROP, np.float32)
    mirrored = bool(rng.random() < 0.5)
    features[:n] = _varied(example.features[part], mirrored, rng)
    known[:n] = example.known[part]
    wanted = np.zeros((CROP, len(AHEAD), len(ANSWERS)), np.float32)
    wanted[:, :, 0] = 1
    for i, ahead in enumerate(AHEAD):
        late = target[max(begin - ahead, 0) : max(begin - ahead + n, 0)]
        wanted[n - len(late) : n, i] = late
    return features, wanted[..., [0, 2, 1, 3]] if mirrored else wanted, known


def _varied(features: Floats32, mirrored: bool, rng: np.random.Generator) -> Floats32:
    varied: Floats32 = features[:, _SIDES] * _EXCHANGED if mirrored else features.copy()
    if rng.random() < 0.5:
        varied = varied * _TURNED
    poses = varied[:, _POSES]
    width = poses.shape[1]
    scale = np.exp(rng.normal(0, 0.2) + rng.normal(0, 0.08, width))
    varied[:, _POSES] = poses * scale + rng.normal(0, 0.25, width) * (rng.random() < 0.7)
    varied += rng.normal(0, rng.choice([0.0, 0.03, 0.08]), varied.shape)
    varied[:, _KNOWN] = features[:, _KNOWN]
    for hidden in (_HANDS, _HIPS):
        if rng.random() < 0.1:
            varied[:, hidden] = 0
    return varied


def _loss(weights: Any, features: Any, wanted: Any, known: Any) -> Any:
    n = weights["U"].shape[0]

    def step(memory: Any, new: Any) -> Any:
        old = memory @ weights["U"]
        gates = jax.nn.sigmoid(new[:, : 2 * n] + old[:, : 2 * n])
        reset, keep = gates[:, :n], gates[:, n:]
        memory = keep * memory + (1 - keep) * jnp.tanh(new[:, 2 * n :] + reset * old[:, 2 * n :])
        return memory, memory

    start = jnp.zeros((features.shape[1], n))
    memories = jax.lax.scan(step, start, features @ weights["W"] + weights["b"])[1]
    scores = (memories @ weights["O"] + weights["c"]).reshape(wanted.shape)
    losses = -(wanted * jax.nn.log_softmax(scores)).sum(axis=-1) @ _LOSS
    return (losses * known).sum() / known.sum()


@jax.jit
def _update(state: Any, n: Any, rate: Any, batch: Any) -> Any:
    weights, mean, square = state
    loss, slope = jax.value_and_grad(_loss)(weights, *batch)
    length = jnp.sqrt(sum((one * one).sum() for one in jax.tree.leaves(slope)))
    slope = jax.tree.map(lambda one: one * jnp.minimum(1, 1 / length), slope)
    mean = jax.tree.map(lambda old, new: 0.9 * old + 0.1 * new, mean, slope)
    square = jax.tree.map(lambda old, new: 0.99 * old + 0.01 * new * new, square, slope)
    weights = jax.tree.map(
        lambda w, m, s: w - rate * (m / (1 - 0.9**n)) / (jnp.sqrt(s / (1 - 0.99**n)) + 1e-8),
        weights,
        mean,
        square,
    )
    return (weights, mean, square), loss
