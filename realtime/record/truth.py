"""The truth of a simulated scene as a session document."""

from __future__ import annotations

import msgspec
import numpy as np

from models.simulation.film.shape import Colour, Look
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


class DocumentLook(msgspec.Struct):
    """Clothes, and colours "#rrggbb" in full light."""

    skin: str
    hair: str
    shirt: str
    legs: str
    shoes: str
    hair_style: str
    sleeves: str
    legwear: str
    leotard: bool
    barefoot: bool


class DocumentActor(msgspec.Struct):
    """All that one of the cast truly does; `athlete` is his number in the document, for those
    whose role it is.

    He is `unknown` when he moves as in a recording without a label: jumps, misses and events are
    None then, and he is not among the document's athletes. Of no recording are the contacts
    known."""

    role: str
    athlete: int | None
    unknown: bool
    stature_m: float
    look: DocumentLook
    jumps: tuple[TrueJump, ...] | None
    misses: tuple[TrueMiss, ...] | None
    events: tuple[TrueEvent, ...] | None
    contacts: tuple[Contact, ...] | None
    phases: tuple[Phase, ...] | None


class DocumentCamera(msgspec.Struct):
    """Where the camera is and looks to, in metres, z up; before it shakes. `distortion` is k1, k2,
    p1, p2, k3 of OpenCV's model; the principal point is the middle of the picture."""

    position: list[float]
    target: list[float]
    focal_px: float
    distortion: list[float]


class DocumentAttempt(msgspec.Struct):
    """What the athlete who is meant does from the start beep to the stop beep, or to the end of
    the scene where that comes first; None: not known."""

    start_s: float
    stop_s: float
    jumps: int | None
    right: int | None


class DocumentTruth(msgspec.Struct):
    """`script` makes the same scene again; `t` is the time of each picture in seconds, `repeated`
    are the pictures that show an earlier one again, `lost` the times of those that are missing.
    `attempt` is None without an event."""

    scene: str
    script: Script
    t: list[float]
    repeated: list[int]
    lost: list[float]
    camera: DocumentCamera
    cast: list[DocumentActor]
    attempt: DocumentAttempt | None
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
    athletes = [
        (n, actor)
        for n, actor in zip(numbers, scene.cast, strict=True)
        if n is not None and not actor.unknown
    ]
    width, height = scene.size
    base = build_document(
        SourceInfo(uri, width, height, _rate(scene), scene.frames, scene.duration_s),
        BACKEND,
        DocumentFrames(scene.frames + len(scene.lost), scene.frames, len(scene.lost), 0),
        marks=[mark for number, actor in athletes for mark in _marks(scene, actor, number)],
        followed=[number for number, _ in athletes],
        latency=DocumentLatency(),
    )
    truth = DocumentTruth(
        scene=scene.name,
        script=script,
        t=scene.t.tolist(),
        repeated=[i for i, t in enumerate(scene.t) if scene.film.moment(float(t)) != t],
        lost=scene.lost.tolist(),
        camera=DocumentCamera(
            scene.camera.position.tolist(),
            scene.camera.target.tolist(),
            float(scene.camera.focal),
            list(scene.camera.lens.coefficients),
        ),
        cast=[
            _actor(scene, actor, number) for actor, number in zip(scene.cast, numbers, strict=True)
        ],
        attempt=_attempt(scene),
        sound=scene.sound.truth if scene.sound else None,
    )
    return TrueDocument(**msgspec.structs.asdict(base), truth=truth)


def _rate(scene: Scene) -> float:
    """Pictures per second, the mean of those that are there."""
    if scene.frames < 2:
        return scene.fps
    return round((scene.frames - 1) / float(scene.t[-1] - scene.t[0]), 6)


def _attempt(scene: Scene) -> DocumentAttempt | None:
    if scene.sound is None or scene.sound.attempt is None:
        return None
    start, stop = scene.sound.attempt
    if scene.cast[0].unknown:
        return DocumentAttempt(start, stop, None, None)
    feet = [jump.foot for jump in scene.truth.jumps if start <= jump.time_s <= stop]
    return DocumentAttempt(start, stop, len(feet), feet.count("right"))


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
                Event(
                    athlete,
                    event.kind,
                    event.start_s,
                    event.landing_s,
                    event.landing_s,
                    1.0,
                    takeoff_s=event.takeoff_s,
                    airtime_s=event.airtime_s,
                )
            )
    return jumps + events


def _actor(scene: Scene, actor: Actor, athlete: int | None) -> DocumentActor:
    truth, known = actor.truth, not actor.unknown
    return DocumentActor(
        role=actor.role,
        athlete=athlete,
        unknown=actor.unknown,
        stature_m=actor.build.stature,
        look=_look(actor.look),
        jumps=truth.jumps if known else None,
        misses=truth.misses if known else None,
        events=truth.events if known else None,
        contacts=truth.contacts or None,  # everybody stands before he does anything
        phases=truth.phases(scene.duration_s) if known else None,
    )


def _look(look: Look) -> DocumentLook:
    def code(colour: Colour) -> str:
        blue, green, red = (round(value / look.light) for value in colour)
        return f"#{red:02x}{green:02x}{blue:02x}"

    return DocumentLook(
        skin=code(look.skin),
        hair=code(look.hair),
        shirt=code(look.shirt),
        legs=code(look.legs),
        shoes=code(look.shoes),
        hair_style=look.hair_style,
        sleeves=look.sleeves,
        legwear=look.legwear,
        leotard=look.leotard,
        barefoot=look.barefoot,
    )
