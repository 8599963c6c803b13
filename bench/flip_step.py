"""What a frame costs the live network: `python -m bench.flip_step`.

A simulated athlete at 25, 60 and 120 frames/s: the whole update (features and, at fixed times,
steps of the network), and the network's step alone.
"""

from __future__ import annotations

import time

import numpy as np
from rich.console import Console
from rich.table import Table

from models.gym.live.features import FEATURES
from models.gym.live.inference import LiveNetwork
from models.simulation.staging import build_scene
from models.skeleton import BODY
from realtime.recognise.flip_network import FlipNetwork
from realtime.stream.body import BodyStream

_SECONDS = 9.0
_STEPS = 5000


def updates(fps: float) -> list[float]:
    """Processor time of each update in seconds."""
    scene, network, body = build_scene("tumbling", _SECONDS, fps), FlipNetwork(), BodyStream(BODY)
    seconds = []
    for i in range(scene.frames):
        joints = np.ones((len(BODY), 3), np.float32)
        joints[:, :2] = scene.joints(i)
        pose = body.update(i, scene.time(i), joints)
        begin = time.thread_time()
        network.update(pose)
        seconds.append(time.thread_time() - begin)
    return seconds


def steps() -> list[float]:
    """Processor time of each step of the network in seconds."""
    network = LiveNetwork.shipped()
    state, seconds = network.start(), []
    rng = np.random.default_rng(0)
    seen = rng.standard_normal((_STEPS, FEATURES), np.float32)
    for one in seen:
        begin = time.thread_time()
        _, state = network.step(one, state)
        seconds.append(time.thread_time() - begin)
    return seconds


def main() -> None:
    table = Table(title="live network, processor time in ms")
    for column in ("what", "p50", "p95", "p99"):
        table.add_column(column, justify="right")
    rows = {f"frame at {fps:g} fps": updates(fps) for fps in (25.0, 60.0, 120.0)}
    for name, seconds in {**rows, "step": steps()}.items():
        values = np.percentile(seconds, [50, 95, 99]) * 1000
        table.add_row(name, *(f"{value:.3f}" for value in values))
    Console().print(table)


if __name__ == "__main__":
    main()
