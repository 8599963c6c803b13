"""The pose engine behind a real camera: `python -m bench.effects [--engine-threads N] [--seeds N]`.

The same people at a speed step and a backflip, at 30 frames per second, filmed without and with
each thing that a real camera does, mild and strong: in how many frames the athlete is found, and
how far the joints are from where they truly are in that picture, in % of the trunk's length.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.compare import Comparison, score
from bench.rotation import follow
from models.simulation.film.settings import CameraSettings
from models.simulation.moves.locomotion import Stand
from models.simulation.moves.speed_step import SpeedStep
from models.simulation.moves.tumbling import Backflip
from models.simulation.scene import Scene
from models.simulation.script import Person, Script
from models.simulation.staging import build_scene

FPS = 30.0
EFFECTS: dict[str, CameraSettings] = {
    "none": CameraSettings(fps=FPS),
    "three-quarter (50 degrees)": CameraSettings(fps=FPS, orbit_deg=50.0),
    "wide lens, 2.8 m": CameraSettings(fps=FPS, lens="wide", distance_m=2.8),
    "wide lens, 5 m": CameraSettings(fps=FPS, lens="wide", distance_m=5.0),
    "angle of view 80 degrees, 6 m": CameraSettings(fps=FPS, fov_deg=80.0),
    "roll 10 degrees": CameraSettings(fps=FPS, roll_deg=10.0),
    "shake 0.4 degrees": CameraSettings(fps=FPS, shake_deg=0.4),
    "shake 2 degrees": CameraSettings(fps=FPS, shake_deg=2.0),
    "rolling shutter 15 ms": CameraSettings(fps=FPS, rolling_shutter_s=0.015),
    "rolling shutter 33 ms": CameraSettings(fps=FPS, rolling_shutter_s=0.033),
    "blur 1/120 s": CameraSettings(fps=FPS, shutter_s=1 / 120),
    "blur 1/30 s": CameraSettings(fps=FPS, shutter_s=1 / 30),
    "noise 5": CameraSettings(fps=FPS, noise=5.0),
    "noise 25": CameraSettings(fps=FPS, noise=25.0),
    "2 stops too dark, noise 12": CameraSettings(fps=FPS, noise=12.0, exposure_ev=-2.0),
    "1.5 stops too bright": CameraSettings(fps=FPS, exposure_ev=1.5),
    "MJPEG 80": CameraSettings(fps=FPS, mjpeg_quality=80),
    "MJPEG 15": CameraSettings(fps=FPS, mjpeg_quality=15),
    "10 % lost": CameraSettings(fps=FPS, drop=0.1),
    "40 % lost": CameraSettings(fps=FPS, drop=0.4),
    "20 % repeated": CameraSettings(fps=FPS, duplicates=0.2),
    "8 to 30 frames per second": CameraSettings(fps=FPS, slow_fps=8.0),
    "a phone": CameraSettings(
        fps=FPS, shake_deg=0.5, shutter_s=0.008, rolling_shutter_s=0.018, noise=4.0, drop=0.02
    ),
    "a bad webcam": CameraSettings(
        fps=FPS, shutter_s=1 / 30, noise=14.0, mjpeg_quality=35, drop=0.1, duplicates=0.1
    ),
}
_STEPS_S = 1.5, 4.0
_BEFORE_S, _AFTER_S = 0.5, 0.4


def speed_step(camera: CameraSettings, seed: int, threads: int) -> Comparison:
    person = Person(do=(SpeedStep(),), facing_deg=-35.0)
    scene = build_scene(Script("speed step", 6.0, (person,), seed, camera))
    return follow(scene, _between(scene, *_STEPS_S), threads)


def backflip(camera: CameraSettings, seed: int, threads: int) -> Comparison:
    person = Person(do=(Stand(seconds=1.0), Backflip()), facing_deg=-90.0)
    scene = build_scene(Script("backflip", 5.0, (person,), seed, camera))
    (event,) = scene.truth.events
    frames = _between(scene, event.start_s - _BEFORE_S, event.landing_s + _AFTER_S)
    return follow(scene, frames, threads)


def _between(scene: Scene, begin_s: float, end_s: float) -> range:
    first, last = np.searchsorted(scene.t, [begin_s, end_s])
    return range(int(first), int(last))


def tables(threads: int, seeds: int) -> Iterator[Table]:
    for title, content in {"speed step": speed_step, "backflip": backflip}.items():
        table = Table(title=f"{title}, {seeds} people, {FPS:g} frames per second")
        for column in ("effect", "frames", "found %", "error p50 %", "p95 %"):
            table.add_column(column, justify="left" if column == "effect" else "right")
        for name, camera in EFFECTS.items():
            parts = [content(camera, seed, threads) for seed in range(seeds)]
            one = score(Comparison.joined(parts))
            shares = (one.usable, one.error_p50, one.error_p95)
            table.add_row(name, str(one.frames), *(f"{100 * share:.1f}" for share in shares))
        table.caption = "found: hips and shoulders are given and the trunk is not upside down"
        yield table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--engine-threads", type=int, default=2, metavar="N")
    parser.add_argument("--seeds", type=int, default=4, metavar="N")
    options = parser.parse_args()
    console = Console(width=120)
    for table in tables(options.engine_threads, options.seeds):
        console.print(table)


if __name__ == "__main__":
    main()
