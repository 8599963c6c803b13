"""Peaks of the heat maps: local maxima, then a Gaussian through the cells round each.

The network is trained on Gaussians of sigma 7 px sampled every 8 px, so a peak is three cells wide
and its centre and height have to be fitted. The logarithm of a Gaussian is a paraboloid: four
unknowns (height, centre x and y, width), linear least squares. Each cell weighs as its value
squared, which is the inverse variance of the logarithm of a value with constant noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

MIN_HEIGHT = 0.1
"""A lower maximum is no peak."""
MOST_PER_JOINT = 32
"""The weakest peaks of a joint beyond this many are left out. It bounds what noise costs: every
joint with as many is measured by `bench.decoding`."""

_KERNEL = np.ones((3, 3), np.uint8)
_OFFSETS = np.array([(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1)], np.intp)
_EARLIER = _OFFSETS[:4]  # neighbours that come before a cell in row-major order
_SQUARED = (_OFFSETS**2).sum(axis=1)
_BASIS = np.column_stack([np.ones(9), _OFFSETS, -_SQUARED / 2])
_PRODUCTS = np.einsum("ij,ik->ijk", _BASIS, _BASIS).reshape(9, 16)

# The width is held at that of the training targets by a little: at the border and next to another
# peak too few cells are left to tell it from the centre.
_CURVATURE = (8 / 7) ** 2
_LEAST_CURVATURE = _CURVATURE / 9
_PRIOR = np.array([0.0, 1e-6, 1e-6, 0.02])
_PRIOR_PULL = _PRIOR * [0, 0, 0, _CURVATURE]
_LOWEST = 1e-3
_MAX_SHIFT = 0.75  # cells; without noise the centre lies within half a cell of the maximum
_NEAR = 3  # cells; a peak farther away does not reach into the nine cells


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """Peaks sorted by joint, within a joint by the value of the cell, highest first.

    `joint`, `x`, `y` (cells) and `height` (0...1) are (n,); the peaks of joint j are the rows
    `starts[j]` to `starts[j + 1]`.
    """

    joint: Indices
    x: Floats
    y: Floats
    height: Floats
    starts: Indices


def find_peaks(heat: NDArray[np.float32], joints: int) -> Peaks:
    """The peaks in the first `joints` channels of `heat`, C-contiguous (h, w, channels).

    A peak is a cell of at least MIN_HEIGHT that no neighbour exceeds; of equal neighbours the first
    in row-major order is it. A maximum three times wider than a joint's is none. Two Gaussians
    keep a peak each where their centres are 2.21 cells apart or more in x or in y.
    """
    row, column, joint = _maxima(heat, joints)
    value = heat[row, column, joint]
    order = np.lexsort((-value, joint))
    starts = np.searchsorted(joint[order], np.arange(joints))
    order = order[np.arange(len(order)) - starts[joint[order]] < MOST_PER_JOINT]
    row, column, joint = row[order], column[order], joint[order]
    shift, height, peaked = _fit(*_window(heat, row, column, joint))
    x, y, joint = (column + shift[:, 0])[peaked], (row + shift[:, 1])[peaked], joint[peaked]
    return Peaks(joint, x, y, height[peaked], np.searchsorted(joint, np.arange(joints + 1)))


def _maxima(heat: NDArray[np.float32], joints: int) -> tuple[Indices, Indices, Indices]:
    """Row, column and channel of each peak."""
    highest = cv2.dilate(heat, _KERNEL)  # every channel on its own
    high = (heat >= highest) & (heat >= MIN_HEIGHT)
    row, column, joint = np.unravel_index(np.flatnonzero(high), heat.shape)
    kept = joint < joints
    row, column, joint = row[kept], column[kept], joint[kept]
    before_x, before_y = column[:, None] + _EARLIER[:, 0], row[:, None] + _EARLIER[:, 1]
    inside = (before_x >= 0) & (before_x < heat.shape[1]) & (before_y >= 0)
    tied = inside & (
        heat[before_y, np.minimum(before_x, heat.shape[1] - 1), joint[:, None]]
        == heat[row, column, joint][:, None]
    )
    first = ~tied.any(axis=1)
    return row[first], column[first], joint[first]


def _window(
    heat: NDArray[np.float32], row: Indices, column: Indices, joint: Indices
) -> tuple[Floats, Floats]:
    """Values (n, 9) of the cells round each peak, and the weight of each: 0 outside the map and
    where another peak of the joint may be the higher one."""
    x, y = column[:, None] + _OFFSETS[:, 0], row[:, None] + _OFFSETS[:, 1]
    height, width = heat.shape[:2]
    own = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    values = heat[y.clip(0, height - 1), x.clip(0, width - 1), joint[:, None]].astype(np.float64)
    np.clip(values, _LOWEST, None, out=values)
    peak, other = _neighbours(row, column, joint)
    apart = np.stack([column[other] - column[peak], row[other] - row[peak]], axis=-1)
    away = ((_OFFSETS - apart[:, None]) ** 2).sum(axis=-1)
    np.logical_and.at(own, peak, away > _SQUARED + 2)  # 2: both centres are off their cells
    return values, own * values**2


def _neighbours(row: Indices, column: Indices, joint: Indices) -> tuple[Indices, Indices]:
    """Every ordered pair of peaks of one joint that reach into each other's cells; peaks are
    sorted by joint."""
    count = np.bincount(joint)[joint]
    peak = np.repeat(np.arange(len(joint)), count)
    first = np.searchsorted(joint, joint)
    other = np.arange(len(peak)) - np.repeat(np.cumsum(count) - count - first, count)
    near = abs(column[peak] - column[other]) <= _NEAR
    near &= (abs(row[peak] - row[other]) <= _NEAR) & (peak != other)
    return peak[near], other[near]


def _fit(values: Floats, weights: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Centre (n, 2) relative to the middle cell, in cells, height (n,) of the Gaussians, and
    whether it is narrow enough to be one."""
    normal = (weights @ _PRODUCTS).reshape(-1, 4, 4) + np.diag(_PRIOR)
    right = (weights * np.log(values)) @ _BASIS + _PRIOR_PULL
    fitted = np.linalg.solve(normal, right[..., None])[..., 0]
    peaked = fitted[:, 3] > _LEAST_CURVATURE
    curvature = np.maximum(fitted[:, 3:], _LEAST_CURVATURE)
    shift = np.clip(fitted[:, 1:3] / curvature, -_MAX_SHIFT, _MAX_SHIFT)
    height = values[:, 4] * np.exp((curvature * shift**2).sum(axis=1) / 2)
    return shift, np.minimum(height, 1), peaked
