"""Backward elements between a take-off and a landing, found and measured in the past.

Heights are leg lengths above the floor, which is taken as the straight line from where the lowest
joint was at the start to where it is at the landing, so a panning camera does not matter. Most are
those of the *lowest* joint, which no swap of left and right or of head and feet can change; it is
the lowest but one, as one may be misplaced. A turn is in degrees from upright, backward positive.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from realtime.recognise.flip_past import (
    FACING,
    FLOOR,
    FOOT,
    HEAD,
    HIP,
    HIP_X,
    LOWEST,
    TURN,
    middle,
)
from realtime.stream.ring import Floats

HELD_S = 0.08
"""The height of an element is what the lowest joint keeps for this long: five frames at 60 fps."""
LEANING = 25.0
"""Turn at which the trunk counts as having left the upright."""
ROLLED = 15.0
"""A trunk that leans no more than this may be upright before a camera that is rolled."""
CLEAR_STEP = 65.0
"""A larger step of an axis between two frames may as well have gone the other way."""
FLIGHT_S = (0.25, 1.2)
"""From leaving the upright to the landing."""
ON_FLOOR = 0.15
"""A lowest joint up to this is on the floor, at a take-off and at a landing, in leg lengths."""
CONTACT = 0.0
"""Where it is when it touches the floor, on the line through that frame and the next."""
HAND_HEIGHT = 0.25
"""Who is upside down with his lowest joint up to this is on his hands."""

_LEAN_S = 0.7  # from upright to LEANING, sitting back into a handspring included
_STANDING = 0.35  # leg lengths: the lowest joint is no higher above the floor at the start
_FACING_S = 0.5
_STOOD_S = 0.1
_CONTACT_S = 0.03  # at most, between ON_FLOOR and CONTACT
_CLEAR = 0.25
_OFF, _FEET_OFF = 0.3, 0.5  # leg lengths: surely in the air
_VELOCITY_S = 0.07
_MAX_GAP_S = 0.05  # a longer gap between two frames says nothing about what was in it


@dataclass(frozen=True, slots=True)
class Departure:
    """Somebody left the upright in frame `left`, upright last in frame `start`, turning to `side`
    (+1 counter-clockwise). `backward` is whether that was backward; None where it is not seen, as
    from the front or from behind."""

    start: int
    left: int
    side: float
    backward: bool | None


@dataclass(frozen=True, slots=True)
class Element:
    """What was measured of somebody who turned backward and landed, or is about to.

    `side` and `backward` are those of the departure.
    `start_s` is when he left the upright, `takeoff_s` when the lowest joint left the floor,
    `end_s` when it came back. `turned` is the turn at the landing, where a gymnast is still bent
    forward; a whole turn may be missing that the pose network lost on the way.
    `height` is the greatest that the lowest joint held for `HELD_S`, `aloft_s` the time from the
    first to the last height above a quarter. `over_s` is how long the trunk lay flat with the hips
    as high as in standing, `head_down_s` how long the head was below the hips, `hands_down_s` how
    long he was upside down with his lowest joint on the floor, `feet_up_s` how long the feet were
    higher than half a leg. `floor_step` is the landing's level below that of the start, `feet` the
    mean height of the feet at the landing.
    Of the hips: `hip_rise` is how far they rose above where they were at the start, `travel` how
    far they went backward from take-off to landing, `takeoff_angle_deg` that of their velocity at
    the take-off, 90 straight up, less backward. `rotation_deg_s` is the mean rate of the trunk from
    take-off to landing.
    """

    side: float
    backward: bool | None
    start_s: float
    takeoff_s: float
    end_s: float
    turned: float
    height: float
    aloft_s: float
    over_s: float
    head_down_s: float
    hands_down_s: float
    feet_up_s: float
    floor_step: float
    feet: float
    hip_rise: float
    travel: float
    takeoff_angle_deg: float
    rotation_deg_s: float

    @property
    def airtime_s(self) -> float:
        """How long nothing touched the floor."""
        return max(0.0, self.end_s - self.takeoff_s - self.hands_down_s)


def departures(
    t: Floats, rows: Floats, landing: int, leg: float, shortest_s: float = FLIGHT_S[0]
) -> Iterator[Departure]:
    """When somebody may have left the upright who lands in frame `landing`, the latest first; never
    forward."""
    begin, end = np.searchsorted(t, (t[landing] - FLIGHT_S[1], t[landing] - shortest_s))
    leans = flat(rows[: end + 1], LEANING)
    for left in (np.flatnonzero(leans[1:] & ~leans[:-1]) + 1)[::-1].tolist():
        if left < begin:
            return
        found = _departure(t, rows, left, leg)
        if found is not None and found.backward is not False:
            yield found


def flat(rows: Floats, degrees: float) -> NDArray[np.bool_]:
    """Where the trunk is more than `degrees` from the vertical, either way."""
    return np.abs(np.sin(np.radians(rows[:, TURN]))) > math.sin(math.radians(degrees))


def _departure(t: Floats, rows: Floats, left: int, leg: float) -> Departure | None:
    """None where the feet were not down, or which way he turned is not clear."""
    turn = rows[: left + 1, TURN] - _nearest_upright(rows[left - 1, TURN])
    clear = abs(turn[left] - turn[left - 1]) < CLEAR_STEP
    side = math.copysign(1, turn[left] if clear else turn[left - 1])
    if not clear and abs(turn[left - 1]) < LEANING / 2:
        return None
    start = _upright(t, side * turn, left)
    if start is None:
        return None
    height = rows[start : left + 1, FLOOR] - rows[start : left + 1, LOWEST]
    if not height.min() < _STANDING * leg or rows[start, HEAD] < 0.5:
        return None
    since = int(np.searchsorted(t, t[start] - _FACING_S))
    known = np.trim_zeros(rows[since : start + 1, FACING], "b")
    facing = float(known[-1]) if len(known) else 0.0
    return Departure(start, left, side, facing * side > 0 if facing else None)


def _upright(t: Floats, turn: Floats, left: int) -> int | None:
    """The last upright frame before frame `left`; where the camera is rolled, the most upright."""
    first = int(np.searchsorted(t, t[left] - _LEAN_S))
    before = turn[first:left]
    upright = np.flatnonzero(before <= 0)
    if len(upright):
        return first + int(upright[-1])
    if not len(before) or before.min() > ROLLED:
        return None
    return first + int(before.argmin())


def measure(
    t: Floats, rows: Floats, departure: Departure, landing: int, leg: float, *, landed: bool = True
) -> Element:
    """What lies between a departure and the landing in frame `landing`; later frames say how the
    landing settled. Unless `landed`, he is still in the air there. `rows` (n, columns) are those of
    `flip_past` at times `t` (n,)."""
    side, start = departure.side, departure.start
    known = rows[landing:, LOWEST] - rows[landing:, FOOT]
    known = known[~np.isnan(known)]
    feet = middle(known) / leg if len(known) else math.nan
    level = middle(rows[landing:, LOWEST]) if landed else float(rows[start, FLOOR])
    stood = int(np.searchsorted(t, t[start] - _STOOD_S))
    floor = middle(rows[stood : start + 1, LOWEST])
    floor = max(floor, float(rows[start, FLOOR]) - ON_FLOOR * leg)
    t, rows = t[start : landing + 1], rows[start : landing + 1]
    step = level - floor
    levels = floor + step * (t - t[0]) / (t[-1] - t[0])
    height = (levels - rows[:, LOWEST]) / leg
    hips = (levels - rows[:, HIP]) / leg
    foot = (levels - rows[:, FOOT]) / leg
    aloft = t[height > 0.25]
    seconds = np.zeros(len(t))
    np.minimum(t[1:] - t[:-1], _MAX_GAP_S, out=seconds[1:])
    takeoff_s = _takeoff(t, height, foot)
    end_s = _crossing(t, height, len(t) - 1)
    inside = (t > takeoff_s + 0.05) & (t < end_s - 0.1)
    head_down = rows[:, HEAD] < -0.5
    turned = side * (float(rows[-1, TURN]) - _nearest_upright(rows[0, TURN]))
    after = int(np.searchsorted(t, takeoff_s))
    leant = side * (float(rows[after, TURN]) - _nearest_upright(rows[0, TURN]))
    return Element(
        side=side,
        backward=departure.backward,
        start_s=float(t[0]),
        takeoff_s=takeoff_s,
        end_s=end_s,
        turned=turned,
        height=_held(t, height),
        aloft_s=float(aloft[-1] - aloft[0]) if len(aloft) else 0.0,
        over_s=float(seconds[flat(rows, 45.0) & (hips > 1.0)].sum()),
        head_down_s=float(seconds[head_down & (hips > 0.85)].sum()),
        hands_down_s=float(seconds[inside & (height < HAND_HEIGHT)].sum()),
        feet_up_s=float(seconds[foot > 0.5].sum()),
        floor_step=step / leg,
        feet=feet,
        hip_rise=float(hips.max() - hips[0]),
        travel=side * float(rows[after, HIP_X] - rows[-1, HIP_X]) / leg,
        takeoff_angle_deg=_angle(t, rows, after, side),
        rotation_deg_s=_one_turn(turned - leant) / max(end_s - takeoff_s, 1e-3),
    )


def _one_turn(degrees: float) -> float:
    """The turn of a single element, of which a whole one may have been lost on the way."""
    return degrees % 360.0


def _takeoff(t: Floats, height: Floats, foot: Floats) -> float:
    """When the lowest joint, `height` (n,), left the floor with the feet, `foot` (n,)."""
    off = np.flatnonzero((height > _OFF) | (foot > _FEET_OFF))
    if not len(off):
        return float(t[0])
    down = np.flatnonzero(height[: off[0]] <= ON_FLOOR)
    return _crossing(t, height, int(down[-1]) if len(down) else 0, up=True)


def _crossing(t: Floats, height: Floats, on: int, *, up: bool = False) -> float:
    """When the body touched the floor last before it rose (`up`), or first after it fell: on the
    line through frame `on`, on the floor, and the nearest one that is clear of it."""
    clear = np.flatnonzero((height[on:] if up else height[on::-1]) > _CLEAR)
    if not len(clear) or not clear[0]:
        return float(t[on])
    other = on + int(clear[0]) if up else on - int(clear[0])
    slope = (t[other] - t[on]) / (height[other] - height[on])
    away_s = float((CONTACT - height[on]) * slope)
    return float(t[on]) + max(-_CONTACT_S, min(_CONTACT_S, away_s))


def _angle(t: Floats, rows: Floats, takeoff: int, side: float) -> float:
    first, last = np.searchsorted(t, (t[takeoff] - _VELOCITY_S / 2, t[takeoff] + _VELOCITY_S))
    last = min(int(last), len(t) - 1)
    back = side * (rows[first, HIP_X] - rows[last, HIP_X])
    return math.degrees(math.atan2(rows[first, HIP] - rows[last, HIP], back))


def _nearest_upright(turn: float) -> float:
    return 180.0 * round(turn / 180)


def _held(t: Floats, height: Floats) -> float:
    """The greatest height that is kept for `HELD_S`; `t` seconds and `height` are (n,)."""
    ends = np.searchsorted(t, t + HELD_S)
    begins = np.flatnonzero(ends < len(t))
    spans = np.column_stack([begins, ends[begins]]).ravel()
    held = np.minimum.reduceat(height, spans)[::2]
    return float(held.max(initial=-math.inf))
