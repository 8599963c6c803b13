"""Streams put together and disturbed."""

from __future__ import annotations

import numpy as np
import pytest

from models.gym.live.corpus import FOLDS, folds
from models.gym.live.disturbance import RATES, disturbed, resampled
from models.gym.live.streams import Element, Stream, joined, leg_length
from models.skeleton import BODY


def stream(size: float = 1.0, group: str = "a", seconds: float = 2.0, fps: float = 60.0) -> Stream:
    """Somebody stands and lifts a foot; an element from 0.8 s to 1.5 s."""
    t = np.arange(0, seconds, 1 / fps)
    keypoints = np.ones((len(t), len(BODY), 3), np.float32)
    rng = np.random.default_rng(0)
    keypoints[..., :2] = 500 + size * rng.uniform(-50, 50, (len(BODY), 2))
    for part, height in (("hip", 0), ("knee", 40), ("ankle", 80)):
        for side in ("left", "right"):
            keypoints[:, BODY.index(f"{side}_{part}"), :2] = (500, 500 + size * height)
    keypoints[:, BODY.index("left_ankle"), 1] -= (size * 10 * np.sin(5 * t)).astype(np.float32)
    return Stream("s", group, keypoints, t, (Element("backflip", 0.8, 1.5),))


def test_joined_streams_follow_each_other_in_the_scale_of_the_first() -> None:
    whole = joined([stream(), stream(2.0, "b")], np.random.default_rng(0))
    first, second = whole.elements
    assert (np.diff(whole.t) > 0).all()
    assert second.takeoff_s - first.takeoff_s == pytest.approx(second.landing_s - first.landing_s)
    assert second.takeoff_s > 2.8
    later = whole.keypoints[whole.t > second.takeoff_s]
    assert leg_length(later) == pytest.approx(leg_length(stream().keypoints), rel=0.05)
    assert whole.group == "a+b"


def test_played_backwards_a_flip_is_neither() -> None:
    back = stream().backwards()
    assert not back.elements
    assert (np.diff(back.t) > 0).all()
    np.testing.assert_array_equal(back.keypoints[0], stream().keypoints[-1])


def test_disturbance_is_drawn_from_the_seed_and_keeps_the_element_on_the_movement() -> None:
    a, b = (disturbed(stream(), np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(a.keypoints, b.keypoints)
    rates = []
    for seed in range(40):
        one = disturbed(stream(), np.random.default_rng(seed))
        assert (np.diff(one.t) > 0).all()
        assert ((one.keypoints[..., 2] > 0) | (one.keypoints == 0).all(axis=-1)).all()
        [element] = one.elements
        assert 0.8 * 0.87 <= element.takeoff_s <= 0.8 * 1.15
        rates.append(1 / np.median(np.diff(one.t)))
    assert min(rates) < 1.3 * RATES[0]
    assert max(rates) > 0.7 * RATES[1]


def test_resampling_neither_invents_joints_nor_moves_them() -> None:
    one = stream(fps=30.0)
    one.keypoints[10, 5] = 0
    twice = resampled(one, np.arange(one.t[0], one.t[-1], 1 / 60))
    np.testing.assert_allclose(twice.keypoints[::2], one.keypoints[:-1], atol=1e-3)
    nearby = twice.keypoints[18:23, 5]
    assert ((nearby == 0).all(axis=-1) | (nearby[:, :2] > 100).all(axis=-1)).all()


def test_a_group_is_in_one_fold_and_folds_are_of_a_size() -> None:
    streams = [stream(group=f"g{i % 10}", seconds=1 + i % 10) for i in range(40)]
    found = folds(streams)
    assert set(found.values()) == set(range(FOLDS))
    sizes = np.zeros(FOLDS)
    for one in streams:
        sizes[found[one.group]] += len(one.t)
    assert sizes.max() < 1.5 * sizes.min()
