"""The simulated athlete as a source of frames."""

from __future__ import annotations

import time
from collections.abc import Callable

from models.simulation.scene import Scene
from realtime.sources.protocol import Frame, SourceInfo


class SimulatedSource:
    """Renders a scene frame by frame."""

    live = False

    def __init__(self, scene: Scene, clock: Callable[[], float] = time.monotonic) -> None:
        self._scene = scene
        self._clock = clock
        self._next = 0
        width, height = scene.size
        self._info = SourceInfo(
            f"simulated:{scene.name}", width, height, scene.fps, scene.frames, scene.duration_s
        )

    @property
    def info(self) -> SourceInfo:
        return self._info

    def read(self) -> Frame | None:
        if self._next >= self._scene.frames:
            return None
        i = self._next
        self._next += 1
        return Frame(self._scene.time(i), self._scene.render(i), self._clock())

    def interrupt(self) -> None:
        """Rendering a frame takes no longer than milliseconds."""

    def close(self) -> None:
        self._next = self._scene.frames
