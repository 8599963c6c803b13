from __future__ import annotations

import numpy as np
import pytest

from models.poses import Poses
from models.skeleton import BLAZEPOSE_33, BODY, BODY_25, COCO_17, OPENPOSE_18, SKELETONS, convert

SHARED = BODY.joints[:13]


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda s: s.name)
def test_every_skeleton_has_the_thirteen_shared_joints(skeleton):
    assert set(SHARED) <= set(skeleton.joints)
    assert len(set(skeleton.joints)) == len(skeleton)
    assert {joint for limb in skeleton.limbs for joint in limb} <= set(skeleton.joints)


def test_sizes_and_well_known_places():
    sizes = [len(s) for s in (BODY_25, COCO_17, OPENPOSE_18, BLAZEPOSE_33)]
    assert sizes == [25, 17, 18, 33]
    assert BODY_25.index("mid_hip") == 8
    assert BODY_25.index("left_toe") == 19
    assert COCO_17.index("right_ankle") == 16
    assert OPENPOSE_18.joints[:8] == BODY_25.joints[:8]
    assert OPENPOSE_18.index("left_ankle") == 13
    assert BLAZEPOSE_33.index("left_hip") == 23
    assert BLAZEPOSE_33.index("right_toe") == 32


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda s: s.name)
def test_conversion_keeps_shared_joints_and_zeroes_absent_ones(skeleton):
    keypoints = np.arange(2 * len(skeleton) * 3, dtype=np.float32).reshape(2, -1, 3) + 1
    body = convert(keypoints, skeleton, BODY)
    for joint in BODY.joints:
        place = body[:, BODY.index(joint)]
        if joint in skeleton.indices:
            np.testing.assert_array_equal(place, keypoints[:, skeleton.index(joint)])
        else:
            assert not place.any()


@pytest.mark.parametrize("skeleton", [COCO_17, BLAZEPOSE_33], ids=lambda s: s.name)
def test_neck_and_mid_hip_are_midpoints_where_both_ends_are_seen(skeleton):
    keypoints = np.zeros((2, len(skeleton), 3), np.float32)
    keypoints[:, skeleton.index("left_shoulder")] = (100, 50, 0.9)
    keypoints[:, skeleton.index("right_shoulder")] = (60, 54, 0.5)
    keypoints[:, skeleton.index("left_hip")] = (90, 150, 0.8)
    body = convert(keypoints, skeleton, BODY_25)
    np.testing.assert_allclose(body[:, BODY_25.index("neck")], [[80, 52, 0.5]] * 2)
    assert not body[:, BODY_25.index("mid_hip")].any()
    back = convert(body, BODY_25, skeleton)
    np.testing.assert_array_equal(back, keypoints)


def test_a_skeleton_with_neck_but_no_mid_hip_gets_the_one_it_lacks():
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[OPENPOSE_18.index("neck")] = (80, 50, 0.4)
    keypoints[OPENPOSE_18.index("left_hip")] = (90, 150, 0.8)
    keypoints[OPENPOSE_18.index("right_hip")] = (70, 152, 0.7)
    body = convert(keypoints, OPENPOSE_18, BODY_25)
    np.testing.assert_allclose(body[BODY_25.index("neck")], [80, 50, 0.4])
    np.testing.assert_allclose(body[BODY_25.index("mid_hip")], [80, 151, 0.7])
    np.testing.assert_array_equal(convert(body, BODY_25, OPENPOSE_18), keypoints)


def test_wrong_shapes_are_refused_with_expected_and_got():
    with pytest.raises(ValueError, match=r"body_25: expected shape \(\.\.\., 25, 3\), got \(17, 3"):
        convert(np.zeros((17, 3), np.float32), BODY_25, BODY)
    with pytest.raises(ValueError, match=r"expected shape \(people, 17, 3\), got \(17, 3\)"):
        Poses(COCO_17, np.zeros((17, 3), np.float32))
