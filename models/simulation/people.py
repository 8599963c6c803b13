"""Who is in a scene: body and outside, drawn where the scene file leaves them open."""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np

from models.simulation.figure import Build
from models.simulation.film.shape import Look, draw_look


class BodySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table `body` of a person in a scene file; what is left out is drawn from the seed."""

    stature_m: Annotated[float, msgspec.Meta(ge=0.8, le=2.3)] | None = None


def draw_person(settings: BodySettings, rng: np.random.Generator) -> tuple[Build, Look]:
    """The body and the outside of a person."""
    stature = float(rng.uniform(1.58, 1.84))
    return Build(settings.stature_m or stature), draw_look(rng)
