"""What a scene file may ask of an athlete: one struct per move, told apart by its key `move`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import msgspec
import numpy as np

from models.simulation.figure import Build
from models.simulation.motion import Element, Placement

Seconds = Annotated[float, msgspec.Meta(gt=0, le=3600)]
Metres = Annotated[float, msgspec.Meta(ge=-50, le=50)]

_TOWARDS_CAMERA = np.radians(270.0)


def heading_of(facing_deg: float) -> float:
    """Heading in radians of somebody who faces `facing_deg`: 0 is towards a camera that has not
    been moved round, 90 to the right of its picture, 180 away from it."""
    return float(_TOWARDS_CAMERA + np.radians(facing_deg))


@dataclass(frozen=True, slots=True)
class Stage:
    """What a move is made for: the athlete's `build`, his standing `place` in the world, the time
    `seconds` that it may take where the script does not say, and the source of variation."""

    build: Build
    place: Placement
    seconds: float
    rng: np.random.Generator


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="move"):
    """A move of a scene file. Subclasses carry a tag, their settings and `element`."""

    shortest_s: ClassVar[float] = 0.05

    @property
    def fills(self) -> bool:
        """Whether it lasts as long as there is time (a length that the script does not give)."""
        return False

    def element(self, stage: Stage) -> Element:
        """The motion, beginning where the athlete stands; one that `fills` ends there too and
        gets at least `shortest_s`."""
        raise NotImplementedError


class Timed(Move, frozen=True):
    """A move that lasts `seconds`, or as long as there is time."""

    seconds: Seconds | None = None

    @property
    def fills(self) -> bool:
        return self.seconds is None

    def length(self, stage: Stage) -> float:
        """Seconds that it lasts on this stage."""
        return stage.seconds if self.seconds is None else self.seconds
