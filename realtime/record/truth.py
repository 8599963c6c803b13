"""The truth of a simulated scene as a session document."""

from __future__ import annotations

import msgspec
import numpy as np

from models.simulation.scene import Actor, Scene
from models.simulation.script import Script
from models.simulation.sound.truth import SoundTruth
from models.simulation.truth import Contact, Phase, TrueEvent, TrueJump, TrueMiss
from realtime.marks import Event, Jump, Mark
from realtime.record.document import (
    DocumentFrames,
    DocumentLatency,
    SessionDocument,
    build_document,
)
from realtime.sources.protocol import SourceInfo

BACKEND = "simulation"
_ATHLETE = "athlete"


class DocumentActor(msgspec.Struct):
    """All that one of the cast truly does; `athlete` is his number in the document, for those
    whose role it is."""

    role: str
    athlete: int | None
    stature_m: float
    jumps: tuple[TrueJump, ...]
    misses: tuple[TrueMiss, ...]
    events: tuple[TrueEvent, ...]
    contacts: tuple[Contact, ...]
    phases: tuple[Phase, ...]


class DocumentCamera(msgspec.Struct):
    """Where the camera is and looks to, in metres, z up; before it shakes."""

    position: list[float]
    target: list[float]
    focal_px: float


class DocumentTruth(msgspec.Struct):
    """`script` makes the same scene again; `t` is the time of each picture in seconds, `repeated`
    are the pictures that show an earlier one again."""

    scene: str
    script: Script
    t: list[float]
    repeated: list[int]
    camera: DocumentCamera
    cast: list[DocumentActor]
    sound: SoundTruth | None


class TrueDocument(SessionDocument, kw_only=True):
    """A session document with the truth that it was made from."""

    truth: DocumentTruth


def true_document(scene: Scene, script: Script, uri: str) -> TrueDocument:
    """What a perfect observer would say of the video `uri` of `scene`, at the time it happens; and
    everything that is known of it."""
    numbers: list[int | None] = []
    for actor in scene.cast:
        is_athlete = actor.role == _ATHLETE
        numbers.append(1 + sum(n is not None for n in numbers) if is_athlete else None)
    athletes = [(n, actor) for n, actor in zip(numbers, scene.cast, strict=True) if n is not None]
    width, height = scene.size
    base = build_document(
        SourceInfo(uri, width, height, scene.fps, scene.frames, scene.duration_s),
        BACKEND,
        DocumentFrames(scene.frames, scene.frames, 0, 0),
        marks=[mark for number, actor in athletes for mark in _marks(scene, actor, number)],
        followed=[number for number, _ in athletes],
        latency=DocumentLatency(),
    )
    truth = DocumentTruth(
        scene=scene.name,
        script=script,
        t=scene.t.tolist(),
        repeated=[i for i, t in enumerate(scene.t) if scene.film.moment(float(t)) != t],
        camera=DocumentCamera(
            scene.camera.position.tolist(), scene.camera.target.tolist(), float(scene.camera.focal)
        ),
        cast=[
            _actor(scene, actor, number) for actor, number in zip(scene.cast, numbers, strict=True)
        ],
        sound=scene.sound.truth if scene.sound else None,
    )
    return TrueDocument(**msgspec.structs.asdict(base), truth=truth)


def _marks(scene: Scene, actor: Actor, athlete: int) -> list[Mark]:
    jumps: list[Mark] = [
        Jump(
            athlete,
            int(np.abs(scene.t - jump.time_s).argmin()),
            jump.time_s,
            jump.foot,
            jump.time_s,
        )
        for jump in actor.truth.jumps
    ]
    events: list[Mark] = []
    for event in actor.truth.events:
        if event.kind == "backflip" or event.kind == "handspring":  # noqa: PLR1714 - mypy narrows
            events.append(
                Event(athlete, event.kind, event.start_s, event.landing_s, event.landing_s, 1.0)
            )
    return jumps + events


def _actor(scene: Scene, actor: Actor, athlete: int | None) -> DocumentActor:
    truth = actor.truth
    return DocumentActor(
        role=actor.role,
        athlete=athlete,
        stature_m=actor.build.stature,
        jumps=truth.jumps,
        misses=truth.misses,
        events=truth.events,
        contacts=truth.contacts,
        phases=truth.phases(scene.duration_s),
    )
