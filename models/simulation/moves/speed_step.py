"""Speed step with a rope: alternating feet with a short flight between supports."""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np

from models.simulation.figure import Build
from models.simulation.motion import Element
from models.simulation.moves.bouts import FIRST_S, READY_S, SETTLE_S, Part, miss_times, plan_bouts
from models.simulation.moves.move import Seconds, Stage, Timed
from models.simulation.moves.rhythm import Steps, tempo
from models.simulation.moves.rope import jumping
from models.simulation.moves.style import draw_style

StepsPer30S = Annotated[float, msgspec.Meta(ge=30, le=230)]
# Not tuple[StepsPer30S, StepsPer30S]: msgspec 0.22 crashes in garbage collection on those.
FirstAndPeak = Annotated[tuple[StepsPer30S, ...], msgspec.Meta(min_length=2, max_length=2)]
Misses = Annotated[int, msgspec.Meta(ge=0, le=100)] | tuple[Seconds, ...]
Degrees = Annotated[float, msgspec.Meta(ge=0, le=60)]

CADENCE = (120.0, 180.0)
"""Steps in 30 s at the beginning and at the peak, where a scene does not say."""
SHORTEST_S = READY_S + FIRST_S + SETTLE_S + 0.5


def speed_steps(
    build: Build,
    duration_s: float,
    rng: np.random.Generator,
    *,
    steps_per_30_s: float | tuple[float, ...] = CADENCE,
    misses: int | tuple[float, ...] = 0,
    lean_deg: float | None = None,
) -> Element:
    """Get ready, speed step for the rest of `duration_s`, stand again.

    `steps_per_30_s` counts foot switches: a mean, or at the beginning and at the peak. `misses` is
    how often the rope is caught, or when, in seconds from the beginning. Raises ValueError when
    `duration_s` leaves no time for a step or the misses.
    """
    if duration_s < SHORTEST_S:
        raise ValueError(f"speed steps: expected at least {SHORTEST_S:.2f} s, got {duration_s} s")
    end = duration_s - SETTLE_S
    steps = Steps(build, tempo(steps_per_30_s, READY_S + FIRST_S, end), rng)
    style = draw_style(rng, upright=False, lean_deg=lean_deg)
    bouts = plan_bouts([Part(steps, end)], miss_times(misses, duration_s, rng), duration_s, rng)
    return jumping(build, duration_s, bouts, style, rng)


class SpeedStep(Timed, frozen=True, tag="speed_step"):
    """Take position, speed step, stand again (`speed_steps`). `lean_deg` is how far the trunk is
    bent forward; drawn where it is not given."""

    steps_per_30_s: StepsPer30S | FirstAndPeak = CADENCE
    misses: Misses = 0
    lean_deg: Degrees | None = None

    shortest_s = SHORTEST_S

    def element(self, stage: Stage) -> Element:
        return speed_steps(
            stage.build,
            self.length(stage),
            stage.rng,
            steps_per_30_s=self.steps_per_30_s,
            misses=self.misses,
            lean_deg=self.lean_deg,
        )
