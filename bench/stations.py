"""Who is in the station and who is not? `python -m bench.stations [--scenes N]`

Simulated: an athlete in a station of 3 to 5 m, somebody who stands behind it where the boxes
overlap, somebody beside it, and somebody who walks past, or in and out again. Nobody who is hidden
to more than 60 % is seen. The floor comes from corners that are clicked 1.5 px off. Where somebody
truly is, is the place below the middle of his ankles.

For comparison: the rectangle around the same room, in which the middle of somebody's box counts.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.tracking import HIDDEN
from calibration.floor_zone import FloorZone
from calibration.locate import locate_square
from calibration.zone import Rectangle
from models.poses import Poses
from models.simulation.figure import POINT
from models.simulation.film.settings import CameraSettings
from models.simulation.moves.locomotion import Stand, Walk
from models.simulation.moves.rope_jumps import Bounce, DoubleUnder
from models.simulation.moves.speed_step import SpeedStep
from models.simulation.moves.tumbling import Backflip, FrontTuck, Handspring
from models.simulation.noise.model import KeypointNoise
from models.simulation.scene import Scene
from models.simulation.script import Person, Script
from models.simulation.staging import build_scene
from models.skeleton import BODY, Keypoints, Skeleton
from realtime.stream.ring import Floats
from realtime.stream.standing import LEAVE_M, StationTracker

SECONDS, FPS = 13.0, 30.0
CLICK_PX = 1.5
NOISES = ("exact", "2 px", "blazepose", "openpose")
Flags = NDArray[np.bool_]
_ANKLES = [POINT["left_ankle"], POINT["right_ankle"]]
_MOVES = (SpeedStep, DoubleUnder, Bounce, Backflip, Handspring, FrontTuck)
_STEADY_S = 1.5
"""Around a step over the line: how late that is seen is counted apart."""


@dataclass(frozen=True, eq=False)
class Staged:
    """A scene and the corners (4, 2) of its station, in metres of the scene."""

    scene: Scene
    corners: Floats

    def floor(self, rng: np.random.Generator) -> FloorZone:
        """As it is calibrated."""
        flat = np.column_stack([self.corners, np.zeros(4)])
        pixels, _ = self.scene.camera.project(flat)
        clicked = pixels + rng.normal(0, CLICK_PX, (4, 2))
        side = float(np.ptp(self.corners[:, 0]))
        return FloorZone.of(locate_square(clicked, (side, side), self.scene.size, CLICK_PX))

    def outside(self, actor: int) -> Floats:
        """Metres (T,) from the station's edge to where somebody is; negative inside."""
        place = self.scene.points(self.scene.t, actor)[:, _ANKLES, :2].mean(axis=1)
        low, high = self.corners.min(axis=0), self.corners.max(axis=0)
        apart = np.maximum(low - place, place - high)
        away = np.hypot(*np.maximum(apart, 0).T)
        outside: Floats = np.where(away > 0, away, apart.max(axis=1))
        return outside


def staged(number: int) -> Iterator[Staged]:
    for seed in range(number):
        rng = np.random.default_rng([9, seed])
        half = float(rng.uniform(1.5, 2.5))
        camera = CameraSettings(
            distance_m=half + float(rng.uniform(3.5, 5.5)),
            height_m=float(rng.uniform(1.0, 2.6)),
            fov_deg=72.0,
        )
        cast = (_athlete(half, rng), _behind(half, rng), _beside(half, rng), _passer(half, rng))
        script = Script(f"station {seed}", SECONDS, cast, seed=seed, camera=camera)
        corners = half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1.0]])
        yield Staged(build_scene(script, fps=FPS), corners)


def _athlete(half: float, rng: np.random.Generator) -> Person:
    move = _MOVES[int(rng.integers(len(_MOVES)))]()
    x, y = rng.uniform(-0.5, 0.5, 2) * half
    moves = (Stand(seconds=float(rng.uniform(1.0, 3.0))), move, Stand(seconds=0.7))
    return Person(moves, x=float(x), y=float(y), facing_deg=float(rng.uniform(-90, 90)))


def _behind(half: float, rng: np.random.Generator) -> Person:
    x, y = float(rng.uniform(-0.6, 0.6)) * half, half + float(rng.uniform(0.4, 2.0))
    return Person((Stand(),), role="spectator", x=x, y=y)


