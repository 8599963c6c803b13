"""What decoding BODY_25's maps costs: `python -m bench.decoding`.

Drawn people on maps of 46 x 82 cells (input 656 x 368), a little noise. Beside it, in turn, the way
of the authors' Python demo: heat maps and fields enlarged to the size of the input first (cubic),
maxima there, line integrals pair by pair. The peer stops at the scored pairs, so it is flattered.
The last row is the most that decoding can cost: maps of noise, full of maxima.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bench.body25_fields import WIDTH, Maps, athlete, place, render
from models.pose.body25.architecture import STRIDE
from models.pose.body25.decode import FIELD_OF_LIMB, LIMBS, decode
from models.skeleton import BODY_25

PEOPLE = (1, 2, 4, 6)
THREADS = 2
NOISE = 0.01
_RUNS, _PEER_RUNS = 400, 20
_POSTURES = (("speed", 2.0), ("backflip", 2.4), ("mixed", 9.0))
_MIN_HEIGHT, _MIN_SAMPLE, _SAMPLES = 0.1, 0.05, 10

Floats = NDArray[np.float32]


def maps(people: int) -> Maps:
    xs = np.linspace(60, WIDTH - 60, people)
    drawn = [place(athlete(*_POSTURES[i % len(_POSTURES)]), x, 190, 190) for i, x in enumerate(xs)]
    rng = np.random.default_rng(0)
    heat, fields = render(np.stack(drawn))
    heat += rng.normal(0, NOISE, heat.shape).astype(np.float32)
    fields += rng.normal(0, NOISE, fields.shape).astype(np.float32)
    return heat, fields


def noise() -> Maps:
    rng = np.random.default_rng(0)
    heat, fields = (np.zeros_like(one) for one in maps(1))
    heat += rng.uniform(0, 1, heat.shape).astype(np.float32)
    fields += rng.uniform(-1, 1, fields.shape).astype(np.float32)
    return heat, fields


def enlarged_first(heat: Floats, fields: Floats) -> list[tuple[int, int, int, float]]:
    """Pairs (limb, first, second, integral) that pass the authors' rule."""
    size = heat.shape[1] * STRIDE, heat.shape[0] * STRIDE
    large_heat = [_enlarged(heat[..., j], size) for j in range(len(BODY_25))]
    peaks = [np.argwhere(_is_peak(joint)) for joint in large_heat]
    found = []
    for limb, (first, second) in enumerate(LIMBS):
        channel = 2 * FIELD_OF_LIMB[limb]
        x, y = (_enlarged(fields[..., channel + axis], size) for axis in (0, 1))
        for i, start in enumerate(peaks[first]):
            for j, end in enumerate(peaks[second]):
                samples = _along(x, y, start, end)
                if (samples > _MIN_SAMPLE).mean() > 0.8:
                    found.append((limb, i, j, float(samples.mean())))
    return found


def _enlarged(channel: Floats, size: tuple[int, int]) -> Floats:
    return cast(Floats, cv2.resize(channel, size, interpolation=cv2.INTER_CUBIC))


def _is_peak(joint: Floats) -> NDArray[np.bool_]:
    highest = cv2.dilate(joint, np.ones((3, 3), np.uint8))
    return (joint >= highest) & (joint > _MIN_HEIGHT)


def _along(x: Floats, y: Floats, start: NDArray[np.intp], end: NDArray[np.intp]) -> Floats:
    rows, columns = np.linspace(start, end, _SAMPLES).round().astype(np.intp).T
    dy, dx = (end - start) / max(float(np.hypot(*(end - start))), 1.0)
    along: Floats = x[rows, columns] * dx + y[rows, columns] * dy
    return along


def milliseconds(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """p50 and p95 of a call, the first left out."""
    seconds = []
    for _ in range(runs + 1):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    p50, p95 = np.percentile(seconds[1:], [50, 95]) * 1000
    return float(p50), float(p95)


def main() -> None:
    cv2.setNumThreads(THREADS)
    table = Table(title=f"decoding at 656 x 368, ms, {THREADS} threads")
    for column in ("people", "found", "p50", "p95", "enlarged first p50", "p95", "ratio of p50"):
        table.add_column(column, justify="right")
    for people in PEOPLE:
        heat, fields = maps(people)
        found = len(decode(heat, fields, people))
        ours = milliseconds(partial(decode, heat, fields, people), _RUNS)
        peer = milliseconds(partial(enlarged_first, heat, fields), _PEER_RUNS)
        figures = [f"{value:.2f}" for value in (*ours, *peer)]
        table.add_row(str(people), str(found), *figures, f"{peer[0] / ours[0]:.0f}")
    heat, fields = noise()
    ours = milliseconds(partial(decode, heat, fields, max(PEOPLE)), _PEER_RUNS)
    table.add_row("noise", "", *(f"{value:.2f}" for value in ours))
    Console().print(table)


if __name__ == "__main__":
    main()
