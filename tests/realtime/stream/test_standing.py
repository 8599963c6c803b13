"""Who stands in the station, in simulated scenes whose truth is exact."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from calibration.floor_zone import FloorZone
from calibration.locate import locate_square
from models.poses import Poses
from models.simulation.moves.locomotion import Stand, Walk
from models.simulation.moves.move import Move
from models.simulation.moves.speed_step import SpeedStep
from models.simulation.moves.tumbling import Backflip, Handspring
from models.simulation.noise.model import KeypointNoise
from models.simulation.scene import Scene
from models.simulation.script import Person, Script
from models.simulation.staging import build_scene
from models.skeleton import BODY, COCO_17, Keypoints, Skeleton, convert
from realtime.analysis import Analysis
from realtime.marks import Event, Jump, Mark
from realtime.observations import Observed
from realtime.stream.standing import LEAVE_M, WINDOW_S, StationTracker

HALF = 1.5
CORNERS = HALF * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1.0]])
BEHIND = Person((Stand(),), role="spectator", x=0.25, y=HALF + 0.7)
BESIDE = Person((Stand(),), role="spectator", x=-HALF - 0.6, y=0.3, facing_deg=90.0)


def scene(*people: Person, seconds: float = 7.0) -> Scene:
    return build_scene(Script("station", seconds, people, seed=4), fps=30.0)


def athlete(move: Move) -> Person:
    return Person((Stand(seconds=1.5), move, Stand()), facing_deg=-70.0)


def floor(scene: Scene) -> FloorZone:
    pixels, _ = scene.camera.project(np.column_stack([CORNERS, np.zeros(4)]))
    return FloorZone.of(locate_square(pixels, (2 * HALF, 2 * HALF), scene.size, 1.0))


@cache
def filmed(move: Move, network: str | None) -> tuple[Scene, Skeleton, list[Keypoints]]:
    """An athlete, somebody behind and somebody beside the station: key points of each (T, J, 3),
    exact or with a network's noise."""
    here = scene(athlete(move), BEHIND, BESIDE)
    true = np.stack([[here.joints(i, n) for i in range(here.frames)] for n in range(3)])
    if network is None:
        ones = np.ones((*true.shape[:3], 1))
        return here, BODY, list(np.concatenate([true, ones], axis=-1).astype(np.float32))
    noise, rng = KeypointNoise.load(network), np.random.default_rng(3)
    return here, noise.skeleton, [noise.apply(each, here.t, rng) for each in true]


def observed(here: Scene, skeleton: Skeleton, people: list[Keypoints]) -> list[Observed]:
    everybody = np.stack(people, axis=1)
    return [
        Observed(i, float(here.t[i]), Poses(skeleton, everybody[i, :: -1 if i % 2 else 1]))
        for i in range(here.frames)
    ]


def run(zone: FloorZone | None, frames: list[Observed]) -> tuple[Analysis, list[Mark]]:
    analysis = Analysis(zone)
    marks = [mark for frame in frames for mark in analysis.update(frame)]
    return analysis, marks + analysis.finish()


@pytest.mark.parametrize("network", [None, "blazepose"])
@pytest.mark.parametrize("move", [Backflip(), Handspring()], ids=lambda m: type(m).__name__)
def test_a_flip_stays_one_athlete_with_one_event_and_nobody_else_counts(move, network):
    here, skeleton, people = filmed(move, network)
    frames = observed(here, skeleton, people)
    assert len(run(None, frames)[0].followed) == 3
    analysis, marks = run(floor(here), frames)
    assert analysis.followed == [1]
    events = [mark for mark in marks if isinstance(mark, Event)]
    alone = run(None, observed(here, skeleton, people[:1]))[1]
    assert events == [mark for mark in alone if isinstance(mark, Event)]
    if network is None:
        assert [mark.kind for mark in events] == [type(move).__name__.lower()]


@pytest.mark.parametrize("move", [Backflip(), Handspring(), SpeedStep(seconds=4.0)])
def test_the_boxes_overlap_and_in_every_frame_only_the_athlete_is_in(move):
    here, skeleton, people = filmed(move, None)
    low, high = (f(people, axis=2)[..., :2] for f in (np.min, np.max))
    assert np.all((low[0] < high[1]) & (low[1] < high[0]), axis=1).mean() > 0.35
    tracker = StationTracker(skeleton, floor(here))
    for frame, body in zip(observed(here, skeleton, people), people[0], strict=True):
        found = tracker.update(frame.t, frame.poses)
        assert [person.id for person in found] == [1]
        assert np.array_equal(found[0].keypoints, body)


