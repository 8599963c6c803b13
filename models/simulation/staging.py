"""From a scene file to a scene: who they are, what they do when, and the camera."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.simulation.film.backdrop import draw_backdrop
from models.simulation.film.camera import Camera, place_camera
from models.simulation.film.canvas import Canvas, canvas_camera
from models.simulation.film.exposure import Exposure
from models.simulation.film.film import Film
from models.simulation.film.sensor import build_sensor
from models.simulation.film.settings import CameraSettings
from models.simulation.film.shake import draw_shake
from models.simulation.film.shots import take_shots
from models.simulation.motion import Element, Performance, Placement, Sampled
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
    cast = _cast(name, script, seconds, seed)
    with _named(f"scene {name}: camera"):
        _check_rate(script.camera, fps)
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
        lost=shots.lost,
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


def _check_rate(settings: CameraSettings, fps: float) -> None:
    if settings.slow_fps is not None and settings.slow_fps >= fps:
        raise ValueError(
            f"slow_fps: expected less than fps = {fps:g}, got {settings.slow_fps:g}; the rate "
            "wanders between the two"
        )


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


class _TooShortError(ValueError):
    """The scene is shorter than `needed_s` seconds."""

    def __init__(self, needed_s: float) -> None:
        super().__init__(needed_s)
        self.needed_s = needed_s


def _cast(name: str, script: Script, seconds: float, seed: int) -> list[Actor]:
    """Everybody in the scene. Raises ScriptError, for a scene that is too short with what the
    longest of them needs."""
    cast, needed_s = [], 0.0
    for i, person in enumerate(script.person):
        who, rng = f"scene {name}, person {i + 1}", np.random.default_rng([seed, _PEOPLE + i])
        try:
            cast.append(_lit(_actor(who, person, seconds, rng), script))
        except _TooShortError as error:
            needed_s = max(needed_s, error.needed_s)
    if needed_s:
        raise ScriptError(
            f"scene {name}: seconds: expected at least {np.ceil(10 * needed_s) / 10:.1f} for what "
            f"is done in it, got {seconds:g}"
        )
    return cast


def _actor(who: str, person: Person, seconds: float, rng: np.random.Generator) -> Actor:
    with _named(who):
        build, look = draw_person(person.body, rng)
    if person.puppet is not None:
        with _named(who):
            recording = read_recording(Path(person.puppet))
            place = Placement(person.x, person.y, float(np.radians(person.facing_deg)))
            motion, truth = perform(recording, build, place)
        if recording.t[-1] > seconds:
            raise _TooShortError(float(recording.t[-1]))
        return Actor(person.role, build, look, motion, truth, unknown=not truth.events)
    elements = _plan(who, person, Stage(build, person.place, seconds, rng))
    performance = Performance(build, elements, person.place)
    return Actor(
        person.role, build, look, Sampled(performance), performance.truth, performance.rope
    )


def _plan(who: str, person: Person, stage: Stage) -> list[Element]:
    """The person's elements in order, standing still until the end of the scene."""
    filling = [_told(i, move) for i, move in enumerate(person.do) if move.fills]
    if len(filling) > (0 if person.loop else 1):
        rule = "with loop each needs seconds" if person.loop else "only one may be without"
        raise ScriptError(f"{who}: {' and '.join(filling)} without seconds; {rule}: give seconds")
    elements = _once(who, person.do, stage)
    if _length(elements) > stage.seconds + 1e-9:
        raise _TooShortError(_length(elements))
    while person.loop:
        again = [_back(elements, stage), *_once(who, person.do, stage)]
        if _length(elements + again) > stage.seconds:
            break
        elements += again
    rest = stage.seconds - _length(elements)
    return [*elements, stand(stage.build, rest)] if rest > _SHORTEST_STAND_S else elements


def _told(i: int, move: Move) -> str:
    """A move as the person who wrote it counts."""
    return f"move {i + 1} ({move.__struct_config__.tag})"


def _once(who: str, moves: Sequence[Move], stage: Stage) -> list[Element]:
    """An element for each move; the one without a length, which must end where it begins, gets
    the time that the others leave."""
    elements: dict[int, Element] = {}
    place = stage.place
    for i, move in enumerate(moves):
        if not move.fills:
            with _named(f"{who}, {_told(i, move)}"):
                elements[i] = move.element(replace(stage, place=place))
            place = place.then(elements[i].exit)
    left = stage.seconds - _length(elements.values())
    for i, move in enumerate(moves):
        if move.fills:
            with _named(f"{who}, {_told(i, move)}"):
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
