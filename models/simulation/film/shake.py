"""The unrest of a hand that holds a camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.simulation.curves import Floats

_LOW_HZ, _HIGH_HZ = 0.15, 9.0
_WAVES = 14  # for each axis
_ROLL_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class Shake:
    """Band-limited noise, a sum of waves whose amplitude falls with frequency: slow sway and a
    small tremor. `amplitude` radians, `angular` rad/s and `phase` are (3, waves) for pan, tilt and
    roll."""

    amplitude: Floats
    angular: Floats
    phase: Floats

    def at(self, t: Floats) -> Floats:
        """Turns (..., 3) at times `t` (...), as in `camera.Camera`."""
        waves = self.amplitude * np.sin(self.angular * t[..., None, None] + self.phase)
        turns: Floats = waves.sum(axis=-1)
        return turns

    @property
    def largest(self) -> Floats:
        """What pan, tilt and roll (3,) hardly ever exceed: three standard deviations."""
        rms: Floats = 3 * np.sqrt((self.amplitude**2).sum(axis=1) / 2)
        return rms


def draw_shake(degrees: float, rng: np.random.Generator) -> Shake:
    """A shake with `degrees` of root mean square in pan and in tilt, and half of it in roll."""
    edges = np.geomspace(_LOW_HZ, _HIGH_HZ, _WAVES + 1)
    hertz = rng.uniform(edges[:-1], edges[1:], (3, _WAVES))
    amplitude = 1 / hertz
    amplitude /= np.sqrt((amplitude**2).sum(axis=1, keepdims=True) / 2)
    share = np.array([[1.0], [1.0], [_ROLL_SHARE]])
    return Shake(
        amplitude * share * np.radians(degrees),
        2 * np.pi * hertz,
        rng.uniform(0, 2 * np.pi, (3, _WAVES)),
    )
