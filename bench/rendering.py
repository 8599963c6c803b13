"""How fast scenes are rendered on one core: `python -m bench.rendering [--frames N]`.

Pictures of 1280 x 720 without and with what a real camera does to them, of a speed step and of a
backflip; process time, the median of three runs.
"""

from __future__ import annotations

import argparse
import time

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from models.simulation.film.settings import CameraSettings
from models.simulation.moves.locomotion import Stand
from models.simulation.moves.speed_step import SpeedStep
from models.simulation.moves.tumbling import Backflip
from models.simulation.scene import Scene
from models.simulation.script import Person, Script
from models.simulation.staging import build_scene

CAMERAS: dict[str, CameraSettings] = {
    "plain": CameraSettings(),
    "three-quarter": CameraSettings(orbit_deg=50.0),
    "roll": CameraSettings(roll_deg=8.0),
    "wide lens": CameraSettings(lens="wide", distance_m=2.8),
    "shake": CameraSettings(shake_deg=0.4),
    "shake, wide lens": CameraSettings(shake_deg=0.4, lens="wide", distance_m=2.8),
    "blur 1/250 s": CameraSettings(shutter_s=1 / 250),
    "blur 1/60 s": CameraSettings(shutter_s=1 / 60),
    "rolling shutter": CameraSettings(rolling_shutter_s=0.016),
    "noise": CameraSettings(noise=6.0),
    "exposure": CameraSettings(exposure_drift_ev=0.3),
    "MJPEG": CameraSettings(mjpeg_quality=80),
    "shake, blur 1/120 s, noise": CameraSettings(shake_deg=0.4, shutter_s=1 / 120, noise=6.0),
    "all but MJPEG": CameraSettings(
        shake_deg=0.4, shutter_s=1 / 120, rolling_shutter_s=0.016, noise=6.0, exposure_drift_ev=0.3
    ),
    "all": CameraSettings(
        shake_deg=0.4, shutter_s=1 / 120, rolling_shutter_s=0.016, noise=6.0, mjpeg_quality=80
    ),
}
_CROWDS = {2: 70.0, 4: 80.0}  # people, and the angle of view that shows them
_BEGIN_S = 1.2
_RUNS = 3


def speed_step(camera: CameraSettings, people: int = 1) -> Scene:
    """`people` beside each other, at the speed step."""
    places = 1.8 * (np.arange(people) - (people - 1) / 2)
    cast = tuple(Person(do=(SpeedStep(),), x=float(x), facing_deg=-35.0) for x in places)
    return build_scene(Script("speed step", 12.0, cast, camera=camera))


def backflip(camera: CameraSettings) -> Scene:
    moves = (Stand(seconds=0.6), Backflip(), Stand(seconds=0.3))
    person = Person(do=moves, facing_deg=-90.0, loop=True)
    return build_scene(Script("backflip", 12.0, (person,), camera=camera))


def milliseconds(scene: Scene, frames: int) -> float:
    """Process time of a picture."""
    begin = int(np.searchsorted(scene.t, _BEGIN_S))
    chosen = range(begin, min(begin + frames, scene.frames))
    times = []
    for _ in range(_RUNS + 1):  # the first fills the caches
        start = time.process_time()
        for i in chosen:
            scene.render(i)
        times.append((time.process_time() - start) / len(chosen) * 1000)
    return float(np.median(times[1:]))


def table(frames: int) -> Table:
    made = Table(title=f"rendering 1280 x 720 on one core, OpenCV {cv2.__version__}")
    for column in ("camera", "speed step, ms", "per second", "backflip, ms", "per second"):
        made.add_column(column, justify="left" if column == "camera" else "right")
    for name, camera in CAMERAS.items():
        both = [milliseconds(scene, frames) for scene in (speed_step(camera), backflip(camera))]
        made.add_row(name, *(cell for ms in both for cell in _cells(ms)))
    made.add_section()
    for people, fov in _CROWDS.items():
        for name in ("plain", "shake, blur 1/120 s, noise"):
            old = CAMERAS[name]
            camera = CameraSettings(
                fov_deg=fov, shake_deg=old.shake_deg, shutter_s=old.shutter_s, noise=old.noise
            )
            ms = milliseconds(speed_step(camera, people), frames)
            made.add_row(f"{people} people, {name}", *_cells(ms))
    return made


def _cells(ms: float) -> tuple[str, str]:
    return f"{ms:.2f}", f"{1000 / ms:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--frames", type=int, default=200, metavar="N")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    Console(width=120).print(table(options.frames))


if __name__ == "__main__":
    main()
