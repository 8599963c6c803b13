"""Rope jumps with both feet, and routines that go from skill to skill without a stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
import numpy as np

from models.simulation.figure import Build
from models.simulation.motion import Element
from models.simulation.moves.bouts import FIRST_S, READY_S, SETTLE_S, Part, miss_times, plan_bouts
from models.simulation.moves.move import Move, Seconds, Stage, Timed
from models.simulation.moves.rhythm import Hops, Pattern, Steps, Tempo, tempo
from models.simulation.moves.rope import jumping
from models.simulation.moves.speed_step import SHORTEST_S, Misses, StepsPer30S
from models.simulation.moves.style import draw_style

RopeSkill = Literal["speed_step", "bounce", "double_under", "side_swing"]
JumpsPer30S = Annotated[float, msgspec.Meta(ge=20, le=120)]
# Not tuple[JumpsPer30S, JumpsPer30S]: msgspec 0.22 crashes in garbage collection on those.
FirstAndPeak = Annotated[tuple[JumpsPer30S, ...], msgspec.Meta(min_length=2, max_length=2)]

_CADENCE: dict[RopeSkill, float] = {
    "speed_step": 170.0,
    "bounce": 62.0,
    "double_under": 62.0,
    "side_swing": 54.0,
}
"""Times in 30 s where a scene does not say."""


def _pattern(
    name: RopeSkill,
    build: Build,
    speed: Tempo,
    rng: np.random.Generator,
    *,
    piked: bool = False,
    still: bool = False,
) -> Pattern:
    if name == "speed_step":
        return Steps(build, speed, rng)
    if name == "double_under":
        return Hops(build, speed, rng, turns=2, pike=float(rng.uniform(0.6, 1.0)) * piked)
    return Hops(build, speed, rng, side_swings=name == "side_swing", still=still)


def two_footed(
    name: RopeSkill,
    build: Build,
    duration_s: float,
    rng: np.random.Generator,
    *,
    per_30_s: float | tuple[float, ...] | None = None,
    misses: int | tuple[float, ...] = 0,
    piked: bool = False,
    still: bool = False,
) -> Element:
    """Get ready, jump for the rest of `duration_s`, stand again.

    `per_30_s` counts the turns of a side swing, the jumps of the others; a mean, or at the
    beginning and at the peak. Raises ValueError when `duration_s` leaves no time for a jump or the
    misses.
    """
    if duration_s < SHORTEST_S:
        raise ValueError(f"{name}: expected at least {SHORTEST_S:.2f} s, got {duration_s} s")
    end = duration_s - SETTLE_S
    speed = tempo(per_30_s or _CADENCE[name], READY_S + FIRST_S, end)
    parts = [Part(_pattern(name, build, speed, rng, piked=piked, still=still), end)]
    style = draw_style(rng, upright=True)
    bouts = plan_bouts(parts, miss_times(misses, duration_s, rng), duration_s, rng)
    return jumping(build, duration_s, bouts, style, rng)


class Bounce(Timed, frozen=True, tag="bounce"):
    """Jump over the rope with both feet, once for each turn."""

    jumps_per_30_s: JumpsPer30S | FirstAndPeak | None = None
    misses: Misses = 0

    shortest_s = SHORTEST_S

    def element(self, stage: Stage) -> Element:
        return two_footed(
            "bounce",
            stage.build,
            self.length(stage),
            stage.rng,
            per_30_s=self.jumps_per_30_s,
            misses=self.misses,
        )


class DoubleUnder(Timed, frozen=True, tag="double_under"):
    """Jump higher, with two turns of the rope in each flight; straight or `piked` at the hips."""

    jumps_per_30_s: JumpsPer30S | FirstAndPeak | None = None
    misses: Misses = 0
    piked: bool = False

    shortest_s = SHORTEST_S

    def element(self, stage: Stage) -> Element:
        return two_footed(
            "double_under",
            stage.build,
            self.length(stage),
            stage.rng,
            per_30_s=self.jumps_per_30_s,
            misses=self.misses,
            piked=self.piked,
        )


class SideSwing(Timed, frozen=True, tag="side_swing"):
    """Swing the rope past the left, past the right, then jump over it once, and again.

    Beside a side swing the feet bounce, or stay on the floor with `feet` = "still".
    """

    turns_per_30_s: JumpsPer30S | FirstAndPeak | None = None
    feet: Literal["bounce", "still"] = "bounce"

    shortest_s = SHORTEST_S

    def element(self, stage: Stage) -> Element:
        return two_footed(
            "side_swing",
            stage.build,
            self.length(stage),
            stage.rng,
            per_30_s=self.turns_per_30_s,
            still=self.feet == "still",
        )


class RoutinePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`skill` for `seconds` of a routine, `per_30_s` times in 30 s."""

    skill: RopeSkill
    seconds: Seconds
    per_30_s: StepsPer30S | None = None


def rope_routine(build: Build, parts: Sequence[RoutinePart], rng: np.random.Generator) -> Element:
    """Get ready, do `parts` one after the other without a stop, stand again."""
    patterns, begin = [], READY_S + FIRST_S
    for part in parts:
        end = begin + part.seconds
        speed = tempo(part.per_30_s or _CADENCE[part.skill], begin, end)
        patterns.append(Part(_pattern(part.skill, build, speed, rng), end))
        begin = end
    duration_s = begin + SETTLE_S
    bouts = plan_bouts(patterns, (), duration_s, rng)
    style = draw_style(rng, upright=False, lean_deg=float(rng.uniform(3, 10)))
    return jumping(build, duration_s, bouts, style, rng)


class RopeRoutine(Move, frozen=True, tag="rope_routine"):
    """Several skills with the rope, without standing in between (`rope_routine`)."""

    parts: Annotated[tuple[RoutinePart, ...], msgspec.Meta(min_length=1, max_length=50)]

    def element(self, stage: Stage) -> Element:
        return rope_routine(stage.build, self.parts, stage.rng)
