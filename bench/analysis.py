"""What everything behind the pose costs: `python -m bench.analysis`.

The simulated athlete's true joints at 60 fps, as fast as they are taken, then with a pause between
frames as in a live session (after which the processor's caches have forgotten the code).
"""

from __future__ import annotations

import time

import numpy as np
from rich.console import Console
from rich.table import Table

from models.poses import Poses
from models.simulation.staging import build_scene
from models.skeleton import BLAZEPOSE_33, BODY, shared_joints
from realtime.analysis import Analysis
from realtime.observations import Observed

_PAUSE_S = 0.01


def observations() -> list[Observed]:
    scene = build_scene("mixed", 40.0)
    to, origin = shared_joints(BODY, BLAZEPOSE_33)
    noise = np.random.default_rng(0).normal(0, 1.5, (scene.frames, len(BODY), 2))
    found = []
    for i in range(scene.frames):
        keypoints = np.zeros((1, len(BLAZEPOSE_33), 3), np.float32)
        keypoints[0, to, :2] = (scene.joints(i) + noise[i])[origin]
        keypoints[0, to, 2] = 1
        found.append(Observed(i, scene.time(i), Poses(BLAZEPOSE_33, keypoints)))
    return found


def measure(observed: list[Observed], pause_s: float) -> list[float]:
    analysis, seconds = Analysis(), []
    for one in observed:
        if pause_s:
            time.sleep(pause_s)
        begin = time.perf_counter()
        analysis.update(one)
        seconds.append(time.perf_counter() - begin)
    return seconds


def main() -> None:
    table = Table(title="analysis of one frame, ms")
    for column in ("frames come", "p50", "p95", "p99"):
        table.add_column(column, justify="right")
    observed = observations()
    for name, pause_s in (("at once", 0.0), ("with pauses", _PAUSE_S)):
        values = np.percentile(measure(observed, pause_s), [50, 95, 99]) * 1000
        table.add_row(name, *(f"{value:.2f}" for value in values))
    Console().print(table)


if __name__ == "__main__":
    main()
