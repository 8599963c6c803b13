"""What athletes do besides jumping: wait, cheer, jog on the spot, crouch, support somebody.

There is nothing to count in any of it; much of it looks like something that is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
import numpy as np

from models.simulation.curves import NEVER, Curve, Floats
from models.simulation.figure import Build
from models.simulation.motion import GRAVITY, Element
from models.simulation.moves.carriage import HANGING, NOWHERE, Carriage, arms, keys, stance
from models.simulation.moves.footwork import Footwork, Swing
from models.simulation.moves.move import Seconds, Stage, Timed
from models.simulation.moves.rope import hanging_rope
from models.simulation.sagittal import STANDING
from models.simulation.truth import Truth

ON_HIPS = arms(0.015, 0.03, -0.225)
CROSSED = arms(0.125, -0.11, -0.13)
FIDDLING = arms(0.13, -0.06, -0.17)
WIPING = arms(0.10, -0.07, 0.10, other=(0.0, 0.05, -0.30))
RAISED = arms(0.03, 0.09, 0.29)
WAVING = arms(0.03, 0.06, 0.28, other=(0.0, 0.05, -0.30))
SIDEWAYS = arms(0.09, 0.25, 0.02)
"""Half the way from hanging to raised, so that the wrists do not pass the shoulders."""
SUPPORTING = arms(0.26, -0.02, -0.05)
_SHIFT_S = 0.8
_CHANGE_S = 0.55  # the arms from one place to another


def _element(
    build: Build,
    duration_s: float,
    *,
    wrists: Sequence[tuple[float, Floats]],
    stances: Sequence[tuple[float, Floats]] = (),
    swings: Sequence[Swing] = (),
    gaze: Curve = NEVER,
    twist: Curve = NEVER,
    shift: Curve = NOWHERE,
    rope: bool = False,
) -> Element:
    """Standing at both ends, and the keys in between."""
    carriage = Carriage(
        build,
        Footwork(build, swings),
        duration_s,
        keys((0.0, STANDING), *stances, (duration_s, STANDING)),
        keys((0.0, HANGING), *wrists, (duration_s, HANGING)),
        gaze=gaze,
        twist=twist,
        shift=shift,
    )
    truth = Truth(contacts=carriage.footwork.contacts(duration_s))
    return Element(duration_s, carriage.posture, truth=truth, rope=hanging_rope if rope else None)


def _hold(begin: float, end: float, row: Floats) -> list[tuple[float, Floats]]:
    return [(begin, row), (max(end, begin + 1e-3), row)]


def wait(build: Build, duration_s: float, rng: np.random.Generator, rope: bool = False) -> Element:
    """Stand about: shift the weight, look around, arms crossed, on the hips or at the rope, now
    and then a small step."""
    wrists: list[tuple[float, Floats]] = []
    gaze, twist = [(0.0, 0.0)], [(0.0, 0.0)]
    shift: list[tuple[float, object]] = [(0.0, (0.0, 0.0))]
    swings = []
    choices = [HANGING, ON_HIPS, FIDDLING] if rope else [HANGING, ON_HIPS, CROSSED, WIPING]
    now = rng.uniform(0.2, 0.6)
    while now + 1.6 < duration_s:
        length = min(rng.uniform(1.2, 3.0), duration_s - now - 0.4)
        pose = choices[int(rng.integers(len(choices)))]
        wrists += _hold(now + _CHANGE_S, now + length, pose + 0.008 * rng.standard_normal((2, 3)))
        gaze.append((now + 0.4, float(np.radians(rng.uniform(-55, 55)))))
        twist.append((now + 0.5, float(np.radians(rng.uniform(-12, 12)))))
        aside = 0.045 * build.stature * rng.uniform(-0.5, 0.5)
        shift.append((now + _SHIFT_S, (0.01 * rng.standard_normal(), float(aside))))
        if rng.random() < 0.4:
            swings.append(_small_step(build, now + 0.1, int(rng.integers(2)), rng))
        now += length
    for turn in (gaze, twist):
        turn.append((duration_s, 0.0))
    shift.append((duration_s, (0.0, 0.0)))
    return _element(
        build,
        duration_s,
        wrists=wrists,
        swings=swings,
        gaze=Curve.of(*gaze),
        twist=Curve.of(*twist),
        shift=Curve.of(*shift),
        rope=rope,
    )


def _small_step(build: Build, begin: float, side: int, rng: np.random.Generator) -> Swing:
    """A foot is lifted and put down where it was."""
    return Swing(
        side,
        begin,
        begin + rng.uniform(0.3, 0.5),
        build.leg * rng.uniform(0.03, 0.08),
        pitch=np.radians(rng.uniform(-30, -5)),
    )


def _hops(
    build: Build, times: Sequence[float], flight_s: float, spread: Sequence[float] | None = None
) -> list[Swing]:
    """Landings with both feet at `times`, each foot `spread` metres outward then."""
    lift = max(GRAVITY * flight_s**2 / 8, 0.03)
    out = spread or [0.0] * len(times)
    return [
        Swing(side, t - flight_s, t, lift, (0.0, (-1) ** side * aside, 0.0), pitch=np.radians(-20))
        for t, aside in zip(times, out, strict=True)
        for side in (0, 1)
    ]


def cheer(build: Build, duration_s: float, rng: np.random.Generator) -> Element:
    """Throw the arms up, hop with both feet, wave."""
    begin = rng.uniform(0.3, 0.5)
    end = duration_s - 0.7
    waving: list[tuple[float, Floats]] = []
    now = begin + 0.35
    pose = RAISED if rng.random() < 0.6 else WAVING
    while now < end:
        beat = np.array([[0.0, 0.05, -0.02], [0.0, -0.05 if pose is RAISED else 0.0, 0.0]])
        waving.append((now, pose + beat * rng.uniform(0.5, 1.2) * (-1) ** len(waving)))
        now += rng.uniform(0.16, 0.24)
    half = SIDEWAYS if pose is RAISED else np.stack([SIDEWAYS[0], HANGING[1]])
    waving += [(begin + 0.12, half), (end + 0.22, half)]
    flight = rng.uniform(0.20, 0.30)
    hops = begin + 0.55 + np.cumsum(rng.uniform(0.42, 0.60, int(rng.integers(1, 5))))
    hops = hops[hops < end - 0.1]
    ready = stance(4, 4, 8, 28)
    lowered = _hold(begin + 0.3, end, ready)
    return _element(
        build,
        duration_s,
        wrists=waving,
        stances=lowered,
        swings=_hops(build, hops.tolist(), flight),
    )


def jumping_jacks(build: Build, duration_s: float, rng: np.random.Generator) -> Element:
    """Jump the feet apart and together, the arms up and down."""
    period = rng.uniform(0.42, 0.58)
    count = int((duration_s - 1.6) / period) // 2 * 2
    times = [0.9 + period * (i + 1 + 0.03 * rng.standard_normal()) for i in range(count)]
    wide = 0.14 * build.leg * rng.uniform(0.8, 1.3)
    down, up = arms(0.02, 0.10, -0.29), arms(0.0, 0.05, 0.31)
    wrists = [(0.7, down)] + [(t, (up, down)[i % 2]) for i, t in enumerate(times)]
    wrists += [(t - period / 2, SIDEWAYS) for t in times]
    ready = stance(4, 4, 2, 34)
    return _element(
        build,
        duration_s,
        wrists=wrists,
        stances=_hold(0.6, max(duration_s - 0.6, 0.7), ready),
        swings=_hops(build, times, 0.4 * period, [wide * (1 - i % 2) for i in range(count)]),
    )


def crouch(build: Build, duration_s: float, rng: np.random.Generator) -> Element:
    """Go down to the feet, busy the hands with rope or laces there, get up again."""
    down = min(0.9, 0.3 * duration_s)
    low = stance(rng.uniform(38, 50), 34, rng.uniform(-10, 5), rng.uniform(70, 95))
    reach = arms(0.10, -0.04, -0.29)
    wrists = []
    for i, t in enumerate(np.arange(down, duration_s - down, 0.22)):
        wrists.append((float(t), reach + 0.025 * (-1) ** i * np.array([[1, 0, 0.5], [-1, 0, 0.5]])))
    return _element(
        build,
        duration_s,
        wrists=wrists,
        stances=_hold(down, duration_s - down, low),
        rope=True,
    )


def spot(
    build: Build, duration_s: float, support_s: Sequence[float], rng: np.random.Generator
) -> Element:
    """A spotter: arms ready, at each of `support_s` a step in, both hands forward and up, a step
    back. Raises ValueError for a time at which that does not fit."""
    for before, now in zip([-0.4, *support_s], [*support_s, duration_s + 0.4], strict=True):
        if now - before < 1.6:
            raise ValueError(
                f"support_s: expected times 1.6 s apart and 1.2 s from both ends of "
                f"{duration_s:g} s, got {list(support_s)}"
            )
    ready = arms(0.20, 0.0, -0.16)
    wrists = [(0.7, ready), (duration_s - 0.6, ready)]
    stances = _hold(0.7, duration_s - 0.6, stance(8, 8, 4, 26))
    swings, length = [], build.leg * rng.uniform(0.16, 0.26)
    side = int(rng.integers(2))
    for time in support_s:
        wrists += [(time - 0.5, ready), (time, SUPPORTING), (time + 0.25, SUPPORTING)]
        wrists += [(time + 0.7, ready)]
        swings += [
            Swing(side, time - 0.55, time - 0.2, 0.05 * build.leg, (length, 0.0, 0.0)),
            Swing(side, time + 0.4, time + 0.8, 0.05 * build.leg, (0.0, 0.0, 0.0)),
        ]
    return _element(build, duration_s, wrists=wrists, stances=stances, swings=swings)


class Wait(Timed, frozen=True, tag="wait"):
    """Stand about, restless; with `rope` it is in the hands."""

    rope: bool = False

    def element(self, stage: Stage) -> Element:
        return wait(stage.build, self.length(stage), stage.rng, self.rope)


class _AtLeastTwo(Timed, frozen=True):
    """Something that takes two seconds or more."""

    shortest_s = 2.0

    def length(self, stage: Stage) -> float:
        length = super().length(stage)
        if length < self.shortest_s:
            raise ValueError(
                f"{self.__struct_config__.tag}: expected at least {self.shortest_s:g} s, "
                f"got {length:g} s"
            )
        return length


class Cheer(_AtLeastTwo, frozen=True, tag="cheer"):
    """Raise the arms, hop, wave."""

    def element(self, stage: Stage) -> Element:
        return cheer(stage.build, self.length(stage), stage.rng)


class JumpingJacks(_AtLeastTwo, frozen=True, tag="jumping_jacks"):
    """Feet apart and together, arms up and down."""

    shortest_s = 3.0

    def element(self, stage: Stage) -> Element:
        return jumping_jacks(stage.build, self.length(stage), stage.rng)


class Crouch(_AtLeastTwo, frozen=True, tag="crouch"):
    """Crouch over the rope or the shoes."""

    def element(self, stage: Stage) -> Element:
        return crouch(stage.build, self.length(stage), stage.rng)


class Spot(_AtLeastTwo, frozen=True, tag="spot"):
    """Stand ready as a spotter and support at `support_s` seconds from the beginning."""

    support_s: Annotated[tuple[Seconds, ...], msgspec.Meta(max_length=100)] = ()

    def element(self, stage: Stage) -> Element:
        return spot(stage.build, self.length(stage), self.support_s, stage.rng)
