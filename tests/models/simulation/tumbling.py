"""Gymnastics skills for tests: each one, and what it looks like sample by sample."""

from collections.abc import Callable
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.figure import Build, centre_of_mass
from models.simulation.motion import Placement
from models.simulation.moves.move import Stage
from models.simulation.moves.tumbling import (
    Aborted,
    Backflip,
    Cartwheel,
    Fall,
    ForwardRoll,
    FrontTuck,
    Handspring,
    RoundOff,
    Series,
    StraightJump,
    Tumbling,
)
from tests.models.simulation.physics import Played

SKILLS: dict[str, Callable[[float], Tumbling]] = {
    "backflip": Backflip,
    "handspring": Handspring,
    "cartwheel": Cartwheel,
    "round_off": RoundOff,
    "forward_roll": ForwardRoll,
    "front_tuck": FrontTuck,
    "straight_jump": StraightJump,
    "aborted": Aborted,
    "fall on hands": lambda v: Fall(v, "hands"),
    "fall on seat": lambda v: Fall(v, "seat"),
    "pass": lambda v: Series(v, ("round_off", "handspring", "backflip")),
    "three backflips": lambda v: Series(v, ("backflip", "backflip", "backflip")),
    "two": lambda v: Series(v, ("handspring", "handspring", "backflip")),
}
BUILDS = {
    "adult": Build(1.70),
    "tall, long legs": Build(1.92, legs=1.06, arms=0.97, shoulders=1.1),
    "child": Build(1.25, legs=0.93, arms=0.97, head=1.25),
}


class Performed(Played):
    """A skill with its contacts of all limbs."""

    @cached_property
    def mass(self) -> Floats:
        return centre_of_mass(self.points)

    def during(self, begin: float, end: float) -> NDArray[np.bool_]:
        return (self.t >= begin) & (self.t <= end)

    def touching(self, limb: str | None = None) -> NDArray[np.bool_]:
        """Whether `limb`, or anything, is on the floor by the truth."""
        on = np.zeros(len(self.t), dtype=bool)
        for contact in self.element.truth.contacts:
            if limb in (None, contact.limb):
                on |= self.during(contact.begin_s - 1e-9, contact.end_s + 1e-9)
        return on


@cache
def perform(skill: str, build: Build, seed: int | None) -> Performed:
    """`seed` None is the typical performance."""
    rng = np.random.default_rng(seed or 0)
    stage = Stage(build, Placement(), 10.0, rng)
    return Performed(build, SKILLS[skill](0.0 if seed is None else 1.0).element(stage))
