from __future__ import annotations

import numpy as np
import pytest

from calibration.zone import Zone
from models.poses import Poses
from models.skeleton import BLAZEPOSE_33, BODY, BODY_25, COCO_17, SKELETONS
from realtime.stream.body import HOLD_S, BodyStream
from realtime.stream.follow import FollowOne

LEG = 200.0
PLACES = {
    "nose": (0, -330), "shoulder": (30, -260), "elbow": (45, -170), "wrist": (50, -90),
    "hip": (20, 0), "knee": (20, 100), "ankle": (20, 200), "heel": (15, 210), "toe": (30, 215),
}  # fmt: skip


def figure(skeleton, x=640.0, y=400.0, size=1.0):
    """(joints, 3): a standing person whose legs are `LEG` pixels long."""
    keypoints = np.zeros((len(skeleton), 3), np.float32)
    for joint in skeleton.joints:
        side, _, part = joint.rpartition("_")
        if part in PLACES and side in ("", "left", "right"):
            dx, dy = PLACES[part]
            keypoints[skeleton.index(joint)] = (
                x + size * dx * (-1 if side == "right" else 1), y + size * dy, 0.9
            )  # fmt: skip
    return keypoints


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda s: s.name)
def test_every_skeleton_gives_the_same_centred_scaled_body(skeleton):
    pose = BodyStream(skeleton).update(0, 0.0, figure(skeleton))
    assert pose.leg_length == pytest.approx(LEG)
    np.testing.assert_allclose(pose.hip, [640, 400])
    np.testing.assert_allclose(pose.points[BODY.index("left_knee")], [0.1, -0.5], atol=1e-6)
    np.testing.assert_allclose(pose.points[BODY.index("nose")], [0, 1.65], atol=1e-6)
    has_toes = "left_toe" in skeleton.indices
    assert np.isnan(pose.points[BODY.index("left_toe")]).any() != has_toes


def test_place_and_size_in_the_picture_do_not_matter():
    near = BodyStream(COCO_17).update(0, 0.0, figure(COCO_17, size=2.0))
    far = BodyStream(COCO_17).update(0, 0.0, figure(COCO_17, x=100, y=90, size=0.3))
    np.testing.assert_allclose(near.points, far.points, atol=1e-5)


def test_a_missing_joint_is_held_and_then_given_up():
    stream = BodyStream(BODY_25)
    first = stream.update(0, 0.0, figure(BODY_25))
    gone = figure(BODY_25, x=700)
    gone[BODY_25.index("left_ankle")] = 0
    ankle = BODY.index("left_ankle")
    held = stream.update(1, HOLD_S - 0.01, gone)
    np.testing.assert_array_equal(held.points[ankle], first.points[ankle])
    assert held.confidence[ankle] == 0
    late = stream.update(2, HOLD_S + 0.01, gone)
    assert np.isnan(late.points[ankle]).all()
    assert np.isfinite(late.points[BODY.index("right_ankle")]).all()


def test_nobody_is_nan_after_the_hold_and_time_goes_on():
    stream = BodyStream(BLAZEPOSE_33)
    assert not stream.update(0, 0.0, None).seen
    assert stream.update(1, 0.1, figure(BLAZEPOSE_33)).seen
    held = stream.update(2, 0.2, None)
    assert not held.seen
    assert np.isfinite(held.points).all()
    gone = stream.update(3, 0.4, None)
    assert np.isnan(gone.points).all()
    assert np.isnan(gone.hip).all()


def test_without_hips_a_frame_cannot_be_placed_and_counts_as_not_seen():
    keypoints = figure(COCO_17)
    keypoints[[COCO_17.index("left_hip"), COCO_17.index("right_hip")]] = 0
    pose = BodyStream(COCO_17).update(0, 0.0, keypoints)
    assert not pose.seen
    assert np.isnan(pose.points).all()


def test_nan_key_points_are_missing_ones():
    keypoints = figure(COCO_17)
    keypoints[COCO_17.index("nose")] = np.nan
    pose = BodyStream(COCO_17).update(0, 0.0, keypoints)
    assert pose.confidence[BODY.index("nose")] == 0


def test_leg_length_is_steady_against_one_bad_frame():
    stream = BodyStream(COCO_17)
    for i in range(30):
        stream.update(i, i / 30, figure(COCO_17))
    pose = stream.update(30, 1.0, figure(COCO_17, size=3.0))
    assert pose.leg_length == pytest.approx(LEG)


def poses(*people):
    return Poses(COCO_17, np.array(people, np.float32).reshape(-1, 17, 3))


def test_the_largest_is_followed_and_kept_when_somebody_larger_comes():
    follow = FollowOne()
    athlete, judge = figure(COCO_17, x=600), figure(COCO_17, x=1000, size=1.4)
    child = figure(COCO_17, x=200, size=0.5)
    np.testing.assert_array_equal(follow.choose(0.0, poses(child, athlete)), athlete)
    np.testing.assert_array_equal(follow.choose(0.1, poses(judge, athlete, child)), athlete)
    assert follow.choose(0.2, poses(judge)) is None
    np.testing.assert_array_equal(follow.choose(0.9, poses(judge, athlete)), athlete)
    np.testing.assert_array_equal(follow.choose(2.0, poses(judge)), judge)


def test_who_is_outside_the_zone_is_nobody():
    follow = FollowOne(Zone(500, 0, 300, 720))
    inside, outside = figure(COCO_17, x=640), figure(COCO_17, x=1000, size=1.5)
    np.testing.assert_array_equal(follow.choose(0.0, poses(outside, inside)), inside)
    assert FollowOne(Zone(0, 0, 100, 100)).choose(0.0, poses(inside, outside)) is None


def test_empty_people_are_nobody():
    assert FollowOne().choose(0.0, poses(np.zeros((17, 3)))) is None
    assert FollowOne().choose(0.0, poses()) is None
