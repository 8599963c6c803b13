"""What the live network sees of a body."""

from __future__ import annotations

import numpy as np
import pytest

from models.gym.live.features import (
    COLUMNS,
    FACING,
    FEATURES,
    HIP,
    MIRRORED,
    STEP_S,
    Floats,
    all_features,
    features,
    on_grid,
    row,
)
from models.skeleton import BODY

SWAPPED = [
    BODY.index(name.replace("left", "-").replace("right", "left").replace("-", "right"))
    for name in BODY.joints
]
MEASURES = (80.0, 30.0, -1.0, -1.1, 1, True)


def body(seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(0, 0.6, (len(BODY), 2))


def seen(points: Floats, hip: tuple[float, float] = (300.0, 200.0), side: int = 1) -> Floats:
    leg, turn, lowest, floor, facing, there = MEASURES
    measures = (leg, side * turn, lowest, floor, side * facing, there)
    before = row(points, np.array([300.0, 210.0]), measures)
    return features(before, row(points, np.array(hip), measures))


def test_sides_exchanged_change_nothing() -> None:
    points = body()
    np.testing.assert_allclose(seen(points[SWAPPED]), seen(points), atol=1e-6)


def test_one_limb_exchanged_changes_nothing() -> None:
    points, knees = body(), [BODY.index("left_knee"), BODY.index("right_knee")]
    exchanged = points.copy()
    exchanged[knees] = points[knees[::-1]]
    np.testing.assert_allclose(seen(exchanged), seen(points), atol=1e-6)


def test_a_mirror_image_differs_in_known_signs() -> None:
    points = body()
    mirrored = points[SWAPPED] * (-1, 1)
    np.testing.assert_allclose(
        seen(mirrored, (290.0, 200.0), -1), seen(points, (310.0, 200.0)) * MIRRORED, atol=1e-6
    )


def test_size_and_place_in_the_picture_do_not_matter_but_movement_does() -> None:
    leg, *others = MEASURES
    points = body()
    far = features(
        row(points, np.array([10.0, 20.0]), (leg / 2, *others)),
        row(points, np.array([12.0, 20.0]), (leg / 2, *others)),
    )
    near = features(
        row(points, np.array([400.0, 300.0]), MEASURES),
        row(points, np.array([404.0, 300.0]), MEASURES),
    )
    still = seen(points, (300.0, 210.0))
    np.testing.assert_allclose(far, near, atol=1e-6)
    assert np.abs(near - still).max() > 0.1


def test_unknown_joints_are_zero_and_one_of_a_pair_stands_for_both() -> None:
    points = body()
    left, right = BODY.index("left_wrist"), BODY.index("right_wrist")
    points[left] = np.nan
    one = seen(points)
    points[left] = points[right]
    np.testing.assert_allclose(seen(points), one, atol=1e-6)
    nothing = features(np.full(COLUMNS, np.nan), np.full(COLUMNS, np.nan))
    assert nothing.shape == (FEATURES,)
    assert not nothing.any()


def test_heels_and_toes_are_not_used() -> None:
    points = body()
    without = points.copy()
    without[[i for i, name in enumerate(BODY.joints) if name.endswith(("heel", "toe"))]] = np.nan
    np.testing.assert_array_equal(seen(without), seen(points))


@pytest.mark.parametrize("fps", [25.0, 60.0, 120.0])
def test_the_grid_is_the_same_for_every_rate(fps: float) -> None:
    t = np.arange(0, 1, 1 / fps)
    rows = np.zeros((len(t), COLUMNS))
    rows[:, HIP] = 100 * t
    steps, on = on_grid(t, rows)
    np.testing.assert_allclose(np.diff(steps), STEP_S)
    np.testing.assert_allclose(on[:, HIP], 100 * steps)


def test_a_stream_has_features_at_each_step() -> None:
    rows = np.zeros((5, COLUMNS))
    rows[:, FACING] = 1
    assert all_features(rows).shape == (5, FEATURES)
