"""Many networks trained side by side are what each would be by itself."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest

from models.gym import networks
from models.gym.thesis import DESIGNS
from models.gym.training import Floats, Indices, Member, train

pytestmark = pytest.mark.usefixtures("quickly_compiled")

FRAMES = 4
DESIGN = replace(DESIGNS["simple"], rate=0.02)


@pytest.fixture(scope="module")
def samples() -> Floats:
    rng = np.random.default_rng(0)
    inputs = rng.normal(0, 1, (40, FRAMES, 30)).astype(np.float32)
    inputs[20:, :, 3] += 3
    return inputs


@pytest.fixture(scope="module")
def labels() -> Indices:
    return np.repeat([0, 1], 20)


def test_each_member_is_as_if_alone(samples: Floats, labels: Indices) -> None:
    few = Member(np.arange(10, 30), 1, np.arange(10))
    many = Member(np.arange(0, 40), 2, np.arange(0))
    calls: list[None] = []
    both = train(
        DESIGN, samples, labels, [few, many], epochs=5, progress=lambda: calls.append(None)
    )
    alone = train(DESIGN, samples, labels, [few], epochs=5)
    assert len(calls) == 5
    assert len(both) == 2
    for together, single in zip(both.weights, alone.weights, strict=True):
        assert np.allclose(together[0], single[0], atol=1e-5)
        assert not np.array_equal(together[0], together[1])
    for name in ("loss", "accuracy", "watched_loss", "watched_accuracy"):
        figures = getattr(both.history, name)
        assert figures.shape == (2, 5)
        assert np.allclose(figures[0], getattr(alone.history, name)[0], atol=1e-5)
    assert np.isnan(both.history.watched_loss[1]).all()
    model = jax.jit(both.member(1, FRAMES, 30))
    # It learns, and what it says is what its Keras model says.
    said = both.probabilities(samples)
    assert (said[1].argmax(axis=1) == labels).mean() > 0.9
    assert np.allclose(said[1], np.asarray(model(samples)), atol=1e-5)


@pytest.mark.slow
def test_a_step_is_keras_s_own(samples: Floats, labels: Indices) -> None:
    """Without dropout, in the same order: Adam and the loss of Keras itself."""
    design = replace(DESIGN, dropout=0.0)
    member = Member(np.array([3, 25, 7]), 9, np.arange(0))
    trained = train(design, samples, labels, [member], epochs=1)
    model = networks.build(design, FRAMES, 30, seed=9)
    model.compile(networks.adam(design, model), "sparse_categorical_crossentropy")
    for index in np.random.default_rng([9, 1]).permutation(member.train):
        model.train_on_batch(samples[[index]], labels[[index]])
    for ours, theirs in zip(trained.weights, model.trainable_variables, strict=True):
        assert np.allclose(ours[0], theirs.value, atol=1e-5)


def test_another_backend_is_refused(
    samples: Floats, labels: Indices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "backend", lambda: "torch")
    with pytest.raises(ValueError, match="KERAS_BACKEND is torch: expected jax; unset it"):
        train(DESIGN, samples, labels, [Member(np.arange(2), 0, np.arange(0))], epochs=1)
