"""Standing, walking from one standing place to another, and hopping out of an attempt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

import msgspec
import numpy as np

from models.simulation.curves import Curve, Floats, hermite, smooth_step
from models.simulation.figure import Build, Posture, ahead_of, turned
from models.simulation.motion import Element, Placement
from models.simulation.moves.carriage import HANGING, Carriage, arms, stance
from models.simulation.moves.footwork import Footwork, Swing, on_toes
from models.simulation.moves.move import Metres, Move, Stage, Timed, heading_of
from models.simulation.moves.rope import hanging_rope
from models.simulation.sagittal import (
    ELBOW,
    LEAN,
    SHOULDER,
    STANDING,
    sagittal_posture,
    standing_pelvis,
)
from models.simulation.truth import FEET, Contact, Truth

STEP_S = 0.42
SWING_S = 0.33
_LONGEST_STEP = 0.60  # of the leg
_WIDEST_TURN = np.radians(56.0)
_FOOT_LIFT_M = 0.06
_WALKING_SINK = 0.065  # of the leg: bent knees let the legs reach both feet of a stride


def stand(build: Build, duration_s: float) -> Element:
    """Stand, breathing and swaying a little; still at both ends."""
    home = standing_pelvis(build)

    def posture(t: Floats) -> Posture:
        fade = smooth_step(t / 0.5) * smooth_step((duration_s - t) / 0.5)
        angles = np.repeat(STANDING[None], len(t), axis=0)
        angles[:, LEAN] += fade * 0.8 * np.sin(2 * np.pi * 0.29 * t)
        angles[:, ELBOW] += fade * 4.0 * np.sin(2 * np.pi * 0.41 * t)
        pelvis = np.repeat(home[None], len(t), axis=0)
        pelvis[:, 1] += fade * 0.012 * np.sin(2 * np.pi * 0.23 * t)
        ankles = sagittal_posture(build, STANDING[None], home).ankles
        return replace(
            sagittal_posture(build, angles, pelvis), ankles=np.repeat(ankles, len(t), axis=0)
        )

    contacts = tuple(Contact(limb, 0.0, duration_s) for limb in FEET)
    return Element(duration_s, posture, truth=Truth(contacts=contacts))


@dataclass(frozen=True)
class _Steps:
    """Body places (N + 1, 3) as x, y, heading; step i moves a foot to `places[i + 1]`."""

    places: Floats

    @property
    def count(self) -> int:
        return len(self.places) - 1

    def body(self, t: Floats) -> Floats:
        """x, y, heading (T, 3) of the body: half a step behind the leading foot."""
        middles = np.concatenate([self.places[:1], (self.places[:-1] + self.places[1:]) / 2])
        knots = STEP_S * np.arange(len(middles) + 1, dtype=np.float64)
        return hermite(t, knots, np.concatenate([middles, self.places[-1:]]))

    def swings(self) -> list[Swing]:
        """The left foot first."""
        return [
            Swing(
                i % 2,
                i * STEP_S + (STEP_S - SWING_S) / 2,
                i * STEP_S + (STEP_S + SWING_S) / 2,
                _FOOT_LIFT_M,
                (float(place[0]), float(place[1]), float(place[2])),
                pitch=np.radians(-25),
            )
            for i, place in enumerate(self.places[1:])
        ]


def _plan(build: Build, target: Placement, turn_first: float) -> _Steps:
    """Turn to `turn_first`, go straight to `target`, turn to its heading; end with both feet."""
    places = [np.zeros(3)]

    def go(goal: Floats) -> None:
        step = goal - places[-1]
        n = max(
            np.ceil(np.hypot(step[0], step[1]) / (_LONGEST_STEP * build.leg)),
            np.ceil(abs(step[2]) / _WIDEST_TURN),
        )
        start = places[-1]
        places.extend(start + step * (i + 1) / n for i in range(int(n)))

    go(np.array([0.0, 0.0, turn_first]))
    go(np.array([target.x, target.y, turn_first]))
    shorter_way = (target.heading - turn_first + np.pi) % (2 * np.pi) - np.pi
    go(np.array([target.x, target.y, turn_first + shorter_way]))
    places.append(places[-1])  # the other foot closes
    return _Steps(np.array(places))


def walk(build: Build, target: Placement, rope: bool = False) -> Element:
    """Walk from the origin to `target` and stand there; forwards, turning on the spot first. With
    `rope` it hangs from the hands behind the heels."""
    distance = float(np.hypot(target.x, target.y))
    first = float(np.arctan2(target.y, target.x)) if distance > 0.05 else 0.0
    steps = _plan(build, target, first)
    footwork = Footwork(build, steps.swings())
    duration_s = (steps.count + 1) * STEP_S
    return Element(
        duration_s,
        partial(_walking, build, steps, footwork, duration_s),
        exit=target,
        truth=Truth(contacts=footwork.contacts(duration_s)),
        rope=hanging_rope if rope else None,
    )


def _walking(
    build: Build, steps: _Steps, footwork: Footwork, duration_s: float, t: Floats
) -> Posture:
    home = standing_pelvis(build)
    body = steps.body(t)
    underway = smooth_step(t / STEP_S) * smooth_step((duration_s - t) / STEP_S)
    angles = np.repeat(STANDING[None], len(t), axis=0)
    angles[:, LEAN] -= 3 * underway
    base = sagittal_posture(build, angles)
    wrists = base.wrists.copy()
    for side in range(2):
        arm = angles.copy()
        arm[:, SHOULDER] += 18 * underway * np.sin(2 * np.pi * (t / STEP_S / 2 + side / 2))
        wrists[:, side] = sagittal_posture(build, arm).wrists[:, side]
    pelvis = np.stack([body[:, 0], body[:, 1], np.full(len(t), home[2])], axis=-1)
    pelvis[:, :2] += home[0] * ahead_of(body[:, 2])[:, :2]
    pelvis[:, 2] -= _WALKING_SINK * build.leg * underway
    ankles, feet = footwork.ankles(t, np.zeros(len(t)))
    walking = Posture(
        pelvis=pelvis,
        trunk=turned(base.trunk, body[:, 2]),
        ankles=ankles,
        feet=feet,
        wrists=turned(wrists, body[:, 2]) + pelvis[:, None],
        elbow_pole=turned(base.elbow_pole, body[:, 2]),
    )
    return on_toes(build, walking)


_HOP_S, _HOP_FLIGHT_S = 0.34, 0.11


def run_out(build: Build, metres: float, rng: np.random.Generator) -> Element:
    """Leave the place of an attempt forward: two or three slow hops from foot to foot, then steps,
    and stand `metres` ahead."""
    hops = int(rng.integers(2, 4))
    steps = max(int(np.ceil(metres / (0.42 * build.leg))) - hops, 1)
    places = metres * np.arange(1, hops + steps + 1) / (hops + steps)
    side = int(rng.integers(2))
    times = [0.45 + i * _HOP_S * rng.uniform(0.9, 1.1) for i in range(hops)]
    swings, left_at = [], {side: 0.15, 1 - side: times[0] - _HOP_FLIGHT_S}
    for i, landing in enumerate(times):
        foot = (side + i) % 2
        lift = build.leg * rng.uniform(0.14, 0.24)
        place = (float(places[i]), 0.0, 0.0)
        swings.append(
            Swing(foot, left_at[foot], landing, lift, place, 0.05 * build.stature, np.radians(-30))
        )
        if i + 1 < hops:
            left_at[foot] = times[i + 1] - _HOP_FLIGHT_S
    end, other = times[-1], (side + hops) % 2
    # The foot in the air steps ahead, then one after the other, and the last one closes.
    for i, place in enumerate([*places[hops:], places[-1]]):
        foot = (other + i) % 2
        begin = left_at[foot] if i == 0 else end + STEP_S - SWING_S
        end = end + STEP_S
        swings.append(
            Swing(foot, begin, end, _FOOT_LIFT_M, (float(place), 0.0, 0.0), pitch=np.radians(-25))
        )
    duration_s = end + 0.5
    bent, relaxed = stance(rng.uniform(4, 12), 6, 2, 36), arms(0.05, rng.uniform(0.03, 0.12), -0.28)
    carriage = Carriage(
        build,
        Footwork(build, swings),
        duration_s,
        Curve.of((0.0, STANDING), (0.3, bent), (end - 0.1, bent), (duration_s, STANDING)),
        Curve.of((0.0, HANGING), (0.3, relaxed), (end, relaxed), (duration_s, HANGING)),
    )
    contacts = carriage.footwork.contacts(duration_s)
    return Element(
        duration_s,
        carriage.posture,
        exit=Placement(metres),
        truth=Truth(contacts=contacts),
        rope=hanging_rope,
    )


class Stand(Timed, frozen=True, tag="stand"):
    """Stand and breathe."""

    def element(self, stage: Stage) -> Element:
        return stand(stage.build, self.length(stage))


class Walk(Move, frozen=True, tag="walk"):
    """Walk to `x`, `y` metres in the world and turn to `facing_deg` (`script.Person`)."""

    x: Metres
    y: Metres
    facing_deg: float = 0.0
    rope: bool = False

    def element(self, stage: Stage) -> Element:
        goal = Placement(self.x, self.y, heading_of(self.facing_deg))
        return walk(stage.build, stage.place.towards(goal), self.rope)


class RunOut(Move, frozen=True, tag="run_out"):
    """Hop and walk `metres` ahead with the rope behind (`run_out`)."""

    metres: Annotated[float, msgspec.Meta(ge=0.3, le=6)] = 1.2

    def element(self, stage: Stage) -> Element:
        return run_out(stage.build, self.metres, stage.rng)
