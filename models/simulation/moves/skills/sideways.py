"""Cartwheel and round-off, with the left or the right hand first.

They are told with the left hand first and in the axes in which the athlete ends: he begins facing
backward (twist 180) and travels backward, so that the trunk leans "backward" all the way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.simulation.figure import Build
from models.simulation.motion import Placement
from models.simulation.moves.skills.backward import HANDSPRING
from models.simulation.moves.skills.chain import Phase
from models.simulation.moves.skills.key_postures import (
    Row,
    Variation,
    feet_at,
    key,
    later,
    loosened,
    phase,
    retimed,
    standing,
    time_scale,
    uneven,
)
from models.simulation.moves.skills.limbs import Hold, reached
from models.simulation.moves.skills.postures import FEET_APART, KNEES, REACH, SCISSOR, TWIST
from models.simulation.moves.skills.routine import Mark, Routine
from models.simulation.truth import FEET, HANDS, Limb


def _side(  # noqa: PLR0917 - a row of a table
    t: float,
    lean: float,
    twist: float,
    hips: tuple[float, float],
    knees: tuple[float, float],
    feet: tuple[float, float] = (0.0, 0.0),
    **more: float,
) -> Row:
    """A key posture with the hips, knees and feet of the left and of the right leg."""
    halves = {
        name: (left - right) / 2
        for name, (left, right) in (("scissor", hips), ("knees", knees), ("feet", feet))
    }
    means = {"hip": sum(hips) / 2, "knee": sum(knees) / 2, "foot": sum(feet) / 2}
    arms = {"shoulder": 172.0, "elbow": 6.0, "head": 12.0} | more
    return key(t, lean=lean, twist=twist, **halves, **means, **arms)


# seconds from the moment the last foot leaves the floor
_STEP_IN = (
    phase(
        FEET,
        standing(-1.60, lean=2.0, twist=180.0),
        _side(-1.18, 0, 180, (4, 4), (8, 8), shoulder=150),
    ),
    phase(
        ("left_foot",),
        _side(-0.78, 6, 180, (34, -14), (24, 6), (0, -24)),
        _side(-0.46, 46, 172, (84, 8), (52, 12), (0, -42)),
        _side(-0.24, 122, 164, (116, 2), (30, 8), (-8, -168), straddle=12, spread=4),
    ),
    phase(
        ("left_hand",),
        _side(0.00, 138, 146, (112, 0), (8, 6), (-52, -60), straddle=22, spread=8, pointed=1),
    ),
)
_WHEEL = (
    phase(
        HANDS,
        _side(0.30, 190, 92, (4, 2), (4, 4), straddle=56, spread=10, pointed=1),
    ),
    phase(
        ("right_hand",),
        _side(0.50, 220, 72, (-2, 50), (6, 8), straddle=44, spread=8, pointed=1),
    ),
    phase(
        ("right_foot",),
        _side(0.68, 244, 34, (2, 108), (8, 30), (-172, -14), straddle=14, spread=4),
        _side(0.92, 304, 10, (6, 78), (12, 46), (-112, 0)),
        _side(1.14, 342, 2, (-12, 40), (8, 28), (-50, 0)),
        _side(1.40, 356, 0, (-10, 26), (10, 20), (-18, 0), shoulder=168),
    ),
    phase(FEET, standing(2.13, 360.0, foot=0.0)),
)
_SNAP = (
    phase(
        HANDS,
        _side(0.24, 188, 78, (8, 2), (4, 4), straddle=22, spread=8, pointed=1),
    ),
    phase(
        ("right_hand",),
        _side(
            0.40, 208, 16, (16, 16), (8, 8), (156, 156), spine=6, shoulder=152, elbow=28, pointed=1
        ),
    ),
    *later(HANDSPRING[3:], -0.06),
)


def cartwheel_routine(build: Build, variation: Variation) -> Routine:
    """Hand, hand, foot, foot; it ends facing where it came from."""
    pace = time_scale(build) * variation.factor(0.10)
    span = (-1.6, 2.13)
    phases = retimed(
        loosened((*_STEP_IN, *_WHEEL), variation), span, (span[0] * pace, span[1] * pace)
    )
    end, landing = 2.13 * pace, 0.68 * pace
    step, hands = _step_in(build, phases, pace), _hands(build, phases, pace, (0.40, 0.68))
    down = phases[5].keys
    foot = Hold("right_foot", landing, end, y=-build.half_hips)
    foot = replace(foot, x=reached(build, down[0], (*hands, foot), ("right_hand",), "right_foot"))
    aside = Hold("left_foot", 1.14 * pace, 1.54 * pace, y=1.5 * build.half_hips, heading=0.4)
    aside = replace(aside, x=reached(build, down[2], (foot, aside), ("right_foot",), "left_foot"))
    beside = Hold("left_foot", 1.90 * pace, end, foot.x, build.half_hips)
    mark = Mark("cartwheel", -1.6 * pace, 0.0, landing, end, 360.0)
    last = foot.x - float(build.ankle_to_toe[0])
    holds = (*step, *hands, foot, aside, beside)
    routine = Routine(phases, holds, (mark,), Placement(x=last), heading=np.pi)
    return _mirrored(routine) if variation.side() else routine


def round_off_routine(build: Build, variation: Variation) -> Routine:
    """A cartwheel in which the legs close in the handstand, snap down and land together."""
    pace, after = time_scale(build) * variation.factor(0.08), variation.factor(0.12)
    push, landing = 0.40 * pace, 0.66 * pace
    end = landing + 0.88 * after
    phases = retimed(
        loosened((*_STEP_IN, *_SNAP), variation),
        (-1.6, 0.40, 0.66, 1.54),
        (-1.6 * pace, push, landing, end),
    )
    step, hands = _step_in(build, phases, pace), _hands(build, phases, pace, (0.35, 0.40))
    last = hands[1].x - build.stature * variation.number(0.20, 0.04)
    feet = uneven(feet_at(build, (landing, end), last), variation, leave=False)
    mark = Mark("round_off", -1.6 * pace, 0.0, landing, end, 360.0)
    routine = Routine(
        *(phases, (*step, *hands, *feet), (mark,), Placement(x=last)),
        heading=np.pi,
        recover=3,
    )
    return _mirrored(routine) if variation.side() else routine


def _step_in(build: Build, phases: Sequence[Phase], pace: float) -> tuple[Hold, Hold, Hold]:
    """Both feet from standing to the take-off: the left one steps forward first."""
    left, right = feet_at(build, (-1.6 * pace, -1.18 * pace), 0.0, np.pi)
    right = replace(right, end=-0.46 * pace)
    step = replace(left, begin=-0.78 * pace, end=0.0, y=left.y / 2)
    x = reached(build, phases[1].keys[0], (right, step), ("right_foot",), "left_foot")
    return left, replace(step, x=x), right


def _hands(
    build: Build, phases: Sequence[Phase], pace: float, leave: tuple[float, float]
) -> tuple[Hold, Hold]:
    """Left hand, right hand, where they are as they reach the floor."""
    step = _step_in(build, phases, pace)[1]
    left = Hold("left_hand", -0.24 * pace, leave[0] * pace)
    x = reached(build, phases[1].keys[2], (step,), ("left_foot",), "left_hand")
    left = replace(left, x=x)
    x = reached(build, phases[2].keys[0], (left,), ("left_hand",), "right_hand")
    return left, Hold("right_hand", 0.03 * pace, leave[1] * pace, x)


def _mirrored(routine: Routine) -> Routine:
    """The same with left and right exchanged."""
    columns = 1 + np.array([TWIST, SCISSOR, KNEES, FEET_APART, REACH])

    def other(phase: Phase) -> Phase:
        keys = phase.keys.copy()
        keys[:, columns] *= -1
        return replace(phase, anchors=tuple(_OTHER[limb] for limb in phase.anchors), keys=keys)

    holds = (
        replace(hold, limb=_OTHER[hold.limb], y=-hold.y, heading=-hold.heading)
        for hold in routine.holds
    )
    return replace(
        routine,
        phases=tuple(other(phase) for phase in routine.phases),
        holds=tuple(holds),
        heading=-routine.heading,
    )


_OTHER: dict[Limb, Limb] = {
    "left_foot": "right_foot",
    "right_foot": "left_foot",
    "left_hand": "right_hand",
    "right_hand": "left_hand",
    "body": "body",
}
