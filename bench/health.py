"""What watching a camera costs: `python -m bench.health`."""

from __future__ import annotations

import time

import numpy as np
from rich.console import Console
from rich.table import Table

from realtime.sources.healing import HealingSource
from realtime.sources.health import Health
from realtime.sources.protocol import CameraMode, Frame, SourceInfo
from realtime.sources.timeline import Timeline

FPS = 60
FRAMES = 3000
HANDED_OVER = 600
SIZES = {"640x480": (480, 640), "1280x720": (720, 1280), "1920x1080": (1080, 1920)}
_QUANTILES = (50, 95, 99)


class _Camera:
    """Noise at 60 fps, stamped when it is given."""

    live = True
    info = SourceInfo("camera:0", 1280, 720, FPS)

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self._pictures = [rng.integers(0, 255, (720, 1280, 3), np.uint8) for _ in range(8)]
        self._begin = time.monotonic()
        self._given = 0

    def read(self) -> Frame:
        self._given += 1
        due = self._begin + self._given / FPS
        time.sleep(max(due - time.monotonic(), 0))
        now = time.monotonic()
        return Frame(now - self._begin, self._pictures[self._given % 8], now)

    def interrupt(self) -> None:
        """Nothing waits for long."""

    def close(self) -> None:
        """Nothing is held."""


def main() -> None:
    table = Table(title="of one picture, ms")
    for column in ("", "p50", "p95", "p99"):
        table.add_column(column, justify="right")
    for name, size in SIZES.items():
        table.add_row(f"watched, {name}", *_row(_watched(size)))
    table.add_row("from the driver's thread to who reads, 1280x720", *_row(_handed_over()))
    Console().print(table)


def _row(taken_s: list[float]) -> list[str]:
    return [f"{np.percentile(taken_s, q) * 1000:.3f}" for q in _QUANTILES]


def _watched(size: tuple[int, int]) -> list[float]:
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 255, (*size, 3), np.uint8) for _ in range(8)]
    health, timeline = Health(asked=CameraMode()), Timeline()
    taken: list[float] = []
    for i in range(FRAMES):
        frame = Frame(i / FPS, pictures[i % len(pictures)], i / FPS)
        begin = time.perf_counter()
        health.see(frame, i / FPS)
        timeline.place(frame, i / FPS)
        taken.append(time.perf_counter() - begin)
    return taken


def _handed_over() -> list[float]:
    """With the watching in it."""
    source = HealingSource(_Camera, "camera 0")
    taken: list[float] = []
    while len(taken) < HANDED_OVER:
        seen = source.read()
        if isinstance(seen, Frame):
            taken.append(time.monotonic() - seen.captured_at)
    source.close()
    return taken


if __name__ == "__main__":
    main()
