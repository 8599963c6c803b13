"""Ready-made scenes: an athlete, a camera, a gym, and what truly happens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.simulation.backdrop import draw_backdrop
from models.simulation.camera import Camera, facing_camera
from models.simulation.curves import Floats
from models.simulation.figure import POINT, Build
from models.simulation.motion import Motion, Truth, perform
from models.simulation.plans import PLANS
from models.simulation.render import Painter
from models.simulation.shape import draw_look
from models.skeleton import BODY

Image = NDArray[np.uint8]

SCENES: tuple[str, ...] = tuple(PLANS)
DEFAULT_S = {"speed": 12.0, "backflip": 6.0, "handspring": 6.0, "mixed": 20.0}

_BODY_POINTS = [POINT[joint] for joint in BODY.joints]


@dataclass(frozen=True, eq=False)
class Scene:
    """One athlete filmed by one camera, `frames` pictures of `size` (width, height) at `fps`.

    Every method depends on its argument only. They raise IndexError outside 0...frames - 1.
    """

    name: str
    fps: float
    size: tuple[int, int]
    camera: Camera
    motion: Motion
    backdrop: Image
    painter: Painter

    @property
    def frames(self) -> int:
        return len(self.motion.t)

    @property
    def duration_s(self) -> float:
        return self.frames / self.fps

    @property
    def truth(self) -> Truth:
        return self.motion.truth

    def time(self, i: int) -> float:
        """Time of frame `i` in seconds from the beginning of the scene."""
        return float(self.motion.t[self._checked(i)])

    def render(self, i: int) -> Image:
        """Frame `i`, a fresh uint8 BGR (H, W, 3)."""
        image = self.backdrop.copy()
        self.painter.paint(image, self.motion.points[self._checked(i)], float(self.motion.rope[i]))
        return image

    def joints(self, i: int) -> Floats:
        """True pixels (17, 2) of the joints of frame `i` in the order of `models.skeleton.BODY`."""
        return self.camera.project(self.motion.points[self._checked(i)][_BODY_POINTS])[0]

    def _checked(self, i: int) -> int:
        if not 0 <= i < self.frames:
            raise IndexError(f"frame: expected 0...{self.frames - 1}, got {i}")
        return i


def build_scene(
    name: str,
    seconds: float | None = None,
    fps: float = 60.0,
    size: tuple[int, int] = (1280, 720),
    seed: int = 0,
) -> Scene:
    """The scene `name` of `SCENES`, `seconds` long (by default as in `DEFAULT_S`).

    `seed` draws the athlete (stature, colours), the rhythm and the gym. A longer speed or mixed
    scene has more steps, a longer flip scene repeats the flip; the athlete stands at both ends.
    Raises ValueError for an unknown name, for values that are not positive and for a scene that
    is too short for its content.
    """
    if name not in SCENES:
        raise ValueError(f"scene: expected one of {', '.join(SCENES)}, got {name!r}")
    seconds = DEFAULT_S[name] if seconds is None else seconds
    _check_positive("seconds", seconds)
    _check_positive("fps", fps)
    _check_positive("width", size[0])
    _check_positive("height", size[1])
    rng = np.random.default_rng(seed)
    build = Build(stature=float(rng.uniform(1.58, 1.84)))
    look = draw_look(rng)
    elements, start = PLANS[name](build, seconds, rng)
    needed = sum(element.duration_s for element in elements)
    if needed > seconds + 1e-9:
        raise ValueError(
            f"seconds: expected at least {needed:.1f} for the scene {name}, got {seconds}"
        )
    t = np.arange(max(1, round(seconds * fps))) / fps
    camera = facing_camera(size, build.stature)
    return Scene(
        name=name,
        fps=fps,
        size=size,
        camera=camera,
        motion=perform(build, elements, t, start),
        backdrop=draw_backdrop(camera, rng),
        painter=Painter(camera, build.stature, look),
    )


def _check_positive(what: str, value: float) -> None:
    if not (np.isfinite(value) and value > 0):
        raise ValueError(f"{what}: expected a number above 0, got {value}")
