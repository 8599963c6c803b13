"""Training on a body whose left foot goes up and down."""

from __future__ import annotations

import numpy as np
import pytest

from models.rope.learned.features import FEATURES
from models.rope.learned.training import Example, train


def _example() -> Example:
    features = np.zeros((600, FEATURES), np.float32)
    features[:, 0] = features[:, 19] = np.sin(np.arange(600) * 2 * np.pi / 20)
    steps = np.arange(5, 600, 10).astype(float)
    feet = 1 + np.arange(len(steps), dtype=np.intp) % 2
    return Example(features, steps, feet, np.ones(600, bool))


def test_targets_are_probabilities_that_peak_at_the_jumps():
    target = _example().target()
    assert np.allclose(target.sum(axis=1), 1)
    assert target[5, 1] == 1
    assert target[15, 2] == 1
    assert target[10, 0] == 1


@pytest.mark.slow
def test_it_learns_and_does_so_again():
    losses: list[float] = []
    weights = train([_example()], 400, 0, progress=lambda _, loss: losses.append(loss))
    assert losses[1] < 0.6 * losses[0]
    again = train([_example()], 5, 0), train([_example()], 5, 0)
    assert all(np.array_equal(again[0][name], again[1][name]) for name in weights)
