"""The turn of the trunk and the floor line: `python -m bench.trunk --tracks DIR [--seeds N]`.

In the real flips (FLIPTALLY_DATA, gym; DIR holds `flips/*.npz`, the tracks of the videos there):
how often the turn from standing to the landing is right. One back element turns the trunk by 360
degrees less the pike in which it lands, 30 to 140 in these recordings, and half turns are all that
can be wrong, so `RIGHT_DEG` tells. `naive` unwraps the network's own direction, `axis` takes the
nearest of the axis modulo 180 degrees, `stream` is `realtime.stream.trunk`.

Then simulated athletes with exact truth and the noise of OpenPose and BlazePose: the error of the
turn, how many of the frames that the network turned over are put right, how many elements end with
the right turn, and how far the floor line is from the floor under the hips, with the camera at rest
and panning; `quantile` is the 0.8 quantile of the lowest joint in the last second.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder
from bench.compare import END_ON, trunk_axis
from bench.counting import Track, read_track
from models.simulation.figure import POINT
from models.simulation.noise.model import KeypointNoise, Network
from models.simulation.scene import Scene
from models.simulation.staging import build_scene
from models.simulation.truth import TrueEvent
from models.skeleton import Keypoints, Skeleton
from realtime.stream.body import BodyPose, BodyStream
from realtime.stream.floor import FloorLevel
from realtime.stream.ring import Floats

RIGHT_DEG = (200.0, 380.0)
TURN_ERROR_DEG = 90.0
"""A turn that is wronger than this has the head at the wrong end."""
PAN = 0.15
"""Greatest speed of the panning camera, leg lengths/s, to and fro in `_PAN_S`."""

_PAN_S = 8.0
_STANDING_S = (0.5, 0.25)  # before take-off
_GYM_FPS = 60.0
_BEFORE_S, _AFTER_S = 0.1, 0.1
_FLIPS = ("backflip", "handspring", "tumbling", "mixed")
_OTHERS = ("speed", "double_under", "restless", "neither", "wide")
_FIRST_S = 0.5  # of a scene, in which the stream begins

Unwrapped = Callable[[Floats, Floats], Floats]
WAYS: dict[str, Unwrapped] = {
    "naive": lambda turn, direction: np.unwrap(direction, period=360.0),
    "axis": lambda turn, direction: np.unwrap(turn, period=180.0),
    "stream": lambda turn, direction: turn,
}


@dataclass(frozen=True, eq=False)
class Bodies:
    """Frames of one athlete in which he was seen. All (T,): seconds, degrees, the network's own
    direction in degrees, -1...1, and levels in pixels down."""

    t: Floats
    turn: Floats
    direction: Floats
    facing: Floats
    lowest: Floats
    leg: Floats
    index: Floats

    @classmethod
    def of(cls, skeleton: Skeleton, keypoints: Keypoints, t: Floats) -> Bodies:
        """What `BodyStream` makes of key points (T, joints, 3) at times (T,)."""
        stream = BodyStream(skeleton)
        poses = [
            stream.update(i, float(now), person if person.any() else None)
            for i, (now, person) in enumerate(zip(t, keypoints, strict=True))
        ]
        rows = [_row(pose) for pose in poses if pose.seen and np.isfinite(pose.turn)]
        return cls(*np.array(rows).reshape(-1, 7).T)

    def at(self, t: float) -> int:
        """The last frame until `t`."""
        return max(int(np.searchsorted(self.t, t, side="right")) - 1, 0)


def _row(pose: BodyPose) -> tuple[float, ...]:
    return (
        pose.t,
        pose.turn,
        pose.turn + 180 * pose.turned_over,
        pose.facing,
        pose.hip[1] - pose.leg_length * pose.lowest,
        pose.leg_length,
        pose.frame,
    )


def landed_turn(bodies: Bodies, turn: Floats, takeoff_s: float, landing_s: float) -> float:
    """Degrees from standing to the landing, backward positive, of the unwrapped `turn` (T,)."""
    first, last = (bodies.at(takeoff_s - before) for before in _STANDING_S)
    upright = 180 * round(float(np.median(turn[first : last + 1])) / 180)
    return float((turn[bodies.at(landing_s)] - upright) * bodies.facing[bodies.at(takeoff_s)])


def real_flips(tracks: Path, data: Path) -> Iterator[tuple[str, Track, float, float]]:
    """Each real back element: its set, the track, take-off and landing in seconds."""
    with (data / "gym" / "index.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            track = read_track(data / "gym" / "clips" / f"{row['clip']}.npz")
            takeoff, landing = (int(row[name]) / _GYM_FPS for name in ("takeoff", "landing"))
            yield f"gym, {row['label']}", track, takeoff, landing
    for name, entry in json.loads((data / "flips" / "labels.json").read_text()).items():
        for event in entry["events"]:
            if event["skill"] == "backflip":
                track = read_track(tracks / "flips" / f"{name}.npz")
                takeoff, landing = (float(track.t[event[m]]) for m in ("takeoff", "landing"))
                yield "filmed", track, takeoff, landing


def real_table(tracks: Path, data: Path) -> Table:
    table = Table(title="real back elements whose turn is right at the landing")
    for column in ("set", "n", *WAYS, "turn of the stream, 5/50/95 %"):
        table.add_column(column, justify="left" if column == "set" else "right")
    found: dict[str, list[list[float]]] = {}
    for which, track, takeoff_s, landing_s in real_flips(tracks, data):
        bodies = Bodies.of(track.skeleton, track.keypoints, track.t)
        found.setdefault(which, []).append(
            [
                landed_turn(bodies, way(bodies.turn, bodies.direction), takeoff_s, landing_s)
                for way in WAYS.values()
            ]
        )
    for which, rows in found.items():
        turns = np.array(rows)
        right = np.sum((turns > RIGHT_DEG[0]) & (turns < RIGHT_DEG[1]), axis=0)
        spread = "/".join(f"{v:.0f}" for v in np.percentile(turns[:, -1], (5, 50, 95)))
        table.add_row(which, str(len(rows)), *map(str, right), spread)
    return table


@dataclass(frozen=True, eq=False)
class Staged:
    """A scene's truth at its T frames: turn in degrees, NaN where the trunk points at the camera,
    and the level of the floor under the hips in pixels."""

    t: Floats
    joints: Floats
    turn: Floats
    floor: Floats
    events: Sequence[TrueEvent]


def staged(scene: Scene) -> Staged:
    joints = np.array([scene.joints(i) for i in range(scene.frames)])
    axis = trunk_axis(joints)
    turn = np.unwrap(np.degrees(np.arctan2(-axis[:, 0], -axis[:, 1])), period=360.0)
    length = np.hypot(*axis.T)
    turn[length < END_ON * np.median(length)] = np.nan
    floor = np.array([_floor(scene, scene.film.moment(scene.time(i))) for i in range(scene.frames)])
    return Staged(scene.t, joints, turn, floor, scene.truth.events)


def _floor(scene: Scene, t: float) -> float:
    shot = scene.film.exposure.shot(scene.camera, t)
    points = shot.figure(scene.cast[0].motion).points[0]
    under = points[[POINT["left_hip"], POINT["right_hip"]]].mean(axis=0) * (1, 1, 0)
    return float(shot.camera.project(under[None])[0][0, 1])


def floor_line(bodies: Bodies, lowest: Floats) -> Floats:
    floor, levels = FloorLevel(), []
    for t, level, leg in zip(bodies.t, lowest, bodies.leg, strict=True):
        floor.update(float(t), float(level), float(leg))
        levels.append(floor.level)
    return np.array(levels)


def quantile_line(bodies: Bodies, lowest: Floats) -> Floats:
    begins = np.searchsorted(bodies.t, bodies.t - 1.0)
    return np.array([np.quantile(lowest[b : i + 1], 0.8) for i, b in enumerate(begins)])


FLOORS = {"stream": floor_line, "quantile": quantile_line}


def simulated_tables(seeds: range) -> Iterator[Table]:
    turns, floors = (
        Table(title="simulated: turn of the trunk"),
        Table(title="simulated: floor line"),
    )
    columns = ("network", "way", "error p50, deg", "p95", "turned over", "put right %", "elements")
    for column in columns:
        turns.add_column(column, justify="left" if column in columns[:2] else "right")
    for column in ("network", "line", "camera", "median, legs", "off p50", "p95"):
        floors.add_column(column, justify="right" if column.endswith(("0", "5")) else "left")
    truths = [staged(build_scene(n, fps=f, seed=s)) for n, f, s in _scenes(seeds)]
    for network in cast(tuple[Network, ...], get_args(Network)):
        noise = KeypointNoise.load(network)
        seen = []
        for seed, truth in enumerate(truths):
            keypoints = noise.apply(truth.joints, truth.t, np.random.default_rng(seed))
            seen.append(Bodies.of(noise.skeleton, keypoints, truth.t))
        for name, way in WAYS.items():
            turns.add_row(network, name, *_turn_cells(truths, seen, way))
        for line, pan in ((line, pan) for pan in (0.0, PAN) for line in FLOORS):
            pairs = zip(truths, seen, strict=True)
            off = np.concatenate([_floor_off(truth, one, line, pan) for truth, one in pairs])
            cells = (f"{v:.3f}" for v in np.percentile(np.abs(off), (50, 95)))
            camera = f"pans by {pan}" if pan else "at rest"
            floors.add_row(network, line, camera, f"{np.median(off):+.3f}", *cells)
    yield from (turns, floors)


def _scenes(seeds: range) -> Iterator[tuple[str, float, int]]:
    for seed in seeds:
        for fps in (30.0, 60.0):
            yield from ((name, fps, seed) for name in _FLIPS)
        yield from ((name, 30.0, seed) for name in _OTHERS)


def _turn_cells(truths: Sequence[Staged], seen: Sequence[Bodies], way: Unwrapped) -> list[str]:
    errors, over = [], []
    elements = right = 0
    for truth, bodies in zip(truths, seen, strict=True):
        true = truth.turn[bodies.index.astype(np.intp)]
        error = way(bodies.turn, bodies.direction) - true
        error -= 360 * round(float(np.nanmedian(error[:10])) / 360)
        away = np.abs((bodies.direction - true + 180) % 360 - 180)
        errors.append(np.abs(error[np.isfinite(true)]))
        over.append(np.abs(error[away > TURN_ERROR_DEG]))
        for event in truth.events:
            ends = (bodies.at(event.start_s - _BEFORE_S), bodies.at(event.landing_s + _AFTER_S))
            elements += 1
            right += bool(abs(error[ends[1]] - error[ends[0]]) < TURN_ERROR_DEG)
    p50, p95 = np.percentile(np.concatenate(errors), (50, 95))
    turned = np.concatenate(over)
    share = f"{100 * np.mean(turned < TURN_ERROR_DEG):.0f}" if len(turned) else ""
    return [f"{p50:.1f}", f"{p95:.1f}", str(len(turned)), share, f"{right}/{elements}"]


def _floor_off(truth: Staged, bodies: Bodies, line: str, pan: float) -> Floats:
    """Leg lengths (T,) by which a line is below the floor."""
    leg = float(np.median(bodies.leg))
    shift = leg * pan * _PAN_S / (2 * np.pi) * np.sin(2 * np.pi * bodies.t / _PAN_S)
    level = FLOORS[line](bodies, bodies.lowest + shift) - shift
    off: Floats = (level - truth.floor[bodies.index.astype(np.intp)]) / leg
    return off[bodies.t > _FIRST_S]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--tracks", type=Path, required=True, metavar="DIR")
    parser.add_argument("--seeds", type=int, default=3, metavar="N")
    options = parser.parse_args()
    console = Console(width=120)
    console.print(real_table(options.tracks, data_folder()))
    for table in simulated_tables(range(options.seeds)):
        console.print(table)


if __name__ == "__main__":
    main()
