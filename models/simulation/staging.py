"""From a scene file to a scene: who they are, what they do when, and the camera."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.simulation.figure import Build
from models.simulation.film.backdrop import draw_backdrop
from models.simulation.film.camera import Camera, place_camera
from models.simulation.film.canvas import Canvas, canvas_camera
from models.simulation.film.exposure import Exposure
from models.simulation.film.film import Film
from models.simulation.film.sensor import build_sensor
from models.simulation.film.settings import CameraSettings
from models.simulation.film.shake import draw_shake
from models.simulation.film.shots import take_shots
from models.simulation.motion import Element, Performance, Placement, Recorded, Sampled
from models.simulation.moves.locomotion import stand, walk
from models.simulation.moves.move import Move, Stage
from models.simulation.people import draw_person
from models.simulation.puppet.puppet import perform
from models.simulation.puppet.recording import read_recording
from models.simulation.scene import Actor, Scene
from models.simulation.script import Person, Script, ScriptError, load_script
from models.simulation.sound.impacts import impacts_of
from models.simulation.sound.settings import SoundSettings
from models.simulation.sound.track import Sound
from models.simulation.truth import Truth

_SHORTEST_STAND_S = 0.1
# Streams of random numbers: one for the hall, one for each person, and the camera's.
_PEOPLE, _TIMES, _SHAKE, _SENSOR = 1, 101, 102, 103


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
    with _named(f"scene {name}"):
        cast = [
            _lit(_actor(name, person, seconds, np.random.default_rng([seed, _PEOPLE + i])), script)
            for i, person in enumerate(script.person)
        ]
    with _named(f"scene {name}: camera"):
        camera = place_camera(script.camera, size, cast[0].build.stature)
        exposure = _exposure(script.camera, fps, np.random.default_rng([seed, _SHAKE]))
    canvas = _canvas(script, camera, exposure, seed)
    shots = take_shots(script.camera, fps, seconds, np.random.default_rng([seed, _TIMES]))
    return Scene(
        name=name,
        fps=fps,
        t=shots.t,
        size=size,
        camera=camera,
        cast=cast,
        backdrop=canvas.image if canvas.camera is camera else canvas.seen_by(camera),
        film=Film(
            exposure,
            None if exposure.shake is None else canvas,
            build_sensor(script.camera, size, np.random.default_rng([seed, _SENSOR])),
            shots.repeats,
        ),
        sound=None if script.sound is None else _sound(script.sound, cast, seconds, seed),
    )


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Says of `what` it is that moves, bodies, recordings and cameras refuse."""
    try:
        yield
    except ScriptError:
        raise
    except ValueError as error:
        raise ScriptError(f"{what}: {error}") from None


def _exposure(settings: CameraSettings, fps: float, rng: np.random.Generator) -> Exposure:
    """Raises ValueError for an exposure that takes longer than a frame."""
    for what in ("shutter_s", "rolling_shutter_s"):
        seconds = getattr(settings, what)
        if seconds > 1 / fps + 1e-9:
            raise ValueError(
                f"{what}: expected at most 1 / fps = {1 / fps:.4g}, got {seconds:g}; take a "
                "shorter one or fewer fps"
            )
    shake = draw_shake(settings.shake_deg, rng) if settings.shake_deg else None
    return Exposure(settings.shutter_s, settings.rolling_shutter_s, shake)


def _canvas(script: Script, camera: Camera, exposure: Exposure, seed: int) -> Canvas:
    """The hall, drawn for `camera` itself where that is level and at rest."""
    rng = np.random.default_rng(seed)
    steady = exposure.shake is None and not camera.lens.distorts and not any(camera.turn)
    sway = np.zeros(3) if exposure.shake is None else exposure.shake.largest
    level = camera if steady else canvas_camera(camera, sway)
    return Canvas(draw_backdrop(level, rng, script.hall), level)


def _lit(actor: Actor, script: Script) -> Actor:
    return replace(actor, look=actor.look.lit(script.hall.brightness))


def _sound(settings: SoundSettings, cast: Sequence[Actor], seconds: float, seed: int) -> Sound:
    impacts = [impacts_of(actor.truth, actor.rope, seconds) for actor in cast]
    return Sound(settings, seconds, impacts, seed)


def _actor(name: str, person: Person, seconds: float, rng: np.random.Generator) -> Actor:
    build, look = draw_person(person.body, rng)
    if person.puppet is not None:
        motion, truth = _puppet(name, person, build, seconds)
        return Actor(person.role, build, look, motion, truth)
    elements = _plan(name, person, Stage(build, person.place, seconds, rng))
    performance = Performance(build, elements, person.place)
    return Actor(
        person.role, build, look, Sampled(performance), performance.truth, performance.rope
    )


def _puppet(name: str, person: Person, build: Build, seconds: float) -> tuple[Recorded, Truth]:
    place = Placement(person.x, person.y, float(np.radians(person.facing_deg)))
    recording = read_recording(Path(person.puppet or ""))
    motion, truth = perform(recording, build, place)
    if recording.t[-1] > seconds:
        raise ScriptError(
            f"seconds: expected at least {recording.t[-1]:.1f} for the recording in the scene "
            f"{name}, got {seconds:g}"
        )
    return motion, truth


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
