"""Running on the spot, which comes nearest to a speed step without a rope."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import msgspec
import numpy as np

from models.simulation.figure import Build
from models.simulation.motion import Element
from models.simulation.moves.bouts import FIRST_S, READY_S, SETTLE_S, Part, plan_bouts
from models.simulation.moves.carriage import arms
from models.simulation.moves.move import Stage, Timed
from models.simulation.moves.rhythm import Beat, Foot, Wander
from models.simulation.moves.rope import jumping
from models.simulation.moves.style import draw_style

SHORTEST_S = READY_S + FIRST_S + SETTLE_S + 0.8


class _Strides:
    """Alternating feet, without a rope; `knees` 0...1 from heels drawn back to knees high."""

    def __init__(
        self, build: Build, steps_per_s: float, knees: float, rng: np.random.Generator
    ) -> None:
        self._build, self._cadence = build, steps_per_s
        self._drift = Wander(0.04, 1, rng)
        self._lift = build.leg * (0.14 + 0.26 * knees) * rng.uniform(0.85, 1.15)
        self._back = build.stature * (0.09 - 0.16 * knees)
        self._airy = rng.uniform(0.2, 0.3)

    def beat(self, now: float, last: Beat | None, rng: np.random.Generator) -> Beat:
        period = float((1 + self._drift.at(now)[0] + 0.03 * rng.standard_normal()) / self._cadence)
        foot: Foot = "left" if last is not None and last.foot == "right" else "right"
        return Beat(
            now + (period if last else 0.0),
            self._airy * period,
            foot,
            turns=0,
            lift_m=float(self._lift * rng.uniform(0.9, 1.1)),
            back_m=self._back,
            pitch=np.radians(-35),
        )


def jog(
    build: Build,
    duration_s: float,
    rng: np.random.Generator,
    *,
    steps_per_s: float | None = None,
    knees: float = 0.0,
) -> Element:
    """Jog on the spot, arms bent. Raises ValueError when `duration_s` is too short."""
    if duration_s < SHORTEST_S:
        raise ValueError(f"jogging: expected at least {SHORTEST_S:.2f} s, got {duration_s} s")
    strides = _Strides(build, steps_per_s or rng.uniform(2.5, 3.4), knees, rng)
    bouts = plan_bouts([Part(strides, duration_s - SETTLE_S)], (), duration_s, rng)
    style = replace(
        draw_style(rng, upright=True),
        wrists=arms(0.13, rng.uniform(0.01, 0.06), -rng.uniform(0.13, 0.18)),
        circle=0.0,
    )
    return jumping(build, duration_s, bouts, style, rng, roped=False)


StepsPerS = Annotated[float, msgspec.Meta(ge=1.5, le=5)]


class JogOnSpot(Timed, frozen=True, tag="jog_on_spot"):
    """Jog on the spot without a rope."""

    steps_per_s: StepsPerS | None = None

    shortest_s = SHORTEST_S

    def element(self, stage: Stage) -> Element:
        return jog(stage.build, self.length(stage), stage.rng, steps_per_s=self.steps_per_s)


class HighKnees(Timed, frozen=True, tag="high_knees"):
    """Run on the spot with the knees high."""

    steps_per_s: StepsPerS | None = None

    shortest_s = SHORTEST_S

    def element(self, stage: Stage) -> Element:
        length = self.length(stage)
        return jog(stage.build, length, stage.rng, steps_per_s=self.steps_per_s, knees=1.0)