def _beside(half: float, rng: np.random.Generator) -> Person:
    x = float(rng.choice([-1, 1])) * (half + float(rng.uniform(0.4, 1.0)))
    y = float(rng.uniform(-0.5, 1.0)) * half
    return Person((Stand(),), role="judge", x=x, y=y, facing_deg=-90.0 * float(np.sign(x)))


def _passer(half: float, rng: np.random.Generator) -> Person:
    """Past it, before or behind; or into it and out again."""
    side = float(rng.choice([-1, 1]))
    x = side * (half + 1.0)
    y = float(rng.choice([-half - 0.8, half + 0.8, 0.3 * half]))
    to = -x if abs(y) > half else 0.5 * x
    walk, back = (
        Walk(x=to, y=y, facing_deg=90.0 * -side),
        Walk(x=x, y=y + 0.2, facing_deg=90.0 * side),
    )
    moves = (Stand(seconds=1.0), walk, Stand(seconds=0.5), *((back,) if abs(y) < half else ()))
    return Person(moves, role="spectator", x=x, y=y, facing_deg=-90.0 * side)


@dataclass(frozen=True, eq=False)
class Seen:
    """Key points of everybody who can be seen, by frame and actor."""

    skeleton: Skeleton
    frames: list[dict[int, Keypoints]]


def joints_of(scene: Scene) -> tuple[Floats, Flags]:
    """True joints (people, frames, 17, 2) px, and who can be seen (people, frames)."""
    people, t = range(len(scene.cast)), scene.t
    true = np.stack([[scene.joints(i, n) for i in range(scene.frames)] for n in people])
    depth = np.stack([scene.points(t, n)[:, :, 1].mean(axis=1) for n in people])
    low, high = true.min(axis=2, keepdims=True), true.max(axis=2, keepdims=True)
    hidden = ~np.all((true > 0) & (true < scene.size), axis=-1)
    absent = hidden.mean(axis=2) > 0.5
    for n in people:
        for other in people:
            before = (depth[other] < depth[n])[:, None]
            over = np.all((true[n] > low[other]) & (true[n] < high[other]), axis=-1)
            hidden[n] |= before & over
    absent |= hidden.mean(axis=2) >= HIDDEN
    return true, ~absent


def seen(true: Floats, visible: Flags, t: Floats, noise: str, rng: np.random.Generator) -> Seen:
    """What a network makes of the true joints."""
    if noise in ("exact", "2 px"):
        pixels = true + (0.0 if noise == "exact" else 2.0) * rng.standard_normal(true.shape)
        found, skeleton = np.concatenate([pixels, np.ones((*true.shape[:3], 1))], axis=-1), BODY
    else:
        model = KeypointNoise.load("blazepose" if noise == "blazepose" else "openpose")
        found, skeleton = np.stack([model.apply(e, t, rng) for e in true]), model.skeleton
    there = visible & (found[..., 2] > 0).any(axis=2)
    found = found.astype(np.float32)
    frames = [{n: found[n, i] for n in np.flatnonzero(there[:, i]).tolist()} for i in range(len(t))]
    return Seen(skeleton, frames)


def by_floor(one: Staged, what: Seen, floor: FloorZone) -> list[set[int]]:
    """Who is in the station, by frame."""
    tracker, members = StationTracker(what.skeleton, floor), []
    for t, frame in zip(one.scene.t, what.frames, strict=True):
        people = np.array([*frame.values()], np.float32).reshape(-1, len(what.skeleton), 3)
        inside = tracker.update(float(t), Poses(what.skeleton, people))
        bodies = {person.keypoints.tobytes() for person in inside}
        members.append({n for n, keypoints in frame.items() if keypoints.tobytes() in bodies})
    return members


def by_box(one: Staged, what: Seen, floor: FloorZone) -> list[set[int]]:
    """The same by the middle of the box, in the smallest rectangle around the station's edge and
    a standing person on it."""
    size = one.scene.size
    edge = np.concatenate(
        [
            one.scene.camera.project(np.column_stack([one.corners, np.full(4, z)]))[0]
            for z in (0.0, 1.7)
        ]
    )
    left, top = np.clip(edge.min(axis=0), 0, size).astype(int).tolist()
    right, bottom = np.clip(edge.max(axis=0), 0, size).astype(int).tolist()
    zone = Rectangle(left, top, right - left, bottom - top)
    members = []
    for frame in what.frames:
        boxes = {n: k[k[:, 2] > 0, :2] for n, k in frame.items()}
        middles = {n: (b.min(axis=0) + b.max(axis=0)) / 2 for n, b in boxes.items()}
        members.append({n for n, middle in middles.items() if zone.contains(*middle.tolist())})
    return members


