"""Where a call of the pose engine spends its time: `python -m bench.profiling`.

One person, a real video, two threads. The engine's own functions are timed where they are, as
each of them is slower there than alone: the network has emptied the caches.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.clips import data_folder, decoded_ahead
from models.pose import weights
from models.pose.blazepose import landmarks
from models.pose.blazepose.estimator import BlazePose
from models.pose.blazepose.network import Network
from models.pose.protocol import estimate_one

VIDEO = "hiro_1.mp4"
THREADS = 2
PARTS: dict[str, tuple[Any, str]] = {
    "warp": (landmarks, "cut"),
    "network": (Network, "run"),
    "heat-map refinement": (landmarks, "refine"),
    "a region to landmarks, in all": (landmarks.LandmarkNetwork, "read"),
}

Times = defaultdict[str, list[float]]


@contextmanager
def timed(owner: Any, name: str, times: list[float]) -> Iterator[None]:
    """Note how long each call of a function takes."""
    original: Callable[..., Any] = getattr(owner, name)

    def noted(*arguments: Any, **options: Any) -> Any:
        begin = time.perf_counter()
        result = original(*arguments, **options)
        times.append(time.perf_counter() - begin)
        return result

    setattr(owner, name, noted)
    try:
        yield
    finally:
        setattr(owner, name, original)


def measure() -> Times:
    times: Times = defaultdict(list)
    video = data_folder() / "rope" / "videos" / VIDEO
    with ExitStack() as stack:
        engine = stack.enter_context(closing(BlazePose(weights.load(), THREADS)))
        for part, (owner, name) in PARTS.items():
            stack.enter_context(timed(owner, name, times[part]))
        stack.enter_context(timed(engine, "estimate", times["a call, in all"]))
        for picture, _ in decoded_ahead(str(video)):
            estimate_one(engine, picture)
    return times


def main() -> None:
    table = Table(title=f"BlazePose on {VIDEO}, {THREADS} threads: ms")
    for column in ("part", "p50", "p95"):
        table.add_column(column, justify="left" if column == "part" else "right")
    for part, seconds in measure().items():
        p50, p95 = np.percentile(seconds[1:], [50, 95]) * 1000
        table.add_row(part, f"{p50:.2f}", f"{p95:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
