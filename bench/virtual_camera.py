"""A camera that is not there: what it films, what goes wrong with it, and what it costs.

It films the simulated athlete at 60 fps and its own pace, for as long as one likes: the scene ends
as it begins, and is shown again and again. Pictures are drawn once; of each only what differs from
the empty hall is kept. `python -m bench.virtual_camera` says what a picture costs.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from rich.console import Console
from rich.table import Table

from models.pose.protocol import Image
from models.simulation.scene import Scene
from models.simulation.staging import build_scene
from realtime.sources.errors import SourceError
from realtime.sources.protocol import Frame, SourceInfo

FPS = 60.0
NAME = "virtual camera"
_SECONDS = 12.0
_BUFFERS = 4  # of a driver: a reader that is later than so many pictures misses some
_DARK = 50  # a picture with the lens covered has a fiftieth of its light

Kind = Literal["unplug", "hang", "freeze", "dark", "double", "jump", "half"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong `at_s` seconds after the camera was switched on, for `seconds`.

    unplug: reading fails, and so does opening. hang: the driver does not answer. freeze: the same
    picture comes again and again. dark: the lens is covered. double: each picture comes twice.
    half: every second picture only. jump: from then on its clock is `by_s` seconds ahead.
    """

    kind: Kind
    at_s: float
    seconds: float = np.inf
    by_s: float = 0.0

    def holds(self, t: float) -> bool:
        return self.at_s <= t < self.at_s + self.seconds


class LoopedFilm:
    """Scene "speed" without end. Frame `n` is at `n / fps` seconds."""

    def __init__(self, scene: Scene | None = None) -> None:
        scene = scene or build_scene("speed", _SECONDS, fps=FPS)
        self.fps = scene.fps
        self.size = scene.size
        self.frames = scene.frames
        self._hall = scene.backdrop
        self._cuts = [_cut(scene.render(i), scene.backdrop) for i in range(scene.frames)]
        self._contacts = np.array([jump.time_s for jump in scene.truth.jumps])

    @property
    def seconds(self) -> float:
        return self.frames / self.fps

    def picture(self, n: int) -> Image:
        """Frame `n`, a fresh uint8 BGR (H, W, 3)."""
        (y, x), cut = self._cuts[n % self.frames]
        picture = self._hall.copy()
        picture[y : y + cut.shape[0], x : x + cut.shape[1]] = cut
        return picture

    def contacts(self, begin_s: float, end_s: float) -> list[float]:
        """When the athlete truly jumps (contacts, seconds) between two times."""
        first, last = int(begin_s // self.seconds), int(end_s // self.seconds)
        times = [loop * self.seconds + self._contacts for loop in range(first, last + 1)]
        return [float(t) for t in np.concatenate(times) if begin_s <= t < end_s]


def _cut(picture: Image, hall: Image) -> tuple[tuple[int, int], Image]:
    """What of `picture` is not the hall, and its corner (y, x)."""
    rows, columns = ((picture != hall).any(axis).any(1) for axis in (1, 0))
    (top, *_, bottom), (left, *_, right) = np.flatnonzero(rows), np.flatnonzero(columns)
    return (int(top), int(left)), picture[top : bottom + 1, left : right + 1].copy()


class VirtualCamera:
    """One device, which is opened as often as it is plugged in, and films from when it is made."""

    def __init__(
        self,
        film: LoopedFilm,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """`clock` and `wait(seconds)` are replaced in tests."""
        self.film = film
        self.clock = clock
        self.wait = wait
        self.troubles: list[Trouble] = []
        self.began = clock()
        """When it was switched on."""
        self.missed = 0
        """Pictures that no reader took in time."""
        self.opened = 0
        """How often it was opened."""

    def strike(self, kind: Kind, seconds: float = np.inf, by_s: float = 0.0) -> Trouble:
        """Something goes wrong now."""
        trouble = Trouble(kind, self.now(), seconds, by_s)
        self.troubles.append(trouble)
        return trouble

    def open(self) -> OpenedCamera:
        """Raises SourceError while it is not there."""
        if self.has("unplug", self.now()):
            raise SourceError(f"{NAME}: not there; check the cable")
        self.opened += 1
        return OpenedCamera(self)

    def now(self) -> float:
        """Seconds since it was switched on."""
        return self.clock() - self.began

    def has(self, kind: Kind, t: float) -> bool:
        return any(trouble.kind == kind and trouble.holds(t) for trouble in self.troubles)

    def ahead_s(self, t: float) -> float:
        """How far its clock is ahead."""
        return sum(one.by_s for one in self.troubles if one.kind == "jump" and one.holds(t))

    def picture(self, n: int) -> Image:
        """What it shows as frame `n`."""
        t = n / self.film.fps
        for trouble in self.troubles:
            if trouble.holds(t) and trouble.kind == "freeze":
                n = int(trouble.at_s * self.film.fps)
            if trouble.holds(t) and trouble.kind == "double":
                n -= n % 2
        picture = self.film.picture(n)
        return picture // np.uint8(_DARK) if self.has("dark", t) else picture


class OpenedCamera:
    """A `FrameSource`: the camera from its opening until it is unplugged or closed.

    A picture is made before its time and handed over when that has come, so that its capture time
    is when the reader could have it: making it is no part of any latency.
    """

    live = True

    def __init__(self, camera: VirtualCamera) -> None:
        width, height = camera.film.size
        self.info = SourceInfo(NAME, width, height, camera.film.fps)
        self._camera = camera
        self._closed = threading.Event()
        self._wait = camera.wait or self._closed.wait
        self._next = int(np.ceil(camera.now() * camera.film.fps))
        self._first = self._next / camera.film.fps

    def read(self) -> Frame | None:
        camera, fps = self._camera, self._camera.film.fps
        newest = int(camera.now() * fps)
        if self._next < newest - _BUFFERS:
            camera.missed += newest - self._next
            self._next = newest
        n = self._next
        self._next += 2 if camera.has("half", n / fps) else 1
        t = n / fps
        picture = camera.picture(n)
        self._wait(max(t - camera.now(), 0))
        while camera.has("hang", camera.now()) and not self._closed.is_set():
            self._wait(0.01)
        if self._closed.is_set():
            return None
        if camera.has("unplug", camera.now()):
            raise SourceError(f"{NAME}: went away; check the cable")
        # What the driver says must rise strictly, as of every source, unless it is made to lie.
        return Frame(t - self._first + camera.ahead_s(t), picture, camera.began + t)

    def interrupt(self) -> None:
        self._closed.set()

    def close(self) -> None:
        self._closed.set()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    begin = time.perf_counter()
    film = LoopedFilm()
    drawn_s = time.perf_counter() - begin
    source = VirtualCamera(film).open()
    used, frames, late = time.process_time(), 0, []
    end = time.monotonic() + options.seconds
    while time.monotonic() < end and (frame := source.read()) is not None:
        frames += 1
        late.append(time.monotonic() - frame.captured_at)
    used = time.process_time() - used
    table = Table(title="virtual camera, 1280x720 at 60 fps", show_header=False)
    table.add_row("drawn once, pictures", f"{film.frames} in {drawn_s:.1f} s")
    table.add_row("frames in", f"{frames} in {options.seconds:g} s")
    table.add_row("processor time for a frame", f"{used / frames * 1000:.2f} ms")
    table.add_row("of one core", f"{used / options.seconds:.1%}")
    p50, p99 = np.percentile(late, [50, 99]) * 1000
    table.add_row("handed over after its time, p50 / p99", f"{p50:.2f} / {p99:.2f} ms")
    Console().print(table)


if __name__ == "__main__":
    main()
