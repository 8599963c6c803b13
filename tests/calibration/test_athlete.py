"""Three seconds of standing: what is measured, and who is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.measures import scene_of
from calibration.athlete import (
    AthleteError,
    Thresholds,
    measure_standing,
    standing_part,
    thresholds,
)
from models.skeleton import BODY

FPS = 30.0
LEG_PX = 200.0


def standing(seconds=3.2, noise=0.0, seed=0):
    """Key points (T, 17, 3) of somebody who stands straight, facing the camera."""
    t = np.arange(0, seconds, 1 / FPS)
    heights = {
        **{"nose": 1.9, "shoulder": 1.6, "elbow": 1.25, "wrist": 0.95},
        **{"hip": 1.0, "knee": 0.5, "ankle": 0.0, "heel": -0.05, "toe": -0.07},
    }
    points = np.zeros((len(t), len(BODY), 3), np.float32)
    for j, joint in enumerate(BODY.joints):
        side, _, part = joint.rpartition("_")
        across = {"left": 0.12, "right": -0.12, "": 0.0}[side]
        points[:, j] = 300 + LEG_PX * across, 500 - LEG_PX * heights[part], 0.9
    rng = np.random.default_rng(seed)
    points[..., :2] += noise * LEG_PX * rng.standard_normal(points[..., :2].shape)
    return t, points


def test_the_leg_and_the_trembling_are_measured():
    found = measure_standing(*standing(noise=0.01))
    assert found.leg_px == pytest.approx(LEG_PX, rel=0.03)
    assert found.noise_floor == pytest.approx(0.01, rel=0.2)
    assert found.sway < 0.004
    assert found.leg_m(0.0043) == pytest.approx(0.86, rel=0.03)


def test_sway_is_slow_and_no_trembling():
    t, points = standing()
    points[..., 0] += (0.02 * LEG_PX * np.sin(2 * np.pi * 0.4 * t))[:, None].astype(np.float32)
    found = measure_standing(t, points)
    assert found.sway == pytest.approx(0.02 / np.sqrt(2), rel=0.15)
    assert found.noise_floor < 0.004


def test_a_simulated_athlete_who_stands_has_the_leg_of_his_build():
    scene = scene_of("straight_jump", 60.0, 0)
    long = np.concatenate([np.stack([scene.joints(i) for i in range(70)])] * 3)
    keypoints = np.concatenate([long, np.ones((*long.shape[:2], 1))], axis=2).astype(np.float32)
    found = measure_standing(np.arange(len(long)) / 60, keypoints)
    true = scene.cast[0].build.leg * scene.camera.focal / 6.0
    assert found.leg_px == pytest.approx(true, rel=0.02)


def test_thresholds_are_the_defaults_and_rise_with_the_noise_but_not_beyond_twice():
    measured = measure_standing(*standing(noise=0.03))
    quiet, noisy = thresholds(measure_standing(*standing(noise=0.001))), thresholds(measured)
    wild = thresholds(replace(measured, swing_noise=1.0, foot_noise=1.0))
    assert thresholds() == quiet == Thresholds()
    assert quiet.swing < noisy.swing <= wild.swing == 2 * quiet.swing
    assert quiet.clear < noisy.clear <= wild.clear == 2 * quiet.clear


def test_who_walks_is_told_to_stand_still():
    t, points = standing()
    points[..., 0] += (0.2 * LEG_PX * t)[:, None].astype(np.float32)
    with pytest.raises(AthleteError, match=r"hips move by 0\.\d+ leg lengths.*stand still"):
        measure_standing(t, points)


def test_who_is_not_wholly_in_view_is_told_what_is_missing():
    t, points = standing()
    points[:, [BODY.index("left_ankle"), BODY.index("right_ankle")]] = 0
    with pytest.raises(AthleteError, match=r"left ankle, right ankle not seen.*step back"):
        measure_standing(t, points)


def test_who_leans_or_bends_the_legs_is_told():
    t, points = standing()
    leaning = points.copy()
    leaning[:, [BODY.index("left_shoulder"), BODY.index("right_shoulder")], 0] += 90
    with pytest.raises(AthleteError, match="leans by"):
        measure_standing(t, leaning)
    bent = points.copy()
    bent[:, [BODY.index("left_knee"), BODY.index("right_knee")], 0] += 100
    with pytest.raises(AthleteError, match="straight legs"):
        measure_standing(t, bent)


def test_less_than_three_seconds_or_too_few_frames_are_refused():
    t, points = standing(2.0)
    with pytest.raises(AthleteError, match="stand still for longer"):
        measure_standing(t, points)
    t, points = standing()
    with pytest.raises(AthleteError, match="10 fps"):
        measure_standing(t[::6], points[::6])


def test_the_part_in_which_somebody_stands_is_found():
    t, points = standing(9.0)
    walking = np.minimum(t, 4.0)
    points[..., 0] += (0.3 * LEG_PX * walking)[:, None].astype(np.float32)
    assert standing_part(t, points).leg_px == pytest.approx(LEG_PX, rel=0.01)
    with pytest.raises(AthleteError, match="no frames"):
        standing_part(np.empty(0), points[:0])
