"""What the legs, trunk and hands do, and whether it looks like speed-rope steps.

A counter of alternating legs counts runners and cyclists as well. Each limit below is a statement
about how a rope is jumped on the spot; all must hold over a few consecutive steps. They are set
wide of every labelled jumper, and a quantity that cannot be seen is not held against anybody.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from models.rope.learned.features import feet
from models.skeleton import BODY
from realtime.recognise.evidence import Limits
from realtime.recognise.stride import PHASES
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats

FOOT, KNEE, FORE_AFT, LEFT_X, LEFT_Y, RIGHT_X, RIGHT_Y = range(7)
TRUNK, HANDS, FEET_Y, FEET_X, HIGHER_FOOT, HIP_X, LEG = range(7, 14)
COLUMNS = 14
"""Columns of a gait row. FOOT and KNEE: left minus right height. FORE_AFT: left minus right foot,
horizontally. LEFT_X ... RIGHT_Y: each wrist from its shoulder. TRUNK: height of the shoulders over
the hips. HANDS: the smaller known drop from a shoulder to its wrist. FEET_Y, FEET_X: middle of the
feet from the hips. HIGHER_FOOT: height of the higher foot over the hips. All these in leg lengths;
HIP_X, place of the hips, and LEG in pixels."""


def _pairs(*parts: str) -> list[list[int]]:
    return [[BODY.index(f"{side}_{part}") for part in parts] for side in ("left", "right")]


_LIMBS = _pairs("shoulder", "wrist", "knee")


def gait_row(pose: BodyPose) -> Floats:
    """(14,) float64 of this frame in the order of the columns; NaN where joints are missing.

    A foot is the mean of those of ankle, heel and toe that both feet show, so that skeletons
    without heels and toes work too and a joint missing on one side does not tilt the difference.
    """
    joints: list[list[float]] = pose.points.tolist()  # of single numbers, plain Python is faster
    return np.array(gait_values(joints, feet(joints), float(pose.hip[0]), pose.leg_length))


def gait_values(
    joints: Sequence[Sequence[float]],
    where: tuple[float, float, float, float],
    hip_x: float,
    leg: float,
) -> tuple[float, ...]:
    """`gait_row` of joints in the order of BODY, with where their `feet` are."""
    left_x, left_y, right_x, right_y = where
    (shoulder_l, wrist_l, knee_l), (shoulder_r, wrist_r, knee_r) = (
        [joints[j] for j in side] for side in _LIMBS
    )
    arm_l, arm_r = wrist_l[1] - shoulder_l[1], wrist_r[1] - shoulder_r[1]
    return (
        left_y - right_y,
        knee_l[1] - knee_r[1],
        left_x - right_x,
        wrist_l[0] - shoulder_l[0],
        arm_l,
        wrist_r[0] - shoulder_r[0],
        arm_r,
        (shoulder_l[1] + shoulder_r[1]) / 2,
        _least((-arm_l, -arm_r)),
        (left_y + right_y) / 2,
        (left_x + right_x) / 2,
        max(left_y, right_y),
        hip_x,
        leg,
    )


_MOSTLY = 0.8  # of the time: a foot that is misplaced for a moment says nothing
_SWINGING = slice(FOOT, RIGHT_Y + 1)
_ARMS = (LEFT_X, LEFT_Y), (RIGHT_X, RIGHT_Y)
_SEEN = 0.5  # of the time: what a hand does is known
_ANGLES = 2 * np.pi * (np.arange(PHASES) + 0.5) / PHASES
_WAVE = np.stack((np.sin(_ANGLES), np.cos(_ANGLES)))


class Gait(NamedTuple):
    """A few steps in numbers. `rhythm` is the correlation (-1 ... 1) of the foot and the knee
    difference with the decoded stride, mean of the two; `arms` is how far that hand swings once
    a stride that swings less, in parts of how far it hangs down. All others are in leg lengths.
    """

    rhythm: float
    foot_swing: float
    trunk: float
    hands: float
    feet_y: float
    feet_x: float
    fore_aft: float
    arms: float
    foot_lift: float
    travel: float


LIMITS: Limits = {
    "rhythm": (0.6, np.inf),  # feet and knees follow the stride
    "foot_swing": (0.2, np.inf),  # the feet do leave the floor in turn
    "trunk": (0.15, np.inf),  # upright, though a child may bend far over
    "hands": (0.33, np.inf),  # both hands below the shoulders
    "feet_y": (-np.inf, -0.7),  # hips over the feet: not sitting, hanging or lying,
    "feet_x": (-0.4, 0.4),  # and not in front of them or behind
    "fore_aft": (-np.inf, 0.25),  # feet go up and down; a runner's swing forth and back
    "arms": (-np.inf, 0.17),  # as do his arms; a rope is turned by both hands alike
    "foot_lift": (-np.inf, -0.53),  # the rope leaves no time to lift a foot past the other knee
    "travel": (-np.inf, 0.5),  # on the spot
}
GOING_ON = frozenset({"rhythm", "foot_swing", "fore_aft", "travel"})
"""The limits that are still asked for when somebody has jumped for a while."""


def measure(rows: Floats, phases: Floats) -> Gait:
    """The gait over gait rows (n, 14) with their decoded stride phases (n,), n at least 2."""
    last = len(rows) - 1
    ordered = rows.T.copy()
    ordered.sort()  # NaN last: a column with any NaN has an unknown extent
    low, middle, high = ordered.T[[round(q * last) for q in (0.05, 0.5, 0.95)]].tolist()
    wave = _WAVE.take(phases.astype(np.intp), axis=1)
    swings = rows[:, _SWINGING]
    centres = np.add.reduce(swings) / len(rows)
    if math.isnan(sum(centres.tolist())):
        swings = _known(swings)
        centres = np.add.reduce(swings) / len(rows)
    centres[FOOT], centres[KNEE] = middle[FOOT], middle[KNEE]
    swings = swings - centres
    sines, cosines = (wave @ swings).tolist()
    power = float(wave[0] @ wave[0])
    swings *= swings
    spreads = [math.sqrt(power * energy) for energy in np.add.reduce(swings).tolist()[:2]]
    extents = [math.hypot(s, c) * 2 / len(rows) for s, c in zip(sines, cosines, strict=True)]
    return Gait(
        (sines[0] / max(spreads[0], 1e-9) + sines[1] / max(spreads[1], 1e-9)) / 2,
        high[FOOT] - low[FOOT],
        middle[TRUNK],
        middle[HANDS],
        middle[FEET_Y],
        middle[FEET_X],
        extents[FORE_AFT],
        _least(math.hypot(extents[x], extents[y]) for x, y in _ARMS) / max(middle[HANDS], 0.1),
        ordered.item(HIGHER_FOOT, round(_MOSTLY * last)),
        (ordered.item(HIP_X, last) - ordered.item(HIP_X, 0)) / middle[LEG],
    )


def _known(columns: Floats) -> Floats:
    """The columns (n, k) with their means where they are NaN, if that is not mostly."""
    missing = np.isnan(columns)
    known = len(columns) - missing.sum(axis=0)
    means = np.where(missing, 0.0, columns).sum(axis=0) / np.maximum(known, 1)
    means[known < _SEEN * len(columns)] = np.nan
    return np.where(missing, means, columns)


def _least(values: Iterable[float]) -> float:
    """The least that is known, NaN if none is."""
    return min((value for value in values if not math.isnan(value)), default=math.nan)
