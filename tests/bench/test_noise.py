"""What the benchmark of the noise models measures with."""

import numpy as np
import pytest

from bench.noise import distance
from bench.noise_checks import _area, _logistic
from bench.noise_tracks import Light, exposed, repeated


def test_distance_is_the_greatest_difference_of_shares() -> None:
    one = np.arange(10.0)
    assert distance(one, one) == 0.0
    assert distance(one, one + 100) == 1.0
    assert distance(one, one + 3) == pytest.approx(0.3)
    assert np.isnan(distance(one, np.array([])))


def test_a_frame_that_comes_twice_is_told() -> None:
    keypoints = np.random.default_rng(0).uniform(0, 500, (4, 25, 3)).astype(np.float32)
    keypoints[2] = keypoints[1]
    np.testing.assert_array_equal(repeated(keypoints), [False, False, True, False])


def test_less_light_is_less_contrast() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    image[:2] = 200
    dark = exposed([image], Light(0.5, 0.0, 1), np.random.default_rng(0))
    assert int(dark[0, 0, 0]) - int(dark[3, 3, 0]) == 100


def test_what_differs_is_told_apart() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(200, 3)), np.repeat([0, 1], 100)
    x[y == 1, 1] += 4
    weights = _logistic(x, y)
    right = ((x @ weights[:-1] + weights[-1]) > 0) == y
    assert right.mean() > 0.95
    assert _area(x[y == 1, 1], x[y == 0, 1]) > 0.95
    assert _area(x[y == 0, 1], x[y == 0, 1]) == pytest.approx(0.5)
