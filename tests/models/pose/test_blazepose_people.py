"""BlazePose follows several people, and people who turn over; the real network, drawn figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from models.pose.blazepose.detector import Detector
from models.pose.blazepose.estimator import DETECT_EVERY, BlazePose
from models.pose.blazepose.landmarks import LandmarkNetwork
from models.pose.protocol import estimate_one
from models.simulation.film.settings import CameraSettings
from models.simulation.moves.locomotion import Stand
from models.simulation.moves.speed_step import SpeedStep
from models.simulation.people import BodySettings
from models.simulation.script import Person, Script
from models.simulation.staging import build_scene
from models.skeleton import BLAZEPOSE_33, BODY, Keypoints, convert

SIZE = (480, 540)
WIDE = (960, 540)
_SKINS = ("#f0cdb0", "#c68e6a", "#8d5a3b")
_SHIRTS = ("#2f6fd0", "#d03a30", "#3c9a4a")


def _athlete(seed: int) -> Script:
    """Somebody whom the detector sees well: this is about many people, not about small ones."""
    body = BodySettings(
        stature_m=1.72, skin=_SKINS[seed % 3], shirt=_SHIRTS[seed % 3], hair="#302018",
        sleeves="short", legs="#303038", legwear="shorts", shoes="#f0f0f0", leotard=False,
    )  # fmt: skip
    moves = (Stand(seconds=0.8), SpeedStep(), Stand(seconds=0.7))
    person = Person(moves, facing_deg=-20.0, body=body)
    return Script("crowd", 6.0, (person,), seed=seed, camera=CameraSettings(fov_deg=25.0))


CROWD = [build_scene(_athlete(seed), fps=30.0, size=WIDE) for seed in range(6)]
COLUMNS = 3
_LEFT = (WIDE[0] - SIZE[0]) // 2  # what is cut off at the left of each tile
_TURNS = 5  # the whole frame and the squares of a 1440 x 1080 picture


def crowd(i: int, people: int = 6) -> np.ndarray:
    """`people` athletes, each in a tile of the picture; the other tiles are empty gyms."""
    whole = [scene.render(i) if n < people else scene.backdrop for n, scene in enumerate(CROWD)]
    tiles = [picture[:, _LEFT : _LEFT + SIZE[0]] for picture in whole]
    return np.vstack([np.hstack(tiles[:COLUMNS]), np.hstack(tiles[COLUMNS:])])


def tile_of(keypoints: Keypoints) -> int:
    """In which tile the hips are."""
    x, y = keypoints[[23, 24], :2].mean(axis=0)
    return int(y // SIZE[1]) * COLUMNS + int(x // SIZE[0])


def trunk_angle(keypoints: Keypoints) -> float:
    """Degrees clockwise from upright, hips to shoulders."""
    dx, dy = keypoints[[11, 12], :2].mean(axis=0) - keypoints[[23, 24], :2].mean(axis=0)
    return float(np.degrees(np.arctan2(dx, -dy)))


def apart(a: float, b: float) -> float:
    return abs((a - b + 180) % 360 - 180)


@pytest.fixture
def inferences(monkeypatch) -> Iterator[Counter[str]]:
    """How often each network has run."""
    count: Counter[str] = Counter()
    for network, method in ((Detector, "detect"), (LandmarkNetwork, "read")):
        original = getattr(network, method)

        def counted(*arguments, original=original, name=network.__name__):
            count[name] += 1
            return original(*arguments)

        monkeypatch.setattr(network, method, counted)
    return count


@pytest.fixture
def engine(pose_weights) -> Iterator[BlazePose]:
    engine = BlazePose(pose_weights, threads=2, people=6)
    yield engine
    engine.close()


def test_six_people_are_each_found_where_they_are(engine):
    for i in range(3 * DETECT_EVERY):
        keypoints = estimate_one(engine, crowd(10 + i)).keypoints
    assert sorted(map(tile_of, keypoints)) == list(range(6))
    for person in keypoints:
        tile = tile_of(person)
        corner = np.array([tile % COLUMNS * SIZE[0] - _LEFT, tile // COLUMNS * SIZE[1]])
        truth = CROWD[tile].joints(10 + i) + corner
        found = convert(person, BLAZEPOSE_33, BODY)
        errors = np.linalg.norm(found[:, :2] - truth, axis=1)
        assert np.median(errors) < 0.05 * np.ptp(truth[:, 1])


def test_people_keep_their_place_in_the_list(engine):
    order = [
        [tile_of(person) for person in estimate_one(engine, crowd(i)).keypoints] for i in range(12)
    ]
    assert all(row == order[-1][: len(row)] for row in order)


def test_another_person_costs_one_landmark_inference_and_no_more(engine, inferences):
    for people in (2, 5):
        engine.forget(0)
        for i in range(_TURNS):
            estimate_one(engine, crowd(i, people))
        inferences.clear()
        for i in range(2 * DETECT_EVERY):
            assert len(estimate_one(engine, crowd(i, people)).keypoints) == people
        assert inferences == {"Detector": 2, "LandmarkNetwork": 2 * DETECT_EVERY * people}


def test_with_everybody_found_nobody_is_searched_for(engine, inferences):
    for i in range(_TURNS):
        estimate_one(engine, crowd(i))
    inferences.clear()
    for i in range(2 * DETECT_EVERY):
        estimate_one(engine, crowd(i))
    assert inferences["Detector"] == 0


def test_who_comes_later_is_found_and_who_goes_is_given_up(engine):
    def found(people: int, frames: int) -> list[int]:
        for i in range(frames):
            keypoints = estimate_one(engine, crowd(i, people)).keypoints
        return sorted(map(tile_of, keypoints))

    assert found(2, _TURNS) == [0, 1]
    assert found(3, _TURNS * DETECT_EVERY) == [0, 1, 2]
    assert found(1, 3) == [0]


def test_one_person_asked_for_is_one_person(pose_weights):
    engine = BlazePose(pose_weights, threads=2, people=1)
    assert [len(estimate_one(engine, crowd(i)).keypoints) for i in range(3)] == [1, 1, 1]
    engine.close()


@pytest.mark.parametrize("step", [30, -22, 12])
def test_a_body_that_turns_over_is_followed_all_the_way_round(engine, step):
    scene = build_scene("speed", seconds=6.0, fps=30.0, size=(540, 540))
    picture = scene.render(0)
    angles = [0, 0, 0, *range(0, 361 if step > 0 else -361, step), 0, 0]
    for angle in angles:
        turn = cv2.getRotationMatrix2D((270, 270), -angle, 1.0)
        turned = cv2.warpAffine(picture, turn, (540, 540), borderMode=cv2.BORDER_REPLICATE)
        [person] = estimate_one(engine, turned).keypoints
        assert apart(trunk_angle(person), angle) < 15, f"at {angle} degrees"


def test_a_skeleton_that_is_overturned_is_put_right(engine):
    """As after a landing that was missed: the region stands on its head, the athlete does not."""
    picture = CROWD[0].render(0)
    for _ in range(4):
        [person] = estimate_one(engine, np.ascontiguousarray(picture[::-1, ::-1])).keypoints
    assert apart(trunk_angle(person), 180) < 15
    angles = [trunk_angle(estimate_one(engine, picture).keypoints[0]) for _ in range(4)]
    assert apart(angles[-1], 0) < 15


@pytest.mark.parametrize("kind", ["backflip", "handspring"])
def test_every_frame_of_a_flip_has_a_skeleton_that_is_not_overturned(engine, kind):
    scene = build_scene(kind, fps=30.0, size=(640, 540), seed=5)
    [event] = scene.truth.events
    for i in range(int(event.start_s * 30), int(event.landing_s * 30) + 10):
        people = estimate_one(engine, scene.render(i)).keypoints
        assert len(people) == 1, f"frame {i}"
        shoulders, hips = scene.joints(i)[1:3].mean(axis=0), scene.joints(i)[7:9].mean(axis=0)
        dx, dy = shoulders - hips
        assert apart(trunk_angle(people[0]), float(np.degrees(np.arctan2(dx, -dy)))) < 60
