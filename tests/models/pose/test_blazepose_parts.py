"""The parts of the BlazePose runtime that need no network."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pose.blazepose.detector import anchors, merge_overlapping
from models.pose.blazepose.landmarks import refine
from models.pose.blazepose.network import sigmoid
from models.pose.blazepose.region import Region, cut
from models.pose.blazepose.steady import SteadyBody

angles = st.floats(-3.1, 3.1)


@given(angles, st.floats(20, 400), st.floats(0, 1000), st.floats(0, 1000))
def test_a_body_points_up_in_its_own_region(angle, length, x, y):
    hips = np.array([x, y])
    head = hips + length * np.array([np.sin(angle), -np.cos(angle)])
    region = Region.of_body((*hips.tolist(), *head.tolist()))
    centre, top = region.place(np.array([[0.5, 0.5], [0.5, 0.1]]))
    np.testing.assert_allclose(centre, hips, atol=1e-6)
    np.testing.assert_allclose(top, hips + (head - hips) * (0.4 * 2.5), atol=1e-6)
    assert region.side == pytest.approx(2.5 * length)


def test_the_crop_shows_what_the_region_says():
    picture = np.zeros((200, 300, 3), np.uint8)
    cv2.circle(picture, (220, 60), 6, (255, 255, 255), -1)
    region = Region(200.0, 80.0, 120.0, 0.6)
    crop = cut(picture, region, 240, cv2.BORDER_CONSTANT)
    rows, columns = np.nonzero(crop[..., 0] > 128)
    seen = region.place(np.array([[columns.mean(), rows.mean()]]) / 240)
    np.testing.assert_allclose(seen, [[220, 60]], atol=0.7)


def test_anchors_cover_the_picture_layer_by_layer():
    points = anchors()
    assert points.shape == (28 * 28 * 2 + 14 * 14 * 2 + 7 * 7 * 6, 2)
    np.testing.assert_allclose(points[0], 0.5 / 28)
    np.testing.assert_allclose(points[-1], 6.5 / 7)
    np.testing.assert_allclose(points[2], [1.5 / 28, 0.5 / 28])


def _row(x: float, y: float, size: float) -> list[float]:
    return [x, y, size, size, *([x, y] * 4)]


def test_overlapping_boxes_become_their_weighted_mean_and_others_stay():
    rows = np.array([_row(0.50, 0.5, 0.2), _row(0.52, 0.5, 0.2), _row(0.9, 0.5, 0.1)], np.float32)
    merged = merge_overlapping(np.array([0.9, 0.6, 0.8], np.float32), rows)
    assert [score for score, _ in merged] == pytest.approx([0.9, 0.8])
    assert merged[0][1][0] == pytest.approx((0.9 * 0.5 + 0.6 * 0.52) / 1.5)
    assert merged[1][1][0] == pytest.approx(0.9)


def test_boxes_without_size_end_too():
    rows = np.zeros((3, 12), np.float32)
    assert len(merge_overlapping(np.ones(3, np.float32), rows)) == 3


@given(st.floats(0.06, 0.94), st.floats(0.06, 0.94), st.floats(-0.03, 0.03))
def test_a_heat_map_peak_pulls_the_point_to_its_centre(x, y, off):
    grid = np.arange(64) / 64
    bump = np.exp(-((grid[None, :] - x) ** 2 + (grid[:, None] - y) ** 2) / (2 * 0.012**2))
    heat = (bump * 16 - 12)[..., None].astype(np.float32)
    [refined], [peak] = refine(np.array([[x + off, y]]), heat)
    assert abs(refined[0] - x) <= max(abs(off), 1 / 64) + 1e-9
    assert abs(refined[1] - y) <= 1 / 64
    assert peak == pytest.approx(sigmoid(heat.max()))


def test_a_flat_heat_map_and_a_point_outside_change_nothing():
    points = np.array([[0.3, 0.7], [1.4, 0.5], [-0.2, 0.1]])
    flat = np.full((64, 64, 3), -9, np.float32)
    np.testing.assert_array_equal(refine(points, flat)[0], points)
    hot = np.full((64, 64, 3), 9, np.float32)
    np.testing.assert_array_equal(refine(points, hot)[0][1:], points[1:])


def test_a_standing_body_is_steadied_and_a_leap_is_followed():
    still = np.array([100.0, 100.0, 100.0, 40.0])
    noise = np.random.default_rng(0).normal(0, 1, (60, 4))
    filtered = SteadyBody(tuple(still))
    kept = np.array([filtered.update(tuple(still + n)) for n in noise])
    assert (kept - still)[20:].std() < 0.6 * noise[20:].std()
    for step in range(1, 11):
        leap = filtered.update(tuple(still - [0, 40.0 * step, 0, 40.0 * step]))
    assert np.abs(np.array(leap) - (still - [0, 400.0, 0, 400.0])).max() < 20


def test_sigmoid_is_safe_for_any_logit():
    assert sigmoid(np.array([-1e9, 0, 1e9], np.float32)) == pytest.approx([0, 0.5, 1])
