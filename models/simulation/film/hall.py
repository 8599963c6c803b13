"""The table `hall` of a scene file: what is behind and under the people."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Kind = Literal["gym", "sports_hall", "outdoor", "plain"]
Mat = Literal["none", "strip", "spring_floor"]
Level = Annotated[float, msgspec.Meta(ge=0, le=1)]

_DARKEST = 0.15


class HallSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Colours and places of things come from the scene's seed.

    `light` is 1 for a well lit hall and 0 for one that is nearly dark, people included. `clutter`
    is how much stands about and hangs on the walls, `crowd` how full of spectators, painted, not
    simulated, the stands are. `mat` is what the athlete performs on.
    """

    kind: Kind = "gym"
    light: Level = 1.0
    clutter: Level = 0.0
    crowd: Level = 0.0
    mat: Mat = "none"

    @property
    def brightness(self) -> float:
        """Factor on all colours."""
        return _DARKEST + (1 - _DARKEST) * self.light
