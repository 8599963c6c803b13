"""One athlete's body, frame by frame, as the recognisers see it: raw, centred, scaled.

Nothing here smooths: every causal filter before a recogniser was measured to cost counts and
flips. Missing joints are held for a moment and then given up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.skeleton import BODY, Keypoints, Skeleton, convert
from realtime.stream.ring import Floats, RingBuffer

HOLD_S = 0.15
"""How long a missing joint keeps its last place (centred), in seconds."""
SEEN_CONFIDENCE = 0.05
LEG_WINDOW_S = 2.0
_CAPACITY = 512  # two seconds at 240 fps

_LEGS = np.array(
    [[BODY.index(f"{side}_{j}") for j in ("hip", "knee", "ankle")] for side in ("left", "right")]
)
_HIPS = _LEGS[:, 0]


@dataclass(frozen=True, slots=True, eq=False)
class BodyPose:
    """One athlete in one frame. Joints are in the order of `models.skeleton.BODY`.

    `points` is float64 (17, 2): leg lengths, origin mid-hip, x right, y **up**; NaN where a joint
    was not seen for more than `HOLD_S`. `confidence` is float64 (17,) of *this* frame: 0 where the
    joint is missing or held, and for all joints when there is no hip to centre them on. `hip` is
    the mid-hip in pixels (x, y down) and `leg_length` in pixels; all are NaN while nobody is seen.
    """

    frame: int
    t: float
    points: Floats
    confidence: Floats
    hip: Floats
    leg_length: float

    @property
    def seen(self) -> bool:
        """Whether the athlete is in this frame at all (held joints do not count)."""
        return bool(np.any(self.confidence > 0))


class BodyStream:
    """Turns the key points of one athlete into `BodyPose`s. Stateful, causal, deterministic."""

    def __init__(self, skeleton: Skeleton) -> None:
        self._skeleton = skeleton
        self._points = np.full((len(BODY), 2), np.nan)
        self._last_seen = np.full(len(BODY), -np.inf)
        self._legs = RingBuffer(_CAPACITY)
        self._hip = np.full(2, np.nan)
        self._leg_length = float("nan")

    def update(self, frame: int, t: float, keypoints: Keypoints | None) -> BodyPose:
        """`keypoints` is (joints, 3) in the skeleton's order, or None when nobody is seen."""
        confidence = np.zeros(len(BODY))
        if keypoints is not None:
            body = convert(keypoints, self._skeleton, BODY).astype(np.float64)
            seen = body[:, 2] > SEEN_CONFIDENCE
            seen &= np.isfinite(body).all(axis=1)
            if self._place(t, body[:, :2], seen):
                confidence[seen] = body[seen, 2]
        self._points[t - self._last_seen > HOLD_S] = np.nan
        if np.isnan(self._points).all():
            self._hip = np.full(2, np.nan)
        return BodyPose(frame, t, self._points.copy(), confidence, self._hip, self._leg_length)

    def _place(self, t: float, pixels: Floats, seen: NDArray[np.bool_]) -> bool:
        """Centre and scale what is seen; False when there is no hip or no scale to do it by."""
        hips = _HIPS[seen[_HIPS]]
        if len(hips) == 0:
            return False
        leg = self._measure_leg(pixels, seen)
        if leg is not None:
            self._legs.push(t, leg)
            self._leg_length = float(np.median(self._legs.window(LEG_WINDOW_S)[1]))
        if not self._leg_length > 0:
            return False
        self._hip = pixels[hips].mean(axis=0)
        self._points[seen] = (pixels[seen] - self._hip) * (1, -1) / self._leg_length
        self._last_seen[seen] = t
        return True

    @staticmethod
    def _measure_leg(pixels: Floats, seen: NDArray[np.bool_]) -> float | None:
        """Thigh plus shank in pixels; of two legs the longer, as a view only ever shortens."""
        whole = [leg for leg in _LEGS if seen[leg].all()]
        if not whole:
            return None
        legs = pixels[np.array(whole)]
        lengths = np.linalg.norm(np.diff(legs, axis=1), axis=2).sum(axis=1)
        longest = float(lengths.max())
        return longest if longest > 0 else None
