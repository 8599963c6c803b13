"""Backflip and back handspring, as athletes vary them.

The key postures are rounded medians over recordings of real athletes (BODY_25, 60 fps, side view),
completed by eye where the pose network loses an inverted body; how far a performance differs from
them is set so that the distributions of `bench.motion` agree.
"""

from __future__ import annotations

from models.simulation.figure import Build
from models.simulation.motion import Placement
from models.simulation.moves.skills.key_postures import (
    Variation,
    feet_both,
    hands_at,
    key,
    leaning,
    loosened,
    phase,
    retimed,
    standing,
    time_scale,
    uneven,
)
from models.simulation.moves.skills.routine import Mark, Routine
from models.simulation.truth import FEET, HANDS

# seconds, LEAN, SPINE, HEAD, HIP, KNEE, FOOT, SHOULDER, ELBOW
BACKFLIP = (
    phase(
        FEET,
        standing(-1.00),
        key(-0.55, -26, 10, 14, 58, 50, 0, -55, 10),
        key(-0.36, -30, 14, 16, 82, 78, 0, -50, 10),
        key(-0.22, -14, 8, 10, 62, 76, 0, 30, 15),
        key(-0.11, 4, 0, 8, 34, 60, -8, 120, 10),
        key(0.00, 32, -10, 15, -15, 24, -45, 152, 5),
    ),
    phase(
        (),
        key(0.075, 50, -8, 15, -6, 56, -40, 142, 10),
        key(0.19, 98, 22, 0, 88, 118, 38, 84, 20),
        key(0.30, 152, 32, -10, 108, 128, 105, 56, 22),
        key(0.41, 210, 26, -5, 100, 112, 170, 54, 22),
        key(0.505, 250, 16, 8, 94, 58, 258, 64, 18),
    ),
    phase(
        FEET,
        key(0.60, 286, 12, 14, 100, 30, 352, 80, 12),
        key(0.70, 316, 12, 12, 84, 62, 360, 75, 15),
        key(0.86, 326, 10, 12, 80, 78, 360, 62, 18),
        standing(1.45, 360.0),
    ),
)
HANDSPRING = (
    phase(
        FEET,
        standing(-1.00),
        key(-0.60, -24, 8, 14, 52, 48, 0, -45, 10),
        key(-0.43, -28, 12, 16, 82, 78, 0, -48, 10),
        key(-0.30, -6, 6, 10, 74, 88, 0, -5, 10),
        key(-0.18, 18, 0, 8, 46, 80, 0, 90, 10),
        key(-0.09, 38, -10, 15, 14, 58, -10, 140, 8),
        key(0.00, 68, -25, 25, -30, 28, -42, 165, 5),
    ),
    phase((), key(0.10, 108, -32, 30, -42, 34, 12, 172, 5)),
    phase(
        HANDS,
        key(0.21, 166, -28, 30, -32, 14, 82, 166, 24),
        key(0.34, 190, -12, 22, -6, 12, 140, 156, 32),
        key(0.46, 206, 8, 10, 20, 12, 180, 150, 14),
    ),
    phase((), key(0.60, 238, 20, 5, 68, 8, 272, 140, 8)),
    phase(
        FEET,
        key(0.72, 270, 18, 10, 98, 14, 354, 112, 10),
        key(0.86, 312, 16, 12, 84, 62, 360, 86, 14),
        key(1.02, 330, 12, 12, 72, 66, 360, 55, 16),
        standing(1.60, 360.0),
    ),
)


def backflip_routine(build: Build, variation: Variation) -> Routine:
    """A standing back tuck: both feet leave the floor together and land behind the start."""
    air = time_scale(build) * variation.number(0.60, 0.05)
    before, after = time_scale(build) * variation.factor(0.09), variation.factor(0.12)
    end = air + 0.85 * after
    phases = retimed(
        loosened(BACKFLIP, variation), (-1.0, 0.0, 0.6, 1.45), (-before, 0.0, air, end)
    )
    phases = leaning(phases, (-0.25, 0.0, 0.08), variation.number(0.0, 6.0))
    phases = leaning(phases, (air - 0.15, air, air + 0.25), variation.number(0.0, 14.0))
    behind = -build.stature * variation.number(0.22, 0.06)
    feet = feet_both(build, phases, behind, variation)
    mark = Mark("backflip", -before, 0.0, air, end, 360.0)
    return Routine(phases, feet, (mark,), Placement(x=behind), gather=3, recover=2)


def handspring_routine(build: Build, variation: Variation) -> Routine:
    """A standing back handspring: feet, flight, hands, flight, feet."""
    over = time_scale(build) * variation.factor(0.09)
    before, after = time_scale(build) * variation.factor(0.09), variation.factor(0.12)
    reach, push, snap = 0.20 * over, 0.44 * over, 0.70 * over
    end = snap + 0.88 * after
    phases = retimed(
        loosened(HANDSPRING, variation),
        (-1.0, 0.0, 0.21, 0.46, 0.72, 1.6),
        (-before, 0.0, reach, push, snap, end),
    )
    phases = leaning(phases, (-0.2, 0.0, reach), variation.number(0.0, 10.0))
    phases = leaning(phases, (push, snap, snap + 0.25), variation.number(0.0, 14.0))
    far = variation.factor(0.12)
    put, behind = -build.stature * 0.44 * far, -build.stature * 0.66 * far
    holds = (
        *feet_both(build, phases, behind, variation),
        *uneven(hands_at(build, (reach, push), put), variation),
    )
    mark = Mark("handspring", -before, 0.0, snap, end, 360.0)
    return Routine(phases, holds, (mark,), Placement(x=behind), gather=4, recover=3)
