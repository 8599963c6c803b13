"""Speed step with a rope: alternating feet with a short flight between supports.

The rhythm is drawn from a seed; foot, rope and centre of mass follow from it. In flight the centre
of mass is ballistic, on the floor the toes stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats, hermite, smooth_step
from models.simulation.figure import LATERAL, Build, Posture, assemble, centre_of_mass
from models.simulation.motion import GRAVITY, Element
from models.simulation.moves.move import Stage, Timed
from models.simulation.sagittal import (
    HEAD,
    LEAN,
    SPINE,
    STANDING,
    ankle_over_toe,
    foot_axes,
    sagittal_posture,
    standing_pelvis,
)
from models.simulation.truth import TrueJump, Truth

FLIGHT_SHARE = 0.28
"""Part of a step in which neither foot is on the floor."""
SLOWEST, FASTEST = 4.0, 6.0
"""Cadence in steps per second at the start and at the end of an attempt."""

_GET_READY_S = 0.7  # arms and trunk into position
_FIRST_LIFT_S = 0.35
_LOWER_S = 0.85  # the last foot goes down slowly: that is no switch any more
_SETTLE_S = _LOWER_S + 0.4  # and straighten up
_BALL_OF_FOOT = np.radians(-14.0)
_KNEES_SOFT_M = 0.035
SHORTEST_S = _GET_READY_S + _FIRST_LIFT_S + _SETTLE_S + 2 / SLOWEST
_ROPE_REST = 0.06  # turns past the feet: the rope hangs behind the heels


@dataclass(frozen=True, eq=False)
class _Rhythm:
    """Touch-down times (N,) s, each step's flight (N,) s before it, foot of each (N,) 0 = left,
    height (N + 1,) m and sideways place of each swing; swing i ends at contact i, the last one
    puts the foot down to stand."""

    contacts: Floats
    flights: Floats
    feet: NDArray[np.int64]
    heights: Floats
    first_lift: float
    settle: float

    @property
    def liftoffs(self) -> Floats:
        """When the foot that stands before contact i leaves the floor (N,)."""
        return self.contacts - self.flights


def _draw_rhythm(build: Build, duration_s: float, rng: np.random.Generator) -> _Rhythm:
    begin = _GET_READY_S + _FIRST_LIFT_S
    end = duration_s - _SETTLE_S
    contacts = [begin]
    drift = 0.0
    while contacts[-1] < end:
        progress = (contacts[-1] - begin) / max(end - begin, 1e-9)
        drift = 0.9 * drift + 0.012 * rng.standard_normal()
        cadence = SLOWEST + (FASTEST - SLOWEST) * np.sqrt(progress)
        period = (1 + drift + 0.02 * rng.standard_normal()) / cadence
        contacts.append(contacts[-1] + float(np.clip(period, 0.14, 0.32)))
    times = np.array(contacts[1:-1])
    flights = FLIGHT_SHARE * np.diff(np.array(contacts[:-1]))
    feet = (np.arange(len(times)) + rng.integers(2)) % 2
    # A longer leg lifts the foot higher; the lift varies from step to step and from side to side.
    side = 1 + 0.06 * rng.standard_normal(2)
    heights = 0.27 * build.leg * (1 + 0.07 * rng.standard_normal(len(times) + 1))
    heights *= side[(np.arange(len(times) + 1) + feet[0]) % 2]
    return _Rhythm(times, flights, feet, heights, _GET_READY_S, float(times[-1] + _LOWER_S))


def _swings(rhythm: _Rhythm, foot: int) -> list[tuple[float, float, float]]:
    """(lift-off, touch-down, height) of each time `foot` is in the air, in order."""
    ends = np.append(rhythm.contacts, rhythm.settle)
    # The foot that lands at contact i left the floor as the other one landed, one flight earlier.
    begins = np.concatenate([[rhythm.first_lift], rhythm.liftoffs])
    mine = [i for i in range(len(ends)) if (i + rhythm.feet[0]) % 2 == foot]
    return [(float(begins[i]), float(ends[i]), float(rhythm.heights[i])) for i in mine]


def _lift(rhythm: _Rhythm, foot: int, t: Floats) -> tuple[Floats, Floats]:
    """Height of the toes (T,) in metres, and 0...1 (T,) how much the swing shapes the foot."""
    height, shape = np.zeros(len(t)), np.zeros(len(t))
    for begin, end, top in _swings(rhythm, foot):
        now = (t > begin) & (t < end)
        u = (t[now] - begin) / (end - begin)
        shape[now] = (4 * u * (1 - u)) ** 1.5
        height[now] = top * shape[now]
    return height, shape


def _bounce(rhythm: _Rhythm, t: Floats) -> Floats:
    """Height of the centre of mass (T,) about its mean support level: a parabola in each flight
    (the Hermite cubic with these end slopes is exactly that), its mirror on the floor."""
    knots = np.stack([rhythm.liftoffs, rhythm.contacts], axis=-1).ravel()
    speed = GRAVITY * rhythm.flights / 2
    slopes = np.stack([speed, -speed], axis=-1).ravel()
    knots = np.concatenate([[rhythm.first_lift], knots, [rhythm.settle]])
    slopes = np.concatenate([[0.0], slopes, [0.0]])
    return hermite(t, knots, np.zeros(len(knots)), slopes)


def _rope_turns(rhythm: _Rhythm, t: Floats) -> Floats:
    """Turns of the rope (T,): a whole number as it passes under the feet in mid-flight."""
    passes = rhythm.contacts - rhythm.flights / 2
    n = len(passes)
    knots = np.concatenate([[rhythm.first_lift - 0.1], passes, [passes[-1] + 0.25]])
    turns = np.concatenate([[_ROPE_REST], np.arange(1, n + 1), [n + _ROPE_REST]])
    return hermite(t, knots, turns)


def _rope(rhythm: _Rhythm, t: Floats) -> Floats:
    return np.stack([_rope_turns(rhythm, t), np.zeros(len(t))], axis=-1)


def speed_steps(build: Build, duration_s: float, rng: np.random.Generator) -> Element:
    """Get ready, speed step for the rest of `duration_s`, stand again.

    The first lift of a foot is not a jump; each contact after it, always with the other foot, is
    one. Raises ValueError when `duration_s` leaves no time for a step.
    """
    if duration_s < SHORTEST_S:
        raise ValueError(f"speed steps: expected at least {SHORTEST_S:.2f} s, got {duration_s} s")
    rhythm = _draw_rhythm(build, duration_s, rng)
    names: tuple[Literal["left", "right"], ...] = ("left", "right")
    jumps = tuple(
        TrueJump(float(t), names[foot])
        for t, foot in zip(rhythm.contacts, rhythm.feet, strict=True)
    )
    return Element(
        duration_s,
        partial(_posture, build, rhythm, duration_s),
        truth=Truth(jumps=jumps),
        rope=partial(_rope, rhythm),
    )


def _posture(build: Build, rhythm: _Rhythm, duration_s: float, t: Floats) -> Posture:
    ready = smooth_step(t / _GET_READY_S) * smooth_step((duration_s - t) / (_SETTLE_S - _LOWER_S))
    jumping = smooth_step((t - rhythm.first_lift) / 0.3) * smooth_step((rhythm.settle - t) / 0.3)
    angles = np.repeat(STANDING[None], len(t), axis=0)
    angles[:, LEAN] -= 9 * ready
    angles[:, SPINE] += 8 * ready
    angles[:, HEAD] -= 4 * ready
    home = np.repeat(standing_pelvis(build)[None], len(t), axis=0)
    posture = sagittal_posture(build, angles, home)
    posture = _step(build, rhythm, t, jumping, posture)
    turns = _rope_turns(rhythm, t)
    hanging = posture.wrists
    wrists = hanging + ready[:, None, None] * (_turning_hands(build, turns, home) - hanging)
    posture = replace(posture, wrists=wrists)
    return _carry_mass(build, posture, _mass_path(build, rhythm, t, ready, jumping))


def _step(build: Build, rhythm: _Rhythm, t: Floats, jumping: Floats, posture: Posture) -> Posture:
    """Put the feet: the toes stay on the floor or follow their swing."""
    flat = ankle_over_toe(build, np.zeros(1))[0]
    ankles, pitch = posture.ankles.copy(), np.zeros((len(t), 2))
    for side in range(2):
        height, shape = _lift(rhythm, side, t)
        pitch[:, side] = _BALL_OF_FOOT * jumping + np.radians(-22) * shape
        toe = np.array([-flat[0], LATERAL[side] * build.half_hips, build.sole])
        ankles[:, side] = toe + ankle_over_toe(build, pitch[:, side])
        ankles[:, side, 0] -= 0.04 * build.stature * shape
        ankles[:, side, 2] += height
    return replace(posture, ankles=ankles, feet=foot_axes(np.zeros_like(pitch), pitch))


def _turning_hands(build: Build, turns: Floats, pelvis: Floats) -> Floats:
    """Wrists (T, 2, 3) beside and in front of the hips, on small circles that drive the rope."""
    angle = 2 * np.pi * turns
    circle = (
        0.022
        * build.stature
        * np.stack([-np.sin(angle), np.zeros(len(turns)), -np.cos(angle)], axis=-1)
    )
    place = build.stature * np.array([0.105, 0.235, 0.045])
    beside = np.stack([place, place * (1, -1, 1)])
    return (pelvis + circle)[:, None] + beside


def _mass_path(build: Build, rhythm: _Rhythm, t: Floats, ready: Floats, jumping: Floats) -> Floats:
    """Where the centre of mass is to be (T, 3)."""
    standing = sagittal_posture(build, STANDING[None], standing_pelvis(build)[None])
    path = np.repeat(centre_of_mass(assemble(build, standing)), len(t), axis=0)
    path[:, 0] += 0.03 * jumping + 0.012 * np.sin(0.9 * t) * jumping
    path[:, 1] += 0.015 * np.sin(1.3 * t) * jumping
    path[:, 2] += _bounce(rhythm, t) - _KNEES_SOFT_M * ready
    return path


def _carry_mass(build: Build, posture: Posture, path: Floats) -> Posture:
    """Move the pelvis (and the arms with it) until the centre of mass is on `path` (T, 3)."""
    for _ in range(4):
        shift = path - centre_of_mass(assemble(build, posture))
        posture = replace(
            posture, pelvis=posture.pelvis + shift, wrists=posture.wrists + shift[:, None]
        )
    return posture


class SpeedStep(Timed, frozen=True, tag="speed_step"):
    """Take position, speed step, stand again."""

    shortest_s = SHORTEST_S

    def element(self, stage: Stage) -> Element:
        return speed_steps(stage.build, self.length(stage), stage.rng)
