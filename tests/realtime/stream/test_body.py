from __future__ import annotations

import numpy as np
import pytest

from models.skeleton import BLAZEPOSE_33, BODY, BODY_25, COCO_17, SKELETONS
from realtime.stream.body import HOLD_S, BodyStream
from tests.realtime.stream.people import LEG, figure


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
