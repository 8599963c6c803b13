"""What the flip recogniser remembers of one athlete: a row of numbers per frame.

Levels are those of the image, so that a measure over some time can allow for a camera that moves.
Frames in which he is lost are left out; gaps in a flight are bridged (`flight.py`).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from models.skeleton import BODY
from realtime.recognise.flight import SHORTEST_S, moments, rise
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats, RingBuffer

PAST_S = 2.4
"""Of the past, what is kept."""
STANDING_LEGS = (0.4, 1.4)
"""How far the hips of who is on his feet are above his lowest joint."""
SUPPORT, FEET_SUPPORT = 0.12, 0.2
"""The lowest joint, and the mean of the feet, of who is on the floor keep their level within this,
in leg lengths."""
ANKLE_HEIGHT = 0.1
"""Of an ankle above the sole, in leg lengths."""
FEET_DOWN = 0.3
"""The mean of the feet of who stands is no higher above his lowest joint."""
LANDED_S = 1.0
"""For so long the floor is where he landed."""
SETTLE_S = 0.04
"""A level is believed when it was kept for so long."""

# Columns of a row: turn in degrees, head -1 ... 1 (up), levels and places in pixels, facing.
TURN, HEAD, LOWEST, FLOOR, HIP, FOOT, HAND, HIP_X, FOOT_X, FACING = range(10)
_COLUMNS = 10
_CAPACITY = 640  # 240 fps, and bridges
_SUPPORT_S = 0.6
_SUPPORTS = np.array((SUPPORT, FEET_SUPPORT))
_ALOFT = 0.3  # leg lengths: at both ends of a gap, what was between them was a flight

_FEET = [
    BODY.index(f"{side}_{joint}")
    for side in ("left", "right")
    for joint in ("ankle", "heel", "toe")
]
_SOLES = [BODY.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("heel", "toe")]
_WRISTS = [BODY.index("left_wrist"), BODY.index("right_wrist")]


class FlipPast:
    """The rows of one athlete. `leg` is his leg length in pixels, `sole` how far below his lowest
    joint the floor is, in leg lengths, where neither heels nor toes are seen."""

    def __init__(self) -> None:
        self.leg = math.nan
        self.sole = 0.0
        self._rows = RingBuffer(_CAPACITY, (_COLUMNS,))
        self._last: Floats | None = None
        self._landed = -math.inf, math.nan

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def last_t(self) -> float:
        return self._rows.last_t

    def push(self, pose: BodyPose) -> Floats:
        """Take a frame in which he is seen; returns its row (columns,)."""
        self.leg = pose.leg_length
        joints: list[list[float]] = pose.points.tolist()  # of single numbers, Python is faster
        shod = not all(math.isnan(joints[sole][1]) for sole in _SOLES)
        self.sole = 0.0 if shod else ANKLE_HEIGHT
        row = _row(pose, joints)
        landed_s, level = self._landed
        if pose.t - landed_s < LANDED_S:
            row[FLOOR] = level
        if self._last is not None and pose.t - self.last_t > SHORTEST_S:
            for t, between in _bridge(self.last_t, self._last, pose.t, row, self.leg):
                self._rows.push(t, between)
        self._rows.push(pose.t, row)
        self._last = row
        return row

    def landed(self, at_s: float) -> None:
        """He has landed, and so the floor is where his lowest joint is: the floor line does not
        know that for a while, where he landed further away."""
        t, rows = self._rows.window(PAST_S)
        self._landed = at_s, middle(rows[min(int(np.searchsorted(t, at_s)), len(t) - 1) :, LOWEST])

    def window(self, seconds: float = PAST_S) -> tuple[Floats, Floats]:
        """Times (n,) and rows (n, columns) of the last `seconds`, oldest first."""
        return self._rows.window(seconds)


def middle(values: Floats) -> float:
    """The median of (n,), the lower one of two; of a few numbers, faster than NumPy's."""
    ordered: list[float] = sorted(values.tolist())
    return ordered[(len(ordered) - 1) // 2]


def _row(pose: BodyPose, joints: list[list[float]]) -> Floats:
    x, hip = pose.hip.tolist()
    # Whom the network has turned over has his hands where it says that the feet are.
    feet, hands = (_WRISTS, _FEET) if pose.turned_over else (_FEET, _WRISTS)
    foot_x, foot = _mean([joints[foot] for foot in feet])
    leg = pose.leg_length
    lowest = _lowest_but_one(joints)
    heights = (lowest, pose.floor, 0.0, foot, _lowest([joints[hand] for hand in hands]))
    head = math.cos(math.radians(pose.turn))
    levels = (hip - leg * height for height in heights)
    return np.array((pose.turn, head, *levels, x, x + leg * foot_x, pose.facing))


def _mean(joints: list[list[float]]) -> tuple[float, float]:
    """The mean place of those of the joints that are known; NaN when none is."""
    known = [joint for joint in joints if not math.isnan(joint[1])]
    if not known:
        return math.nan, math.nan
    return sum([x for x, _ in known]) / len(known), sum([y for _, y in known]) / len(known)


def _lowest_but_one(joints: list[list[float]]) -> float:
    """The second lowest of the known joints, over the hips: one that is misplaced does no harm."""
    known = sorted([y for _, y in joints if not math.isnan(y)])
    return known[min(1, len(known) - 1)]


def _lowest(joints: list[list[float]]) -> float:
    return min([y for _, y in joints if not math.isnan(y)], default=math.nan)


def _bridge(
    begin_s: float, before: Floats, end_s: float, after: Floats, leg: float
) -> list[tuple[float, Floats]]:
    """Times and rows of what was between two frames far apart."""
    times = moments(begin_s, end_s)
    if not len(times):
        return []
    share = ((times - begin_s) / (end_s - begin_s))[:, None]
    rows = before + share * (after - before)
    rows[:, HEAD] = np.cos(np.radians(rows[:, TURN]))
    rows[:, FACING] = 0
    if min(before[FLOOR] - before[LOWEST], after[FLOOR] - after[LOWEST]) > _ALOFT * leg:
        higher = leg * rise(times, begin_s, end_s)[:, None]
        rows[:, [LOWEST, HIP, FOOT, HAND]] -= higher
    return list(zip(times.tolist(), rows, strict=True))


def touchdown(
    t: Floats, rows: Floats, leg: float, settle_s: float = SETTLE_S, *, feet: bool = True
) -> int | None:
    """The frame since which the body is on the floor as in the last one, and with `feet` on its
    feet; None where it is not, or not as of who stands. One frame that says otherwise does not
    count. The level of the floor is that of the last `settle_s`; at the end of a recording it may
    be 0."""
    hips = (rows[-1, LOWEST] - rows[-1, HIP]) / leg
    if not STANDING_LEGS[0] <= hips <= STANDING_LEGS[1]:
        return None
    first = int(np.searchsorted(t, t[-1] - _SUPPORT_S))
    settled = int(np.searchsorted(t, t[-1] - settle_s - 1e-3)) - first
    levels = rows[first:, [LOWEST, FOOT]]
    last = levels[min(settled, len(levels) - (2 if settle_s else 1)) :]
    level = np.array((middle(last[:, 0]), middle(last[:, 1])))
    off = np.abs(levels - level) > leg * _SUPPORTS
    moved: NDArray[np.bool_] = off[:, 0] | (off[:, 1] & feet)
    if moved[-1] or (feet and not rows[-1, LOWEST] - level[1] < FEET_DOWN * leg):
        return None
    away = np.flatnonzero(moved[:-1] & np.concatenate(([True], moved[:-2])))
    return first + (int(away[-1]) + 1 if len(away) else 0)
