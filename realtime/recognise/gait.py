"""What the legs, trunk and hands do, and whether it looks like speed-rope steps.

A counter of alternating legs counts runners and cyclists as well. Each limit below is a statement
about how a rope is jumped on the spot; all must hold over a few consecutive steps. They are set
wide of every labelled jumper, and a quantity that cannot be seen is not held against anybody.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from models.skeleton import BODY
from realtime.recognise.evidence import Limits
from realtime.recognise.stride import PHASES
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats

FOOT, KNEE, TRUNK, HANDS, FEET_Y, FEET_X, FORE_AFT, HIGHER_FOOT, HIP_X, LEG = range(10)
COLUMNS = 10
"""Columns of a gait row. FOOT and KNEE: left minus right height. TRUNK: height of the shoulders
over the hips. HANDS: the smaller known drop from a shoulder to its wrist. FEET_Y, FEET_X: middle of
the feet from the hips. FORE_AFT: left minus right foot, horizontally. HIGHER_FOOT: height of the
higher foot over the hips. All these in leg lengths; HIP_X, place of the hips, and LEG in pixels."""


def _pairs(*parts: str) -> list[list[int]]:
    return [[BODY.index(f"{side}_{part}") for part in parts] for side in ("left", "right")]


_FOOT = _pairs("ankle", "heel", "toe")
_LIMBS = _pairs("shoulder", "wrist", "knee")


def gait_row(pose: BodyPose) -> Floats:
    """(10,) float64 of this frame in the order of the columns; NaN where joints are missing.

    A foot is the mean of those of ankle, heel and toe that both feet show, so that skeletons
    without heels and toes work too and a joint missing on one side does not tilt the difference.
    """
    joints: list[list[float]] = pose.points.tolist()  # of single numbers, plain Python is faster
    left, right = [joints[j] for j in _FOOT[0]], [joints[j] for j in _FOOT[1]]
    shared = [i for i in range(len(left)) if not math.isnan(left[i][1] + right[i][1])]
    left_x, left_y = _middle([left[i] for i in shared])
    right_x, right_y = _middle([right[i] for i in shared])
    (shoulder_l, wrist_l, knee_l), (shoulder_r, wrist_r, knee_r) = (
        [joints[j][1] for j in side] for side in _LIMBS
    )
    return np.array(
        (
            left_y - right_y,
            knee_l - knee_r,
            (shoulder_l + shoulder_r) / 2,
            float(np.fmin(shoulder_l - wrist_l, shoulder_r - wrist_r)),
            (left_y + right_y) / 2,
            (left_x + right_x) / 2,
            left_x - right_x,
            max(left_y, right_y),
            float(pose.hip[0]),
            pose.leg_length,
        )
    )


def _middle(points: list[list[float]]) -> tuple[float, float]:
    """The mean of some (x, y); NaN of none."""
    if not points:
        return math.nan, math.nan
    return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)


_MOSTLY = 0.8  # of the time: a foot that is misplaced for a moment says nothing
_SWINGING = [FOOT, KNEE, FORE_AFT]
_ANGLES = 2 * np.pi * (np.arange(PHASES) + 0.5) / PHASES
_WAVE = np.stack((np.sin(_ANGLES), np.cos(_ANGLES)))


class Gait(NamedTuple):
    """A few steps in numbers. `rhythm` is the correlation (-1 ... 1) of the foot and the knee
    difference with the decoded stride, mean of the two; all others are in leg lengths."""

    rhythm: float
    foot_swing: float
    trunk: float
    hands: float
    feet_y: float
    feet_x: float
    fore_aft: float
    foot_lift: float
    travel: float


LIMITS: Limits = {
    "rhythm": (0.6, np.inf),  # feet and knees follow the stride
    "foot_swing": (0.2, np.inf),  # the feet do leave the floor in turn
    "trunk": (0.15, np.inf),  # upright, though a child may bend far over
    "hands": (0.2, np.inf),  # both hands below the shoulders
    "feet_y": (-np.inf, -0.7),  # hips over the feet: not sitting, hanging or lying,
    "feet_x": (-0.4, 0.4),  # and not in front of them or behind
    "fore_aft": (-np.inf, 0.25),  # feet go up and down; a runner's swing forth and back
    "foot_lift": (-np.inf, -0.53),  # the rope leaves no time to lift a foot past the other knee
    "travel": (-np.inf, 0.5),  # on the spot
}


def measure(rows: Floats, phases: Floats) -> Gait:
    """The gait over gait rows (n, 10) with their decoded stride phases (n,), n at least 2."""
    ordered = np.sort(rows, axis=0)  # NaN last: a column with any NaN has an unknown extent
    last = len(rows) - 1
    low, middle, high = (ordered[round(q * last)].tolist() for q in (0.05, 0.5, 0.95))
    wave = _WAVE[:, phases.astype(np.intp)]
    swings = rows[:, _SWINGING]
    fore_aft = float(swings[:, 2].sum()) / len(rows)
    swings = swings - (middle[FOOT], middle[KNEE], fore_aft)
    sines, cosines = (wave @ swings).tolist()
    power = float(wave[0] @ wave[0])
    spreads = [math.sqrt(power * energy) for energy in (swings * swings).sum(axis=0).tolist()]
    return Gait(
        (sines[0] / max(spreads[0], 1e-9) + sines[1] / max(spreads[1], 1e-9)) / 2,
        high[FOOT] - low[FOOT],
        middle[TRUNK],
        middle[HANDS],
        middle[FEET_Y],
        middle[FEET_X],
        math.hypot(sines[2], cosines[2]) * 2 / len(rows),
        float(ordered[round(_MOSTLY * last), HIGHER_FOOT]),
        float(ordered[last, HIP_X] - ordered[0, HIP_X]) / middle[LEG],
    )