def test_steps_in_the_station_are_all_counted_and_steps_behind_it_are_not():
    behind = Person((Stand(seconds=0.7), SpeedStep(), Stand(seconds=0.4)), x=0.9, y=HALF + 0.8)
    here = scene(athlete(SpeedStep(seconds=4.0)), behind)
    people = [
        np.stack([np.column_stack([here.joints(i, n), np.ones(17)]) for i in range(here.frames)])
        for n in range(2)
    ]
    frames = observed(here, BODY, [each.astype(np.float32) for each in people])
    alone = observed(here, BODY, [people[0].astype(np.float32)])
    _, marks = run(floor(here), frames)
    jumps = [mark for mark in marks if isinstance(mark, Jump)]
    assert len(jumps) == len([mark for mark in run(None, alone)[1] if isinstance(mark, Jump)]) > 8
    assert {mark.athlete for mark in jumps} == {1}


def membership(people: tuple[Person, ...], seconds: float, skeleton: Skeleton = BODY) -> list[bool]:
    here = scene(*people, seconds=seconds)
    tracker = StationTracker(skeleton, floor(here))
    found = []
    for i in range(here.frames):
        body = np.column_stack([here.joints(i), np.ones(17)]).astype(np.float32)[None]
        poses = Poses(skeleton, convert(body, BODY, skeleton))
        found.append(bool(tracker.update(float(here.t[i]), poses)))
    return found


@pytest.mark.parametrize("skeleton", [BODY, COCO_17], ids=lambda s: s.name)
def test_walking_in_and_out_is_one_coming_and_one_going(skeleton):
    walker = Person(
        (
            Stand(seconds=1.0),
            Walk(x=0.0, y=0.5, facing_deg=0.0),
            Stand(seconds=1.5),
            Walk(x=-HALF - 1.2, y=0.5, facing_deg=0.0),
            Stand(),
        ),
        x=HALF + 1.2,
        y=0.5,
        facing_deg=-90.0,
    )
    found = membership((walker,), 14.0, skeleton)
    changes = np.flatnonzero(np.diff(np.array(found, int)))
    assert (found[0], found[-1], len(changes)) == (False, False, 2)


def figure_at(zone: FloorZone, x: float, y: float) -> Poses:
    """Somebody of sticks who stands at a place of the scene."""
    points = np.array([[x, y, z] for z in np.linspace(1.7, 0.03, len(BODY))])
    corner = np.array([HALF, HALF, 0.0])  # the floor's origin is the station's near left corner
    pixels = zone.ground.project(points + corner)
    feet = zone.ground.project(np.array([x, y, 0.05]) + corner)
    pixels[[BODY.index(j) for j in BODY.joints if j.endswith(("ankle", "heel", "toe"))]] = feet
    return Poses(BODY, np.column_stack([pixels, np.ones(17)]).astype(np.float32)[None])


def test_who_is_in_may_be_a_little_outside_and_who_is_out_may_not():
    """So that nobody on the line comes and goes."""
    zone = floor(scene(athlete(Backflip())))
    tracker = StationTracker(BODY, zone)
    way = [(HALF + 0.15, False), (HALF - 0.15, True), (HALF + 0.15, True)]
    way += [(HALF + LEAVE_M + 0.15, False), (HALF + 0.15, False), (HALF - 0.15, True)]
    t = 0.0
    for x, expected in way:
        for _ in range(round(WINDOW_S * 30) + 2):
            t += 1 / 30
            found = tracker.update(t, figure_at(zone, x, 0.0))
        assert bool(found) == expected, x


def test_whose_feet_are_never_seen_is_in_no_station():
    zone = floor(scene(athlete(Backflip())))
    poses = figure_at(zone, 0.0, 0.0)
    hidden = poses.keypoints.copy()
    hidden[:, [BODY.index(j) for j in BODY.joints if j.endswith(("ankle", "heel", "toe"))]] = 0
    tracker = StationTracker(BODY, zone)
    assert not any(tracker.update(i / 30, Poses(BODY, hidden)) for i in range(60))
    assert tracker.update(2.0, poses)
    assert tracker.update(2.1, Poses(BODY, hidden))  # hidden for a while: still there


def test_who_left_the_picture_is_forgotten_in_time():
    zone = floor(scene(athlete(Backflip())))
    tracker = StationTracker(BODY, zone)
    tracker.update(0.0, figure_at(zone, 0.0, 0.0))
    assert tracker.known == {1}
    tracker.update(60.0, Poses(BODY, np.zeros((0, 17, 3), np.float32)))
    assert tracker.known == set()
