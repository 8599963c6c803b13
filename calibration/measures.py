"""What all measures share: one frame of reference, the floor under each foot, the centre of mass.

Points are float64 (T, 17, 2) in the joint order of `models.skeleton.BODY`, x to the right, y
**up**, in leg lengths (thigh plus shank), from an origin that is fixed in the room (not the hips: a
jump must be seen to rise); NaN where a joint is not known. `t` is (T,) seconds, increasing. Metres
are leg lengths times the athlete's leg in metres, and as uncertain as that is.

What one camera sees is the motion across its line of sight: measures are of somebody seen from the
side. Errors stated are printed by `bench/measures.py`, on the simulated athlete.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.skeleton import BODY

Floats = NDArray[np.float64]

GRAVITY = 9.80665
"""m/s² (standard gravity)."""
SIDES = ("left", "right")
MOST_STEPS = 3.5
"""Robust standard deviations beyond which a point is a mistake (Iglewicz and Hoaglin 1993)."""


def side_joints(side: str, *parts: str) -> list[int]:
    return [BODY.index(f"{side}_{part}") for part in parts]


def both(part: str) -> list[int]:
    return [BODY.index(f"{side}_{part}") for side in SIDES]


class MeasureError(ValueError):
    """What is asked for cannot be seen in these points; one line."""


def check(t: Floats, points: Floats) -> None:
    """Raise ValueError for other shapes than (T,) and (T, 17, 2), or times that do not increase."""
    expected = (len(t), len(BODY), 2)
    if t.ndim != 1 or points.shape != expected:
        raise ValueError(
            f"points: expected shape {expected} as there are {len(t)} times, got {points.shape}"
        )
    if not (np.isfinite(t).all() and (np.diff(t) > 0).all()):
        raise ValueError("times: expected finite seconds that increase, got others; sort them")


def leg_length(points: Floats) -> float:
    """Thigh plus shank in the unit of `points`: the median over time of the longer leg, as a view
    only ever shortens. Raises MeasureError where no leg is wholly seen."""
    legs = [points[:, side_joints(side, "hip", "knee", "ankle")] for side in SIDES]
    lengths = np.stack([np.linalg.norm(np.diff(leg, axis=1), axis=-1).sum(axis=1) for leg in legs])
    known = lengths[:, np.isfinite(lengths).any(axis=0)]
    if not known.size:
        raise MeasureError(
            "leg length: expected a leg that is seen from hip to ankle, got none; "
            "step back until the feet are in the picture"
        )
    return float(np.median(np.nanmax(known, axis=0)))


def from_pixels(pixels: Floats, leg_px: float) -> Floats:
    """Points (T, 17, 2) in leg lengths, y up, from pixels with y down; the origin is the picture's
    upper left corner."""
    if not leg_px > 0:
        raise ValueError(f"leg length: expected more than 0 px, got {leg_px}")
    return pixels * (1.0, -1.0) / leg_px


def filled(t: Floats, values: Floats) -> Floats:
    """`values` (T, ...) with what is NaN interpolated linearly in time; before the first and after
    the last known one it stays as there. What is never known stays NaN."""
    flat = values.reshape(len(t), -1).copy()
    for column in flat.T:
        known = np.isfinite(column)
        if known.any() and not known.all():
            column[~known] = np.interp(t[~known], t[known], column[known])
    result: Floats = flat.reshape(values.shape)
    return result


# Shares of the body's mass: D. A. Winter, "Biomechanics and Motor Control of Human Movement", 4th
# ed., table 4.1. The trunk's centre is 0.55 of the way from the hips to the shoulders, as its upper
# part is heavier; the head's is at the nose, the hand's at the wrist, the foot's at the ankle.
_TRUNK, _TRUNK_CENTRE = 0.497, 0.55
_LIMB_MASSES = (
    ("shoulder", "elbow", 0.028, 0.436),
    ("elbow", "wrist", 0.022, 0.682),
    ("hip", "knee", 0.100, 0.433),
    ("knee", "ankle", 0.061, 0.606),
)


def _mass_weights() -> Floats:
    weights = np.zeros(len(BODY))
    weights[BODY.index("nose")] = 0.081
    weights[both("hip")] = _TRUNK / 2 * (1 - _TRUNK_CENTRE)
    weights[both("shoulder")] = _TRUNK / 2 * _TRUNK_CENTRE
    for upper, lower, mass, centre in _LIMB_MASSES:
        weights[both(upper)] += mass * (1 - centre)
        weights[both(lower)] += mass * centre
    shares: Floats = weights / weights.sum()
    return shares


_WEIGHTS = _mass_weights()


def centre_of_mass(t: Floats, points: Floats) -> Floats:
    """(T, 2), from the joints. Joints not seen are bridged in time; those that never are count as
    where the hips are. Raises MeasureError without hips."""
    places = filled(t, points)
    hips = places[:, both("hip")]
    if not np.isfinite(hips).any():
        raise MeasureError("centre of mass: expected key points with hips, got none")
    middle = np.nanmean(hips, axis=1, keepdims=True)
    places = np.where(np.isfinite(places), places, middle)
    mass: Floats = np.einsum("tjk,j->tk", places, _WEIGHTS)
    return mass


def robust_spread(values: Floats) -> float:
    """Standard deviation of normal values, by the median absolute deviation."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def robust_fit(basis: Floats, values: Floats, rounds: int = 4) -> tuple[Floats, float]:
    """Coefficients (K,) of `basis` (N, K) that fit `values` (N,), without mistakes (Huber's weights
    at 1.5 robust standard deviations), and the robust spread of what is left."""
    weight = np.ones(len(values))
    for _ in range(rounds):
        root = np.sqrt(weight)[:, None]
        fit = np.linalg.lstsq(basis * root, values * root[:, 0], rcond=None)[0]
        rest = values - basis @ fit
        spread = max(robust_spread(rest), 1e-9)
        weight = np.minimum(1.0, 1.5 * spread / np.maximum(np.abs(rest), 1e-12))
    return fit.astype(np.float64), spread
