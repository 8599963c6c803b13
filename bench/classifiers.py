"""Small classifiers of windows of key points, to see what data are worth; needs Keras."""

from __future__ import annotations

import os
from collections.abc import Sequence

os.environ["KERAS_BACKEND"] = os.environ.get("KERAS_BACKEND") or "jax"

import keras
import numpy as np
from numpy.typing import NDArray

from bench.windows import FEATURES, SAMPLES, Floats

Labels = NDArray[np.int64]

_CHANNELS = 16
_DILATIONS = (1, 2, 4)
_BATCH = 64
_STEPS = 400
_RATE = 3e-3
_JITTER = 0.02
"""Of the joints in leg lengths, added while training."""


class Convolutions:
    """Three dilated convolutions of 16 channels and the mean over time. It is compiled once and
    can be trained again and again from fresh weights."""

    def __init__(self, classes: int) -> None:
        features = inputs = keras.Input((SAMPLES, FEATURES))
        for dilation in _DILATIONS:
            features = keras.layers.Conv1D(
                _CHANNELS, 5, padding="same", dilation_rate=dilation, activation="relu"
            )(features)
        pooled = keras.layers.GlobalAveragePooling1D()(features)
        self._model = keras.Model(inputs, keras.layers.Dense(classes)(pooled))
        self._model.compile(
            keras.optimizers.Adam(_RATE),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )
        self._model.optimizer.build(self._model.trainable_variables)

    def train(self, windows: Floats, labels: Labels, seed: int) -> None:
        """Forget everything, then learn from `windows` (N, SAMPLES, FEATURES) with `labels` (N,),
        each class as often as any other."""
        rng = np.random.default_rng(seed)
        self._restart(rng)
        rows = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        for _ in range(_STEPS):
            drawn = np.concatenate([rng.choice(row, _BATCH // len(rows) + 1) for row in rows])
            drawn = drawn[:_BATCH]
            noisy = windows[drawn] + _JITTER * rng.standard_normal(windows[drawn].shape)
            self._model.train_on_batch(noisy.astype(np.float32), labels[drawn])

    def classify(self, windows: Floats) -> Labels:
        """The class (N,) of each of `windows` (N, SAMPLES, FEATURES)."""
        found = self._model(windows.astype(np.float32), training=False)
        labels: Labels = np.asarray(found).argmax(axis=1)
        return labels

    def _restart(self, rng: np.random.Generator) -> None:
        self._model.set_weights([_fresh(w.shape, rng) for w in self._model.get_weights()])
        for variable in self._model.optimizer.variables:
            if variable.path.rsplit("/", 1)[-1] != "learning_rate":
                variable.assign(np.zeros(variable.shape, variable.dtype))


def _fresh(shape: Sequence[int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Weights after He et al. 2015, biases zero."""
    if len(shape) == 1:
        return np.zeros(shape, np.float32)
    deviation = np.sqrt(2 / np.prod(shape[:-1]))
    drawn: NDArray[np.float32] = (deviation * rng.standard_normal(shape)).astype(np.float32)
    return drawn


class Nearest:
    """Says what the nearest window that it was given is. There is nothing to train: the simplest
    reference."""

    def __init__(self, windows: Floats, labels: Labels) -> None:
        self._known = windows.reshape(len(windows), -1)
        self._labels = labels

    def classify(self, windows: Floats) -> Labels:
        """The class (N,) of each of `windows` (N, SAMPLES, FEATURES)."""
        asked = windows.reshape(len(windows), -1)
        squares = (self._known**2).sum(axis=1) - 2 * asked @ self._known.T
        labels: Labels = self._labels[squares.argmin(axis=1)]
        return labels
