"""Smooth curves: through key values, as steps and ramps, and of samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def pchip_slopes(knots: Floats, values: Floats) -> Floats:
    """Slopes at `knots` (K,) for `values` (K, ...) that never overshoot; zero at both ends.

    The weighted harmonic mean of the neighbouring secants, zero at a turning point
    (Fritsch & Butland 1984, "A method for constructing local monotone piecewise cubic
    interpolants").
    """
    width = np.diff(knots).reshape(-1, *(1,) * (values.ndim - 1))
    secant = np.diff(values, axis=0) / width
    before, after = secant[:-1], secant[1:]
    w1, w2 = 2 * width[1:] + width[:-1], width[1:] + 2 * width[:-1]
    monotone = before * after > 0
    safe_before, safe_after = np.where(monotone, before, 1.0), np.where(monotone, after, 1.0)
    slopes = np.zeros_like(values)
    slopes[1:-1] = np.where(monotone, (w1 + w2) / (w1 / safe_before + w2 / safe_after), 0.0)
    return slopes


def hermite(t: ArrayLike, knots: Floats, values: Floats, slopes: Floats | None = None) -> Floats:
    """Cubic Hermite curve at times `t` (T,) through `values` (K, ...) at increasing `knots` (K,).

    `slopes` (K, ...) are the derivatives at the knots, by default `pchip_slopes`. Outside the knots
    the end values are held. Returns (T, ...).
    """
    if slopes is None:
        slopes = pchip_slopes(knots, values)
    t = np.clip(np.asarray(t, dtype=np.float64), knots[0], knots[-1])
    i = np.clip(np.searchsorted(knots, t, side="right") - 1, 0, len(knots) - 2)
    across = (-1, *(1,) * (values.ndim - 1))
    width = (knots[i + 1] - knots[i]).reshape(across)
    u = (t - knots[i]).reshape(across) / width
    return (
        (1 + 2 * u) * (1 - u) ** 2 * values[i]
        + u * (1 - u) ** 2 * width * slopes[i]
        + u**2 * (3 - 2 * u) * values[i + 1]
        + u**2 * (u - 1) * width * slopes[i + 1]
    )


@dataclass(frozen=True, eq=False)
class Curve:
    """A smooth curve through `values` (K, ...) at `knots` (K,), held outside; `slopes` (K, ...) are
    its derivatives there."""

    knots: Floats
    values: Floats
    slopes: Floats

    @staticmethod
    def through(knots: Floats, values: Floats) -> Curve:
        """The curve that never overshoots (`pchip_slopes`)."""
        if len(knots) == 1:
            knots, values = np.append(knots, knots + 1.0), np.concatenate([values, values])
        return Curve(knots, values, pchip_slopes(knots, values))

    @staticmethod
    def of(*keys: tuple[float, object]) -> Curve:
        """`through` for keys (knot, value)."""
        return Curve.through(
            np.array([knot for knot, _ in keys], dtype=np.float64),
            np.array([value for _, value in keys], dtype=np.float64),
        )

    def at(self, t: Floats) -> Floats:
        """The values (T, ...) at `t` (T,)."""
        return hermite(t, self.knots, self.values, self.slopes)


NEVER = Curve.of((0.0, 0.0))
"""0 at all times."""


def smooth_step(u: ArrayLike) -> Floats:
    """0 to 1 with zero slope at both ends; `u` is clipped to 0...1."""
    clipped: Floats = np.clip(np.asarray(u, dtype=np.float64), 0.0, 1.0)
    return clipped * clipped * (3 - 2 * clipped)


def ramp(x: ArrayLike, soft: float) -> Floats:
    """`x` above 0 and 0 below, with a parabola from -`soft` to `soft`: max(x, 0), or at most
    `soft` / 4 more."""
    x = np.asarray(x, dtype=np.float64)
    near: Floats = np.where(np.abs(x) < soft, (x + soft) ** 2 / (4 * soft), np.maximum(x, 0.0))
    return near


def gaussian_mean(values: Floats, sigma: float) -> Floats:
    """Gaussian mean of `sigma` samples around each of values (T,), the ends held."""
    reach = int(np.ceil(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(sigma, 1e-9)) ** 2)
    padded = np.pad(values, reach, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")
