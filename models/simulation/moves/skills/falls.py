"""Backward skills that go wrong: on hands and knees, or on the seat; then the athlete gets up."""

from __future__ import annotations

from typing import Literal

from models.simulation.figure import Build
from models.simulation.motion import Placement
from models.simulation.moves.skills.backward import BACKFLIP, HANDSPRING
from models.simulation.moves.skills.key_postures import (
    Variation,
    feet_at,
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

Landing = Literal["hands", "seat"]

# seconds, LEAN, SPINE, HEAD, HIP, KNEE, FOOT, SHOULDER, ELBOW
_ON_HANDS = (
    BACKFLIP[0],
    phase(
        (),
        key(0.075, 46, -5, 15, 5, 62, -40, 142, 10),
        key(0.19, 90, 22, 0, 82, 112, 30, 84, 20),
        key(0.30, 134, 30, -6, 104, 126, 85, 60, 22),
        key(0.42, 200, 24, 4, 98, 118, 165, 66, 22),
    ),
    phase(
        FEET,
        key(0.54, 268, 10, 18, 92, 92, 296, 90, 8),
        key(0.66, 270, 18, 8, 84, 110, 288, 90, 40),
        key(0.84, 272, 18, 8, 82, 110, 286, 90, 52),
        key(1.25, 276, 12, 16, 80, 111, 286, 86, 30),
        key(1.80, 300, 26, 10, 116, 132, 326, 84, 16),
        key(2.20, 322, 20, 8, 104, 110, 350, 50, 16),
        standing(2.95, 360.0),
    ),
)
_ON_SEAT = (
    *HANDSPRING[:4],
    phase(
        FEET,
        key(0.72, 318, 10, 10, 62, 18, 356, 112, 10),
        key(0.88, 352, 14, 6, 68, 54, 360, 70, 14),
        key(1.04, 376, 20, -4, 92, 96, 360, 20, 16),
        key(1.18, 392, 24, -12, 106, 106, 360, -36, 14),
        key(1.75, 391, 26, -12, 106, 106, 360, -36, 18),
        key(2.15, 342, 34, 0, 126, 138, 360, 76, 10),
        key(2.50, 328, 20, 6, 90, 94, 360, 50, 14),
        standing(3.10, 360.0),
    ),
)
"""Over-rotated: the weight is behind the feet as they land."""


def fall_on_hands_routine(build: Build, variation: Variation) -> Routine:
    """A backflip that does not turn far enough: feet, knees and hands land together."""
    air = 0.54 * time_scale(build) * variation.factor(0.06)
    before, after = variation.factor(0.12), variation.factor(0.15)
    end = air + 2.41 * after
    phases = retimed(
        loosened(_ON_HANDS, variation, 0.3), (-1.0, 0.0, 0.54, 2.95), (-before, 0.0, air, end)
    )
    back = build.stature * variation.number(-0.56, 0.05)
    off = air + 0.80 * after
    feet = uneven(feet_at(build, (air, end), back), variation, leave=False)
    hand = reached(build, phases[2].keys[0], feet, FEET, "left_hand")
    holds = (
        *uneven(feet_at(build, (-before, 0.0), 0.0), variation, come=False),
        *feet,
        *uneven(hands_at(build, (air, off), hand), variation),
    )
    mark = Mark("fall", -before, 0.0, air, end, 360.0)
    return Routine(phases, holds, (mark,), Placement(x=back))


def fall_on_seat_routine(build: Build, variation: Variation) -> Routine:
    """A handspring that turns too far: the athlete sits down behind his feet."""
    over = time_scale(build) * variation.factor(0.08)
    before, after = variation.factor(0.12), variation.factor(0.12)
    reach, push, landing = 0.21 * over, 0.46 * over, 0.72 * over
    end = landing + 2.38 * after
    phases = retimed(
        loosened(_ON_SEAT, variation),
        (-1.0, 0.0, 0.21, 0.46, 0.72, 3.1),
        (-before, 0.0, reach, push, landing, end),
    )
    far = build.stature * variation.factor(0.08)
    back = -0.76 * far
    feet = uneven(feet_at(build, (landing, end), back), variation, leave=False)
    behind = reached(build, phases[4].keys[3], feet, FEET, "left_hand")
    down, up = landing + 0.46 * after, landing + 1.03 * after
    holds = (
        *uneven(feet_at(build, (-before, 0.0), 0.0), variation, come=False),
        *uneven(hands_at(build, (reach, push), -0.46 * far), variation),
        *feet,
        *uneven(hands_at(build, (down - 0.03, up), behind), variation),
    )
    mark = Mark("fall", -before, 0.0, landing, end, 360.0)
    return Routine(phases, holds, (mark,), Placement(x=back))


def fall_routine(build: Build, variation: Variation, onto: Landing | None = None) -> Routine:
    """A fall on the "hands" or on the "seat", drawn where it is not said."""
    drawn: Landing = "hands" if variation.side() == 0 else "seat"
    routine = fall_on_hands_routine if (onto or drawn) == "hands" else fall_on_seat_routine
    return routine(build, variation)
