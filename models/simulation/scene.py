"""A scene: people who move, filmed by a camera, and what truly happens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.figure import POINT, Build
from models.simulation.film.camera import Camera
from models.simulation.film.film import Film
from models.simulation.film.render import Painter
from models.simulation.film.shape import Look
from models.simulation.motion import Motion
from models.simulation.sound.track import Sound
from models.simulation.truth import Truth
from models.skeleton import BODY

Image = NDArray[np.uint8]

_BODY_POINTS = [POINT[joint] for joint in BODY.joints]


@dataclass(frozen=True, eq=False)
class Actor:
    """Somebody in a scene: his body, his outside, how he moves and what that truly is."""

    role: str
    build: Build
    look: Look
    motion: Motion
    truth: Truth
    rope: Callable[[Floats], Floats] | None = None
    """The rope alone at times (T,), as in `motion.Element`; None: without one, or unknown."""
    unknown: bool = False
    """Whether he does more than `truth` says: he moves as in a recording without a label."""


@dataclass(frozen=True, eq=False)
class Scene:
    """People filmed by one camera, a picture of `size` (width, height) at each of `t` seconds,
    strictly increasing; `fps` is the rate the camera claims.

    The first of `cast` is the athlete who is meant. `backdrop` is the hall without them, seen by
    `camera` at rest; `film` says how the pictures are taken, `lost` (L,) when some were that are
    not among them. Every method depends on its arguments only. They raise IndexError outside
    0...frames - 1.
    """

    name: str
    fps: float
    t: Floats
    size: tuple[int, int]
    camera: Camera
    cast: Sequence[Actor]
    backdrop: Image
    sound: Sound | None = None
    film: Film = field(default_factory=Film)
    lost: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def frames(self) -> int:
        return len(self.t)

    @property
    def duration_s(self) -> float:
        return float(self.t[-1]) + 1 / self.fps

    @property
    def truth(self) -> Truth:
        """What the athlete who is meant truly does."""
        return self.cast[0].truth

    def time(self, i: int) -> float:
        """Capture time of frame `i` in seconds from the beginning of the scene."""
        return float(self.t[self._checked(i)])

    def render(self, i: int) -> Image:
        """Frame `i`, a fresh uint8 BGR (H, W, 3)."""
        t = self.time(i)
        motions = [actor.motion for actor in self.cast]
        people = list(zip(self._painters, motions, strict=True))
        return self.film.picture(self.camera, self.backdrop, people, t)

    def joints(self, i: int, actor: int = 0) -> Floats:
        """True pixels (17, 2) of an actor's joints in frame `i`, in the order of
        `models.skeleton.BODY`: each where it is in the middle of the exposure of its own row. A
        repeated picture has the joints of the picture that it repeats."""
        pixels, _ = self.film.pixels(self.camera, self.cast[actor].motion, self.time(i))
        return pixels[_BODY_POINTS]

    def points(self, t: Floats, actor: int = 0) -> Floats:
        """Where an actor's points (T, len(figure.POINTS), 3) are at times `t` (T,), metres."""
        return self.cast[actor].motion.at(t).points

    @cached_property
    def _painters(self) -> list[Painter]:
        return [Painter(actor.build, actor.look) for actor in self.cast]

    def _checked(self, i: int) -> int:
        if not 0 <= i < self.frames:
            raise IndexError(f"frame: expected 0...{self.frames - 1}, got {i}")
        return i
