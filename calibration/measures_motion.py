"""How high, how steep, how far and how fast turned: what a flight looks like.

For `t`, `points` and units see the module `measures`; a `Flight` comes from `measures_flight`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.measures import (
    GRAVITY,
    Floats,
    MeasureError,
    both,
    centre_of_mass,
    check,
    filled,
    robust_fit,
)
from calibration.measures_flight import Flight

_STILL_SPEED = 0.12  # leg lengths/s of the centre of mass of somebody who stands
_STILL_S = 0.2
_SETTLED_S = (0.08, 0.4)  # after a landing, before any step
_LEAST_FRAMES = 4
_SPEED_KEPT_S = 0.06
_FASTEST_TURN = 900.0  # degrees/s
_SHORT_TRUNK = 0.35  # of its usual length: seen end on, its direction is noise
_FEET = [*both("ankle"), *both("heel"), *both("toe")]


def height_from_airtime(airtime_s: float, landing_m: float = 0.0) -> float:
    """How far the centre of mass rises after the take-off, cm.

    With `landing_m` = 0, g t² / 8 (Bosco et al. 1983): right for somebody who lands as stretched as
    he leaves the floor. A centre of mass that is `landing_m` metres higher at the landing than at
    the take-off (negative for bent legs, -0.1 to -0.3 after a tuck) belongs to another parabola:
    v = landing / t + g t / 2, height v² / 2 g. Error: g t dt / 4 for an error dt of the airtime
    (2 cm for 15 ms of 0.55 s), and half of that of `landing_m`.
    """
    speed = landing_m / airtime_s + GRAVITY * airtime_s / 2
    return 100 * max(speed, 0.0) ** 2 / (2 * GRAVITY)


@dataclass(frozen=True)
class Ballistic:
    """The centre of mass in free flight: place (2,) and velocity (2,) at `at_s`, the acceleration
    downward, all in leg lengths and seconds; `error` is the standard error of a place."""

    at_s: float
    place: Floats
    velocity: Floats
    gravity: float
    error: float

    @property
    def apex(self) -> tuple[float, float]:
        """When the parabola is highest, and how high."""
        rising = float(self.velocity[1]) / self.gravity
        return self.at_s + rising, float(self.place[1]) + 0.5 * self.gravity * rising**2


def ballistic(t: Floats, points: Floats, flight: Flight, leg_m: float | None = None) -> Ballistic:
    """The parabola through the centre of mass from take-off to what touches the floor next.

    With the leg's length in metres the acceleration is known, and only place and velocity are
    fitted (least squares, without mistakes); otherwise it is fitted too, which needs a long flight.
    Raises MeasureError for fewer than four frames in the air.
    """
    check(t, points)
    aloft = (t >= flight.takeoff_s) & (t <= flight.free_until_s)
    if aloft.sum() < _LEAST_FRAMES:
        raise MeasureError(
            f"flight: expected at least {_LEAST_FRAMES} frames in the air, got {int(aloft.sum())}; "
            "film at 60 fps or more"
        )
    mass = centre_of_mass(t, points)[aloft]
    since = t[aloft] - flight.takeoff_s
    ones = np.ones_like(since)
    (x, speed), _ = robust_fit(np.stack([ones, since], axis=1), mass[:, 0])
    if leg_m is None:
        basis = np.stack([ones, since, -0.5 * since**2], axis=1)
        (y, rising, gravity), spread = robust_fit(basis, mass[:, 1])
        gravity = max(float(gravity), 1e-3)
    else:
        gravity = GRAVITY / leg_m
        basis = np.stack([ones, since], axis=1)
        (y, rising), spread = robust_fit(basis, mass[:, 1] + 0.5 * gravity * since**2)
    error = 2 * spread / np.sqrt(aloft.sum())  # at an end a line is half as well known
    return Ballistic(
        flight.takeoff_s, np.array([x, y]), np.array([speed, rising]), gravity, float(error)
    )


@dataclass(frozen=True)
class Height:
    """Of the centre of mass at its highest, cm above standing and above the take-off."""

    above_standing_cm: float
    above_takeoff_cm: float
    error_cm: float


def jump_height(t: Floats, points: Floats, flight: Flight, leg_m: float) -> Height:
    """From the rise of the centre of mass in a picture of known scale.

    Error of the height above standing: below 2 cm on exact points (handspring, whose back is
    arched: 5 cm), plus the scale's (1 % of leg_m is 1 % of the height); with a network's noise
    median 1 to 2 cm, nine of ten below 3.5 cm. That above the take-off is worse, as the moment is
    uncertain: 2 cm at 30 fps on exact points. Raises MeasureError where nobody stands still before
    the jump, and as `ballistic` does.
    """
    path = ballistic(t, points, flight, leg_m)
    at_s, top = path.apex
    y = centre_of_mass(t, points)[:, 1]
    if not flight.takeoff_s <= at_s <= flight.free_until_s:  # highest at an end
        top = float(y[(t >= flight.takeoff_s) & (t <= flight.landing_s)].max())
    rise = top - _standing_height(t, y, flight.takeoff_s)
    cm = 100 * leg_m
    return Height(cm * rise, cm * (top - float(path.place[1])), cm * path.error)


def _standing_height(t: Floats, y: Floats, until_s: float) -> float:
    """Height of the centre of mass in the last stretch of standing before `until_s`."""
    before = np.flatnonzero(t < until_s)
    span = max(int(np.searchsorted(t, t[0] + _STILL_S)), 2)
    if len(before) > span:
        drift = (y[before[span:]] - y[before[:-span]]) / (t[before[span:]] - t[before[:-span]])
        still = np.flatnonzero(np.abs(drift) < _STILL_SPEED)
        high = [i for i in still if y[i] > np.quantile(y[before], 0.5) - 0.05]  # not in a squat
        if high:
            last = np.array(high[-max(len(high) // 2, 1) :])
            return float(np.median(np.concatenate([y[last], y[last + span]])))
    raise MeasureError(
        f"height: expected {_STILL_S} s of standing before the jump, got none; begin earlier"
    )


@dataclass(frozen=True)
class TakeOff:
    """Velocity of the centre of mass when the feet leave the floor: its angle above the horizontal
    in degrees (90: straight up) and its size in leg lengths/s."""

    angle_deg: float
    speed: float


def take_off(t: Floats, points: Floats, flight: Flight, leg_m: float | None = None) -> TakeOff:
    """Error: 1 to 2 degrees on exact points (handspring: 5), nine of ten within 10 with a network's
    noise (handspring: 60). Raises MeasureError as `ballistic` does."""
    across, up = ballistic(t, points, flight, leg_m).velocity
    angle = float(np.degrees(np.arctan2(up, abs(across))))
    return TakeOff(angle, float(np.hypot(across, up)))


def travel(t: Floats, points: Floats, flight: Flight) -> float:
    """How far the feet move from before the take-off to after the landing, leg lengths, to the
    right positive. Error: 0.02 on exact points, 0.05 with a network's noise; seen at an angle a to
    the side, cos a of it. Raises MeasureError where the feet are not seen."""
    feet = filled(t, points[:, _FEET, 0])
    known = np.isfinite(feet).all(axis=0)
    if not known.any():
        raise MeasureError("travel: expected key points of the feet, got none")
    middle = feet[:, known].mean(axis=1)
    before = (t > flight.takeoff_s - _SETTLED_S[1]) & (t < flight.takeoff_s - _SETTLED_S[0])
    after = (t > flight.landing_s + _SETTLED_S[0]) & (t < flight.landing_s + _SETTLED_S[1])
    if not (before.any() and after.any()):
        raise MeasureError(
            f"travel: expected {_SETTLED_S[1]} s before and after the flight, got less; "
            "record for longer"
        )
    return float(np.median(middle[after]) - np.median(middle[before]))


def trunk_turn(t: Floats, points: Floats) -> Floats:
    """The trunk's angle (T,) in degrees from upright, counter-clockwise in the picture positive,
    unwrapped over time, beginning within ±90.

    The trunk is followed as an axis, modulo 180 degrees, because pose networks turn skeletons over
    while somebody is upside down. Frames that show it end on, or not, are bridged. Raises
    MeasureError where it is never seen.
    """
    check(t, points)
    sides = points[:, both("shoulder")] - points[:, both("hip")]
    known = np.isfinite(sides).all(axis=2, keepdims=True)
    count = known.sum(axis=1)
    axis = np.where(known, sides, 0.0).sum(axis=1) / np.maximum(count, 1)
    length = np.where(count[:, 0] > 0, np.hypot(*axis.T), np.nan)
    if not np.isfinite(length).any():
        raise MeasureError("rotation: expected key points of a shoulder and its hip, got none")
    seen = np.flatnonzero(length > _SHORT_TRUNK * float(np.nanmedian(length)))
    turned = _followed(t[seen], np.degrees(np.arctan2(-axis[seen, 0], axis[seen, 1])))
    turned -= 180.0 * np.round(turned[0] / 180.0)
    angles: Floats = np.interp(t, t[seen], turned)
    return angles


def _followed(t: Floats, angle: Floats) -> Floats:
    """An axis' angle (N,), known modulo 180 degrees, unwrapped: each time the nearest to where the
    turn so far leads, so that gaps do no harm in which it turns by more than 90 degrees."""
    followed, speed = angle.copy(), 0.0
    for i in range(1, len(angle)):
        since = t[i] - t[i - 1]
        due = followed[i - 1] + speed * since
        followed[i] = angle[i] - 180.0 * np.round((angle[i] - due) / 180.0)
        share = -np.expm1(-since / _SPEED_KEPT_S)
        new = (followed[i] - followed[i - 1]) / since
        speed = float(np.clip(speed + share * (new - speed), -_FASTEST_TURN, _FASTEST_TURN))
    return followed


@dataclass(frozen=True)
class Rotation:
    """Of the trunk in a flight: degrees from take-off to landing, the mean speed and the greatest
    over 0.1 s, degrees/s; counter-clockwise in the picture positive."""

    turned_deg: float
    mean_deg_s: float
    peak_deg_s: float


_PEAK_S = 0.1


def rotation(t: Floats, points: Floats, flight: Flight) -> Rotation:
    """Error of the mean: 1 to 3 degrees/s on exact points (front tuck at 30 fps: 9), 5 to 20 with
    BlazePose's noise; where a network loses the skeleton aloft it may miss half a turn. Raises
    MeasureError as `trunk_turn` does."""
    turned = trunk_turn(t, points)
    first, last = (float(np.interp(at, t, turned)) for at in (flight.takeoff_s, flight.landing_s))
    begins = np.linspace(flight.takeoff_s, max(flight.landing_s - _PEAK_S, flight.takeoff_s), 60)
    speeds = (np.interp(begins + _PEAK_S, t, turned) - np.interp(begins, t, turned)) / _PEAK_S
    peak = float(speeds[np.argmax(np.abs(speeds))])
    return Rotation(last - first, (last - first) / flight.feet_off_s, peak)
