"""What happens in each ready-made scene: elements in order and where the athlete starts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from models.simulation.figure import Build
from models.simulation.locomotion import stand, walk
from models.simulation.motion import Element, Placement
from models.simulation.speed_step import SHORTEST_S, speed_steps
from models.simulation.tumbling import backflip, handspring

Plan = tuple[list[Element], Placement]

_STAND_S = 1.5
_PAUSE_S = 0.6
# Standing before and after the speed element, which itself begins and ends calmly.
_BEFORE_SPEED_S, _AFTER_SPEED_S = 0.8, 0.7
# Headings: a backward skill is seen from the side and travels to the right of the picture.
_TO_THE_LEFT = np.pi
_THREE_QUARTER = np.radians(235.0)


def _speed(build: Build, seconds: float, rng: np.random.Generator) -> Plan:
    view = _THREE_QUARTER + rng.uniform(-0.1, 0.1)
    elements = [
        stand(build, _BEFORE_SPEED_S),
        speed_steps(build, max(seconds - _BEFORE_SPEED_S - _AFTER_SPEED_S, SHORTEST_S), rng),
        stand(build, _AFTER_SPEED_S),
    ]
    return elements, Placement(heading=view)


def _flips(
    skill: Callable[[Build], Element], build: Build, seconds: float, rng: np.random.Generator
) -> Plan:
    """The skill as often as it fits, walking back to the start in between."""
    flip = skill(build)
    start = Placement(x=flip.exit.x / 2 + rng.uniform(-0.1, 0.1), heading=_TO_THE_LEFT)
    once = [stand(build, _STAND_S), flip, stand(build, _STAND_S)]
    again = [stand(build, _PAUSE_S), walk(build, Placement(x=-flip.exit.x)), *once[:2]]
    elements = once[:2]
    while _length([*elements, *again, once[2]]) <= seconds:
        elements += again
    return [*elements, once[2]], start


def _mixed(build: Build, seconds: float, rng: np.random.Generator) -> Plan:
    """Walk in, speed step, walk over, backflip, handspring."""
    arrival = Placement(x=1.0, heading=_TO_THE_LEFT)
    middle = Placement(heading=_THREE_QUARTER)
    mark = Placement(x=-0.5, heading=_TO_THE_LEFT)
    before = [stand(build, _BEFORE_SPEED_S), walk(build, arrival.towards(middle))]
    after = [
        walk(build, middle.towards(mark)),
        *(stand(build, _PAUSE_S), backflip(build)),
        *(stand(build, _PAUSE_S), handspring(build)),
        stand(build, _STAND_S),
    ]
    speed = speed_steps(build, max(seconds - _length(before + after), SHORTEST_S), rng)
    return [*before, speed, *after], arrival


def _length(elements: list[Element]) -> float:
    return sum(element.duration_s for element in elements)


PLANS: dict[str, Callable[[Build, float, np.random.Generator], Plan]] = {
    "speed": _speed,
    "backflip": partial(_flips, backflip),
    "handspring": partial(_flips, handspring),
    "mixed": _mixed,
}
"""Takes the build, the length in seconds and the source of randomness. The elements may end before
the length (the athlete keeps standing) or, where it is too short, after it."""
