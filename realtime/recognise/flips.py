"""Backflips and back handsprings seen from the side, by an untrained rule.

Every frame that looks like a landing looks back for the take-off it would belong to and measures
what lies between. Heights are those of the *lowest* joint, which no swap of left and right or of
head and feet can change.

Heights are leg lengths above the floor, which is taken as the straight line from the body's floor
line at the start to the lowest joint at the landing, so a panning camera does not matter. A turn is
in degrees from upright, backward positive. From the front or from behind the two ways of turning
look the same, so nothing is said there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.skeleton import BODY
from realtime.marks import Event, EventKind, Mark
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats, RingBuffer

HELD_S = 0.08
"""The height of an element is what the lowest joint keeps for this long: five frames at 60 fps."""
BACKFLIP_HEIGHT = 0.85
"""Between what backflips and handsprings measure (`bench/flips.py` prints both)."""
HIGHEST = 2.5
"""More than this is no tumbling from the floor but a bar, or a cut in the film."""
LEFT_UPRIGHT = 45.0
"""Turn at which the trunk counts as having left the upright."""
CLEAR_STEP = 65.0
"""A larger step of an axis between two frames may as well have gone the other way."""
FLIGHT_S = (0.25, 1.2)
"""From leaving the upright to the landing."""
ALOFT_S = 0.25
"""A backflip is higher than a quarter of a leg for longer than this."""
HANDSPRING_S = 0.5
"""The feet are off the floor for longer than this; what lands sooner are the hands."""
HANDSPRING_TURN = (220.0, 350.0)
"""How far the trunk of who lands a handspring on the feet has turned: he is still piked."""
SETTLE_S = 0.04
"""A landing is believed when the lowest joint has kept its level for this long."""
FLOOR_STEP = (-0.8, 0.4)
"""How far down the floor may seem to go, start to landing: up with travel into the picture."""

_LEAN_S = 0.7  # from upright to LEFT_UPRIGHT, sitting back into a handspring included
_STANDING = 0.35  # leg lengths: the lowest joint is no higher above the floor at the start
_BEFORE_S = 0.2  # of the past, beyond the above
_REST_S = 0.2  # from a landing to leaving the upright again; the next of a series takes longer
_MAX_GAP_S = 0.05  # a longer gap between two frames says nothing about what was in it
_CAPACITY = 512

_FEET = [
    BODY.index(f"{side}_{joint}")
    for side in ("left", "right")
    for joint in ("ankle", "heel", "toe")
]

# Columns of the past: turn in degrees, head -1...1 (up), levels in pixels down, facing -1, 0, 1.
_TURN, _HEAD, _LOWEST, _FLOOR, _HIP, _FOOT, _FACING = range(7)
_COLUMNS = 7


@dataclass(frozen=True, slots=True)
class Element:
    """What was measured between a take-off and a landing of somebody who turned backward.

    `turned` is the turn at the landing, where a gymnast is still bent forward (`HANDSPRING_TURN`).
    `height` is the greatest that was held for `HELD_S`, `aloft_s` the time from the first to the
    last height above a quarter. `over_s` is how long the trunk lay flat with the hips as high as in
    standing, `head_down_s` how long the head was below the hips.
    `floor_step` (leg lengths) is the landing's level below that of the start, `feet` the greatest
    mean height of the feet while the landing settled.
    """

    start_s: float
    end_s: float
    turned: float
    height: float
    aloft_s: float
    over_s: float
    head_down_s: float
    floor_step: float
    feet: float


def classify(element: Element) -> EventKind | None:
    """Say which element this is, or None when it is neither."""
    if not FLOOR_STEP[0] <= element.floor_step <= FLOOR_STEP[1]:
        return None
    if element.height >= BACKFLIP_HEIGHT:  # nobody jumps that high upright: any sign will do
        turned = element.over_s + element.head_down_s >= 0.05
        flew = element.aloft_s >= ALOFT_S and element.height < HIGHEST
        return "backflip" if turned and flew else None
    landed = element.end_s - element.start_s > HANDSPRING_S and element.feet < 0.25
    piked = HANDSPRING_TURN[0] < element.turned < HANDSPRING_TURN[1]
    return "handspring" if landed and piked and element.head_down_s >= 0.08 else None


class FlipRule:
    """A `Recogniser` of backflips and back handsprings: one event per element, at its landing.

    The event's confidence is 0.5 at `BACKFLIP_HEIGHT` and 1 half a leg length away from it.
    `measured` is what the last frame was judged by.
    """

    def __init__(self, athlete: int = 1) -> None:
        self.measured: list[Element] = []
        self._athlete = athlete
        self._past = RingBuffer(_CAPACITY, (_COLUMNS,))
        self._leg = math.nan
        self._landed_s = -math.inf

    def update(self, pose: BodyPose) -> list[Mark]:
        self.measured = []
        if not pose.seen or math.isnan(pose.turn):
            return []
        self._leg = pose.leg_length
        hip, head = float(pose.hip[1]), math.cos(math.radians(pose.turn))
        heights = (pose.lowest, pose.floor, 0.0, _feet(pose))
        levels = [hip - pose.leg_length * height for height in heights]
        self._past.push(pose.t, np.array((pose.turn, head, *levels, pose.facing)))
        return self._decide(SETTLE_S)

    def finish(self) -> list[Mark]:
        return self._decide(0.0) if len(self._past) else []

    def _decide(self, settle_s: float) -> list[Mark]:
        self.measured = list(self._elements(settle_s))
        for element in self.measured:
            kind = classify(element)
            if kind:
                self._landed_s = element.end_s
                confidence = min(1.0, 0.5 + abs(element.height - BACKFLIP_HEIGHT))
                times = (element.start_s, element.end_s, self._past.last_t)
                return [Event(self._athlete, kind, *times, confidence)]
        return []

    def _elements(self, settle_s: float) -> Iterator[Element]:
        """Measure what may have landed in the last frame, the latest take-off first."""
        t, rows = self._past.window(FLIGHT_S[1] + _LEAN_S + _BEFORE_S)
        if not self._standing(t, rows, settle_s):
            return
        flat = _flat(rows)
        for left in np.flatnonzero(flat[1:] & ~flat[:-1])[::-1] + 1:
            in_time = FLIGHT_S[0] <= t[-1] - t[left] <= FLIGHT_S[1]
            if not in_time or t[left] < self._landed_s + _REST_S:
                continue
            start = _start(t, rows, int(left), self._leg)
            if start is not None:
                yield _measure(t, rows, start, int(left), leg=self._leg, settle_s=settle_s)

    def _standing(self, t: Floats, rows: Floats, settle_s: float) -> bool:
        if not 0.45 <= (rows[-1, _LOWEST] - rows[-1, _HIP]) / self._leg <= 1.4:
            return False
        settling = rows[_settling(t, settle_s) :, _LOWEST]
        return bool(np.ptp(settling) < 0.08 * self._leg)


def _settling(t: Floats, settle_s: float) -> int:
    """The first frame of the last `settle_s`; unless that is 0, two frames at least."""
    first = int(np.searchsorted(t, t[-1] - settle_s - 1e-3))
    return max(0, min(first, len(t) - (2 if settle_s else 1)))


def _flat(rows: Floats) -> NDArray[np.bool_]:
    """Where the trunk is more than `LEFT_UPRIGHT` from the vertical, either way."""
    return np.abs(np.sin(np.radians(rows[:, _TURN]))) > math.sin(math.radians(LEFT_UPRIGHT))


def _start(t: Floats, rows: Floats, left: int, leg: float) -> int | None:
    """The last upright frame before the trunk left the upright in frame `left`, if the feet were
    down there and the turn is backward; else None."""
    turn = rows[:, _TURN] - _nearest_upright(rows[left - 1, _TURN])
    side = math.copysign(1, turn[left])
    upright = np.flatnonzero(side * turn[:left] <= 0)
    clear = side * (turn[left] - turn[left - 1]) < CLEAR_STEP
    if not clear or not len(upright) or t[left] - t[upright[-1]] > _LEAN_S:
        return None
    start = int(upright[-1])
    feet_down = rows[start, _FLOOR] - rows[start, _LOWEST] < _STANDING * leg
    backward = rows[start, _FACING] == side
    return start if feet_down and backward and rows[start, _HEAD] > 0.5 else None


def _measure(
    t: Floats, rows: Floats, start: int, left: int, *, leg: float, settle_s: float
) -> Element:
    side = math.copysign(1, rows[left, _TURN] - rows[start, _TURN])
    t, rows = t[start:], rows[start:]
    floor = float(rows[0, _FLOOR])
    step = float(rows[-1, _LOWEST]) - floor
    levels = floor + step * (t - t[0]) / (t[-1] - t[0])
    height = (levels - rows[:, _LOWEST]) / leg
    hips = (levels - rows[:, _HIP]) / leg
    lifted = height > 0.1
    aloft = t[height > 0.25]
    landing = rows[_settling(t, settle_s) :]
    seconds = np.minimum(np.diff(t, prepend=t[0]), _MAX_GAP_S)
    return Element(
        start_s=float(t[max(0, int(lifted.argmax()) - 1)]),
        end_s=float(t[-1]),
        turned=side * (float(rows[-1, _TURN]) - _nearest_upright(rows[0, _TURN])),
        height=_held(t, height),
        aloft_s=float(np.ptp(aloft)) if len(aloft) else 0.0,
        over_s=float(seconds[_flat(rows) & (hips > 1.0)].sum()),
        head_down_s=float(seconds[(rows[:, _HEAD] < -0.5) & (hips > 0.85)].sum()),
        floor_step=step / leg,
        feet=float(rows[-1, _LOWEST] - landing[:, _FOOT].min()) / leg,
    )


def _nearest_upright(turn: float) -> float:
    return 180.0 * round(turn / 180)


def _held(t: Floats, height: Floats) -> float:
    """The greatest height that is kept for `HELD_S`; `t` seconds and `height` are (n,)."""
    ends = np.searchsorted(t, t + HELD_S)
    begins = np.flatnonzero(ends < len(t))
    spans = np.column_stack([begins, ends[begins]]).ravel()
    held = np.minimum.reduceat(height, spans)[::2]
    return float(held.max(initial=-math.inf))


def _feet(pose: BodyPose) -> float:
    """The mean height of those joints of the feet that are known over the hips, in leg lengths; NaN
    when none is."""
    known = [y for y in pose.points[_FEET, 1].tolist() if not math.isnan(y)]
    return sum(known) / len(known) if known else math.nan
