"""Slow random change: of a frame rate, of an automatic exposure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.simulation.curves import Floats

_WAVES = 5


def draw_wander(period_s: float, rng: np.random.Generator) -> Callable[[Floats], Floats]:
    """A function of time, -1...1, that goes up and down about once in `period_s`."""
    angular = 2 * np.pi / period_s * rng.uniform(0.4, 1.6, _WAVES)
    phase = rng.uniform(0, 2 * np.pi, _WAVES)

    def at(t: Floats) -> Floats:
        waves: Floats = np.sin(angular * np.asarray(t)[..., None] + phase).sum(axis=-1)
        # The sum is about normal with variance _WAVES / 2: tanh spreads it over the range.
        spread: Floats = np.tanh(waves / np.sqrt(_WAVES / 2))
        return spread

    return at
