"""What a classifier is shown, and that nobody is both learned from and asked about."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.staged import EVERYTHING, surely
from bench.transfer import (
    TESTING,
    TRAINING,
    Outcome,
    accuracies,
    check_apart,
    examples,
    leave_one_out,
)
from bench.transfer_clips import Clip, Kind
from bench.transfer_simulated import simulated_flips, simulated_others
from bench.windows import FEATURES, JOINTS, SAMPLES, mirrored, window
from models.skeleton import BODY, Keypoints

LEFT_KNEE, RIGHT_KNEE, LEFT_HIP = (
    BODY.index(name) for name in ("left_knee", "right_knee", "left_hip")
)


def standing(
    frames: int = 30, at: tuple[float, float] = (500.0, 400.0), leg: float = 200.0
) -> Keypoints:
    """Key points of somebody upright, facing the camera."""
    heights = {"nose": 1.3, "shoulder": 1.0, "elbow": 0.6, "wrist": 0.3, "hip": 0.0, "knee": -0.5}
    joints = np.empty((frames, len(BODY), 2))
    for i, name in enumerate(BODY.joints):
        aside = {"left": 0.2, "right": -0.2}.get(name.split("_")[0], 0.0)
        joints[:, i] = aside, -heights.get(name.split("_")[-1], -1.0)
    return surely(joints * leg + at)


def clip(athlete: str, kind: Kind = "backflip") -> Clip:
    return Clip(athlete, kind, standing(), np.arange(30) / 30, 0.4, 0.8)


T = np.arange(30) / 30
EXACT = replace(EVERYTHING, noise=None)


def test_place_and_size_in_the_picture_do_not_matter() -> None:
    near = window(standing(at=(300, 500), leg=350), T, 0.1, 0.8)
    far = window(standing(at=(900, 200), leg=60), T, 0.1, 0.8)
    assert near.shape == (SAMPLES, FEATURES)
    np.testing.assert_allclose(near, far, atol=1e-5)
    knee = near[0].reshape(JOINTS, 2)[LEFT_KNEE]
    np.testing.assert_allclose(knee, (0.2, -0.5), atol=1e-5)  # leg lengths, y up


def test_a_joint_that_is_not_seen_for_a_moment_is_bridged() -> None:
    keypoints = standing()
    gap = keypoints.copy()
    gap[10:14, LEFT_KNEE] = 0
    np.testing.assert_allclose(window(gap, T, 0.1, 0.8), window(keypoints, T, 0.1, 0.8), atol=1e-6)


def test_without_hips_there_is_no_window() -> None:
    keypoints = standing()
    keypoints[:, [LEFT_HIP, LEFT_HIP + 1]] = 0
    with pytest.raises(ValueError, match="expected key points with hips"):
        window(keypoints, T, 0.1, 0.8)


def test_a_mirror_exchanges_left_and_right() -> None:
    windows = np.random.default_rng(0).standard_normal((3, SAMPLES, FEATURES))
    seen = mirrored(windows).reshape(3, SAMPLES, JOINTS, 2)
    was = windows.reshape(3, SAMPLES, JOINTS, 2)
    np.testing.assert_array_equal(seen[..., LEFT_KNEE, :], was[..., RIGHT_KNEE, :] * (-1, 1))
    np.testing.assert_array_equal(mirrored(mirrored(windows)), windows)


def test_nobody_is_learned_from_and_asked_about() -> None:
    with pytest.raises(ValueError, match="nobody in both parts, got ann; split by athlete"):
        check_apart([clip("ann"), clip("bob")], [clip("ann")])
    check_apart([clip("ann")], [clip("bob")])


def test_each_athlete_is_left_out_once_with_all_his_clips() -> None:
    clips = [clip("ann"), clip("bob"), clip("ann", "handspring"), clip("eve")]
    splits = list(leave_one_out(clips))
    assert sorted(c.athlete for _, test in splits for c in test) == ["ann", "ann", "bob", "eve"]
    for train, test in splits:
        check_apart(train, test)
        assert len(train) + len(test) == len(clips)


def test_simulated_athletes_of_training_are_not_asked_about() -> None:
    for draw in (simulated_flips, simulated_others):
        check_apart(draw(2, TRAINING, EXACT, 1), draw(2, TESTING, EXACT, 1))


def test_examples_are_as_many_of_each_side_and_carry_their_label() -> None:
    windows, labels = examples([clip("ann"), clip("bob", "handspring")], seed=0)
    assert len(windows) == len(labels) == 16
    assert np.bincount(labels).tolist() == [8, 8]
    np.testing.assert_array_equal(windows[8:], mirrored(windows[:8]))


def test_a_simulated_flip_is_the_same_each_time_and_as_asked() -> None:
    side = replace(EXACT, views=False)
    one, again = (simulated_flips(2, TRAINING, side, 1) for _ in range(2))
    assert [c.kind for c in one] == ["backflip", "handspring"]
    for first, second in zip(one, again, strict=True):
        np.testing.assert_array_equal(first.keypoints, second.keypoints)
        assert first.t[0] < first.takeoff_s < first.landing_s < first.t[-1]
    assert not np.array_equal(one[0].window(), simulated_flips(1, TRAINING, EXACT, 1)[0].window())


def test_noise_of_a_network_leaves_the_performance_as_it_is() -> None:
    [exact], [noisy] = (simulated_flips(1, TRAINING, kind, 1) for kind in (EXACT, EVERYTHING))
    assert (noisy.takeoff_s, noisy.landing_s) == (exact.takeoff_s, exact.landing_s)
    seen = noisy.keypoints[..., 2] > 0
    off = np.linalg.norm(noisy.keypoints - exact.keypoints, axis=-1)[seen]
    assert 1 < np.median(off) < 30  # px, of an athlete who is about 400 px tall


def test_accuracy_is_of_one_kind_and_by_seed() -> None:
    clips = [clip("ann"), clip("bob"), clip("eve", "handspring")]
    outcome = Outcome(clips, np.array([[0, 1, 1], [0, 0, 0]]), np.array([0, 0, 1]))
    np.testing.assert_allclose(accuracies(outcome, "backflip"), [0.5, 1.0])
    np.testing.assert_allclose(accuracies(outcome, "handspring"), [1.0, 0.0])
