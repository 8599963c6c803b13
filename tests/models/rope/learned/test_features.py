"""What the network is given of a body."""

from __future__ import annotations

import numpy as np

from models.rope.learned.features import (
    FEATURES,
    MEMORY,
    ROW,
    StepFeatures,
    body_row,
    body_rows,
)
from models.skeleton import BODY


def _body(lift: float = 0.0) -> np.ndarray:
    points = np.random.default_rng(3).normal(0, 0.3, (1, len(BODY), 2))
    for joint in ("left_ankle", "left_heel", "left_toe"):
        points[0, BODY.index(joint), 1] += lift
    return points


def _row(points: np.ndarray) -> np.ndarray:
    return body_rows(points, np.array([[300.0, 200.0]]), np.array([100.0]))[0]


def test_a_row_is_in_leg_lengths_with_the_hips_upwards():
    row = _row(_body())
    assert row.shape == (ROW,)
    assert row[16:].tolist() == [3.0, -2.0]
    lifted = _row(_body(lift=0.4))
    assert np.isclose(lifted[0] - row[0], 0.4)  # the left foot
    assert lifted[1] == row[1]  # not the right one


def test_a_joint_that_one_foot_does_not_show_tilts_nothing():
    points = _body()
    missing = points.copy()
    missing[0, BODY.index("left_toe")] = np.nan
    both = missing.copy()
    both[0, BODY.index("right_toe")] = np.nan
    assert np.array_equal(_row(missing)[:2], _row(both)[:2])


def test_what_nobody_sees_is_nothing():
    features = StepFeatures()
    features.update(_row(_body()))
    unseen = features.update(np.full(ROW, np.nan))
    assert unseen.shape == (FEATURES,)
    assert np.isfinite(unseen).all()
    assert not unseen[:16].any()
    assert unseen[-1] == 0


def test_swings_are_scaled_by_what_the_last_second_was():
    small, large = StepFeatures(), StepFeatures()
    swing = 0.2 * np.sin(np.arange(2 * MEMORY) / 2)
    for lift in swing:
        little = small.update(_row(_body(lift)))
        much = large.update(_row(_body(2 * lift)))
    assert np.allclose(little[19], much[19], atol=1e-5)
    assert not np.isclose(little[0], much[0])


def test_one_frame_is_as_many():
    random = np.random.default_rng(3)
    points = random.normal(size=(60, 17, 2))
    points[random.random((60, 17)) < 0.2] = np.nan
    hips, legs = random.normal(size=(60, 2)) * 300, random.uniform(50, 200, 60)
    with np.errstate(invalid="ignore"):
        many = body_rows(points, hips, legs)
    single = [body_row(p, h, float(leg)) for p, h, leg in zip(points, hips, legs, strict=True)]
    assert np.array_equal(many, np.array(single), equal_nan=True)
