"""Forward roll and front tuck."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.simulation.figure import Build
from models.simulation.motion import Placement
from models.simulation.moves.skills.key_postures import (
    Variation,
    feet_at,
    feet_both,
    hands_at,
    key,
    loosened,
    phase,
    retimed,
    standing,
    time_scale,
    uneven,
)
from models.simulation.moves.skills.limbs import reached
from models.simulation.moves.skills.routine import Mark, Routine
from models.simulation.truth import FEET

# seconds, LEAN, SPINE, HEAD, HIP, KNEE, FOOT, SHOULDER, ELBOW
_FRONT_TUCK = (
    phase(
        FEET,
        standing(-0.95),
        key(-0.52, -22, 8, 10, 50, 50, 0, -50, 10),
        key(-0.34, -27, 12, 12, 80, 80, 0, -52, 10),
        key(-0.16, -18, 4, 6, 46, 64, 0, 70, 12),
        key(0.00, -14, 2, 0, 8, 14, -46, 166, 10),
    ),
    phase(
        (),
        key(0.09, -44, 20, -14, 46, 50, -88, 128, 20),
        key(0.19, -106, 34, -22, 106, 122, -154, 74, 24),
        key(0.30, -178, 36, -22, 112, 130, -216, 58, 24),
        key(0.41, -248, 32, -16, 106, 118, -272, 56, 22),
        key(0.51, -308, 20, -4, 78, 66, -326, 66, 18),
    ),
    phase(
        FEET,
        key(0.60, -352, 12, 4, 54, 48, -364, 78, 12),
        key(0.70, -372, 14, 8, 82, 86, -362, 76, 14),
        key(0.85, -382, 14, 8, 86, 88, -360, 62, 16),
        standing(1.50, -360.0),
    ),
)
_ROLL_DOWN = (
    standing(-1.40),
    key(-0.95, -34, 18, 4, 86, 92, -8, 70, 10),
    key(-0.50, -95, 36, -14, 130, 108, -24, 104, 12),
    key(-0.22, -116, 44, -26, 116, 70, -34, 124, 30),
    key(0.00, -150, 58, -44, 112, 34, -52, 128, 60),
)
_ROLL_OVER = (
    key(0.10, -180, 70, -44, 118, 40, -140, 118, 70),
    key(0.30, -228, 70, -40, 122, 72, -220, 96, 40),
    key(0.45, -274, 66, -34, 122, 112, -300, 74, 16),
)
_ROLL_UP = (
    key(0.60, -318, 54, -18, 112, 135, -360, 72, 10),
    key(0.76, -346, 40, -8, 122, 138, -362, 76, 10),
    key(0.96, -384, 30, 0, 118, 120, -367, 80, 12),
    key(1.20, -388, 16, 6, 80, 84, -362, 60, 14),
    standing(1.75, -360.0),
)


def front_tuck_routine(build: Build, variation: Variation) -> Routine:
    """A standing front tuck."""
    air = time_scale(build) * variation.number(0.60, 0.035)
    before, after = variation.factor(0.12), variation.factor(0.12)
    end = air + 0.9 * after
    phases = retimed(
        loosened(_FRONT_TUCK, variation),
        (-0.95, 0.0, 0.6, 1.5),
        (-0.95 * before, 0.0, air, end),
    )
    away = build.stature * variation.number(0.36, 0.07)
    mark = Mark("front_tuck", -0.95 * before, 0.0, air, end, -360.0)
    return Routine(phases, feet_both(build, phases, away, variation), (mark,), Placement(x=away))


def forward_roll_routine(build: Build, variation: Variation) -> Routine:
    """From standing over the hands, the neck and the back to standing."""
    pace = variation.factor(0.12)
    span = (-1.4, 1.75)
    begin, end, landing = -1.4 * pace, 1.75 * pace, 0.6 * pace
    phases = retimed(
        loosened(
            (phase(FEET, *_ROLL_DOWN), phase(("body",), *_ROLL_OVER), phase(FEET, *_ROLL_UP)),
            variation,
            0.3,
        ),
        span,
        (begin, end),
    )
    feet = uneven(feet_at(build, (begin, 0.0), 0.0), variation, come=False)
    reach = reached(build, phases[0].keys[2], feet, FEET, "left_hand")
    places = reach + build.stature * _PLACES
    over = replace(phases[1], places=places)
    away = float(places[-1]) + build.stature * 0.26
    holds = (
        *feet,
        *uneven(hands_at(build, (-0.5 * pace, 0.08 * pace), reach), variation),
        *uneven(feet_at(build, (landing, end), away), variation, leave=False),
    )
    mark = Mark("forward_roll", begin, 0.0, landing, end, -360.0)
    return Routine((phases[0], over, phases[2]), holds, (mark,), Placement(x=away))


_PLACES = np.array([0.06, 0.20, 0.34])
"""Where the hips are at the keys on the back, from the hands, of stature."""
