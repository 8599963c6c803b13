"""One athlete's body, frame by frame, as every recogniser sees it: raw, centred, scaled, and with
what takes more than one frame to know: how far the trunk has turned, where the floor is, which way
he faces.

Joints are not smoothed: every causal filter before a recogniser was measured to cost counts and
flips. A body whose left and right the network exchanges is mended (`stream/sides.py`). Missing
joints are held for a moment and then given up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.skeleton import BODY, Keypoints, Skeleton, shared_joints
from realtime.stream.facing import Facing, SideView
from realtime.stream.floor import FloorLevel
from realtime.stream.ring import Floats, RingBuffer
from realtime.stream.sides import Seen, Sides
from realtime.stream.trunk import TrunkTurn

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
_SHOULDERS = [BODY.index("left_shoulder"), BODY.index("right_shoulder")]
_TRUNK = [*_SHOULDERS, *_HIPS]
_NOSE = BODY.index("nose")


@dataclass(frozen=True, slots=True, eq=False)
class BodyPose:
    """One athlete in one frame. Joints are in the order of `models.skeleton.BODY`.

    `points` is float64 (17, 2): leg lengths, origin mid-hip, x right, y **up**; NaN where a joint
    was not seen for more than `HOLD_S`. `confidence` is float64 (17,) of *this* frame: 0 where the
    joint is missing or held, and for all joints when there is no hip to centre them on. `hip` is
    the mid-hip in pixels (x, y down) and `leg_length` in pixels; all are NaN while nobody is seen.
    `seen` is whether the athlete is in this frame at all (held joints do not count).

    `turn` is that of the trunk in degrees from upright, counter-clockwise positive, unwrapped, so
    that the head is at (-sin, cos) of it from the hips; `turned_over` says that the network has it
    at the other end (`stream/trunk.py`). Both are held while the trunk is not seen. `lowest` is the
    level of the lowest joint and `floor` that of the floor line, in leg lengths above the mid-hip
    (so about -1.1): `lowest - floor` is the height of the whole body above the floor
    (`stream/floor.py`). `facing` is +1 right, -1 left, 0 unknown or not from the side
    (`stream/facing.py`). The numbers are NaN, and `facing` 0, as long as `hip` is NaN; `turn` also
    before the trunk was seen.
    """

    frame: int
    t: float
    points: Floats
    confidence: Floats
    hip: Floats
    leg_length: float
    seen: bool
    turn: float = math.nan
    turned_over: bool = False
    lowest: float = math.nan
    floor: float = math.nan
    facing: Facing = 0


class BodyStream:
    """Turns the key points of one athlete into `BodyPose`s. Stateful, causal, deterministic."""

    def __init__(self, skeleton: Skeleton) -> None:
        to, origin = shared_joints(skeleton, BODY)
        self._joints = list(zip(to.tolist(), origin.tolist(), strict=True))
        self._points = [[math.nan, math.nan] for _ in BODY.joints]
        self._last_seen = [-math.inf] * len(BODY)
        self._sides = Sides()
        self._legs = RingBuffer(_CAPACITY)
        self._hip = (math.nan, math.nan)
        self._leg_length = float("nan")
        self._next_scale = -math.inf
        self._trunk = TrunkTurn()
        self._floor = FloorLevel()
        self._side = SideView()

    def update(self, frame: int, t: float, keypoints: Keypoints | None) -> BodyPose:
        """`keypoints` is (joints, 3) in the skeleton's order, or None when nobody is seen."""
        confidence = [0.0] * len(BODY)
        placed = False
        if keypoints is not None:
            seen = self._sides.mended(t, self._seen(keypoints))
            placed = self._place(t, seen, confidence)
        if t - min(self._last_seen) > HOLD_S:
            for joint, last_seen in enumerate(self._last_seen):
                if t - last_seen > HOLD_S:
                    self._points[joint] = [math.nan, math.nan]
        if not placed and t - max(self._last_seen) > HOLD_S:
            self._hip = (math.nan, math.nan)
        known = not math.isnan(self._hip[0])
        lowest = min([y for _, y in self._points if not math.isnan(y)]) if known else math.nan
        if placed:
            self._follow(t, confidence, lowest)
        return BodyPose(
            frame=frame,
            t=t,
            points=np.array(self._points),
            confidence=np.array(confidence),
            hip=np.array(self._hip),
            leg_length=self._leg_length,
            seen=placed,
            turn=self._trunk.turn if known else math.nan,
            turned_over=known and self._trunk.turned_over,
            lowest=lowest,
            floor=(self._hip[1] - self._floor.level) / self._leg_length,
            facing=self._side.facing if known else 0,
        )

    def _seen(self, keypoints: Keypoints) -> Seen:
        # Of single numbers, plain Python is faster than NumPy.
        rows: list[list[float]] = keypoints.tolist()
        seen = {}
        for joint, origin in self._joints:
            x, y, confidence = rows[origin]
            if confidence > SEEN_CONFIDENCE and math.isfinite(x + y + confidence):
                seen[joint] = (x, y, confidence)
        return seen

    def _place(self, t: float, seen: Seen, confidence: list[float]) -> bool:
        """Centre and scale what is seen; False when there is no hip or no scale to do it by."""
        hips = [seen[hip] for hip in _HIPS if hip in seen]
        if not hips:
            return False
        self._scale(t, seen)
        if not self._leg_length > 0:
            return False
        hip_x = (hips[0][0] + hips[-1][0]) / 2
        hip_y = (hips[0][1] + hips[-1][1]) / 2
        self._hip = (hip_x, hip_y)
        points, last_seen, leg = self._points, self._last_seen, self._leg_length
        for joint, (x, y, sure) in seen.items():
            points[joint] = [(x - hip_x) / leg, (hip_y - y) / leg]
            last_seen[joint] = t
            confidence[joint] = sure
        return True

    def _follow(self, t: float, confidence: list[float], lowest: float) -> None:
        """Take what this frame says about the trunk, the floor and the facing."""
        shoulders = [j for j in _SHOULDERS if confidence[j] > 0]
        hips = [j for j in _HIPS if confidence[j] > 0]
        if shoulders:
            first, last, hip, other = shoulders[0], shoulders[-1], hips[0], hips[-1]
            (x1, y1), (x2, y2) = self._points[first], self._points[last]
            (x3, y3), (x4, y4) = self._points[hip], self._points[other]
            up = math.degrees(math.atan2(x3 + x4 - x1 - x2, y1 + y2 - y3 - y4))
            trunk = sum([confidence[j] for j in _TRUNK]) / 4
            self._trunk.update(t, up, (trunk + confidence[_NOSE]) / 2)
        self._floor.update(t, self._hip[1] - self._leg_length * lowest, self._leg_length)
        self._side.update(t, self._points, self._trunk.turn)

    def _scale(self, t: float, seen: Seen) -> None:
        leg = _longer_leg(seen)
        if leg > 0:
            self._legs.push(t, leg)
            if not t < self._next_scale:
                ordered = np.sort(self._legs.window(LEG_WINDOW_S)[1])
                self._leg_length = float(ordered[len(ordered) // 2])  # the median
                self._next_scale = t + _SCALE_EVERY_S


def _longer_leg(seen: Seen) -> float:
    """Thigh plus shank in pixels; of two legs the longer, as a view only ever shortens. 0 when no
    leg is wholly seen."""
    longest = 0.0
    for hip, knee, ankle in _LEGS:
        if hip in seen and knee in seen and ankle in seen:
            middle = seen[knee][:2]
            long = math.dist(seen[hip][:2], middle) + math.dist(middle, seen[ankle][:2])
            longest = max(longest, long)
    return longest
