"""The path of the centre of mass: ballistic when no foot is on the floor, over the feet otherwise.

On the floor it is a smooth curve between flights that goes on with their speed, not a simulation of
forces.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.simulation.curves import Curve, Floats, pchip_slopes
from models.simulation.figure import (
    Build,
    Posture,
    assemble,
    centre_of_mass,
)
from models.simulation.motion import GRAVITY
from models.simulation.moves.footwork import Footwork, on_toes

_ABSORB_S = 0.13  # a landing is absorbed, and the next flight prepared, within this time
_RECOVER_S = 0.16  # and this long it takes to come up again from there
_REST_S = 0.45  # so long before the first and after the last flight the body does not travel
_SAME_S = 0.012
_PENDULUM = 3.2
"""1/s; sqrt(g / height of the centre of mass): how fast an athlete tips over one foot."""
_SETTLING = 1.15
"""Share of the remaining error that a shift of pelvis and arms takes away: they carry most of the
mass, and the legs follow in part."""


def bounce(flights: Floats) -> Curve:
    """Height (T,) of the centre of mass against its level at take-off, metres: a parabola in each
    of `flights` (F, 2), a dip of the same curvature at both ends of each support."""
    keys: list[tuple[float, float, float]] = []
    for k, (begin, end) in enumerate(flights):
        speed = GRAVITY * (end - begin) / 2
        before = begin - flights[k - 1, 1] if k else np.inf
        after = flights[k + 1, 0] - end if k + 1 < len(flights) else np.inf
        keys += _dip(begin, -min(before / 2, _ABSORB_S), speed, before)
        keys += [(begin, 0.0, speed), (end, 0.0, -speed)]
        keys += _dip(end, min(after / 2, _ABSORB_S), speed, after)
    if not keys:
        return Curve.of((0.0, 0.0))
    merged = [keys[0]]
    for key in keys[1:]:
        if key[0] - merged[-1][0] < 1e-9:  # two flights that follow closely share their dip
            merged[-1] = (key[0], (key[1] + merged[-1][1]) / 2, 0.0)
        else:
            merged.append(key)
    knots, values, slopes = np.array(merged).T
    return Curve(knots, values, slopes)


def _dip(
    at: float, towards: float, speed: float, support: float
) -> list[tuple[float, float, float]]:
    """Keys (time, height, slope) on the floor next to the end `at` of a flight."""
    bottom = (at + towards, -speed * abs(towards) / 2, 0.0)
    if support < 2 * (_ABSORB_S + _RECOVER_S):
        return [bottom]
    half = -speed * abs(towards) / 4 if np.isfinite(support) else 0.0
    up = (at + towards + np.copysign(_RECOVER_S, towards), half, 0.0)
    return [up, bottom] if towards < 0 else [bottom, up]


def sway(footwork: Footwork, duration_s: float) -> Curve:
    """x, y (T, 2) in metres of the centre of mass against where it is above standing feet."""
    fixed = _flight_keys(footwork)
    loose = [(0.0, footwork.support(0.0)), (duration_s, footwork.support(duration_s))]
    loose += _rest_keys(footwork, duration_s) + _swing_keys(footwork)
    taken = [time for time, _, _ in fixed]
    for time, place in sorted(loose, key=lambda key: key[0]):
        if all(abs(time - other) > _SAME_S for other in taken):
            fixed.append((time, place, np.full(2, np.nan)))
            taken.append(time)
    fixed.sort(key=lambda key: key[0])
    knots, values = np.array([k[0] for k in fixed]), np.array([k[1] for k in fixed])
    given = np.array([k[2] for k in fixed])
    return Curve(knots, values, np.where(np.isnan(given), pchip_slopes(knots, values), given))


def _flight_keys(footwork: Footwork) -> list[tuple[float, Floats, Floats]]:
    """Time, place and velocity at both ends of each flight, which is straight."""
    flights = footwork.flights
    keys = []
    for k, (begin, end) in enumerate(flights):
        before, after = footwork.support(begin - 1e-6), footwork.support(end + 1e-6)
        last = begin - flights[k - 1, 1] if k else _REST_S
        next_ = flights[k + 1, 0] - end if k + 1 < len(flights) else _REST_S
        support = min((last + next_) / 2, 1.2)
        tip = _PENDULUM * np.tanh(_PENDULUM * support / 2)
        # Ahead he travels evenly, sideways he only tips from foot to foot.
        rate = np.array([1 / (support + end - begin), tip / (2 + tip * (end - begin))])
        velocity = (after - before) * rate
        middle, half = (before + after) / 2, (end - begin) / 2
        keys += [
            (float(begin), middle - velocity * half, velocity),
            (float(end), middle + velocity * half, velocity),
        ]
    return keys


def _rest_keys(footwork: Footwork, duration_s: float) -> list[tuple[float, Floats]]:
    """Before and after a series of flights he is at rest over his feet."""
    flights = footwork.flights
    ends = [0.0, *flights[:, 1].tolist()]
    begins = [*flights[:, 0].tolist(), duration_s]
    keys = []
    for end, begin in zip(ends, begins, strict=True):
        if begin - end > 2 * _REST_S:
            keys += [(t, footwork.support(t)) for t in (end + _REST_S, begin - _REST_S)]
    return keys


def _swing_keys(footwork: Footwork) -> list[tuple[float, Floats]]:
    """Where one foot is lifted while the other one stays, the mass is mostly over that one."""
    taking_off, landing = footwork.flights.T
    keys = []
    for begin, end in np.concatenate([footwork.swings(side) for side in (0, 1)]):
        for time, within, share in ((begin, begin + 1e-6, 1.0), (end, end - 1e-6, 0.6)):
            if not np.any((taking_off <= within) & (within <= landing)):
                both, one = footwork.support(2 * time - within), footwork.support(within)
                lean = share * np.tanh(1.6 * (end - begin))
                keys.append((float(time), both + lean * (one - both)))
    return keys


def carried(build: Build, posture: Posture, path: Floats) -> Posture:
    """`posture` with pelvis and arms moved until the centre of mass is on `path` (T, 3) metres,
    the heels raised where the legs do not reach."""
    posture = _shifted(build, posture, path, 4)
    raised = on_toes(build, posture)
    return raised if raised is posture else on_toes(build, _shifted(build, raised, path, 3))


def _shifted(build: Build, posture: Posture, path: Floats, times: int) -> Posture:
    for _ in range(times):
        shift = _SETTLING * (path - centre_of_mass(assemble(build, posture)))
        posture = replace(
            posture, pelvis=posture.pelvis + shift, wrists=posture.wrists + shift[:, None]
        )
    return posture
