"""Steadies the region handed from frame to frame, so that the crop of a standing person does not
jitter, while that of a moving one follows at once. The joints themselves are never smoothed.
"""

from __future__ import annotations

import numpy as np

from models.pose.blazepose.region import Points

# MediaPipe's pose_landmark_filtering for its auxiliary points. Like MediaPipe's Python API it
# takes every frame for 1/30 s.
_RATE_HZ = 30.0
_MIN_CUTOFF_HZ = 0.01
_SPEED_GAIN = 10.0
_SPEED_CUTOFF_HZ = 1.0


def _weight(cutoff_hz: Points | float) -> Points | float:
    """Share of the new value in a first-order low-pass of this cut-off frequency."""
    return 1 / (1 + _RATE_HZ / (2 * np.pi * cutoff_hz))


class SteadyBody:
    """One-Euro filter (Casiez et al., CHI 2012) of a body's two alignment points, with speeds in
    body sizes per second."""

    def __init__(self, body: Points) -> None:
        """`body` is (2, 2) px, as in `Landmarks.body`."""
        self._raw = body
        self._steady = body
        self._speed = np.zeros_like(body)

    def update(self, body: Points) -> Points:
        size = 2 * float(np.hypot(*(body[1] - body[0])))
        speed = (body - self._raw) * _RATE_HZ / max(size, 1.0)
        self._speed = self._speed + _weight(_SPEED_CUTOFF_HZ) * (speed - self._speed)
        share = _weight(_MIN_CUTOFF_HZ + _SPEED_GAIN * np.abs(self._speed))
        self._steady = self._steady + share * (body - self._steady)
        self._raw = body
        return self._steady
