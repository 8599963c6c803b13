"""Steadies the region handed from frame to frame, so that the crop of a standing person does not
jitter, while that of a moving one follows at once. The joints themselves are never smoothed.
"""

from __future__ import annotations

import math

from models.pose.blazepose.region import Body

# MediaPipe's pose_landmark_filtering for its auxiliary points. Like MediaPipe's Python API it
# takes every frame for 1/30 s.
_RATE_HZ = 30.0
_MIN_CUTOFF_HZ = 0.01
_SPEED_GAIN = 10.0
_SPEED_CUTOFF_HZ = 1.0


def _weight(cutoff_hz: float) -> float:
    """Share of the new value in a first-order low-pass of this cut-off frequency."""
    return 1 / (1 + _RATE_HZ / (2 * math.pi * cutoff_hz))


_SPEED_WEIGHT = _weight(_SPEED_CUTOFF_HZ)


class SteadyBody:
    """One-Euro filter (Casiez et al., CHI 2012) of a body's two alignment points, with speeds in
    body sizes per second."""

    def __init__(self, body: Body) -> None:
        self._raw = list(body)
        self._steady = list(body)
        self._speed = [0.0] * len(body)

    def update(self, body: Body) -> Body:
        """The steadied alignment points after one more frame."""
        size = max(2 * math.dist(body[:2], body[2:]), 1.0)
        for i, value in enumerate(body):
            speed = (value - self._raw[i]) * _RATE_HZ / size
            self._speed[i] += _SPEED_WEIGHT * (speed - self._speed[i])
            share = _weight(_MIN_CUTOFF_HZ + _SPEED_GAIN * abs(self._speed[i]))
            self._steady[i] += share * (value - self._steady[i])
        self._raw = list(body)
        x, y, top_x, top_y = self._steady
        return x, y, top_x, top_y
