"""Chance that goes on in time, with the same law at any frame rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.noise.joints import Anchors

_X = np.linspace(-6.0, 6.0, 4801)
_P = np.array([0.5 * math.erfc(-x / math.sqrt(2)) for x in _X])


def level_of(normal: Floats) -> Floats:
    """Share of a standard normal distribution below these values."""
    level: Floats = np.interp(normal, _X, _P)
    return level


def normal_at(level: Floats) -> Floats:
    """The value of a standard normal distribution at these levels 0...1; within -6...6."""
    normal: Floats = np.interp(level, _P, _X)
    return normal


@dataclass(frozen=True, eq=False)
class Drift:
    """How standard normal variables of joints drift: the sum of a rough and a smooth process with
    the time constants `fast_s` and `slow_s` seconds. `slow` (groups of joints, rows of rotation) is
    the smooth one's share of the variance; `body`, `limb` and `place` are the shares common to the
    joints of a body, a limb and a place."""

    slow: Floats
    fast_s: float
    slow_s: float
    body: float
    limb: float
    place: float

    def draw(
        self, t: Floats, joints: Anchors, row: NDArray[np.intp], rng: np.random.Generator
    ) -> Floats:
        """Variables (T, J) at times `t` (T,) s, in the rows of rotation `row` (T,)."""
        own = np.arange(len(joints.limb))
        kinds = (np.zeros_like(own), joints.limb, joints.place, own)
        shares = (self.body, self.limb, self.place)
        slow = self.slow[joints.group, row[:, None]]
        total = np.zeros((len(t), len(own)))
        for kind, share in zip(kinds, (*shares, max(1 - sum(shares), 0.0)), strict=True):
            count = int(kind.max()) + 1
            rough, smooth = _rough(t, self.fast_s, count, rng), _smooth(t, self.slow_s, count, rng)
            total += np.sqrt(share * (1 - slow)) * rough[:, kind]
            total += np.sqrt(share * slow) * smooth[:, kind]
        return total


def rough_correlation(lag_s: Floats, tau_s: float) -> Floats:
    """Of an Ornstein-Uhlenbeck process, AR(1) in continuous time."""
    correlation: Floats = np.exp(-lag_s / tau_s)
    return correlation


def smooth_correlation(lag_s: Floats, tau_s: float) -> Floats:
    """Of a process with Matérn's covariance of order 3/2, AR(2) in continuous time: it has a
    speed."""
    correlation: Floats = (1 + lag_s / tau_s) * np.exp(-lag_s / tau_s)
    return correlation


def _rough(t: Floats, tau_s: float, count: int, rng: np.random.Generator) -> Floats:
    values = rng.standard_normal((len(t), count))
    kept = np.exp(-np.diff(t) / tau_s)
    fresh = np.sqrt(1 - kept**2)
    for i in range(1, len(t)):
        values[i] = kept[i - 1] * values[i - 1] + fresh[i - 1] * values[i]
    return values


def _smooth(t: Floats, tau_s: float, count: int, rng: np.random.Generator) -> Floats:
    """Exact in steps of any length: value and speed together are a Markov process (S. Särkkä and
    A. Solin, "Applied Stochastic Differential Equations", 2019, ch. 12)."""
    step = np.diff(t) / tau_s  # time and speed in units of tau_s: variance 1 of both
    fade = np.exp(-step)
    moves = np.array([[fade * (1 + step), fade * step], [-fade * step, fade * (1 - step)]])
    moves = moves.transpose(2, 0, 1)
    left = np.eye(2) - moves @ moves.transpose(0, 2, 1)
    fresh = np.linalg.cholesky(left + 1e-12 * np.eye(2))
    now = rng.standard_normal((2, count))
    dice = rng.standard_normal((len(step), 2, count))
    values = np.empty((len(t), count))
    values[:1] = now[0]
    for i in range(len(step)):
        now = moves[i] @ now + fresh[i] @ dice[i]
        values[i + 1] = now[0]
    return values


def switching(t: Floats, rates: Floats, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A state (T,) that is on or off: a Markov chain in continuous time with the `rates` (T, 2)
    1/s of coming on and going off that hold in each frame; it begins in balance."""
    total = rates.sum(axis=1)
    share = np.divide(rates[:, 0], total, out=np.zeros(len(t)), where=total > 0)
    kept = np.exp(-total[1:] * np.diff(t))
    dice = rng.random(len(t))
    on = np.zeros(len(t), np.bool_)
    for i in range(len(t)):
        before = (float(on[i - 1]) - share[i]) * kept[i - 1] if i else 0.0
        on[i] = dice[i] < share[i] + before
    return on
