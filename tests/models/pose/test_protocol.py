"""What all engines do to key points."""

from __future__ import annotations

import numpy as np

from models.pose.protocol import inside

WIDTH, HEIGHT = 40, 30


def test_joints_in_the_picture_are_kept_and_all_others_are_zero():
    corner = (39.9, 29.9, 0.1)
    edges = [(0, 0, 1), corner, (40, 5, 1), (5, 30, 1), (-0.1, 5, 1), (5, -0.1, 1), (5, 5, 0)]
    people = np.array([edges], np.float32)
    before = people.copy()
    kept = inside(people, WIDTH, HEIGHT)
    np.testing.assert_array_equal(kept[0, :2], people[0, :2])
    assert not kept[0, 2:].any()
    assert kept.dtype == np.float32
    kept[:] = 7
    np.testing.assert_array_equal(people, before)


def test_who_has_no_joint_in_the_picture_is_left_out():
    people = np.array([[[50, 5, 1]], [[5, 5, 1]], [[5, 5, 0]]], np.float32)
    np.testing.assert_array_equal(inside(people, WIDTH, HEIGHT), people[1:2])
    assert inside(people[:0], WIDTH, HEIGHT).shape == (0, 1, 3)
