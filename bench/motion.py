"""Where simulated flips lie against real ones: airtime, trunk rate, hip rise, travel, take-off.

    python -m bench.motion [--data DATA] [--seeds N]

DATA is the folder of real recordings (its `gym/clips/*.npz`: OpenPose, 60 fps, side view). The
simulated athletes are projected to the same view and measured by the same code.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder
from bench.windows import filled
from models.simulation.curves import Floats
from models.simulation.figure import POINT, Build
from models.simulation.film.camera import place_camera
from models.simulation.film.settings import CameraSettings
from models.simulation.motion import Performance, Placement
from models.simulation.moves.locomotion import stand
from models.simulation.moves.move import Stage
from models.simulation.moves.tumbling import Backflip, Handspring
from models.skeleton import BODY, SKELETONS, convert

FPS = 60.0
_STANDING_FRAMES = 12
_LEAST_TURN = 150.0  # degrees backward from upright to the landing
_TAKEOFF_FRAMES = 6  # the hips' flight is measured over the first 100 ms
_SKILLS = {"backflip": Backflip(), "handspring": Handspring()}


@dataclass(frozen=True, slots=True)
class Measures:
    """What a side view shows of one flip; lengths in leg lengths, the flight from the last frame on
    the feet to the first one on them again.

    `take_off_deg` is the direction of the hips' flight: 0 backward, 90 straight up.
    `lean_deg`, `landing_lean_deg`: the trunk from the vertical, backward positive.
    """

    airtime_ms: float
    trunk_rate_deg_s: float
    hip_rise: float
    travel: float
    take_off_deg: float
    lean_deg: float
    landing_lean_deg: float


def measure(joints: Floats, takeoff: int, landing: int) -> Measures:
    """One flip of an athlete who faces left; `joints` (T, 17, 2) px in the order of `BODY`, without
    gaps; `takeoff` and `landing` are frames."""
    hips, shoulders, knees, ankles = (
        joints[:, [BODY.index(f"{side}_{part}") for side in ("left", "right")]].mean(axis=1)
        for part in ("hip", "shoulder", "knee", "ankle")
    )
    leg = np.linalg.norm(hips - knees, axis=1) + np.linalg.norm(knees - ankles, axis=1)
    unit = float(np.percentile(leg[:takeoff], 90))
    trunk = shoulders - hips
    lean = np.degrees(np.arctan2(trunk[:, 0], -trunk[:, 1]))
    # Both kinds turn once: no unwrapping through frames in which the network turns the body over.
    landing_lean = (float(lean[landing]) - _LEAST_TURN) % 360.0 + _LEAST_TURN
    flight = slice(takeoff, landing + 1)
    seconds = (landing - takeoff) / FPS
    rise = np.median(hips[:_STANDING_FRAMES, 1]) - hips[flight, 1].min()
    first = hips[min(takeoff + _TAKEOFF_FRAMES, landing)] - hips[takeoff]
    return Measures(
        airtime_ms=1000 * seconds,
        trunk_rate_deg_s=(landing_lean - float(lean[takeoff])) / seconds,
        hip_rise=float(rise) / unit,
        travel=float(ankles[landing, 0] - ankles[takeoff, 0]) / unit,
        take_off_deg=float(np.degrees(np.arctan2(-first[1], first[0]))),
        lean_deg=float(lean[takeoff]),
        landing_lean_deg=landing_lean,
    )


def real(folder: Path, label: str) -> Iterator[Measures]:
    """The recordings of one skill."""
    for path in sorted((folder / "gym" / "clips").glob("*.npz")):
        with np.load(path) as clip:
            if str(clip["label"]) != label:
                continue
            skeleton = SKELETONS[str(clip["skeleton"])]
            keypoints = convert(clip["keypoints"], skeleton, BODY)
            takeoff, landing = int(clip["takeoff"]), int(clip["landing"])
        joints = filled(keypoints, np.arange(len(keypoints), dtype=np.float64))
        yield measure(joints, takeoff, min(landing, len(keypoints) - 1))


def simulated(label: str, seeds: int) -> Iterator[Measures]:
    """Athletes of all sizes, filmed from their left side, one skill each."""
    camera = place_camera(CameraSettings(), (1920, 1080), 1.7)
    points = [POINT[joint] for joint in BODY.joints]
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        build = Build(float(rng.uniform(1.55, 1.85)))
        here = Placement(heading=np.pi)
        skill = _SKILLS[label].element(Stage(build, here, 10.0, rng))
        performance = Performance(build, [stand(build, 0.5), skill], here)
        event = performance.truth.events[0]
        t = np.arange(round(performance.duration_s * FPS)) / FPS
        joints = camera.project(performance.at(t).points[:, points])[0]
        # Labels by eye or by rule: the frames next to the true moments.
        yield measure(joints, round(event.takeoff_s * FPS), round(event.landing_s * FPS))


def compared(folder: Path, seeds: int) -> Table:
    """A row for each skill and measure."""
    table = Table("skill", "measure", "real 5/50/95 %", "simulated 5/50/95 %", title="flips")
    for label in _SKILLS:
        columns = [
            np.percentile([astuple(m) for m in many], (5, 50, 95), axis=0).T
            for many in (real(folder, label), simulated(label, seeds))
        ]
        for name, *both in zip((f.name for f in fields(Measures)), *columns, strict=True):
            digits = 0 if np.abs(both).max() > 10 else 2
            row = ("/".join(f"{value:.{digits}f}" for value in values) for values in both)
            table.add_row(label, name, *row)
        table.add_section()
    return table


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--seeds", type=int, default=200)
    arguments = parser.parse_args()
    Console(width=120).print(compared(arguments.data, arguments.seeds))


if __name__ == "__main__":
    main()
