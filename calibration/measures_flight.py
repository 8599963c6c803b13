"""When the feet leave the floor and come back: take-off, landing, airtime.

Each foot's height is that of its lowest joint (heel or toe; of a skeleton without them the ankle)
above where it stood before, or stands after. A foot that leaves or meets the floor has a height
that is a hinge in time: level, then steep. The line through the first frames off the floor, drawn
back to it, gives the moment to a fraction of a frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from calibration.measures import (
    MOST_STEPS,
    SIDES,
    Floats,
    MeasureError,
    both,
    check,
    filled,
    robust_spread,
    side_joints,
)

CLEAR = 0.08
"""Leg lengths above the floor at which a foot is surely off it."""
SHORTEST_S = 0.12
"""Feet that are off the floor for less are a step, or a mistake of the network."""
LONGEST_S = 1.5
"""Nobody who jumps from the floor is off it for longer."""
HANDS_LOW = 0.30
"""A wrist nearer to the floor than this (leg lengths) may have its hand on it."""

_LEAST_LIFT = 0.12  # the higher foot in a true jump; steps and shuffles stay below
_STANDING_S = 0.3
_BEFORE_S = 0.12  # the foot is surely on the floor this long before it is clear of it
_RAMP_S = 0.025
_LEAST_CLEAR, _MOST_CLEAR = 0.004, 0.12
_SLOWEST, _FASTEST = 0.5, 12.0  # leg lengths/s of a foot that leaves or meets the floor
_HANDS_AFTER_S = 0.06  # between feet and hands: nobody is faster
_HAND_RESTS = 0.06  # leg lengths
_HAND_HOLDS_S = 0.08
_WRIST_SINKS = 0.01  # after the knuckles have met the floor
_TIPTOE, _FLEXED = 0.15, 0.06  # ankles at take-off and at landing, above standing


@dataclass(frozen=True)
class Flight:
    """Both feet are off the floor from `takeoff_s` to `landing_s`; `left` and `right` are the
    moments of each foot (off, on; NaN for one that is not seen). From `hands_s` (on, off) hands
    are on the floor; None: never. `error_s` is the standard error of either moment."""

    takeoff_s: float
    landing_s: float
    left: tuple[float, float]
    right: tuple[float, float]
    hands_s: tuple[float, float] | None
    error_s: float

    @property
    def feet_off_s(self) -> float:
        return self.landing_s - self.takeoff_s

    @property
    def airtime_s(self) -> float:
        """How long nothing touches the floor."""
        held = 0.0 if self.hands_s is None else self.hands_s[1] - self.hands_s[0]
        return self.feet_off_s - held

    @property
    def free_until_s(self) -> float:
        """The end of the first free flight."""
        return self.landing_s if self.hands_s is None else self.hands_s[0]

    @property
    def landing_asymmetry_s(self) -> float:
        """How much later the left foot lands than the right one; NaN where one is not seen. Error
        on exact points: a few ms; with a network's noise 0.05 s and, one in ten, 0.2 s, as much as
        there is to measure: of a flight seen from the side take many, and their median."""
        return self.left[1] - self.right[1]


class _Feet(NamedTuple):
    """Times, heights of the feet, and whether they are those of heel and toe."""

    t: Floats
    heights: Floats
    soles: bool


def foot_heights(t: Floats, points: Floats) -> tuple[Floats, bool]:
    """Height (T, 2) of the lowest joint of the left and the right foot, and whether it is that of
    heel and toe (of a skeleton without: of the ankle). NaN for a foot that is never seen."""
    y = points[..., 1]
    soles = [side_joints(side, "heel", "toe") for side in SIDES]
    known = all(np.isfinite(y[:, sole]).any() for sole in soles)
    parts = soles if known else [[ankle] for ankle in both("ankle")]
    heights = np.full((len(t), 2), np.nan)
    for i, joints in enumerate(parts):
        rows = filled(t, y[:, joints])
        seen = np.isfinite(rows).any(axis=0)
        if seen.any():
            heights[:, i] = rows[:, seen].min(axis=1)
    return heights, known


def flights(t: Floats, points: Floats, clear: float = CLEAR) -> list[Flight]:
    """All flights, in time order; see the module `measures` for `t` and `points`. `clear` is the
    height at which a foot is surely off the floor (see `athlete.Thresholds`).

    Error of `airtime_s` on exact points: below a frame, half of them below 10 ms at 30 fps and 5 ms
    from 60 fps on; with hands on the floor below 0.1 s. With a network's noise: median 12 to 65 ms,
    nine of ten below 0.15 s (hands: 0.06 to 0.17 and 0.35 s). Ankles alone (COCO) are up to 30 ms
    worse: the heel rises before the toe leaves. Raises MeasureError where no foot is seen.
    """
    check(t, points)
    heights, soles = foot_heights(t, points)
    seen = np.flatnonzero(np.isfinite(heights).any(axis=0))
    if not len(seen):
        raise MeasureError(
            "flight: expected key points of the feet, got none; the whole athlete must be in view"
        )
    lowest = heights[:, seen].min(axis=1)
    floor = float(np.quantile(lowest, 0.2))
    off = lowest > floor + clear
    edges: list[int] = np.flatnonzero(np.diff(off.astype(np.int8))).tolist()
    spans = [
        (a + 1, b + 1)
        for a, b in pairwise(edges)
        if off[a + 1] and SHORTEST_S <= t[b] - t[a + 1] <= LONGEST_S
    ]
    feet = _Feet(t, heights, soles)
    return [_flight(feet, points, a, b) for a, b in spans if _jumped(lowest, a, b)]


def _jumped(lowest: Floats, a: int, b: int) -> bool:
    ground = min(lowest[max(a - 3, 0) : a].min(), lowest[b : b + 3].min())
    return float(lowest[a:b].max() - ground) >= _LEAST_LIFT


def _flight(feet: _Feet, points: Floats, a: int, b: int) -> Flight:
    """The flight whose frames surely off the floor are `a` to `b` - 1."""
    t, heights, soles = feet
    moments = np.full((2, 2), np.nan)
    errors = []
    for foot in np.flatnonzero(np.isfinite(heights).all(axis=0)):
        for end, at in enumerate((float(t[a]), float(t[b - 1]))):
            sign = 1 if end == 0 else -1
            level, noise = _resting(sign * t, heights[:, foot], sign * at)
            over = heights[:, foot] - level - (0.0 if soles else (_TIPTOE, _FLEXED)[end])
            moment, error = hinge(sign * t, over, sign * at, noise)
            moments[foot, end] = sign * moment
            errors.append(error)
    takeoff, landing = float(np.nanmax(moments[:, 0])), float(np.nanmin(moments[:, 1]))
    standing = (t <= min(takeoff, float(t[a]))) & (t > takeoff - _STANDING_S)
    floor = float(np.nanmin(heights[standing], axis=1).mean()) if standing.any() else np.nan
    hands = _hands_down(t, filled(t, points[:, both("wrist"), 1]) - floor, takeoff, landing)
    left, right = ((float(m[0]), float(m[1])) for m in moments)
    return Flight(takeoff, landing, left, right, hands, float(np.max(errors)))


def _resting(t: Floats, height: Floats, clear_s: float) -> tuple[float, float]:
    """Level and noise of something before it is clear of its level."""
    resting = (t > clear_s - _BEFORE_S - _STANDING_S) & (t < clear_s - _BEFORE_S)
    before = height[resting] if resting.any() else height[np.argmin(np.abs(t - clear_s))][None]
    return float(np.median(before)), robust_spread(before)


def hinge(t: Floats, over: Floats, clear_s: float, noise: float) -> tuple[float, float]:
    """When something `over` (T,) its level leaves it, and the standard error of that, seconds.

    `clear_s` is a time shortly after; `t` may run backwards (negated) for a landing. `noise` is
    the standard deviation of `over`.
    """
    order = np.argsort(t)
    t, over = t[order], over[order]
    clear = float(np.clip(MOST_STEPS * noise, _LEAST_CLEAR, _MOST_CLEAR))
    last = min(int(np.searchsorted(t, clear_s)), len(t) - 1)
    aloft = np.flatnonzero((over > clear) & (t >= clear_s) & (t < clear_s + _BEFORE_S))
    last = int(aloft[0]) if len(aloft) else last
    while last > 0 and over[last - 1] > clear:
        last -= 1
    interval = float(np.median(np.diff(t)))
    ramp = slice(last, max(last + 2, int(np.searchsorted(t, t[last] + _RAMP_S))))
    slope = 0.0 if len(t[ramp]) < 2 else float(np.polyfit(t[ramp] - t[last], over[ramp], 1)[0])
    slope = float(np.clip(slope, _SLOWEST, _FASTEST))
    earliest = t[max(last - 1, 0)] - clear / slope
    moment = float(np.mean(t[ramp] - over[ramp] / slope))
    error = np.hypot(noise / slope, interval / 6)
    return float(np.clip(moment, earliest, t[last])), float(error)


def _hands_down(
    t: Floats, heights: Floats, takeoff: float, landing: float
) -> tuple[float, float] | None:
    """From when to when a hand is on the floor within a flight; `heights` (T, 2) are those of the
    wrists. A hand that holds the body has its wrist low and at rest."""
    inside = (t > takeoff + _HANDS_AFTER_S) & (t < landing - _HANDS_AFTER_S)
    spans = []
    for height in heights.T:
        low = inside & (height < HANDS_LOW)
        if low.sum() < 2:
            continue
        level = float(np.quantile(height[low], 0.2))
        resting = np.flatnonzero(low & (np.abs(height - level) < _HAND_RESTS))
        if len(resting) > 1 and t[resting[-1]] - t[resting[0]] >= _HAND_HOLDS_S:
            level = float(np.median(height[resting]))
            noise = robust_spread(height[resting])
            middle = float(np.median(t[resting]))
            off = _leaves(t, height - level, middle, noise)
            on = -_leaves(-t, height - level - _WRIST_SINKS, -middle, noise)
            spans.append((on, off))
    if not spans:
        return None
    return min(span[0] for span in spans), max(span[1] for span in spans)


def _leaves(t: Floats, over: Floats, resting_s: float, noise: float) -> float:
    later = (t > resting_s) & (over > max(_HAND_RESTS, MOST_STEPS * noise))
    return hinge(t, over, float(t[later].min()), noise)[0] if later.any() else float(t.max())
