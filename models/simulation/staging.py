"""From a scene file to a scene: who they are, what they do when, and the camera."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.simulation.film.backdrop import draw_backdrop
from models.simulation.film.camera import place_camera
from models.simulation.motion import Element, Performance, Placement, Sampled
from models.simulation.moves.locomotion import stand, walk
from models.simulation.moves.move import Move, Stage
from models.simulation.people import draw_person
from models.simulation.scene import Actor, Scene
from models.simulation.script import Person, Script, ScriptError, load_script

_SHORTEST_STAND_S = 0.1
_PEOPLE = 1  # streams of random numbers: one for the hall, then one for each person


def build_scene(
    scene: str | Path | Script,
    seconds: float | None = None,
    fps: float | None = None,
    size: tuple[int, int] | None = None,
    seed: int | None = None,
) -> Scene:
    """The built-in scene of this name, of the scene file at this path, or of `scene` itself.

    What is not None replaces the script's own value. A move without a length takes the time that
    is left. Raises ScriptError for a scene that cannot be read or is too short for its content.
    """
    script = scene if isinstance(scene, Script) else load_script(scene)
    name = script.title if isinstance(scene, Script) else str(scene)
    seconds = _positive("seconds", script.seconds if seconds is None else seconds)
    fps = _positive("fps", script.camera.fps if fps is None else fps)
    size = size or (script.camera.width, script.camera.height)
    for what, pixels in zip(("width", "height"), size, strict=True):
        _positive(what, pixels)
    seed = script.seed if seed is None else seed
    cast = [
        _actor(name, person, seconds, np.random.default_rng([seed, _PEOPLE + i]))
        for i, person in enumerate(script.person)
    ]
    camera = place_camera(script.camera, size, cast[0].build.stature)
    return Scene(
        name=name,
        fps=fps,
        t=np.arange(max(1, round(seconds * fps))) / fps,
        size=size,
        camera=camera,
        cast=cast,
        backdrop=draw_backdrop(camera, np.random.default_rng(seed)),
    )


def _actor(name: str, person: Person, seconds: float, rng: np.random.Generator) -> Actor:
    build, look = draw_person(person.body, rng)
    elements = _plan(name, person, Stage(build, person.place, seconds, rng))
    performance = Performance(build, elements, person.place)
    return Actor(person.role, build, look, Sampled(performance), performance.truth)


def _plan(name: str, person: Person, stage: Stage) -> list[Element]:
    """The person's elements in order, standing still until the end of the scene."""
    if sum(move.fills for move in person.do) > (0 if person.loop else 1):
        raise ScriptError(
            f"scene {name}: a move without seconds where only "
            f"{'a length fits, as loop is set' if person.loop else 'one may be'}; give it seconds"
        )
    elements = _once(person.do, stage)
    if _length(elements) > stage.seconds + 1e-9:
        raise ScriptError(
            f"seconds: expected at least {_length(elements):.1f} for the scene {name}, "
            f"got {stage.seconds:g}"
        )
    while person.loop:
        again = [_back(elements, stage), *_once(person.do, stage)]
        if _length(elements + again) > stage.seconds:
            break
        elements += again
    rest = stage.seconds - _length(elements)
    return [*elements, stand(stage.build, rest)] if rest > _SHORTEST_STAND_S else elements


def _once(moves: Sequence[Move], stage: Stage) -> list[Element]:
    """An element for each move; the one without a length, which must end where it begins, gets
    the time that the others leave."""
    elements: dict[int, Element] = {}
    place = stage.place
    for i, move in enumerate(moves):
        if not move.fills:
            elements[i] = move.element(replace(stage, place=place))
            place = place.then(elements[i].exit)
    left = stage.seconds - _length(elements.values())
    for i, move in enumerate(moves):
        if move.fills:
            elements[i] = move.element(replace(stage, seconds=max(left, move.shortest_s)))
    return [elements[i] for i in range(len(moves))]


def _back(elements: Sequence[Element], stage: Stage) -> Element:
    """The walk from where `elements` end to where they began."""
    place = Placement()
    for element in elements:
        place = place.then(element.exit)
    return walk(stage.build, place.towards(Placement()))


def _length(elements: Iterable[Element]) -> float:
    return sum(element.duration_s for element in elements)


def _positive(what: str, value: float) -> float:
    if not (np.isfinite(value) and value > 0):
        raise ScriptError(f"{what}: expected a number above 0, got {value}")
    return value
