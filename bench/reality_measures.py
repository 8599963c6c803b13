"""What can be measured of key points whether or not the truth is known: the same code looks at real
and at simulated athletes. Key points are (T, 17, 3) in the order of BODY."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.compare import trunk_axis, trunk_seen
from bench.windows import Floats, filled, leg_length
from models.skeleton import BODY, Keypoints

GROUPS = {
    "head": ["nose"],
    **{
        f"{part}s": [f"left_{part}", f"right_{part}"]
        for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    },
}
"""Joints of BODY that are taken together."""
JOINTS = {name: [BODY.index(joint) for joint in joints] for name, joints in GROUPS.items()}
LIMBS = {
    "upper arms": ("shoulder", "elbow"),
    "forearms": ("elbow", "wrist"),
    "thighs": ("hip", "knee"),
    "shanks": ("knee", "ankle"),
}
_NORMAL_MEDIAN = 0.6745  # of the size of a normal deviate
_FEET = [
    [BODY.index(f"{side}_{part}") for part in ("ankle", "heel", "toe")]
    for side in ("left", "right")
]
_HIPS = JOINTS["hips"]
_AROUND_S = 0.6
"""Longer than a stride at the slowest: what changes more slowly is no part of a step."""
_DOWN = 0.2
"""A foot is down in the lowest fifth of its swing."""
_GRID_HZ = 240.0


def trunk_length(keypoints: Keypoints) -> float:
    """Median distance in px of mid-hip and mid-shoulders; NaN where no frame shows both."""
    axis = trunk_axis(keypoints[trunk_seen(keypoints)].astype(np.float64))
    return float(np.median(np.hypot(*axis.T))) if len(axis) else float("nan")


def jitter(keypoints: Keypoints) -> dict[str, float]:
    """By joint group, the standard deviation of noise in trunk lengths.

    Of white noise with deviation s, second differences have s√6; theirs is estimated by the
    median, so single leaps do not count. For somebody who stands still.
    """
    trunk = trunk_length(keypoints)
    found = {}
    for name, joints in JOINTS.items():
        places = keypoints[:, joints].astype(np.float64)
        bend = places[:-2] - 2 * places[1:-1] + places[2:]
        seen = np.minimum.reduce([places[:-2, :, 2], places[1:-1, :, 2], places[2:, :, 2]]) > 0
        size = np.abs(bend[seen][:, :2])
        spread = np.median(size) / _NORMAL_MEDIAN / np.sqrt(6) if size.size else np.nan
        found[name] = float(spread / trunk)
    return found


def limb_variation(keypoints: Keypoints) -> dict[str, float]:
    """By kind of limb, the standard deviation of its length in the picture over the mean, of the
    left and the right one together (mean). NaN where it is never seen."""
    found = {}
    for name, (upper, lower) in LIMBS.items():
        shares = []
        for side in ("left", "right"):
            ends = [BODY.index(f"{side}_{part}") for part in (upper, lower)]
            both = keypoints[(keypoints[:, ends, 2] > 0).all(axis=1)][:, ends, :2]
            lengths = np.linalg.norm(np.diff(both.astype(np.float64), axis=1), axis=-1)
            shares.append(lengths.std() / lengths.mean() if len(lengths) else np.nan)
        found[name] = float(np.mean(shares))
    return found


def confidence_quantiles(keypoints: Keypoints, shares: tuple[float, ...]) -> dict[str, Floats]:
    """By joint group, what confidence `shares` of the frames stay below; 0 is not seen."""
    return {name: np.quantile(keypoints[:, joints, 2], shares) for name, joints in JOINTS.items()}


@dataclass(frozen=True)
class StepMotion:
    """How somebody does speed steps, as seen in the picture. `swing` is the range (5-95 %) of the
    height of the left foot over the right one and `bounce` that of the hips, without what is slower
    than a stride; both in leg lengths. `down` is the share of time a foot is in the lowest fifth
    of its swing, `lean_deg` the median angle of the trunk from the vertical, `cadence` steps in a
    second, `unsteady` how much a stride (of two steps: from the side, one of them looks shorter)
    differs from those around, in shares of a stride."""

    swing: float
    down: float
    bounce: float
    lean_deg: float
    cadence: float
    unsteady: float


def step_motion(keypoints: Keypoints, t: Floats) -> StepMotion:
    """Of the frames at times `t` (T,) in which somebody does nothing but speed steps."""
    grid = np.arange(t[0], t[-1], 1 / _GRID_HZ)
    seen = filled(keypoints, t)
    leg = leg_length(seen)
    left, right = (-seen[:, foot, 1].mean(axis=1) / leg for foot in _FEET)
    hip = -seen[:, _HIPS, 1].mean(axis=1) / leg
    difference = _levelled(np.interp(grid, t, left - right))
    crossings = _crossings(grid, difference)
    steps = np.diff(crossings)
    axis = trunk_axis(keypoints[trunk_seen(keypoints)].astype(np.float64))
    return StepMotion(
        swing=_range(difference),
        down=float(np.mean([_down(np.interp(grid, t, foot)) for foot in (left, right)])),
        bounce=_range(_levelled(np.interp(grid, t, hip))),
        lean_deg=float(np.median(np.degrees(np.arctan2(np.abs(axis[:, 0]), -axis[:, 1])))),
        cadence=float(1 / np.median(steps)) if len(steps) else float("nan"),
        unsteady=_unsteady([np.diff(crossings[first::2]) for first in (0, 1)]),
    )


def _around(values: Floats) -> Floats:
    """Windows (N, ...) of what is around each of `values` (N,) on the grid."""
    reach = round(_AROUND_S / 2 * _GRID_HZ)
    padded = np.pad(values, reach, mode="edge")
    windows: Floats = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    return windows


def _levelled(values: Floats) -> Floats:
    """Less the middle of the range around."""
    windows = _around(values)
    levelled: Floats = values - (windows.min(axis=1) + windows.max(axis=1)) / 2
    return levelled


def _down(height: Floats) -> float:
    windows = _around(height)
    low, high = windows.min(axis=1), windows.max(axis=1)
    return float(np.mean(height - low < _DOWN * (high - low)))


def _range(values: Floats) -> float:
    return float(np.ptp(np.percentile(values, [5, 95])))


def _crossings(t: Floats, values: Floats) -> Floats:
    """When `values` at times `t` go through zero, of those that reach beyond a quarter of the
    range on both sides (a trembling about zero is no step)."""
    least = _range(values) / 4
    times, side = [], 0
    last = 0
    for i in np.flatnonzero(np.abs(values) > least):
        now = int(np.sign(values[i]))
        if side and now != side:
            times.append(_zero(t[last : i + 1], values[last : i + 1]))
        side, last = now, int(i)
    return np.array(times)


def _zero(t: Floats, values: Floats) -> float:
    """Where values that change their sign do so last, linear in between."""
    before = int(np.flatnonzero(np.sign(values[:-1]) != np.sign(values[-1]))[-1])
    a, b = values[before], values[before + 1]
    return float(t[before] + (t[before + 1] - t[before]) * a / (a - b))


def _unsteady(series: Sequence[Floats]) -> float:
    """Median deviation of a stride from the mean of both its neighbours in the same of `series`,
    over the median stride, as the standard deviation of one stride if all are independent."""
    off = np.concatenate([np.abs(s[1:-1] - (s[:-2] + s[2:]) / 2) for s in series])
    if not len(off):
        return float("nan")
    middle = np.median(np.concatenate(series))
    return float(np.median(off) / _NORMAL_MEDIAN / np.sqrt(1.5) / middle)


@dataclass(frozen=True)
class FlightMotion:
    """From take-off to landing: how long it takes, how far the hips rise above where they are at
    the take-off and how far they travel sideways in the picture, both in leg lengths."""

    seconds: float
    rise: float
    travel: float


def flight_motion(
    keypoints: Keypoints, t: Floats, takeoff_s: float, landing_s: float
) -> FlightMotion:
    """Of key points at times `t` (T,). NaN where hips or legs are never seen."""
    seen = filled(keypoints, t)
    hips = seen[:, _HIPS].mean(axis=1) / leg_length(seen)
    grid = np.arange(takeoff_s, landing_s, 1 / _GRID_HZ)
    x, y = (np.interp(grid, t, hips[:, axis]) for axis in range(2))
    return FlightMotion(landing_s - takeoff_s, float(y[0] - y.min()), float(abs(x[-1] - x[0])))


def seen_share(keypoints: Keypoints) -> float:
    """The share of frames in which hips and shoulders are given."""
    return float(trunk_seen(keypoints).mean()) if len(keypoints) else float("nan")


def between(t: Floats, begin_s: float, end_s: float) -> NDArray[np.bool_]:
    """Which of times `t` (T,) lie from `begin_s` to `end_s`."""
    inside: NDArray[np.bool_] = (t >= begin_s) & (t <= end_s)
    return inside
