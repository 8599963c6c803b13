"""Pictures of the simulated athlete for the docs: `python -m bench.gallery`.

Writes a contact sheet of every built-in scene and of every skill with and without a rope, and
sheets of people, halls and cameras, to docs/gallery/, and the page docs/gallery.md that shows them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2

from bench.clips import Picture
from bench.moments import MOMENTS, equal_moments, nearest_frame, scene_moments, skill_moments
from bench.tiles import WIDTH, film_strip, grid, headed, labelled, small
from models.simulation.film.hall import HallSettings
from models.simulation.film.settings import CameraSettings
from models.simulation.moves.locomotion import Stand
from models.simulation.moves.rope_jumps import (
    Bounce,
    DoubleUnder,
    RopeRoutine,
    RoutinePart,
    SideSwing,
)
from models.simulation.moves.speed_step import SpeedStep
from models.simulation.moves.tumbling import (
    Aborted,
    AnyTumbling,
    Backflip,
    Cartwheel,
    Fall,
    ForwardRoll,
    FrontTuck,
    Handspring,
    RoundOff,
    Series,
    StraightJump,
)
from models.simulation.moves.vocabulary import AnyMove
from models.simulation.people import BodySettings
from models.simulation.scene import Scene
from models.simulation.script import SCENES, Person, Script, load_script
from models.simulation.staging import build_scene

COMMAND = "python -m bench.gallery"
NOT_YET = {
    "crossing": "steps are lost while somebody stands in front",
    "hall": "two steps too many are counted",
    "neither": "a fall can be taken for a flip",
    "spotted": "the backflip is missed with the spotter behind it",
}
"""What is not recognised yet of a built-in scene."""

_DOCS = Path(__file__).parents[1] / "docs"
_QUALITY = 76
_LONGEST_S = 8.0  # a series
_SIZE = 1280, 720
_TILE = 240, 135
_TALL = 96, 160


@dataclass(frozen=True, eq=False)
class Sheet:
    """A picture of the page: `name` is the file's stem, `says` the line below it."""

    name: str
    says: str
    picture: Picture


def sheets() -> Iterator[Sheet]:
    """All of them, in the order of the page."""
    for name in SCENES:
        yield Sheet(f"scene-{name}", _scene_line(name), over_time(name))
    for name, skill in TUMBLING.items():
        yield Sheet(f"skill-{_stem(name)}", f"`{name}`", headed(tumbling(skill), name))
    for name, move in ROPE.items():
        yield Sheet(f"rope-{_stem(name)}", f"`{name}`", headed(rope(move), name))
    yield Sheet("people", "People, all drawn from a seed; each 10th is a child", people())
    yield Sheet("halls", "Halls: kind, light, clutter, crowd, mat", halls())
    yield Sheet("cameras", "Cameras: the same backflip from all round, near and far", cameras())


def _scene_line(name: str) -> str:
    line = f"`{name}`: {load_script(name).title}"
    return f"{line}. Not recognised yet: {NOT_YET[name]}" if name in NOT_YET else line


def _stem(name: str) -> str:
    return name.replace(", ", "-").replace(" ", "_")


def over_time(name: str) -> Picture:
    """A scene at the moments that show what happens in it."""
    scene = build_scene(name, size=_SIZE)
    return film_strip(scene, scene_moments(scene))


TUMBLING: dict[str, AnyTumbling] = {
    "backflip": Backflip(),
    "handspring": Handspring(),
    "series": Series(),
    "cartwheel": Cartwheel(),
    "round_off": RoundOff(),
    "forward_roll": ForwardRoll(),
    "front_tuck": FrontTuck(),
    "straight_jump": StraightJump(),
    "aborted": Aborted(),
    "fall, hands": Fall(onto="hands"),
    "fall, seat": Fall(onto="seat"),
}


def tumbling(move: AnyTumbling) -> Picture:
    """A skill from the side, to the right of the picture."""
    backward = isinstance(move, Backflip | Handspring | Aborted | Fall)
    person = Person(
        do=(Stand(seconds=0.5), move, Stand(seconds=0.5)),
        x=-1.0,
        facing_deg=-90.0 if backward else 90.0,
        body=_BODIES[0],
    )
    scene = _played(person, 4, camera=CameraSettings(distance_m=8.0, fov_deg=45.0))
    events = scene.truth.events
    shown = skill_moments(scene.truth)
    if len(events) > 1:
        shown = equal_moments(events[0].start_s, events[-1].end_s)
    return film_strip(scene, shown, MOMENTS)


ROPE: dict[str, AnyMove] = {
    "speed_step": SpeedStep(seconds=6.0),
    "bounce": Bounce(seconds=6.0),
    "double_under": DoubleUnder(seconds=6.0),
    "double_under, piked": DoubleUnder(seconds=6.0, piked=True),
    "side_swing": SideSwing(seconds=6.0),
    "side_swing, still": SideSwing(seconds=6.0, feet="still"),
    "rope_routine": RopeRoutine(
        parts=(
            RoutinePart(skill="bounce", seconds=1.2),
            RoutinePart(skill="speed_step", seconds=1.2),
            RoutinePart(skill="double_under", seconds=1.2),
        )
    ),
}


