"""A straight jump, and a take-off that is broken off."""

from __future__ import annotations

from models.simulation.figure import Build
from models.simulation.motion import Placement
from models.simulation.moves.skills.key_postures import (
    Variation,
    feet_at,
    feet_both,
    key,
    loosened,
    phase,
    retimed,
    standing,
    time_scale,
)
from models.simulation.moves.skills.routine import Mark, Routine
from models.simulation.truth import FEET

# seconds, LEAN, SPINE, HEAD, HIP, KNEE, FOOT, SHOULDER, ELBOW
_STRAIGHT_JUMP = (
    phase(
        FEET,
        standing(-0.95),
        key(-0.52, -22, 8, 10, 50, 50, 0, -50, 10),
        key(-0.34, -28, 12, 12, 82, 82, 0, -55, 10),
        key(-0.16, -14, 6, 8, 48, 66, 0, 60, 12),
        key(0.00, 1, -4, 6, 0, 12, -46, 165, 8),
    ),
    phase(
        (),
        key(0.13, 3, -6, 6, -5, 7, -58, 176, 5),
        key(0.37, 0, -3, 4, 4, 8, -48, 140, 8),
    ),
    phase(
        FEET,
        key(0.50, -3, 2, 6, 16, 22, -28, 96, 12),
        key(0.61, -14, 8, 8, 48, 58, 0, 66, 14),
        key(0.75, -20, 10, 8, 62, 70, 0, 34, 16),
        standing(1.40),
    ),
)
_ABORTED = (
    phase(
        FEET,
        standing(-1.00),
        key(-0.55, -26, 10, 14, 58, 50, 0, -55, 10),
        key(-0.36, -30, 14, 16, 82, 78, 0, -50, 10),
        key(-0.22, -16, 8, 10, 62, 76, 0, 30, 15),
        key(-0.10, -4, 2, 10, 34, 58, -6, 112, 12),
        key(0.00, 3, -4, 16, 8, 24, -22, 142, 12),
        key(0.16, -1, 2, 10, 16, 30, -6, 118, 18),
        key(0.36, -9, 6, 6, 32, 38, 0, 46, 20),
        standing(1.00),
    ),
)


def straight_jump_routine(build: Build, variation: Variation) -> Routine:
    """A jump with the body straight, arms up."""
    air = time_scale(build) * variation.number(0.50, 0.05)
    before, after = variation.factor(0.12), variation.factor(0.12)
    end = air + 0.9 * after
    phases = retimed(
        loosened(_STRAIGHT_JUMP, variation),
        (-0.95, 0.0, 0.5, 1.4),
        (-0.95 * before, 0.0, air, end),
    )
    away = build.stature * variation.number(0.03, 0.05)
    mark = Mark("straight_jump", -0.95 * before, 0.0, air, end)
    return Routine(phases, feet_both(build, phases, away, variation), (mark,), Placement(x=away))


def aborted_routine(build: Build, variation: Variation) -> Routine:
    """The counter-movement and the arms of a backflip, up to the toes and no further."""
    before, after = variation.factor(0.15), variation.factor(0.15)
    phases = retimed(loosened(_ABORTED, variation), (-1.0, 0.0, 1.0), (-before, 0.0, after))
    mark = Mark("aborted", -before, 0.0, 0.0, after)
    return Routine(phases, feet_at(build, (-before, after), 0.0), (mark,))
