"""What `BodyStream` says of the trunk, the floor and the facing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.simulation.scene import Scene
from models.simulation.staging import build_scene
from models.skeleton import BODY, Keypoints
from realtime.stream.body import HOLD_S, BodyPose, BodyStream
from realtime.stream.floor import LONGEST_FLIGHT_S, FloorLevel
from realtime.stream.trunk import TrunkTurn
from tests.realtime.stream.people import LEG, figure

FPS = 60.0
_TRUNK = [
    BODY.index(f"{side}_{part}") for part in ("shoulder", "hip") for side in ("left", "right")
]


def joints(scene: Scene) -> Keypoints:
    points = np.ones((scene.frames, len(BODY), 3), np.float32)
    points[..., :2] = [scene.joints(i) for i in range(scene.frames)]
    return points


def streamed(points: Keypoints) -> list[BodyPose]:
    stream = BodyStream(BODY)
    return [stream.update(i, i / FPS, person) for i, person in enumerate(points)]


@pytest.fixture(scope="module")
def backflip() -> Keypoints:
    return joints(build_scene("backflip", fps=FPS))


def turned_over(points: Keypoints) -> Keypoints:
    """The network has shoulders for hips in every frame in which the head is down, and is not sure
    of it."""
    inverted = points[:, _TRUNK[0], 1] > points[:, _TRUNK[2], 1]
    assert inverted.sum() > 10
    result = points.copy()
    result[np.ix_(inverted, _TRUNK)] = points[np.ix_(inverted, [*_TRUNK[2:], *_TRUNK[:2]])]
    result[inverted, :, 2] = 0.2
    return result


def test_a_backflip_turns_once_whatever_the_network_does(backflip):
    for points in (backflip, turned_over(backflip)):
        poses = streamed(points)
        assert abs(poses[-1].turn - poses[0].turn) == pytest.approx(360, abs=15)
        assert not poses[-1].turned_over
    assert any(pose.turned_over for pose in poses)


def test_backward_is_counter_clockwise_for_who_faces_right(backflip):
    poses = streamed(backflip)
    turn = poses[-1].turn - poses[0].turn
    assert poses[0].facing == poses[-1].facing == math.copysign(1, turn)


def test_in_the_mirror_turn_and_facing_change_sign(backflip):
    away = streamed(turned_over(backflip) * np.array([-1, 1, 1], np.float32))
    for pose, other in zip(streamed(turned_over(backflip)), away, strict=True):
        assert other.turn == pytest.approx(-pose.turn)
        assert (other.facing, other.turned_over) == (-pose.facing, pose.turned_over)
        assert (other.floor, other.lowest) == pytest.approx((pose.floor, pose.lowest))


@settings(max_examples=50)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_turn_is_the_networks_axis(seed):
    rng = np.random.default_rng(seed)
    trunk, t = TrunkTurn(), 0.0
    for direction in rng.uniform(-180, 180, 60):
        t += float(rng.choice([0.001, 0.017, 0.3]))
        trunk.update(t, direction, float(rng.random()))
        apart = (trunk.turn - direction) / 180
        assert apart == pytest.approx(round(apart), abs=1e-9)
        assert trunk.turned_over == (round(apart) % 2 == 1)


def test_who_begins_turned_over_is_put_right_when_the_network_is_sure():
    trunk = TrunkTurn()
    for i in range(60):
        trunk.update(i / FPS, 175.0 if i < 20 else -5.0, 0.2 if i < 20 else 0.9)
    assert trunk.turn % 360 == pytest.approx(355)
    assert not trunk.turned_over


def test_the_floor_is_at_the_feet_and_stays_there_in_a_jump():
    stream = BodyStream(BODY)
    for i in range(120):
        t = i / FPS
        flight = max(0.0, t - 1.0)
        up = max(0.0, 3.4 * flight - 0.5 * 9.81 * flight**2) * LEG / 0.9
        pose = stream.update(i, t, figure(BODY, y=400 - up))
        assert pose.lowest == pytest.approx(-215 / LEG, abs=1e-5)
        assert pose.lowest - pose.floor == pytest.approx(up / LEG, abs=0.06)


@pytest.mark.parametrize("step", [-0.6, 0.6])
def test_another_floor_is_found_after_a_flight_at_most(step):
    floor = FloorLevel()
    for i in range(300):
        floor.update(i / FPS, 600 + step * LEG * (i >= 60), LEG)
        if i in (59, 60 + round((LONGEST_FLIGHT_S + 0.3) * FPS)):
            assert floor.level == pytest.approx(600 + step * LEG * (i >= 60), abs=0.05 * LEG)


def test_one_misplaced_joint_hardly_moves_the_floor():
    floor = FloorLevel()
    for i in range(60):
        floor.update(i / FPS, 1500 if i == 59 else 600, LEG)
    assert floor.level == pytest.approx(600, abs=0.05 * LEG)


def test_from_the_front_nobody_faces_left_or_right():
    assert BodyStream(BODY).update(0, 0.0, _towards(0.0)).facing == 0
    assert BodyStream(BODY).update(0, 0.0, _towards(40.0)).facing == 1
    assert BodyStream(BODY).update(0, 0.0, _towards(-40.0)).facing == -1


def _towards(ahead: float) -> Keypoints:
    """A figure whose toes and nose are `ahead` px to the right of heels and shoulders."""
    person = figure(BODY)
    for joint in ("nose", "left_toe", "right_toe"):
        heel = joint.replace("toe", "heel")
        if heel != joint:
            person[BODY.index(joint), 0] = person[BODY.index(heel), 0]
        person[BODY.index(joint), 0] += ahead
    return person


def test_nothing_is_known_of_nobody():
    stream = BodyStream(BODY)
    nobody = stream.update(0, 0.0, None)
    stream.update(1, 0.1, figure(BODY))
    held = stream.update(2, 0.1 + HOLD_S - 0.01, None)
    gone = stream.update(3, 0.1 + HOLD_S + 0.01, None)
    assert np.isfinite([held.turn, held.lowest, held.floor]).all()
    for pose in (nobody, gone):
        assert np.isnan([pose.turn, pose.lowest, pose.floor]).all()
        assert (pose.facing, pose.turned_over) == (0, False)
