"""What real and simulated athletes are compared by."""

from __future__ import annotations

import numpy as np
import pytest

from bench.counting import Track
from bench.flips_cases import Expected
from bench.reality_counting import counted
from bench.reality_flips import judge
from bench.reality_measures import (
    between,
    confidence_quantiles,
    flight_motion,
    jitter,
    limb_variation,
    step_motion,
    trunk_length,
)
from bench.reality_scenes import draw_shots
from bench.staged import stage, surely, true_joints
from models.skeleton import BODY, Keypoints
from realtime.marks import Event

ANKLES, KNEES, HIPS, WRISTS = (
    [BODY.index(f"{side}_{part}") for side in ("left", "right")]
    for part in ("ankle", "knee", "hip", "wrist")
)
FEET = [
    [BODY.index(f"{side}_{part}") for part in ("ankle", "heel", "toe")]
    for side in ("left", "right")
]
HEIGHTS = {"nose": 150, "shoulder": 100, "elbow": 60, "wrist": 20, "hip": 0, "knee": -100}


def standing(frames: int) -> Keypoints:
    """Somebody upright, facing the camera, with a trunk of 100 px and legs of 200 px."""
    joints = np.empty((frames, len(BODY), 2))
    for i, name in enumerate(BODY.joints):
        aside = {"left": 25, "right": -25}.get(name.split("_")[0], 0)
        joints[:, i] = 500 + aside, 400 - HEIGHTS.get(name.split("_")[-1], -200)
    return surely(joints)


def stepping(t: np.ndarray, cadence: float, swing: float) -> Keypoints:
    """The same with each foot lifted in turn, by up to `swing` px."""
    keypoints = standing(len(t))
    wave = np.sin(np.pi * cadence * t)
    for foot, sign in zip(FEET, (1, -1), strict=True):
        keypoints[:, foot, 1] -= swing * np.clip(sign * wave, 0, None)[:, None]
    return keypoints


def test_jitter_is_the_standard_deviation_of_noise_in_trunks() -> None:
    keypoints = standing(4000)
    keypoints[..., 1] += np.linspace(0, 30, 4000)[:, None]  # swaying is no jitter
    rng = np.random.default_rng(0)
    keypoints[:, WRISTS, :2] += rng.normal(0, 2, (4000, 2, 2))
    found = jitter(keypoints)
    assert trunk_length(keypoints) == pytest.approx(100, rel=0.01)
    assert found["wrists"] == pytest.approx(0.02, rel=0.1)
    assert found["ankles"] < 0.002


def test_jitter_leaves_out_joints_that_are_missing() -> None:
    keypoints = standing(300)
    keypoints[::7, ANKLES] = 0
    assert jitter(keypoints)["ankles"] == pytest.approx(0, abs=1e-6)
    keypoints[:, ANKLES] = 0
    assert np.isnan(jitter(keypoints)["ankles"])


def test_limb_variation_is_relative_and_by_limb() -> None:
    keypoints = standing(400)
    keypoints[::2, KNEES, 1] += 10  # thighs 100 and 110 px, shanks 100 and 90
    found = limb_variation(keypoints)
    assert found["thighs"] == pytest.approx(5 / 105, rel=0.01)
    assert found["shanks"] == pytest.approx(5 / 95, rel=0.01)
    assert found["forearms"] == pytest.approx(0, abs=1e-6)


def test_confidence_counts_what_is_not_seen_as_zero() -> None:
    keypoints = standing(100)
    keypoints[:30, ANKLES] = 0
    found = confidence_quantiles(keypoints, (0.25, 0.5))
    assert found["ankles"].tolist() == [0, 1]
    assert found["knees"].tolist() == [1, 1]


@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_motion_of_steps_is_measured_between_the_frames(fps: float) -> None:
    t = np.arange(0, 10, 1 / fps)
    motion = step_motion(stepping(t, cadence=5.3, swing=80), t)
    assert motion.cadence == pytest.approx(5.3, rel=0.02)
    assert motion.swing == pytest.approx(0.8, rel=0.1)  # both feet, of 200 px
    assert motion.bounce == pytest.approx(0, abs=1e-6)
    assert motion.lean_deg == pytest.approx(0, abs=1e-6)
    assert motion.unsteady < 0.01
    assert 0.5 < motion.down < 0.65  # the half of the time in which the other foot is up


