"""The thesis's preparation, step by step, on numbers that can be done by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.gym.augmentation import augment
from models.gym.dataset import Recording, load
from models.gym.preparation import (
    JOINTS,
    Clip,
    Preparation,
    filled,
    padded,
    prepare,
    smoothed,
    steps,
)
from models.skeleton import BODY_25, COCO_17, convert
from tests.models.gym.recordings import flip

NOTHING = Preparation(fill=False, smooth=None, drop=False, centre=False, joints15=False)


def one_joint(*values: float) -> tuple[np.ndarray, np.ndarray]:
    """(T, 1, 2) and which are seen: a missing one is NaN."""
    x = np.array(values, np.float32)
    points = np.stack([np.nan_to_num(x), np.nan_to_num(2 * x)], axis=-1)[:, None]
    return points, np.isfinite(x)[:, None]


def last(recording: Recording, **chosen: object) -> np.ndarray:
    return steps(recording, replace(NOTHING, **chosen))[-1].points


def test_a_missing_point_is_the_mean_of_the_one_before_and_the_next_seen() -> None:
    nan = np.nan
    points, seen = one_joint(nan, nan, 4, nan, nan, 12, 1, nan, nan)
    result = filled(points, seen)
    np.testing.assert_array_equal(result[:, 0, 0], [4, 4, 4, 8, 10, 12, 1, 1, 1])
    np.testing.assert_array_equal(result[:, 0, 1], 2 * result[:, 0, 0])


def test_moving_average_as_written_and_as_coded() -> None:
    points, seen = one_joint(0, 3, 6, 0, 3)
    centred = smoothed(points, seen, "centred")[:, 0, 0]
    np.testing.assert_allclose(centred, [1.5, 3, 3, 3, 1.5])
    trailing = smoothed(points, seen, "trailing")[:, 0, 0]
    np.testing.assert_allclose(trailing, [0, 3, 3, 3, 3])


def test_without_filling_nothing_is_averaged_with_what_was_not_seen() -> None:
    points, seen = one_joint(9, np.nan, 3, 3)
    np.testing.assert_allclose(smoothed(points, seen, "centred")[:, 0, 0], [9, 0, 3, 3])


def test_centring_keeps_travel() -> None:
    recording = flip()
    moved = recording.keypoints.copy()
    moved[..., 0] += 5 * np.arange(len(moved))[:, None]
    points = last(replace(recording, keypoints=moved), centre=True)
    assert not points[0, 8].any()
    assert points[-1, 8, 0] == pytest.approx(5 * (len(moved) - 1), abs=5)


def test_where_the_athlete_stands_changes_nothing() -> None:
    recording = flip()
    elsewhere = recording.keypoints + np.float32([300, -120, 0])
    clips = prepare([recording, replace(recording, keypoints=elsewhere)], Preparation()).clips
    np.testing.assert_allclose(clips[0].points, clips[1].points, atol=1e-3)


def test_each_step_is_left_out_alone() -> None:
    recording = flip()
    recording.keypoints[10:20, 4] = 0
    names = {
        "fill": ["as recorded", "centred mean", "centred", "15 joints"],
        "smooth": ["as recorded", "filled", "centred", "15 joints"],
        "centre": ["as recorded", "filled", "centred mean", "15 joints"],
        "joints15": ["as recorded", "filled", "centred mean", "centred"],
    }
    for left_out, expected in names.items():
        chosen = replace(Preparation(), **{left_out: None if left_out == "smooth" else False})
        assert [step.name for step in steps(recording, chosen)] == expected
    assert not last(recording)[15, 4].any()
    assert last(recording, fill=True)[15, 4].all()
    assert last(recording, joints15=True).shape == (60, 15, 2)
    assert JOINTS[8] == "mid_hip"


def test_a_recording_with_a_joint_never_seen_is_dropped_with_the_reason() -> None:
    whole, without = flip(), flip("backflip-2-bob")
    without.keypoints[:, [BODY_25.index("left_knee"), BODY_25.index("left_heel")]] = 0
    prepared = prepare([whole, without], Preparation())
    assert [clip.name for clip in prepared.clips] == ["backflip-1-ann"]
    assert prepared.dropped == [("backflip-2-bob", "never seen: left knee")]
    kept = prepare([without], Preparation(drop=False)).clips[0]
    assert not kept.points[:, JOINTS.index("left_knee")].any()
    ((_, reason),) = prepare([without], Preparation(joints15=False)).dropped
    assert reason == "never seen: left knee, left heel"


def test_what_the_network_is_unsure_of_can_count_as_not_seen() -> None:
    recording = flip()
    recording.keypoints[20, 4] = 900, 900, 0.2
    at = steps(recording, replace(Preparation(), smooth=None, low=0.3))[1].points[20, 4]
    middle = (recording.keypoints[19, 4, :2] + recording.keypoints[21, 4, :2]) / 2
    np.testing.assert_allclose(at, middle, atol=1e-3)


def test_another_skeleton_is_prepared_too() -> None:
    recording = flip()
    coco = replace(
        recording, skeleton=COCO_17, keypoints=convert(recording.keypoints, BODY_25, COCO_17)
    )
    ((a,), (b,)) = (prepare([one], Preparation()).clips for one in (recording, coco))
    np.testing.assert_allclose(a.points[:, 2:8], b.points[:, 2:8], atol=6)


def test_padding_adds_zeros_after_the_end_and_never_cuts() -> None:
    clips = prepare([flip(frames=40), flip("flack-1-bob", frames=60)], Preparation()).clips
    whole = padded(clips)
    assert whole.inputs.shape == (2, 60, 30)
    assert whole.lengths.tolist() == [40, 60]
    assert whole.labels.tolist() == [0, 1]
    assert not whole.inputs[0, 40:].any()
    np.testing.assert_array_equal(whole.inputs[0, :40].reshape(40, 15, 2), clips[0].points)
    assert padded(clips, 110).inputs.shape == (2, 110, 30)
    with pytest.raises(ValueError, match=r"flack-1-bob: 60 frames; expected at most 50"):
        padded(clips, 50)
    with pytest.raises(ValueError, match="label 'vault'; expected one of backflip, handspring"):
        padded([Clip(clips[0].points, "vault", "ann", "vault-1-ann")])
    with pytest.raises(ValueError, match="at least one"):
        padded([])


def test_augmentation_turns_limbs_by_the_same_angle_in_every_frame() -> None:
    points = prepare([flip()], Preparation(smooth=None)).clips[0].points
    copies = augment(points, np.random.default_rng(3), 10)
    assert copies.shape == (10, *points.shape)
    nose, neck = JOINTS.index("nose"), JOINTS.index("neck")
    np.testing.assert_array_equal(copies[:, :, nose], np.broadcast_to(points[:, nose], (10, 60, 2)))
    angles = turned(copies[:, :, neck] - copies[:, :, nose], points[:, neck] - points[:, nose])
    np.testing.assert_allclose(angles, np.broadcast_to(angles[:, :1], angles.shape), atol=0.1)
    assert ((angles > -0.1) & (angles < 15.1)).all()
    assert np.ptp(angles[:, 0]) > 3
    again = augment(points, np.random.default_rng(3), 10)
    np.testing.assert_array_equal(copies, again)
    still = augment(points, np.random.default_rng(3), 2, degrees=0)
    np.testing.assert_allclose(still, np.stack([points, points]), atol=1e-3)


def turned(after: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Degrees from `before` (T, 2) to `after` (N, T, 2)."""
    angles = np.arctan2(after[..., 1], after[..., 0]) - np.arctan2(before[:, 1], before[:, 0])
    return np.degrees((angles + np.pi) % (2 * np.pi) - np.pi)


def test_augmentation_needs_the_fifteen_joints() -> None:
    with pytest.raises(ValueError, match=r"expected shape \(T, 15, 2\), got \(4, 25, 2\)"):
        augment(np.zeros((4, 25, 2), np.float32), np.random.default_rng(0), 1)


def test_real_recordings_are_all_kept(data: Path) -> None:
    recordings = load(data / "gym")
    prepared = prepare(recordings, Preparation())
    assert len(prepared.clips) == len(recordings) == 88
    assert not prepared.dropped
    assert np.isfinite(padded(prepared.clips).inputs).all()
