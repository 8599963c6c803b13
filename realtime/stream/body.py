"""One athlete's body, frame by frame, as the recognisers see it: raw, centred, scaled.

Nothing here smooths: every causal filter before a recogniser was measured to cost counts and
flips. Missing joints are held for a moment and then given up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.skeleton import BODY, Keypoints, Skeleton, shared_joints
from realtime.stream.ring import Floats, RingBuffer

HOLD_S = 0.15
"""How long a missing joint keeps its last place (centred), in seconds."""
SEEN_CONFIDENCE = 0.05
LEG_WINDOW_S = 2.0
_SCALE_EVERY_S = 0.1
_CAPACITY = 512  # two seconds at 240 fps

_LEGS = [
    [BODY.index(f"{side}_{joint}") for joint in ("hip", "knee", "ankle")]
    for side in ("left", "right")
]
_HIPS = [leg[0] for leg in _LEGS]
_UPWARD = np.array([1.0, -1.0])


@dataclass(frozen=True, slots=True, eq=False)
class BodyPose:
    """One athlete in one frame. Joints are in the order of `models.skeleton.BODY`.

    `points` is float64 (17, 2): leg lengths, origin mid-hip, x right, y **up**; NaN where a joint
    was not seen for more than `HOLD_S`. `confidence` is float64 (17,) of *this* frame: 0 where the
    joint is missing or held, and for all joints when there is no hip to centre them on. `hip` is
    the mid-hip in pixels (x, y down) and `leg_length` in pixels; all are NaN while nobody is seen.
    `seen` is whether the athlete is in this frame at all (held joints do not count).
    """

    frame: int
    t: float
    points: Floats
    confidence: Floats
    hip: Floats
    leg_length: float
    seen: bool


class BodyStream:
    """Turns the key points of one athlete into `BodyPose`s. Stateful, causal, deterministic."""

    def __init__(self, skeleton: Skeleton) -> None:
        self._to, self._origin = shared_joints(skeleton, BODY)
        self._points = np.full((len(BODY), 2), np.nan)
        self._last_seen = np.full(len(BODY), -np.inf)
        self._legs = RingBuffer(_CAPACITY)
        self._hip = np.full(2, np.nan)
        self._leg_length = float("nan")
        self._next_scale = -math.inf

    def update(self, frame: int, t: float, keypoints: Keypoints | None) -> BodyPose:
        """`keypoints` is (joints, 3) in the skeleton's order, or None when nobody is seen."""
        confidence = np.zeros(len(BODY))
        placed = False
        if keypoints is not None:
            body = np.zeros((len(BODY), 3))
            body[self._to] = keypoints[self._origin]
            seen = (body[:, 2] > SEEN_CONFIDENCE) & np.isfinite(body.sum(axis=1))
            placed = self._place(t, body[:, :2], seen)
            if placed:
                confidence[seen] = body[seen, 2]
        gone = t - self._last_seen > HOLD_S
        self._points[gone] = np.nan
        if not placed and gone.all():
            self._hip = np.full(2, np.nan)
        return BodyPose(
            frame, t, self._points.copy(), confidence, self._hip, self._leg_length, placed
        )

    def _place(self, t: float, pixels: Floats, seen: NDArray[np.bool_]) -> bool:
        """Centre and scale what is seen; False when there is no hip or no scale to do it by."""
        hips = [hip for hip in _HIPS if seen[hip]]
        if not hips:
            return False
        self._scale(t, pixels, seen)
        if not self._leg_length > 0:
            return False
        self._hip = (pixels[hips[0]] + pixels[hips[-1]]) / 2
        self._points[seen] = (pixels[seen] - self._hip) * _UPWARD / self._leg_length
        self._last_seen[seen] = t
        return True

    def _scale(self, t: float, pixels: Floats, seen: NDArray[np.bool_]) -> None:
        leg = _longer_leg(pixels, seen)
        if leg > 0:
            self._legs.push(t, leg)
            if not t < self._next_scale:
                ordered = np.sort(self._legs.window(LEG_WINDOW_S)[1])
                self._leg_length = float(ordered[len(ordered) // 2])  # the median
                self._next_scale = t + _SCALE_EVERY_S


def _longer_leg(pixels: Floats, seen: NDArray[np.bool_]) -> float:
    """Thigh plus shank in pixels; of two legs the longer, as a view only ever shortens. 0 when no
    leg is wholly seen."""
    longest = 0.0
    for hip, knee, ankle in _LEGS:
        if seen[hip] and seen[knee] and seen[ankle]:
            a, b, c = pixels[hip].tolist(), pixels[knee].tolist(), pixels[ankle].tolist()
            longest = max(longest, math.dist(a, b) + math.dist(b, c))
    return longest