def test_an_unsteady_rhythm_is_seen() -> None:
    t = np.arange(0, 20, 1 / 60)
    uneven = t + 0.03 * np.interp(
        t, np.arange(0, 21, 0.2), np.random.default_rng(1).normal(size=105)
    )
    steady, shaky = (step_motion(stepping(at, 5, 80), t).unsteady for at in (t, uneven))
    assert shaky > 5 * steady


def test_a_flight_is_measured_in_legs_from_its_take_off() -> None:
    t = np.arange(60) / 60
    keypoints = standing(60)
    air = np.clip((t - 0.2) / 0.5, 0, 1)
    keypoints[..., 1] -= (60 * 4 * air * (1 - air))[:, None]
    keypoints[..., 0] -= (40 * air)[:, None]
    flight = flight_motion(keypoints, t, 0.2, 0.7)
    assert flight.seconds == pytest.approx(0.5)
    assert flight.rise == pytest.approx(0.3, rel=0.02)
    assert flight.travel == pytest.approx(0.2, rel=0.02)


def event(kind: str, end_s: float) -> Event:
    return Event(1, kind, end_s - 0.6, end_s, end_s + 0.1, 0.9)  # type: ignore[arg-type]


def test_events_are_judged_by_their_landing_and_kind() -> None:
    expected = [Expected("backflip", 1.0, 1.6), Expected("handspring", 3.0, 3.7)]
    said = [event("backflip", 1.65), event("backflip", 3.7), event("handspring", 9.0)]
    judged = judge(said, expected, seconds=10.0)
    assert (judged.elements, judged.right, judged.wrong, judged.false) == (2, 1, 1, 1)
    np.testing.assert_allclose(judged.late_s, [0.05])


def test_what_is_said_twice_is_false_the_second_time() -> None:
    judged = judge([event("backflip", 1.6)] * 2, [Expected("backflip", 1.0, 1.6)], 3.0)
    assert (judged.right, judged.false) == (1, 1)


def test_an_element_that_nothing_is_said_about_is_missed() -> None:
    judged = judge([], [Expected("backflip", 1.0, 1.6)], 3.0)
    assert (judged.elements, judged.right, judged.wrong, judged.false) == (1, 0, 0, 0)


def test_true_joints_of_simulated_steps_are_counted_without_an_error() -> None:
    scene = stage(
        [{"move": "speed_step", "seconds": 8.0}], 3, facing_deg=0.0, fps=60.0, seconds=9.5
    )
    keypoints = surely(true_joints(scene, range(scene.frames)))
    labels = np.array([jump.time_s for jump in scene.truth.jumps])
    found = counted(Track("front", BODY, keypoints, scene.t, labels, 1 / 60))
    assert (found.steps, found.error, found.outside) == (len(labels), 0, 0)
    assert np.median(np.abs(found.late_s)) < 0.02
    assert found.said_s.min() > 0  # nothing is said before it happens


def test_nothing_is_late_where_nobody_jumps() -> None:
    t = np.arange(90) / 30
    found = counted(Track("nobody", BODY, standing(90), t, np.empty(0), 1 / 30))
    assert (found.steps, found.error, found.outside, len(found.late_s)) == (0, 0, 0, 0)


def test_every_view_and_rate_is_filmed_and_the_same_each_time() -> None:
    shots = draw_shots()
    assert shots == draw_shots()
    assert len([shot for shot in shots if shot.group == "speed"]) >= 20
    assert {shot.fps for shot in shots} == {30.0, 60.0}
    assert {shot.view for shot in shots} >= {"front", "three-quarter", "side"}
    assert len({shot.seed for shot in shots}) == len(shots)


def test_between_keeps_both_ends() -> None:
    assert between(np.array([0.0, 1.0, 2.0, 3.0]), 1.0, 2.0).tolist() == [False, True, True, False]
