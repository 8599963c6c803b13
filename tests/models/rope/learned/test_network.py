"""The shipped network and what reads it."""

from __future__ import annotations

import numpy as np
import pytest

from models.rope.learned.events import StepWitness
from models.rope.learned.features import FEATURES, ROW
from models.rope.learned.network import AHEAD, ANSWERS, StepNetwork, load, save

ALONE = 0.3
"""What would count without the rule."""


def test_answers_are_probabilities_and_depend_on_the_past_only():
    features = np.random.default_rng(0).normal(0, 1, (40, FEATURES)).astype(np.float32)
    network, again = StepNetwork(load()), StepNetwork(load())
    said = np.array([network.update(row) for row in features])
    assert said.shape == (40, len(AHEAD), len(ANSWERS))
    assert np.allclose(said.sum(axis=2), 1, atol=1e-5)
    assert np.array_equal(said[:20], [again.update(row) for row in features[:20]])
    network.forget()
    assert np.array_equal(said[0], network.update(features[0]))


def test_weights_are_kept_as_they_are(tmp_path):
    save(load(), tmp_path / "copy.npz")
    copy = load(tmp_path / "copy.npz")
    assert all(np.array_equal(values, copy[name]) for name, values in load().items())


def test_a_file_that_is_none_is_an_error(tmp_path):
    np.savez(tmp_path / "other.npz", W=np.zeros(3))
    with pytest.raises(KeyError):
        load(tmp_path / "other.npz")


def test_nobody_who_stands_takes_a_step():
    standing = np.array([-1, -1, -0.1, 0.1, -0.48, -0.48, -0.1, 0.1], np.float64)
    arms = np.array([-0.1, -0.55, 0.1, -0.55, 0, 0.6, 0, 0, 3, -2])
    row = np.concatenate((standing, arms))
    witness, rng = StepWitness(load()), np.random.default_rng(1)
    peaks = [witness.update(row + rng.normal(0, 0.01, ROW)) for _ in range(300)]
    assert all(peak is None or peak.weight < ALONE for peak in peaks)
    assert witness.weight(200) < ALONE
    assert witness.is_known(200)
    assert not witness.is_known(298)