class Tally:
    """Frames of people who were seen, by how far from the edge they truly were; of the athlete
    those in which he truly was inside."""

    def __init__(self) -> None:
        self.athlete_out, self.athlete, self.athletes_lost, self.scenes = 0, 0, 0, 0
        self.wrong = dict.fromkeys(BANDS, 0)
        self.frames = dict.fromkeys(BANDS, 0)
        self.late_in: list[float] = []
        self.late_out: list[float] = []

    def add(self, one: Staged, what: Seen, members: Sequence[set[int]]) -> None:
        t = one.scene.t
        for n in range(len(one.scene.cast)):
            outside = one.outside(n)
            there = np.array([n in frame for frame in what.frames])
            inside = np.array([n in frame for frame in members])
            if n == 0:
                there &= outside <= 0
                out = int((there & ~inside).sum())
                self.athlete_out += out
                self.athlete += int(there.sum())
                self.athletes_lost += out > 0
                self.scenes += 1
                continue
            self._steps(t, outside <= 0, there, inside)
            settled = _settled(t, outside <= 0)
            for band in BANDS:
                counted = there & settled & (outside > band[0]) & (outside <= band[1])
                self.frames[band] += int(counted.sum())
                self.wrong[band] += int((counted & (inside != (outside <= 0))).sum())

    def _steps(self, t: Floats, true: Flags, there: Flags, inside: Flags) -> None:
        """How late it is seen that somebody stepped in or out."""
        for i in np.flatnonzero(np.diff(true.astype(int))) + 1:
            after = np.flatnonzero(there[i:] & (inside[i:] == true[i])) + i
            if there[i - 1 : i + 1].all() and len(after):
                (self.late_in if true[i] else self.late_out).append(float(t[after[0]] - t[i]))

    def row(self, name: str) -> str:
        shares = [f"{100 * self.wrong[band] / max(self.frames[band], 1):11.2f}" for band in BANDS]
        lates = [
            f"{np.median(late):6.2f} {max(late):5.2f}" if late else "     -     -"
            for late in (self.late_in, self.late_out)
        ]
        return (
            f"{name:18}{100 * self.athlete_out / max(self.athlete, 1):8.2f}"
            f"{self.athletes_lost:5}/{self.scenes:<4}" + "".join(shares) + " " + " ".join(lates)
        )


BANDS = ((-9.0, 0.0), (LEAVE_M, 0.6), (0.6, 1.0), (1.0, 9.0))
"""Metres outside of the edge. Up to `LEAVE_M` either answer is right."""


def _settled(t: Floats, true: Flags) -> Flags:
    """Frames (T,) without a step over the line in the last `_STEADY_S`."""
    steps = t[np.flatnonzero(np.diff(true.astype(int))) + 1]
    settled: Flags = np.all((t[:, None] < steps) | (t[:, None] > steps + _STEADY_S), axis=1)
    return settled


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=40)
    options = parser.parse_args()
    scenes = list(staged(options.scenes))
    true = [joints_of(one.scene) for one in scenes]
    frames = sum(int(visible.sum()) for _, visible in true)
    print(f"{options.scenes} scenes of {SECONDS:g} s, {frames} times somebody in a frame")
    print(
        "                  athlete out    others wrong, % of frames, by metres outside    late, s"
    )
    print(
        "rule, key points     %  scenes     inside    0.3-0.6    0.6-1.0       more"
        "   in   max    out   max"
    )
    for noise in NOISES:
        floor_rule, box_rule = Tally(), Tally()
        for number, one in enumerate(scenes):
            rng = np.random.default_rng([number, NOISES.index(noise)])
            what, floor = seen(*true[number], one.scene.t, noise, rng), one.floor(rng)
            floor_rule.add(one, what, by_floor(one, what, floor))
            box_rule.add(one, what, by_box(one, what, floor))
        print(floor_rule.row(f"floor  {noise}"))
        print(box_rule.row(f"box    {noise}"))


if __name__ == "__main__":
    main()
