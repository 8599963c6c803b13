"""How much somebody moves."""

from __future__ import annotations

import numpy as np
import pytest

from models.skeleton import COCO_17, Keypoints
from realtime.stream.body import BodyStream
from realtime.stream.motion import MotionEnergy
from tests.realtime.stream.people import LEG, figure

ANKLES = [COCO_17.index("left_ankle"), COCO_17.index("right_ankle")]


def energy(frames: list[Keypoints | None], fps: float) -> float:
    body, motion = BodyStream(COCO_17), MotionEnergy()
    for i, keypoints in enumerate(frames):
        motion.update(body.update(i, i / fps, keypoints))
    return motion.energy


def stepping(hertz: float, fps: float, lift: float = 0.2, seconds: float = 5.0) -> list:
    """Feet that go up and down against each other by `lift` leg lengths."""
    frames = []
    for i in range(round(seconds * fps)):
        keypoints = figure(COCO_17)
        up = lift * LEG * np.sin(2 * np.pi * hertz * i / fps)
        keypoints[ANKLES[0], 1] -= max(up, 0)
        keypoints[ANKLES[1], 1] -= max(-up, 0)
        frames.append(keypoints)
    return frames


def test_who_stands_does_not_move_however_he_is_carried_across_the_picture() -> None:
    frames = [figure(COCO_17, x=300 + 4 * i, y=400 - i) for i in range(150)]
    assert energy(frames, 30) == pytest.approx(0, abs=1e-9)


def test_jitter_of_the_key_points_is_little_beside_steps_at_any_frame_rate() -> None:
    rng = np.random.default_rng(0)
    for fps in (30, 60, 120):
        frames = []
        for _ in range(5 * fps):
            keypoints = figure(COCO_17)
            keypoints[:, :2] += rng.normal(0, 0.02 * LEG, (17, 2))
            frames.append(keypoints)
        assert energy(frames, fps) < energy(stepping(3.0, fps), fps) / 4


def test_steps_of_jumpers_are_more_than_steps_of_walkers() -> None:
    walking, jumping = energy(stepping(0.9, 60), 60), energy(stepping(3.0, 60), 60)
    assert jumping > 5 * walking


@pytest.mark.parametrize("fps", [15, 25, 60, 120, 240])
def test_it_hardly_depends_on_the_frame_rate(fps: int) -> None:
    assert energy(stepping(2.0, fps), fps) == pytest.approx(energy(stepping(2.0, 60), 60), rel=0.35)


def test_it_fades_when_he_has_stopped_or_is_gone() -> None:
    jumping = stepping(3.0, 60)
    before = energy(jumping, 60)
    for rest in ([figure(COCO_17)] * 180, [None] * 180):
        assert energy([*jumping, *rest], 60) < before / 10


def test_a_leap_of_the_skeleton_is_not_endless_speed() -> None:
    frames = [figure(COCO_17)] * 60
    turned = figure(COCO_17)
    turned[:, 1] = 800 - turned[:, 1]
    assert energy([*frames, turned, *frames[:6]], 60) < 20
