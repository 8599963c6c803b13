"""Flips and what is neither, drawn and seen by the real pose engine; kept as key-point files.

Puppets move as the athletes of the real recordings (`models/simulation/puppet`), the others as the
simulation has it. Each shot is rendered, followed by BlazePose as the live system does it (up to
four people) and kept as one `.npz`: the first person's `keypoints` (T, 33, 3) and `t` as in any
key-point file, all `people` (T, P, 33, 3) with zeros for nobody, and `truth`, a JSON list of
elements (kind, takeoff_s, landing_s). So recognisers can be run again in seconds.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from bench.flips_cases import ELEMENTS, Expected, Floats
from bench.staged import WAIT_S, Move, drawn_camera, drawn_hall, drawn_seed
from bench.streams_join import FPS, Part, join
from models.pose import weights
from models.pose.blazepose.estimator import BlazePose
from models.pose.options import PoseOptions
from models.pose.protocol import estimate_one
from models.simulation.puppet.recording import read_recording
from models.simulation.scene import Scene
from models.simulation.script import Script
from models.simulation.staging import build_scene
from models.skeleton import BLAZEPOSE_33, BODY, BODY_25, Keypoints, convert

VIEWS = {"side": 90.0, "three-quarter": 50.0, "front": 0.0, "back": 180.0}
"""Degrees from facing the camera; of the athlete, before he turns."""
PUPPET_GROUPS = (
    *("puppet", "puppet, other side, 30 fps", "puppet, three-quarter", "puppet, far"),
    "puppet, other side, 30 fps, gets up",
)
SERIES: Mapping[str, tuple[str, ...]] = {
    "round-off, handspring, backflip": ("round_off", "handspring", "backflip"),
    "three backflips": ("backflip", "backflip", "backflip"),
    "round-off, two handsprings, backflip": ("round_off", "handspring", "handspring", "backflip"),
    "two handsprings": ("handspring", "handspring"),
}
_NEITHER: Mapping[str, Move] = {
    **{
        name: {"move": name}
        for name in (
            *("cartwheel", "round_off", "forward_roll"),
            *("front_tuck", "straight_jump", "aborted"),
        )
    },
    "fall on the hands": {"move": "fall", "onto": "hands"},
    "fall on the seat": {"move": "fall", "onto": "seat"},
    **{
        name: {"move": name, "seconds": 4.0}
        for name in ("bounce", "double_under", "jumping_jacks", "high_knees", "crouch")
    },
}
_UP_S, _STOOD = 0.8, 12  # seconds, frames
_SCENES = ("backflip", "handspring", "mixed", "neither", "spotted", "tumbling")
_RATES = (30.0, 60.0)
_SEEDS = 2
_VIEW_DEG = 8.0
_AFTER_S = 0.4
_LONGEST_S, _PLAIN_S = 12.0, 6.0
_TRAVEL_M = 1.1
"""About how far one skill goes."""
_PUPPET_TILT_DEG = 40.0
_PEOPLE = PoseOptions().people


@dataclass(frozen=True)
class Shot:
    """What is filmed: `moves` of somebody turned `facing_deg` away from the camera, or the athlete
    of the recording `puppet`, turned so far from the side on which he was recorded. `camera` and
    `hall` are settings of a scene file. A puppet that `gets_up` goes on after the
    recording, to stand as it did first. `scene` is a built-in one, instead of all that."""

    name: str
    group: str
    view: str
    fps: float
    facing_deg: float = 0.0
    seed: int = 0
    moves: tuple[Move, ...] = ()
    puppet: Path | None = None
    start_x: float = 0.0
    camera: Mapping[str, Any] | None = None
    hall: Mapping[str, Any] | None = None
    gets_up: bool = False
    scene: str | None = None


@dataclass(frozen=True, eq=False)
class Filmed:
    """What the engine saw of a shot: `people` (T, P, 33, 3) at times `t` (T,), zeros for nobody;
    and the true elements."""

    name: str
    group: str
    view: str
    people: Keypoints
    t: Floats
    truth: tuple[Expected, ...]

    @property
    def seconds(self) -> float:
        return float(np.ptp(self.t))


def puppet_shots(gym: Path) -> Iterator[Shot]:
    """Every recording: as it was filmed; from the other side, with half of the frames, by a worse
    camera. Every other one: so, getting up after the landing; from three quarters; and small in
    the picture."""
    rng = np.random.default_rng(7)
    recorded, other, tilted, far, gets_up = PUPPET_GROUPS
    for number, path in enumerate(sorted((gym / "clips").glob("*.npz"))):
        seed = drawn_seed(rng)
        camera, hall = drawn_camera(30.0, rng), drawn_hall(rng)
        tilt = float(rng.choice([-1.0, 1.0])) * _PUPPET_TILT_DEG
        distant = {"distance_m": float(rng.uniform(11.0, 16.0)), "fov_deg": 50.0, "noise": 3.0}
        first = Shot(path.stem, recorded, "side", 60.0, seed=seed, puppet=path)
        worse = replace(first, group=other, fps=30.0, facing_deg=180.0, camera=camera, hall=hall)
        yield first
        yield worse
        if number % 2 == 0:
            yield replace(worse, group=gets_up, gets_up=True)
            yield replace(first, group=tilted, view="three-quarter", facing_deg=tilt)
            yield replace(first, group=far, camera=distant)


def simulated_shots() -> Iterator[Shot]:
    """Single skills, series, and what is neither, in several views and frame rates."""
    rng = np.random.default_rng(11)
    for seed in range(_SEEDS):
        for fps in _RATES:
            for view in VIEWS:
                for kind in ELEMENTS:
                    yield _drawn(Shot(kind, "single", view, fps, moves=({"move": kind},)), rng)
            for view in ("side", "three-quarter"):
                for name, skills in SERIES.items():
                    moves = ({"move": "series", "skills": list(skills)},)
                    yield _drawn(Shot(name, "series", view, fps, moves=moves), rng)
        for view in VIEWS:
            for name, move in _NEITHER.items():
                fps = _RATES[seed % 2]
                yield _drawn(Shot(name, "neither", view, fps, moves=(move,)), rng)


def scene_shots() -> Iterator[Shot]:
    """Built-in scenes with gymnasts."""
    for fps in _RATES:
        for name in _SCENES:
            yield Shot(f"{name}, {fps:g} fps", "built-in scenes", "its own", fps, scene=name)


def _drawn(shot: Shot, rng: np.random.Generator) -> Shot:
    """With a body, a side or slant, and maybe a worse camera, which are drawn. The way of a series
    is in the middle of the picture."""
    side = float(rng.choice([-1.0, 1.0]))
    facing = side * VIEWS[shot.view] + float(rng.uniform(-_VIEW_DEG, _VIEW_DEG))
    seed = drawn_seed(rng)
    camera = drawn_camera(shot.fps, rng) if rng.random() < 0.5 else {}
    skills = shot.moves[0].get("skills", ())
    if skills:
        camera |= {"distance_m": 6.0 + 1.2 * len(skills), "fov_deg": 42.0}
    where = "right" if facing > 0 else "left"
    return replace(
        shot,
        name=f"{shot.name}, {shot.view} {where}, {shot.fps:g} fps, {seed}",
        facing_deg=facing,
        seed=seed,
        start_x=_beginning(skills, facing),
        camera=camera,
        hall=drawn_hall(rng) if camera else {},
    )


def _beginning(skills: Sequence[str], facing_deg: float) -> float:
    """Where he first stands for the middle of his way to be in the middle of the picture: forward
    where he begins with a round-off, else backward."""
    if not skills:
        return 0.0
    way = (1.0 if skills[0] == "round_off" else -1.0) * np.sin(np.radians(facing_deg))
    return float(-way * _TRAVEL_M * len(skills) / 2)


def scene_of(shot: Shot) -> Scene:
    """The scene that a shot is filmed in. Raises ScriptError."""
    if shot.scene is not None:
        return build_scene(shot.scene, fps=shot.fps)
    if shot.puppet is None:
        moves = [{"move": "stand", "seconds": WAIT_S}, *shot.moves]
        return _scene(shot, _LONGEST_S, {"do": moves})
    if not shot.gets_up:
        return _puppet(shot, shot.puppet)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / shot.puppet.name
        np.savez(path, **_got_up(shot.puppet, shot.seed))
        return _puppet(shot, path)


def _puppet(shot: Shot, recording: Path) -> Scene:
    seconds = float(read_recording(recording).t[-1]) + 0.5 / shot.fps
    return _scene(shot, seconds, {"puppet": str(recording)})


def _scene(shot: Shot, seconds: float, person: Mapping[str, Any]) -> Scene:
    script = {
        "title": shot.name,
        "seconds": seconds,
        "seed": shot.seed,
        "camera": {"fps": shot.fps, **(shot.camera or {})},
        "hall": dict(shot.hall or {}),
        "person": [{"facing_deg": shot.facing_deg, "x": shot.start_x, **person}],
    }
    return build_scene(msgspec.convert(script, Script))


def _got_up(path: Path, seed: int) -> dict[str, Any]:
    """A recording at 60 fps that goes on until its athlete stands as at first, as key-point
    file."""
    recording = read_recording(path)
    body = convert(recording.keypoints, recording.skeleton, BODY)
    parts = [Part("flip", body, 0.0), Part("stand", body[:_STOOD], _UP_S)]
    joined, _ = join(parts, np.random.default_rng(seed))
    return {
        "keypoints": convert(joined, BODY, BODY_25),
        "skeleton": BODY_25.name,
        "fps": FPS,
        "label": recording.label,
        "takeoff": recording.takeoff,
        "landing": recording.landing,
    }


def film(shot: Shot) -> Filmed:
    """Render a shot and let a fresh pose engine follow it."""
    scene = scene_of(shot)
    frames = _worth_filming(shot, scene)
    with closing(BlazePose(weights.load(), threads=1, people=_PEOPLE)) as engine:
        seen = [estimate_one(engine, scene.render(i)).keypoints for i in frames]
    people = np.zeros((len(seen), max(1, *map(len, seen)), len(BLAZEPOSE_33), 3), np.float32)
    for row, found in zip(people, seen, strict=True):
        row[: len(found)] = found
    truth = tuple(Expected(e.kind, e.takeoff_s, e.landing_s) for e in scene.truth.events)
    return Filmed(shot.name, shot.group, shot.view, people, scene.t[: len(frames)], truth)


def _worth_filming(shot: Shot, scene: Scene) -> range:
    """All of a recording or a built-in scene; else without the wait after the last element."""
    events = scene.truth.events
    if shot.puppet is not None or shot.scene is not None:
        return range(scene.frames)
    if not events:
        return range(min(scene.frames, round(_PLAIN_S * shot.fps)))
    return range(int(np.searchsorted(scene.t, events[-1].end_s + _AFTER_S)))


def path_of(shot: Shot, folder: Path) -> Path:
    """Where a shot's key points are kept."""
    return folder / shot.group / f"{shot.name}.npz"


def keep(shot: Shot, folder: Path) -> Path:
    """Film a shot unless its key points are in `folder` already."""
    path = path_of(shot, folder)
    if not path.exists():
        write(film(shot), path)
    return path


def write(filmed: Filmed, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    truth = [vars(expected) for expected in filmed.truth]
    partial = path.with_suffix(".part.npz")
    np.savez_compressed(
        partial,
        allow_pickle=False,
        keypoints=filmed.people[:, 0],
        people=filmed.people,
        t=filmed.t,
        skeleton=np.array(BLAZEPOSE_33.name),
        group=np.array(filmed.group),
        view=np.array(filmed.view),
        truth=np.array(json.dumps(truth)),
    )
    partial.rename(path)


def read(path: Path) -> Filmed:
    with np.load(path) as file:
        truth = tuple(Expected(**one) for one in json.loads(str(file["truth"])))
        group, view = str(file["group"]), str(file["view"])
        return Filmed(path.stem, group, view, file["people"], file["t"], truth)
