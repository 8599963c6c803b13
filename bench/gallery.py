"""Pictures of the simulated athlete for the docs: `python -m bench.gallery`.

Writes a contact sheet of every built-in scene, and sheets of people, halls and cameras, to
docs/gallery/ and the page docs/gallery.md that shows them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from bench.clips import Picture
from models.simulation.film.hall import HallSettings
from models.simulation.film.settings import CameraSettings
from models.simulation.moves.locomotion import Stand
from models.simulation.moves.speed_step import SpeedStep
from models.simulation.moves.tumbling import Backflip
from models.simulation.people import BodySettings
from models.simulation.scene import Scene
from models.simulation.script import SCENES, Person, Script, load_script
from models.simulation.staging import build_scene

COMMAND = "python -m bench.gallery"
_DOCS = Path(__file__).parents[1] / "docs"
_QUALITY = 80
_TILE = 256, 144
_SIZE = 1280, 720
_FRAMES = 8
_COLUMNS = 4
_TALL = 120, 200


@dataclass(frozen=True, eq=False)
class Sheet:
    """A picture of the page: `name` is the file's stem, `says` the line below it."""

    name: str
    says: str
    picture: Picture


def sheets() -> Iterator[Sheet]:
    """All of them, in the order of the page."""
    for name in SCENES:
        yield Sheet(f"scene-{name}", f"`{name}`: {load_script(name).title}", over_time(name))
    yield Sheet("people", "People: adults and children, all drawn from a seed", people())
    yield Sheet("halls", "Halls: kind, light, clutter, crowd, mat", halls())
    yield Sheet("cameras", "Cameras: the same backflip from all round, near and far", cameras())


def over_time(name: str) -> Picture:
    """A scene at equal steps in time."""
    scene = build_scene(name, size=_SIZE)
    steps = np.linspace(0, scene.frames - 1, _FRAMES + 2)[1:-1]
    return grid([_small(scene.render(int(i)), _TILE) for i in steps], _COLUMNS)


def people() -> Picture:
    """The same step by many people, the last of each row a child."""
    views = (-35.0, 0.0, 90.0, 180.0)
    tiles = []
    for seed in range(20):
        body = BodySettings(age="child" if seed % 10 == 9 else "adult")
        facing = views[seed % len(views)]
        scene = _played(Person(do=(SpeedStep(),), body=body, facing_deg=facing), seed)
        tiles.append(_small(_upright(scene, 150), _TALL))
    return grid(tiles, 10)


_HALLS = (
    HallSettings(),
    HallSettings(clutter=0.8, mat="strip"),
    HallSettings(light=0.15, clutter=0.5),
    HallSettings(kind="sports_hall", clutter=0.5, crowd=0.7),
    HallSettings(kind="sports_hall", mat="spring_floor", crowd=0.3),
    HallSettings(kind="outdoor", clutter=0.5),
    HallSettings(kind="outdoor", crowd=0.8),
    HallSettings(kind="plain"),
)


def halls() -> Picture:
    person = Person(do=(Stand(),), facing_deg=-35.0)
    scenes = [_played(person, seed, hall) for seed, hall in enumerate(_HALLS)]
    return grid([_small(scene.render(0), _TILE) for scene in scenes], _COLUMNS)


_CAMERAS = (
    CameraSettings(),
    CameraSettings(orbit_deg=45.0),
    CameraSettings(orbit_deg=90.0),
    CameraSettings(orbit_deg=180.0),
    CameraSettings(height_m=4.0, distance_m=8.0),
    CameraSettings(height_m=0.3, distance_m=4.0),
    CameraSettings(lens="wide", distance_m=3.0),
    CameraSettings(roll_deg=8.0, noise=18.0, exposure_ev=-1.5),
)


def cameras() -> Picture:
    tiles = []
    hall = HallSettings(clutter=0.5, mat="strip")
    for camera in _CAMERAS:
        scene = _played(Person(do=(Backflip(),), facing_deg=-90.0), 3, hall, camera)
        event = scene.truth.events[0]
        moment = event.takeoff_s + 0.6 * event.airtime_s
        tiles.append(_small(scene.render(round(moment * scene.fps)), _TILE))
    return grid(tiles, _COLUMNS)


def _played(
    person: Person,
    seed: int,
    hall: HallSettings | None = None,
    camera: CameraSettings | None = None,
) -> Scene:
    """Six seconds of one person."""
    script = Script(
        title="gallery",
        seconds=6.0,
        person=(person,),
        hall=hall or HallSettings(),
        camera=camera or CameraSettings(),
    )
    return build_scene(script, size=_SIZE, seed=seed)


def _upright(scene: Scene, i: int) -> Picture:
    """A part of frame `i` as wide as a person needs."""
    image = scene.render(i)
    height, width = image.shape[:2]
    half = height * _TALL[0] // _TALL[1] // 2
    return image[:, width // 2 - half : width // 2 + half]


def _small(image: Picture, size: tuple[int, int]) -> Picture:
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def grid(tiles: Sequence[Picture], columns: int) -> Picture:
    """Tiles of one size in rows of `columns`, the last row filled with black."""
    tiles = [*tiles, *[np.zeros_like(tiles[0])] * (-len(tiles) % columns)]
    rows = [np.hstack(tiles[i : i + columns]) for i in range(0, len(tiles), columns)]
    return np.vstack(rows)


def page(shown: Sequence[Sheet]) -> str:
    """The Markdown of docs/gallery.md."""
    parts = [
        "# The simulated athlete in pictures",
        f"Made by `{COMMAND}`. Scenes are read row by row; each shows {_FRAMES} moments at equal "
        "steps.",
    ]
    parts += [f"![{one.name}](gallery/{one.name}.jpg)\n\n{one.says}" for one in shown]
    return "\n\n".join(parts) + "\n"


def write(folder: Path, make: Callable[[], Iterator[Sheet]] = sheets) -> int:
    """Write the page and its pictures into `folder`; the number of bytes of all pictures."""
    pictures = folder / "gallery"
    pictures.mkdir(parents=True, exist_ok=True)
    shown, size = list(make()), 0
    for one in shown:
        _, data = cv2.imencode(".jpg", one.picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        (pictures / f"{one.name}.jpg").write_bytes(data.tobytes())
        size += len(data)
    (folder / "gallery.md").write_text(page(shown), "utf-8")
    return size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--docs", type=Path, default=_DOCS, metavar="FOLDER")
    folder = parser.parse_args().docs
    print(f"{folder / 'gallery.md'}: {write(folder) / 1e6:.2f} MB of pictures")


if __name__ == "__main__":
    main()
