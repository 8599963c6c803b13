"""Standing, and walking from one standing place to another."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.simulation.curves import Floats, hermite, smooth_step
from models.simulation.figure import LATERAL, Build, Posture, ahead_of, left_of, turned
from models.simulation.motion import Element, Placement
from models.simulation.moves.move import Metres, Move, Stage, Timed, heading_of
from models.simulation.sagittal import (
    ELBOW,
    LEAN,
    SHOULDER,
    STANDING,
    foot_axes,
    sagittal_posture,
    standing_pelvis,
)

STEP_S = 0.42
SWING_S = 0.33
_LONGEST_STEP_M = 0.55
_WIDEST_TURN = np.radians(56.0)
_FOOT_LIFT_M = 0.09
_WALKING_SINK_M = 0.05  # bent knees let the legs reach both feet of a stride


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

    return Element(duration_s, posture)


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

    def foot(self, side: int, t: Floats) -> tuple[Floats, Floats]:
        """x, y, heading (T, 3) of the place under one foot, and how far it is through a swing
        (T,), 0 on the floor."""
        place = np.repeat(self.places[:1], len(t), axis=0)
        swing = np.zeros(len(t))
        for i in range(side, self.count, 2):
            begin = self.places[max(i - 1, 0)]
            u = np.clip((t - i * STEP_S) / SWING_S, 0.0, 1.0)
            moving = u > 0
            place[moving] = begin + smooth_step(u[moving])[:, None] * (self.places[i + 1] - begin)
            swing[moving] = u[moving] % 1.0
        return place, swing


def _plan(target: Placement, turn_first: float) -> _Steps:
    """Turn to `turn_first`, go straight to `target`, turn to its heading; end with both feet."""
    places = [np.zeros(3)]

    def go(goal: Floats) -> None:
        step = goal - places[-1]
        n = max(
            np.ceil(np.hypot(step[0], step[1]) / _LONGEST_STEP_M),
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


def walk(build: Build, target: Placement) -> Element:
    """Walk from the origin to `target` and stand there; forwards, turning on the spot first."""
    distance = float(np.hypot(target.x, target.y))
    steps = _plan(target, float(np.arctan2(target.y, target.x)) if distance > 0.05 else 0.0)
    duration = (steps.count + 1) * STEP_S
    home = standing_pelvis(build)

    def posture(t: Floats) -> Posture:
        body = steps.body(t)
        underway = smooth_step(t / STEP_S) * smooth_step((duration - t) / STEP_S)
        angles = np.repeat(STANDING[None], len(t), axis=0)
        angles[:, LEAN] -= 3 * underway
        base = sagittal_posture(build, angles)
        ankles, wrists = base.ankles.copy(), base.wrists.copy()
        foot_heading, pitch = np.zeros((len(t), 2)), np.zeros((len(t), 2))
        pelvis = np.stack([body[:, 0], body[:, 1], np.full(len(t), home[2])], axis=-1)
        pelvis[:, :2] += home[0] * ahead_of(body[:, 2])[:, :2]
        pelvis[:, 2] -= _WALKING_SINK_M * underway
        for side in range(2):
            place, swing = steps.foot(side, t)
            lift = np.sin(np.pi * swing) ** 2
            outward = LATERAL[side] * build.half_hips
            ankles[:, side] = place * (1, 1, 0) + outward * left_of(place[:, 2])
            ankles[:, side, 2] = build.ankle_height + _FOOT_LIFT_M * lift
            foot_heading[:, side] = place[:, 2]
            pitch[:, side] = np.radians(-25) * lift
            arm = angles.copy()
            arm[:, SHOULDER] += 18 * underway * np.sin(2 * np.pi * (t / STEP_S / 2 + side / 2))
            wrists[:, side] = sagittal_posture(build, arm).wrists[:, side]
        return Posture(
            pelvis=pelvis,
            trunk=turned(base.trunk, body[:, 2]),
            ankles=ankles,
            feet=foot_axes(foot_heading, pitch),
            wrists=turned(wrists, body[:, 2]) + pelvis[:, None],
            elbow_pole=turned(base.elbow_pole, body[:, 2]),
        )

    return Element(duration, posture, exit=target)


class Stand(Timed, frozen=True, tag="stand"):
    """Stand and breathe."""

    def element(self, stage: Stage) -> Element:
        return stand(stage.build, self.length(stage))


class Walk(Move, frozen=True, tag="walk"):
    """Walk to `x`, `y` metres in the world and turn to `facing_deg` (`script.Person`)."""

    x: Metres
    y: Metres
    facing_deg: float = 0.0

    def element(self, stage: Stage) -> Element:
        goal = Placement(self.x, self.y, heading_of(self.facing_deg))
        return walk(stage.build, stage.place.towards(goal))
