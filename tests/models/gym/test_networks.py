"""The thesis's networks: sizes as its author's logs print them, and what each part sees."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from models.gym import networks
from models.gym.thesis import DESIGNS, FRAMES, PARTS
from models.gym.training import Floats

pytestmark = pytest.mark.usefixtures("quickly_compiled")

# Author's training logs (github.com/AllarVi/pose-estimation-jupyter); the text gives no number.
PARAMETERS = {"simple": 514, "lstm": 276, "hierarchical": 566, "hierarchical-written": 566}


@pytest.fixture(scope="module")
def samples() -> Floats:
    return np.random.default_rng(0).normal(0, 1, (2, 6, 30)).astype(np.float32)


def run(model: Any, inputs: Floats) -> Any:
    return jax.tree.map(np.asarray, jax.jit(lambda x: model(x, training=False))(inputs))


def weights(layer: Any) -> list[Floats]:
    return [np.asarray(variable.value) for variable in layer.weights]


@pytest.mark.parametrize("name", PARAMETERS)
def test_networks_have_the_published_sizes(name: str) -> None:
    model = networks.build(DESIGNS[name], FRAMES, 30, seed=0)
    assert model.count_params() == PARAMETERS[name]
    assert model.output_shape == (None, 2)


def test_seeds_alone_decide_the_fresh_weights() -> None:
    one, same, other = (weights(networks.build(DESIGNS["lstm"], 9, 30, s)) for s in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one[0], other[0])


@pytest.mark.parametrize(
    ("name", "seen"),
    [("hierarchical", {"right arm"}), ("hierarchical-written", set(PARTS)), ("simple", set(PARTS))],
)
def test_as_coded_only_the_right_arm_is_seen(name: str, seen: set[str], samples: Floats) -> None:
    model = networks.build(DESIGNS[name], 6, 30, seed=3)
    inputs = np.repeat(samples[:1], 1 + len(PARTS), axis=0)
    for other, joints in zip(inputs[1:], PARTS.values(), strict=True):
        other[:, [2 * joint for joint in joints]] += 1
    states = run(networks.recurrent_states(DESIGNS[name], model), inputs)
    moved = [any(not np.allclose(s[0], s[i]) for s in states.values()) for i in range(1, 6)]
    assert {part for part, one in zip(PARTS, moved, strict=True) if one} == seen


def test_states_are_those_of_a_simple_recurrent_network(samples: Floats) -> None:
    design = DESIGNS["hierarchical-written"]
    model = networks.build(design, 6, 30, seed=5)
    states = run(networks.recurrent_states(design, model), samples)
    kernel, recurrent, bias = weights(model.get_layer("left_leg"))
    columns = [2 * joint + axis for joint in PARTS["left leg"] for axis in (0, 1)]
    state = np.zeros((2, 2))
    for frame in range(6):
        state = np.tanh(samples[:, frame, columns] @ kernel + state @ recurrent + bias)
        assert np.allclose(states["left leg"][:, frame], state, atol=1e-5)


def test_the_coded_lstm_is_judged_by_its_last_state(samples: Floats) -> None:
    design = DESIGNS["lstm"]
    model = networks.build(design, 6, 30, seed=2)
    state = run(networks.recurrent_states(design, model), samples)["body"][:, -1]
    (w1, b1), (w2, b2) = (weights(layer) for layer in model.layers if "dense" in layer.name)
    scores = np.maximum(state @ w1 + b1, 0) @ w2 + b2
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert np.allclose(run(model, samples), expected, atol=1e-5)
