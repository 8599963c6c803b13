"""Training of many small networks at once: repetitions and folds run side by side in one compiled
epoch, each on its own samples in its own order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from models.gym import networks
from models.gym.thesis import Design

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]
Progress = Callable[[], None]

_NONE = -1
"""Fills up the shorter rows of a table of samples."""
_LEAST = 1e-7
"""Probabilities are clipped to it before the logarithm, as Keras does."""


@dataclass(frozen=True)
class Member:
    """One network: which samples it is trained on, which it is watched on, and its seed."""

    train: Indices
    seed: int
    watch: Indices


@dataclass(frozen=True)
class History:
    """Loss and accuracy of each member after each epoch, (members, epochs); those of training are
    taken while it trains, with dropout. NaN where a member is watched on nothing."""

    loss: Floats
    accuracy: Floats
    watched_loss: Floats
    watched_accuracy: Floats


@dataclass(frozen=True)
class Trained:
    """Networks of one design, one for each member."""

    design: Design
    weights: list[Floats]
    """Each of the design's weights for all members: (members, ...)."""
    history: History

    def probabilities(self, samples: Floats) -> Floats:
        """(members, N, 2) for samples (N, frames, features)."""
        model = networks.build(self.design, samples.shape[1], samples.shape[2], seed=0)
        forward = jax.jit(lambda weights, x: _predict(model, weights, x))
        each = [forward([w[m] for w in self.weights], samples) for m in range(len(self))]
        return np.stack([np.asarray(p, np.float32) for p in each])

    def member(self, index: int, frames: int, features: int) -> networks.Model:
        """One of them as a Keras model."""
        model = networks.build(self.design, frames, features, seed=0)
        for variable, weight in zip(model.trainable_variables, self.weights, strict=True):
            variable.assign(weight[index])
        return model

    def __len__(self) -> int:
        return len(self.weights[0])


def train(
    design: Design,
    samples: Floats,
    labels: Indices,
    members: Sequence[Member],
    *,
    epochs: int,
    progress: Progress = lambda: None,
) -> Trained:
    """Train a network for each member on samples (N, frames, features) with labels (N,), one sample
    a step, for `epochs` epochs. The same seeds give the same networks. `progress` is called after
    each epoch. Raises ValueError for a backend other than JAX."""
    if networks.backend() != "jax":
        raise ValueError(f"KERAS_BACKEND is {networks.backend()}: expected jax; unset it")
    models = [networks.build(design, samples.shape[1], samples.shape[2], m.seed) for m in members]
    model, optimizer = models[0], networks.adam(design, models[0])
    state = _State(
        weights=_stacked([m.trainable_variables for m in models]),
        generators=_stacked([m.non_trainable_variables for m in models]),
        moments=_stacked([optimizer.variables] * len(members)),
    )
    epoch = _compiled_epoch(model, optimizer, jnp.asarray(samples), jnp.asarray(labels))
    watch = jnp.asarray(_table([m.watch for m in members]))
    orders = [np.random.default_rng([m.seed, 1]) for m in members]
    seen = []
    for _ in range(epochs):
        order = _table([r.permutation(m.train) for m, r in zip(members, orders, strict=True)])
        state, figures = epoch(state, jnp.asarray(order), watch)
        seen.append(np.stack([np.asarray(f, np.float32) for f in figures]))
        progress()
    history = History(*np.stack(seen, axis=-1))
    return Trained(design, [np.asarray(w, np.float32) for w in state.weights], history)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class _State:
    """What training changes, for all members: (members, ...)."""

    weights: list[jax.Array]
    generators: list[jax.Array]
    moments: list[jax.Array]


def _stacked(variables: Sequence[Sequence[Any]]) -> list[jax.Array]:
    return [jnp.stack([v.value for v in each]) for each in zip(*variables, strict=True)]


def _table(rows: Sequence[Indices]) -> NDArray[np.int32]:
    """Rows of different lengths as (rows, longest), filled up with _NONE."""
    table = np.full((len(rows), max(1, *(len(row) for row in rows))), _NONE, np.int32)
    for i, row in enumerate(rows):
        table[i, : len(row)] = row
    return table


def _predict(model: networks.Model, weights: list[Any], x: Any) -> Any:
    fixed = [v.value for v in model.non_trainable_variables]
    return model.stateless_call(weights, fixed, x, training=False)[0]


def _losses(probabilities: jax.Array, labels: jax.Array) -> jax.Array:
    right = jnp.take_along_axis(probabilities, labels[:, None], axis=1)[:, 0]
    return -jnp.log(jnp.clip(right, _LEAST, 1 - _LEAST))


def _compiled_epoch(
    model: networks.Model, optimizer: networks.Optimizer, samples: jax.Array, labels: jax.Array
) -> Callable[[_State, jax.Array, jax.Array], tuple[_State, list[jax.Array]]]:
    """An epoch of all members in the order (members, steps), then their figures on `watch`
    (members, M): mean loss and accuracy of both, each (members,)."""

    def loss(weights: Any, generators: Any, x: Any, y: Any) -> Any:
        probabilities, generators = model.stateless_call(weights, generators, x, training=True)
        found = probabilities.argmax(axis=1) == y
        return _losses(probabilities, y).mean(), (generators, found.mean())

    slope = jax.value_and_grad(loss, has_aux=True)

    def step(state: _State, index: jax.Array) -> tuple[_State, tuple[jax.Array, jax.Array]]:
        x, y = samples[index][None], labels[index][None]
        (lost, (generators, found)), slopes = slope(state.weights, state.generators, x, y)
        weights, moments = optimizer.stateless_apply(state.moments, slopes, state.weights)
        after = _State(list(weights), list(generators), list(moments))
        kept = jax.tree.map(lambda new, old: jnp.where(index == _NONE, old, new), after, state)
        return kept, (lost, found)

    def watched(weights: list[jax.Array], indices: jax.Array) -> tuple[jax.Array, jax.Array]:
        y = labels[indices]
        probabilities = _predict(model, weights, samples[indices])
        return _losses(probabilities, y), probabilities.argmax(axis=1) == y

    def one(state: _State, order: jax.Array) -> tuple[_State, tuple[jax.Array, jax.Array]]:
        return jax.lax.scan(step, state, order)

    @jax.jit
    def epoch(state: _State, order: jax.Array, watch: jax.Array) -> tuple[_State, list[jax.Array]]:
        state, trained = jax.vmap(one)(state, order)
        beside = jax.lax.map(lambda pair: watched(*pair), (state.weights, watch))
        figures = [_mean(f, order) for f in trained] + [_mean(f, watch) for f in beside]
        return state, figures

    return epoch


def _mean(figures: jax.Array, indices: jax.Array) -> jax.Array:
    """Of each row, without what only fills it up."""
    return jnp.mean(figures, axis=1, where=indices != _NONE)
