"""Curves without outliers and gaps. All of this looks into the future: recordings are over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats, gaussian_mean, hermite
from models.skeleton import Keypoints

Plane = NDArray[np.complex128]
"""Vectors in the picture: right + i up. NaN: not seen."""
UNSEEN = complex(np.nan, np.nan)

_HELD_S = 0.1
_SAME = 1e-3  # of a frame
_FAST_RAD_S = np.radians(900.0)
_UPSIDE_DOWN_COST = 0.5
_MOST_HALF_TURNS = 16


@dataclass(frozen=True)
class Cleaning:
    """How curves are cleaned: what is further than `tolerance` from the median of the neighbours
    within `reach_s` is dropped, then what is further than `near` from the mean of the others, and
    the rest smoothed by a Gaussian of `smooth_s`."""

    tolerance: float
    reach_s: float
    smooth_s: float
    near: float | None = None


def cleaned(values: Plane, how: Cleaning, fps: float) -> Plane:
    """Values (T,) without outliers and gaps, smoothed; zeros if there is none."""
    reach = max(1, round(how.reach_s * fps))
    real, imaginary = (
        _without_outliers(part, reach, how.tolerance) for part in (values.real, values.imag)
    )
    kept = np.stack([real, imaginary], axis=1)
    sigma = how.smooth_s * fps
    if how.near is not None:
        kept[np.hypot(*_from_neighbours(_bridged(kept), sigma).T) > how.near] = np.nan
    bridged = _bridged(kept)
    smoothed: Plane = gaussian_mean(bridged[:, 0], sigma) + 1j * gaussian_mean(bridged[:, 1], sigma)
    return smoothed


def _bridged(values: Floats) -> Floats:
    """Values (T, 2) without gaps, the first and last known ones held; zeros if there is none."""
    known = np.flatnonzero(np.isfinite(values).all(axis=1))
    if len(known) < 2:
        return np.zeros_like(values) + (values[known[0]] if len(known) else 0.0)
    return hermite(np.arange(len(values)), known.astype(np.float64), values[known])


def _from_neighbours(values: Floats, sigma: float) -> Floats:
    """Values (T, 2) less what the Gaussian mean of the others around would have them be."""
    own = 1 / np.sum(np.exp(-0.5 * (np.arange(-20, 21) / sigma) ** 2))
    means = np.stack([gaussian_mean(column, sigma) for column in values.T], axis=1)
    apart: Floats = (values - means) / (1 - own)
    return apart


def _without_outliers(values: Floats, reach: int, tolerance: float) -> Floats:
    """NaN where a value (T,) is further than `tolerance` from the median of its neighbourhood."""
    middle = rolling_percentile(values, reach, 50)
    return np.where(np.abs(values - middle) <= tolerance, values, np.nan)


def rolling_percentile(values: Floats, reach: int, percent: float) -> Floats:
    """The percentile of values (T,) up to `reach` samples before and after each; NaN are left out,
    and NaN where there is nothing else."""
    padded = np.pad(values, reach, constant_values=np.nan)
    near = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    result = np.full(len(values), np.nan)
    some = np.isfinite(near).any(axis=1)
    result[some] = np.nanpercentile(near[some], percent, axis=1)
    return result


def slowly(values: Floats, percent: float, window_s: float, fps: float) -> Floats:
    """A rolling percentile of values (T,) over twice `window_s`, smoothed by a third of it and
    without gaps; NaN when all are."""
    rolled = rolling_percentile(values, max(1, round(window_s * fps)), percent)
    known = np.flatnonzero(np.isfinite(rolled))
    if not len(known):
        return rolled
    bridged = np.interp(np.arange(len(rolled)), known, rolled[known])
    return gaussian_mean(bridged, window_s / 3 * fps)


def unwrap(angle: Floats, fps: float) -> Floats:
    """Unwrap the direction (T,) rad of a trunk that now and then is given upside down.

    Of all ways to add half turns, the one with the least cost (dynamic programming): squares of
    the steps, in units of a fast somersault's, and a price for each frame that is upside down. The
    first and the last are the right way up. NaN stays NaN.
    """
    unwrapped = angle.copy()
    known = np.flatnonzero(np.isfinite(angle))
    halves = np.arange(-_MOST_HALF_TURNS, _MOST_HALF_TURNS + 1)
    states = angle[known, None] + np.pi * halves
    cost = np.where(halves == 0, 0.0, np.inf)
    origins = []
    for i, gap in enumerate(np.diff(known), start=1):
        step = (states[i] - states[i - 1][:, None]) / (_FAST_RAD_S * gap / fps)
        ways = cost[:, None] + step**2
        origins.append(ways.argmin(axis=0))
        cost = ways.min(axis=0) + _UPSIDE_DOWN_COST * (halves % 2)
    best = int(np.where(halves % 2, np.inf, cost).argmin())
    for i in range(len(known) - 1, -1, -1):
        unwrapped[known[i]] = states[i, best]
        best = origins[i - 1][best] if i else best
    return unwrapped


def evenly(keypoints: Keypoints, t: Floats) -> tuple[Keypoints, Floats]:
    """Key points (T, J, 3) taken at increasing times `t` (T,) seconds, as at equal steps of their
    median: linear between frames in both of which a joint is seen, and in a gap it is not."""
    step = float(np.median(np.diff(t))) if len(t) > 1 else 1.0
    even = t[0] + step * np.arange(round((t[-1] - t[0]) / step) + 1)
    if len(even) == len(t) and np.allclose(even, t, rtol=0, atol=0.02 * step):
        return keypoints, t
    row = np.interp(even, t, np.arange(len(t)))
    before = np.floor(row + _SAME).astype(np.intp)
    after = np.ceil(row - _SAME).astype(np.intp)
    share = np.clip(row - before, 0.0, 1.0)[:, None, None]
    resampled = (1 - share) * keypoints[before] + share * keypoints[after]
    seen = (keypoints[before, :, 2] > 0) & (keypoints[after, :, 2] > 0)
    seen &= (t[after] - t[before] <= max(_HELD_S, 1.5 * step))[:, None]
    resampled[~seen] = 0
    return resampled.astype(np.float32), even
