"""Skills in a row without standing still between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from models.simulation.figure import Build
from models.simulation.motion import Placement
from models.simulation.moves.skills.backward import backflip_routine, handspring_routine
from models.simulation.moves.skills.key_postures import (
    Variation,
    later,
)
from models.simulation.moves.skills.limbs import Hold
from models.simulation.moves.skills.routine import Mark, Routine
from models.simulation.moves.skills.sideways import round_off_routine
from models.simulation.truth import FEET

Linked = Literal["round_off", "handspring", "backflip"]
"""Skills that a backward series is made of; a round-off can only begin it."""

_REBOUND_S = 0.20  # from the last key of a landing that is kept to the first of the next take-off
_ROUTINES: dict[Linked, Callable[[Build, Variation], Routine]] = {
    "round_off": round_off_routine,
    "handspring": handspring_routine,
    "backflip": backflip_routine,
}


def series_routine(build: Build, variation: Variation, skills: Sequence[Linked]) -> Routine:
    """The landing of each skill goes over into the take-off of the next. ValueError for a round-off
    that is not the first."""
    if not skills or "round_off" in skills[1:]:
        raise ValueError(
            f"series: expected round_off only as the first skill, got {', '.join(skills) or 'none'}"
        )
    whole = _ROUTINES[skills[0]](build, variation)
    for skill in skills[1:]:
        whole = _linked(whole, _ROUTINES[skill](build, variation))
    return whole


def _linked(first: Routine, second: Routine) -> Routine:
    """`second` out of the landing of `first`."""
    landing, takeoff = first.phases[-1], second.phases[0]
    down = replace(landing, keys=landing.keys[: len(landing.keys) - first.recover])
    up = replace(takeoff, keys=takeoff.keys[second.gather :])
    seam = float(down.keys[-1, 0]) + _REBOUND_S
    by_s = seam - float(up.keys[0, 0])
    turned = sum(mark.rotation_deg for mark in first.marks)
    x = first.exit.x
    phases = (*first.phases[:-1], down, *later((up, *second.phases[1:]), by_s, turned))
    marks = (
        *first.marks[:-1],
        replace(first.marks[-1], end=seam),
        *(_later(mark, by_s) for mark in second.marks),
    )
    started = replace(marks[-len(second.marks)], start=seam)
    return Routine(
        phases=phases,
        holds=_stepped(first, second, by_s, x),
        marks=(*marks[: -len(second.marks)], started, *marks[len(marks) - len(second.marks) + 1 :]),
        exit=Placement(x=x + second.exit.x, heading=first.exit.heading),
        heading=first.heading,
        gather=first.gather,
        recover=second.recover,
    )


def _stepped(first: Routine, second: Routine, by_s: float, x: float) -> tuple[Hold, ...]:
    """All holds; the feet stay on the floor from the landing to the next take-off."""
    moved = [
        replace(hold, begin=hold.begin + by_s, end=hold.end + by_s, x=hold.x + x)
        for hold in second.holds
    ]
    takeoff = {hold.limb: hold for hold in moved if np.isclose(hold.begin, second.begin + by_s)}
    kept = [
        replace(hold, end=takeoff[hold.limb].end)
        if hold.limb in FEET and np.isclose(hold.end, first.end)
        else hold
        for hold in first.holds
    ]
    return (*kept, *(hold for hold in moved if hold not in takeoff.values()))


def _later(mark: Mark, by_s: float) -> Mark:
    return replace(
        mark,
        start=mark.start + by_s,
        takeoff=mark.takeoff + by_s,
        landing=mark.landing + by_s,
        end=mark.end + by_s,
    )
