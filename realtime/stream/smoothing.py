"""Causal smoothing of one athlete's joints, for the eye and for measures.

Recognisers do not use it: every causal filter before them was measured to cost counts and flips.
Which filter is for whom follows from the table that `bench/smoothing.py` prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from realtime.stream.ring import Floats

BRIDGE_S = 0.15
"""How long a missing joint is bridged, in seconds."""

Joints = NDArray[np.bool_]
"""(J,) which joints are meant."""


class Filter(Protocol):
    """Estimates (J, 2) points from samples that come one frame at a time, each joint for itself.

    Any frame rate, constant or not: what depends on time depends on seconds.
    """

    def start(self, joints: Joints, t: float, points: Floats) -> None:
        """Forget what was known of `joints` and begin with `points` (J, 2) at `t` seconds."""
        ...

    def correct(self, joints: Joints, t: float, points: Floats, confidence: Floats) -> None:
        """Take a sample (J, 2) of `joints`, with their confidence (J,) above 0."""
        ...

    def estimate(self, t: float) -> Floats:
        """The points (J, 2) at `t`, which is the last sample's time or a little later."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Smoothed:
    """`points` (J, 2) in the units of the samples, NaN where nothing is known; `bridged` (J,) where
    the joint is missing in this frame and the filter answers for it."""

    points: Floats
    bridged: Joints


class Smoother:
    """Runs a filter over joints that come and go. Stateful, causal, deterministic."""

    def __init__(self, kernel: Filter, joints: int) -> None:
        self._kernel = kernel
        self._last_seen = np.full(joints, -np.inf)

    def update(self, t: float, points: Floats, confidence: Floats) -> Smoothed:
        """Take one frame at `t` seconds, later than the last: points (J, 2) and confidence (J,),
        0 or a point that is not finite where the joint is missing.

        A joint that was missing for more than `BRIDGE_S` starts anew. Raises ValueError for arrays
        of another shape.
        """
        expected = (len(self._last_seen), 2)
        if points.shape != expected or confidence.shape != expected[:1]:
            raise ValueError(
                f"joints: expected points {expected} and confidence {expected[:1]}, "
                f"got {points.shape} and {confidence.shape}"
            )
        seen = (confidence > 0) & np.isfinite(points).all(axis=1)
        fresh = seen & (t - self._last_seen > BRIDGE_S)
        if fresh.any():
            self._kernel.start(fresh, t, points)
        old = seen & ~fresh
        if old.any():
            self._kernel.correct(old, t, points, confidence)
        self._last_seen[seen] = t
        known = t - self._last_seen <= BRIDGE_S
        return Smoothed(np.where(known[:, None], self._kernel.estimate(t), np.nan), known & ~seen)
