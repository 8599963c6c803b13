"""From poses to marks with several people in view: everybody has his own count."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.floor_zone import Zone
from calibration.zone import Rectangle
from models.poses import Poses
from models.simulation.scene import Scene
from models.simulation.staging import build_scene
from models.skeleton import BODY, Keypoints
from realtime.analysis import Analysis
from realtime.marks import Jump, Lock, Mark
from realtime.observations import Observed
from realtime.stream.lock import LockRule
from tests.realtime.stream.people import figure

STEPPER, OTHER = build_scene("speed", 10.0, fps=60.0, seed=1), build_scene("speed", 10.0, seed=2)


def joints(scene: Scene, i: int, beside: float = 0.0) -> Keypoints:
    keypoints = np.ones((len(BODY), 3), np.float32)
    keypoints[:, :2] = scene.joints(i) + np.array([beside, 0.0])
    return keypoints


def observed(i: int, *people: Keypoints) -> Observed:
    return Observed(i, i / 60, Poses(BODY, np.array(people, np.float32).reshape(-1, 17, 3)))


def run(
    frames: list[Observed], zone: Zone | None = None, rule: LockRule = "active"
) -> tuple[Analysis, list[Mark]]:
    analysis = Analysis(zone, rule)
    marks = [mark for frame in frames for mark in analysis.update(frame)]
    return analysis, marks + analysis.finish()


def jumps(marks: list[Mark], athlete: int) -> int:
    return sum(isinstance(mark, Jump) and mark.athlete == athlete for mark in marks)


@pytest.fixture(scope="module")
def crowd() -> list[Observed]:
    """A judge, larger than the others, and two who jump side by side, in changing order."""
    judge = figure(BODY, x=100, y=450, size=1.4)
    frames = []
    for i in range(STEPPER.frames):
        people = [judge, joints(STEPPER, i, -150), joints(OTHER, i, 350)]
        frames.append(observed(i, *people[:: -1 if i % 3 else 1]))
    return frames


def test_each_athlete_gets_his_own_count(crowd: list[Observed]) -> None:
    analysis, marks = run(crowd)
    alone = [run([observed(i, joints(s, i)) for i in range(s.frames)])[1] for s in (STEPPER, OTHER)]
    assert len(analysis.followed) == 3
    counts = sorted(jumps(marks, athlete) for athlete in analysis.followed)
    assert counts == [0, *sorted(jumps(each, 1) for each in alone)]
    assert min(counts[1:]) > 20


def test_the_one_who_jumps_is_meant_and_that_is_said(crowd: list[Observed]) -> None:
    analysis, marks = run(crowd)
    locks = [mark for mark in marks if isinstance(mark, Lock)]
    first_jump = next(mark for mark in marks if isinstance(mark, Jump))
    assert locks[0].why == "largest in view"
    assert locks[1].time_s == first_jump.emitted_s
    assert jumps(marks, locks[0].athlete) == 0
    assert analysis.athlete == locks[-1].athlete == analysis.followed[0]
    assert jumps(marks, analysis.followed[0]) > 20


def test_the_largest_is_meant_when_that_is_asked_for(crowd: list[Observed]) -> None:
    analysis, marks = run(crowd, rule="largest")
    assert jumps(marks, analysis.followed[0]) == 0
    assert len([mark for mark in marks if isinstance(mark, Lock)]) == 1


def test_who_is_outside_the_zone_is_nobody(crowd: list[Observed]) -> None:
    analysis, marks = run(crowd, Rectangle(700, 0, 580, 720))
    assert analysis.followed == [1]
    assert jumps(marks, 1) > 20
    assert run(crowd, Rectangle(1200, 0, 80, 80))[0].followed == []


def test_who_was_hardly_there_was_not_followed() -> None:
    athlete, ghost = figure(BODY, x=640), figure(BODY, x=1100, size=0.5)
    frames = [observed(i, athlete, *([ghost] if 30 <= i < 50 else [])) for i in range(120)]
    assert run(frames)[0].followed == [1]


def test_nothing_grows_with_the_number_of_people_who_came_and_went() -> None:
    analysis = Analysis()
    for n in range(40):
        t = 40.0 * n
        for i in range(3):
            poses = Poses(BODY, figure(BODY, x=200 + 20 * n)[None])
            analysis.update(Observed(3 * n + i, t + i / 60, poses))
        analysis.update(Observed(3 * n + 3, t + 39.0, Poses(BODY, figure(BODY)[None][:0])))
    assert analysis.known <= 1
