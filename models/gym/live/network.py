"""The live network in Keras: one step, and the same over whole sequences to train it.

    features (34) -> 32 rectified -> 32 gated recurrent units -> 3

Live it sees each body and its mirror image side by side and answers with the mean of both, so that
mirrored views give the same answer exactly.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from models.gym.live.backend import keras
from models.gym.live.features import FEATURES, MIRRORED, Features
from models.gym.live.streams import KINDS

UNITS = 32
VIEWS = 2
"""The body and its mirror image."""


def sequences() -> Any:
    """The network to train: features (N, S, FEATURES) to log-odds (N, S, 3); fresh weights."""
    seen = keras.Input((None, FEATURES))
    layers = _layers()
    return keras.Model(seen, layers[2](layers[1](layers[0](seen))))


def _layers() -> tuple[Any, Any, Any]:
    return (
        keras.layers.Dense(UNITS, activation="relu", name="inward"),
        keras.layers.GRU(UNITS, return_sequences=True, name="recurrent"),
        keras.layers.Dense(len(KINDS), name="outward"),
    )


def step(weights: list[np.ndarray]) -> Any:
    """The network as it runs live, from the weights of `sequences`: features (1, FEATURES) and
    state (1, VIEWS x UNITS) to probabilities (1, 3) and the next state; zeros to begin with."""
    seen = keras.Input((FEATURES,), batch_size=1, name="features")
    state = keras.Input((VIEWS * UNITS,), batch_size=1, name="state")
    ops = keras.ops
    views = ops.concatenate([seen, seen * MIRRORED], axis=0)
    inward = keras.layers.Dense(UNITS, activation="relu", name="inward")
    cell = keras.layers.GRUCell(UNITS, name="recurrent")
    outward = keras.layers.Dense(len(KINDS), name="outward")
    known, _ = cell(inward(views), [ops.reshape(state, (VIEWS, UNITS))])
    odds = ops.mean(outward(known), axis=0, keepdims=True)
    after = ops.reshape(known, (1, VIEWS * UNITS))
    model = keras.Model([seen, state], [ops.softmax(odds), after])
    model.set_weights(weights)
    return model


def save(weights: list[np.ndarray], path: Path) -> None:
    """Write the weights as `.npz`."""
    np.savez(path, *(np.asarray(w, np.float32) for w in weights), allow_pickle=False)


def load(path: Path) -> list[np.ndarray]:
    """The weights that `save` wrote."""
    with np.load(path, allow_pickle=False) as archive:
        return [archive[f"arr_{i}"] for i in range(len(archive.files))]


def probabilities(model: Any, seen: Features) -> Features:
    """What `sequences` answers to streams (N, S, FEATURES), both views: (N, S, 3)."""
    both = np.concatenate([seen, seen * MIRRORED])
    odds = np.asarray(model(both, training=False))
    mean = (odds[: len(seen)] + odds[len(seen) :]) / 2
    raised = np.exp(mean - mean.max(axis=-1, keepdims=True))
    found: Features = (raised / raised.sum(axis=-1, keepdims=True)).astype(np.float32)
    return found
