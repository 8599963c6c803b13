"""Trains the live network on examples."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.gym.live import network
from models.gym.live.backend import keras
from models.gym.live.examples import Examples
from models.gym.live.features import MIRRORED

BATCH = 64
STEPS = 4000
RATE = 3e-3
JITTER = 0.02
"""Added to features while training."""


def _loss(allowed: Any, odds: Any) -> Any:
    """Minus the logarithm of the probability of what may be said; 0 where nothing is asked."""
    ops = keras.ops
    asked = ops.max(allowed, axis=-1)
    share = ops.sum(ops.softmax(odds) * allowed, axis=-1)
    return -ops.sum(asked * ops.log(share + 1e-6)) / (ops.sum(asked) + 1)


def train(examples: Examples, seed: int, steps: int = STEPS) -> list[np.ndarray]:
    """Weights of `network.sequences` after `steps` batches, half of them with elements."""
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    model = network.sequences()
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
    model.compile(keras.optimizers.Adam(rate, clipnorm=1.0), _loss)
    pools = [np.flatnonzero(examples.flips), np.flatnonzero(~examples.flips)]
    for _ in range(steps):
        rows = np.concatenate([rng.choice(pool, BATCH // 2) for pool in pools])
        seen = examples.features[rows]
        signs = np.where(rng.random(BATCH) < 0.5, 1, MIRRORED[:, None]).T[:, None]
        noise = JITTER * rng.standard_normal(seen.shape, np.float32)
        model.train_on_batch(seen * signs + noise, examples.allowed[rows])
    return [np.asarray(w) for w in model.get_weights()]
