"""The thesis's networks in Keras 3, on JAX; needs the extra `train`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

os.environ["KERAS_BACKEND"] = os.environ.get("KERAS_BACKEND") or "jax"

import keras
import numpy as np

from models.gym.thesis import BODY, UNITS, Design

Model = Any
"""A keras.Model, which has no types."""
Optimizer = Any

CLASSES = 2
_SEEDS = 2**31


def build(design: Design, frames: int, features: int, seed: int) -> Model:
    """The network with fresh weights.

    It takes float32 (N, frames, features), features being x and y of each joint in turn with the
    first 15 of BODY_25 at their place, and gives probabilities (N, 2): backflip, handspring. A
    recurrent layer for each body part, all put side by side level by level (each limb with the
    trunk, arms with arms and legs with legs, then the whole body), dropout, a layer of rectified
    units on each frame, and a softmax on all frames together.
    """
    seeds = _seeds(seed)
    inputs = keras.Input((frames, features))
    states = [
        _recurrent(design, part, seeds)(_of_joints(inputs, joints))
        for part, joints in parts(design)
    ]
    body = _fused(states) if len(states) > 1 else states[0]
    if not design.whole:
        body = body[:, -1]
    body = keras.layers.Dropout(design.dropout, seed=next(seeds))(body)
    body = _dense(UNITS, "relu", seeds)(body)
    body = keras.layers.Flatten(data_format="channels_last")(body)
    return keras.Model(inputs, _dense(CLASSES, "softmax", seeds)(body))


def parts(design: Design) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Each recurrent layer's name and joints; no joints stand for all."""
    return design.parts or ((BODY, ()),)


def recurrent_states(design: Design, model: Model) -> Model:
    """The same weights, as a model that gives the states of the recurrent layers by the names of
    their `parts`: (N, frames, units) each, -1 to 1."""
    layers = {part: model.get_layer(_layer_name(part)) for part, _ in parts(design)}
    return keras.Model(model.inputs[0], {part: layer.output for part, layer in layers.items()})


def adam(design: Design, model: Model) -> Optimizer:
    """The optimiser, ready for `model`."""
    optimizer = keras.optimizers.Adam(design.rate)
    optimizer.build(model.trainable_variables)
    return optimizer


def backend() -> str:
    """What Keras runs on; training needs jax."""
    name: str = keras.backend.backend()
    return name


def _layer_name(part: str) -> str:
    return part.replace(" ", "_")


def _of_joints(inputs: Any, joints: tuple[int, ...]) -> Any:
    if not joints:
        return inputs
    columns = [2 * joint + axis for joint in joints for axis in (0, 1)]
    return keras.ops.take(inputs, columns, axis=-1)


def _recurrent(design: Design, part: str, seeds: Iterator[int]) -> Any:
    layer = {"simple": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM}[design.cells]
    return layer(
        UNITS,
        return_sequences=True,
        kernel_initializer=keras.initializers.GlorotUniform(next(seeds)),
        recurrent_initializer=keras.initializers.Orthogonal(seed=next(seeds)),
        name=_layer_name(part),
    )


def _fused(states: list[Any]) -> Any:
    """The body parts of `thesis.PARTS` put side by side, level by level."""
    right_arm, left_arm, trunk, right_leg, left_leg = states
    beside = keras.ops.concatenate
    limbs = [beside([limb, trunk], axis=-1) for limb in (right_arm, left_arm, right_leg, left_leg)]
    upper, lower = beside(limbs[:2], axis=-1), beside(limbs[2:], axis=-1)
    return beside([upper, lower], axis=-1)


def _dense(units: int, activation: str, seeds: Iterator[int]) -> Any:
    return keras.layers.Dense(
        units, activation, kernel_initializer=keras.initializers.GlorotUniform(next(seeds))
    )


def _seeds(seed: int) -> Iterator[int]:
    """For each layer another one, so that nothing hangs on Keras's global state."""
    rng = np.random.default_rng(seed)
    while True:
        yield int(rng.integers(_SEEDS))