def rope(move: AnyMove) -> Picture:
    """From one jump over the rope to the next but one, from side swing to side swing, or a whole
    routine."""
    scene = _played(Person(do=(move,), facing_deg=-25.0, body=_BODIES[1]), 6)
    jumps = [jump.time_s for jump in scene.truth.jumps]
    first, last = (2, 4)
    if isinstance(move, SideSwing):
        first, last = (0, 1)
    elif isinstance(move, RopeRoutine):
        first, last = (0, -1)
    return film_strip(scene, equal_moments(jumps[first], jumps[last]), MOMENTS)


_BODIES = (
    BodySettings(
        skin="#dfae8b",
        hair="#4a3324",
        shirt="#285ebe",
        sleeves="none",
        legwear="shorts",
        legs="#17171a",
        shoes="barefoot",
    ),
    BodySettings(
        skin="#98673f",
        hair="#15110f",
        shirt="#e8c53a",
        sleeves="short",
        legwear="shorts",
        legs="#1f2f5c",
        shoes="#efefec",
    ),
)
_PEOPLE = 20
_STANDARD = CameraSettings(fov_deg=46.0, aim_m=1.12)
"""The same for all, so that they can be seen to differ in height."""


def people() -> Picture:
    """The same step by many people, the last of each row a child."""
    views = {"3/4": -35.0, "front": 0.0, "side": 90.0, "back": 180.0}
    tiles = []
    for seed in range(_PEOPLE):
        age: Literal["adult", "child"] = "child" if seed % 10 == 9 else "adult"
        view = list(views)[seed % len(views)]
        person = Person(do=(SpeedStep(),), body=BodySettings(age=age), facing_deg=views[view])
        scene = _played(person, seed, camera=_STANDARD)
        says = f"{age}, {view}"
        tiles.append(labelled(small(_upright(scene, 150), _TALL), says))
    return grid(tiles, 10)


_HALLS = {
    "gym": HallSettings(),
    "clutter 0.8, mat strip": HallSettings(clutter=0.8, mat="strip"),
    "light 0.15, clutter 0.5": HallSettings(light=0.15, clutter=0.5),
    "sports_hall, crowd 0.7": HallSettings(kind="sports_hall", clutter=0.5, crowd=0.7),
    "sports_hall, spring_floor": HallSettings(kind="sports_hall", mat="spring_floor", crowd=0.3),
    "outdoor, clutter 0.5": HallSettings(kind="outdoor", clutter=0.5),
    "outdoor, crowd 0.8": HallSettings(kind="outdoor", crowd=0.8),
    "plain": HallSettings(kind="plain"),
}


def halls() -> Picture:
    """One person in all of them."""
    person = Person(do=(Stand(),), facing_deg=-35.0, body=_BODIES[0])
    return grid(
        [
            labelled(small(_played(person, seed, hall).render(0), _TILE), says)
            for seed, (says, hall) in enumerate(_HALLS.items())
        ],
        WIDTH // _TILE[0],
    )


_CAMERAS = {
    "as it is": CameraSettings(),
    "orbit 45": CameraSettings(orbit_deg=45.0),
    "orbit 90": CameraSettings(orbit_deg=90.0),
    "orbit 180": CameraSettings(orbit_deg=180.0),
    "4 m high, 8 m away": CameraSettings(height_m=4.0, distance_m=8.0),
    "0.3 m high, 4 m away": CameraSettings(height_m=0.3, distance_m=4.0),
    "wide lens, 3 m away": CameraSettings(lens="wide", distance_m=3.0),
    "roll 8, noise 18, -1.5 EV": CameraSettings(roll_deg=8.0, noise=18.0, exposure_ev=-1.5),
}


def cameras() -> Picture:
    """One backflip at one moment, seen by all of them."""
    tiles = []
    hall = HallSettings(clutter=0.5, mat="strip")
    person = Person(do=(Backflip(),), facing_deg=-90.0, body=_BODIES[0])
    for says, camera in _CAMERAS.items():
        scene = _played(person, 3, hall, camera)
        event = scene.truth.events[0]
        frame = nearest_frame(scene, event.takeoff_s + 0.6 * event.airtime_s)
        tiles.append(labelled(small(scene.render(frame), _TILE), says))
    return grid(tiles, WIDTH // _TILE[0])


def _played(
    person: Person,
    seed: int,
    hall: HallSettings | None = None,
    camera: CameraSettings | None = None,
) -> Scene:
    """One person alone."""
    script = Script(
        title="gallery",
        seconds=_LONGEST_S,
        person=(person,),
        hall=hall or HallSettings(),
        camera=camera or CameraSettings(),
    )
    return build_scene(script, size=_SIZE, seed=seed)


def _upright(scene: Scene, i: int) -> Picture:
    """The part of frame `i` that a person and a rope need."""
    image = scene.render(i)[_SIZE[1] // 5 : _SIZE[1] * 14 // 15]
    height, width = image.shape[:2]
    half = height * _TALL[0] // _TALL[1] // 2
    return image[:, width // 2 - half : width // 2 + half]


def page(shown: Sequence[Sheet]) -> str:
    """The Markdown of docs/gallery.md."""
    parts = [
        "# The simulated athlete in pictures",
        f"Made by `{COMMAND}`. Sheets are read row by row; the time in seconds is below each tile. "
        "The moments are chosen by the truth of the scene: take-off, middle and landing of each "
        "skill, misses and restarts, somebody before or behind the athlete, jumps with their "
        "number; the rest are equal steps, or postures that differ where there is nothing to "
        "count.",
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
