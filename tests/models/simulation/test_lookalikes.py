"""Sounds that are like the beeps: drawn from their seed, as loud as said."""

from __future__ import annotations

import numpy as np
import pytest

from models.simulation.sound.lookalikes import LOOKALIKES, Lookalike, lookalike
from models.simulation.sound.waves import RATE, effective


@pytest.mark.parametrize("kind", LOOKALIKES)
def test_a_seed_gives_one_sound_of_effective_value_1(kind: Lookalike) -> None:
    first, again, other = (
        lookalike(kind, 6 * RATE, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert first.dtype == np.float32
    assert first.shape == (6 * RATE,)
    assert effective(first) == pytest.approx(1, abs=1e-3)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
