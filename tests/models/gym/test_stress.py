"""Each stress does what it says, and nothing else."""

from __future__ import annotations

import numpy as np

from models.gym.stress import (
    STRESSES,
    at_rate,
    delayed,
    mirrored,
    with_joints_missing,
)
from models.skeleton import BODY_25
from tests.models.gym.recordings import flip


def test_mirrored_is_the_other_side_of_the_picture_and_of_the_body() -> None:
    recording = flip()
    recording.keypoints[3, 5] = 0
    turned = mirrored(recording)
    x = recording.keypoints[..., 0][recording.keypoints[..., 2] > 0]
    left, right = BODY_25.index("left_wrist"), BODY_25.index("right_wrist")
    middle = x.min() + x.max()
    assert np.allclose(turned.keypoints[:, left, 0], middle - recording.keypoints[:, right, 0])
    assert np.array_equal(turned.keypoints[:, left, 1:], recording.keypoints[:, right, 1:])
    nose = BODY_25.index("nose")
    assert np.array_equal(turned.keypoints[:, nose, 1:], recording.keypoints[:, nose, 1:])
    assert np.allclose(mirrored(turned).keypoints, recording.keypoints, atol=1e-3)


def test_delayed_stands_first() -> None:
    recording = flip(frames=50)
    late = delayed(recording, 30)
    assert len(late) == len(late.t) == 80
    assert np.ptp(late.keypoints[:30], axis=0).max() == 0
    assert np.array_equal(late.keypoints[30:], recording.keypoints)
    assert np.allclose(np.diff(late.t), 1 / 60)


def test_half_the_rate_is_every_other_frame() -> None:
    recording = flip(frames=51)
    slow = at_rate(recording, 30)
    assert np.array_equal(slow.keypoints, recording.keypoints[::2])
    assert np.isclose(slow.fps, 30)
    assert np.array_equal(at_rate(slow, 30).keypoints, slow.keypoints)


def test_joints_are_missing_evenly_and_the_others_stay() -> None:
    recording = flip()
    sparse = with_joints_missing(recording, 0.3, np.random.default_rng(0)).keypoints
    missing = sparse[..., 2] == 0
    assert 0.25 < missing.mean() < 0.35
    assert not sparse[missing].any()
    assert np.array_equal(sparse[~missing], recording.keypoints[~missing])


def test_no_stress_changes_the_recording_it_is_given() -> None:
    recording = flip()
    before = recording.keypoints.copy()
    for stress in STRESSES.values():
        assert not np.array_equal(
            stress.disturb(recording, np.random.default_rng(1)).keypoints, before
        )
        assert np.array_equal(recording.keypoints, before)
