"""The gymnastics skills that a scene file may ask for."""

from __future__ import annotations

from typing import Annotated

import msgspec

from models.simulation.motion import Element
from models.simulation.moves.move import Move, Stage
from models.simulation.moves.skills.backward import backflip_routine, handspring_routine
from models.simulation.moves.skills.falls import Landing, fall_routine
from models.simulation.moves.skills.forward import forward_roll_routine, front_tuck_routine
from models.simulation.moves.skills.jumps import aborted_routine, straight_jump_routine
from models.simulation.moves.skills.key_postures import (
    Variation,
)
from models.simulation.moves.skills.routine import Routine, element
from models.simulation.moves.skills.series import Linked, series_routine
from models.simulation.moves.skills.sideways import cartwheel_routine, round_off_routine


class Tumbling(Move, frozen=True):
    """A gymnastics skill from standing to standing; `variation` is how far it is from the typical
    one: 0 not at all, 1 as real athletes vary."""

    variation: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0

    def element(self, stage: Stage) -> Element:
        return element(stage.build, self.routine(stage, Variation(stage.rng, self.variation)))

    def routine(self, stage: Stage, variation: Variation) -> Routine:
        """The skill as this athlete does it this time."""
        raise NotImplementedError


class Backflip(Tumbling, frozen=True, tag="backflip"):
    """A standing back tuck."""

    def routine(self, stage: Stage, variation: Variation) -> Routine:
        return backflip_routine(stage.build, variation)


class Handspring(Tumbling, frozen=True, tag="handspring"):
    """A standing back handspring."""

    def routine(self, stage: Stage, variation: Variation) -> Routine:
        return handspring_routine(stage.build, variation)


class Series(Tumbling, frozen=True, tag="series"):
    """`skills` in a row, each out of the landing of the one before; a round-off only as the
    first."""

    skills: Annotated[tuple[Linked, ...], msgspec.Meta(min_length=1, max_length=12)] = (
        "round_off",
        "handspring",
        "backflip",
    )

    def __post_init__(self) -> None:
        if "round_off" in self.skills[1:]:
            raise ValueError("skills: expected round_off only as the first of a series")

    def routine(self, stage: Stage, variation: Variation) -> Routine:
        return series_routine(stage.build, variation, self.skills)


class Cartwheel(Tumbling, frozen=True, tag="cartwheel"):
    """A cartwheel forwards; it ends facing where it came from."""

    def routine(self, stage: Stage, variation: Variation) -> Routine:
        return cartwheel_routine(stage.build, variation)


class RoundOff(Tumbling, frozen=True, tag="round_off"):
    """A round-off; it ends facing where it came from."""

    def routine(self, stage: Stage, variation: Variation) -> Routine:
        return round_off_routine(stage.build, variation)


class ForwardRoll(Tumbling, frozen=True, tag="forward_roll"):
    """A forward roll."""

    def routine(self, stage: Stage, variation: Variation) -> Routine:
        return forward_roll_routine(stage.build, variation)


class FrontTuck(Tumbling, frozen=True, tag="front_tuck"):
    """A standing front tuck."""

    def routine(self, stage: Stage, variation: Variation) -> Routine:
        return front_tuck_routine(stage.build, variation)


class StraightJump(Tumbling, frozen=True, tag="straight_jump"):
    """A jump with the body straight."""

    def routine(self, stage: Stage, variation: Variation) -> Routine:
        return straight_jump_routine(stage.build, variation)


class Aborted(Tumbling, frozen=True, tag="aborted"):
    """All that comes before a backflip, and then none."""

    def routine(self, stage: Stage, variation: Variation) -> Routine:
        return aborted_routine(stage.build, variation)


class Fall(Tumbling, frozen=True, tag="fall"):
    """A backflip that ends on the hands and knees, or a handspring that ends on the seat; drawn
    where `onto` does not say."""

    onto: Landing | None = None

    def routine(self, stage: Stage, variation: Variation) -> Routine:
        return fall_routine(stage.build, variation, self.onto)


AnyTumbling = (
    Backflip
    | Handspring
    | Series
    | Cartwheel
    | RoundOff
    | ForwardRoll
    | FrontTuck
    | StraightJump
    | Aborted
    | Fall
)
"""Every gymnastics skill."""
