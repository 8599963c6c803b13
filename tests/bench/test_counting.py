"""The scoring that the counting benchmark is judged by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.counting import Track, at_rate, matches, read_track, score, with_drops
from models.skeleton import BODY
from realtime.marks import Jump


def track(frames: int = 60, labels: tuple[int, ...] = ()) -> Track:
    t = np.arange(frames) / 30
    keypoints = np.ones((frames, len(BODY), 3), np.float32)
    keypoints[..., 0] = np.arange(frames)[:, None]
    return Track("clip", BODY, keypoints, t, t[list(labels)], 1 / 30)


def jumps(*frames: int) -> list[Jump]:
    return [Jump(1, f, f / 30, "left", f / 30 + 0.1) for f in frames]


def test_counts_are_inside_up_to_three_frames_from_the_labels() -> None:
    result = score(track(labels=(20, 24, 28)), jumps(10, 17, 24, 31, 32))
    assert (result.inside, result.outside, result.error) == (3, 2, 0)


def test_f1_wants_every_step_at_its_place() -> None:
    clip = track(labels=(20, 24, 28))
    assert score(clip, jumps(20, 22, 30)).f1 == 1
    assert score(clip, jumps(20, 24, 31)).f1 == pytest.approx(2 / 3)
    assert score(clip, jumps(20)).f1 == pytest.approx(2 / 4)


def test_a_label_is_used_once() -> None:
    assert matches(np.array([1.0, 1.1, 1.2]), np.array([1.1]), 0.5) == 1


def test_delay_is_from_the_jump_to_its_being_said() -> None:
    assert score(track(), jumps(5, 6)).latency == pytest.approx((0.1, 0.1))


def test_another_rate_keeps_the_movement() -> None:
    faster = at_rate(track(), 60)
    assert np.allclose(faster.keypoints[:, 0, 0], faster.t * 30)


def test_nobody_is_seen_beside_a_lost_frame() -> None:
    clip = track()
    clip.keypoints[30] = 0
    seen = at_rate(clip, 60).keypoints[:, 0, 2] > 0
    assert not seen[59:62].any()
    assert seen[:59].all()
    assert seen[63:].all()


def test_drops_leave_the_times_of_the_rest() -> None:
    clip = with_drops(track(600), 0.05)
    assert 540 < len(clip.t) < 600
    assert np.allclose(clip.keypoints[:, 0, 0] / 30, clip.t)


def test_frames_whose_time_does_not_increase_are_left_out(tmp_path: Path) -> None:
    t = np.array([0.0, 0.1, 0.3, 0.2, 0.3, 0.4])
    keypoints = np.zeros((6, 17, 3), np.float32)
    np.savez(tmp_path / "a.mp4.npz", keypoints=keypoints, t=t, skeleton="coco_17")
    assert read_track(tmp_path / "a.mp4.npz").t.tolist() == [0.0, 0.1, 0.3, 0.4]
