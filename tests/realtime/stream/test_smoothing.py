"""Every filter: what holds for all of them, then what each is for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.stream.filters import (
    Exponential,
    Kalman,
    Median,
    MovingAverage,
    OneEuro,
    Predictive,
    Raw,
)
from realtime.stream.ring import Floats
from realtime.stream.smoothing import BRIDGE_S, Filter, Smoother

JOINTS = 3
ALL = [Raw, MovingAverage, Median, Exponential, OneEuro, Kalman, Predictive]
Make = Callable[[int], Filter]

every_filter = pytest.mark.parametrize("make", ALL)
gaps = st.lists(st.floats(0.004, 0.06), min_size=3, max_size=40)


def run(make: Make, t: Floats, points: Floats, confidence: Floats | None = None) -> Floats:
    smoother = Smoother(make(points.shape[1]), points.shape[1])
    sure = np.ones(points.shape[:2]) if confidence is None else confidence
    return np.array(
        [smoother.update(float(a), p, c).points for a, p, c in zip(t, points, sure, strict=True)]
    )


def wandering(t: Floats) -> Floats:
    phase = np.arange(JOINTS * 2).reshape(JOINTS, 2)
    return np.sin(9 * t[:, None, None] + phase) + 0.3 * np.cos(31 * t[:, None, None])


@every_filter
@given(gaps=gaps)
@settings(max_examples=25)
def test_what_stands_still_stands_still_at_any_rate(make: Make, gaps: list[float]) -> None:
    t = np.cumsum(gaps)
    still = np.tile([[0.5, -1.25], [3.0, 0.0], [-2.0, 7.0]], (len(t), 1, 1))
    np.testing.assert_allclose(run(make, t, still), still, atol=1e-6)


@every_filter
@given(gaps=gaps, cut=st.integers(1, 40))
@settings(max_examples=25)
def test_the_future_changes_nothing(make: Make, gaps: list[float], cut: int) -> None:
    t = np.cumsum(gaps)
    points = wandering(t)
    other = points.copy()
    other[cut:] += 5.0
    np.testing.assert_array_equal(run(make, t, points)[:cut], run(make, t, other)[:cut])


@every_filter
def test_joints_do_not_touch_each_other(make: Make) -> None:
    t = np.arange(60) / 60
    points = wandering(t)
    confidence = np.ones((60, JOINTS))
    confidence[10:14, 1] = confidence[30:50, 1] = 0
    damaged = points.copy()
    damaged[20:25, 1] += 2.0
    others = [0, 2]
    np.testing.assert_array_equal(
        run(make, t, points)[:, others], run(make, t, damaged, confidence)[:, others]
    )


@every_filter
@pytest.mark.parametrize("fps", [15, 30, 60, 120])
def test_a_missing_joint_is_bridged_for_150_ms_and_marked(make: Make, fps: int) -> None:
    t = np.arange(2 * fps) / fps
    smoother = Smoother(make(JOINTS), JOINTS)
    for now, points in zip(t, wandering(t), strict=True):
        confidence = np.ones(JOINTS)
        missing = 0.5 <= now < 1.0
        since = now - (np.ceil(0.5 * fps) - 1) / fps
        if missing:
            confidence[1] = 0
            points[1] = np.nan if now > 0.7 else 0.0
        smoothed = smoother.update(float(now), points, confidence)
        bridged = missing and since <= BRIDGE_S
        assert smoothed.bridged.tolist() == [False, bridged, False]
        assert np.isfinite(smoothed.points[1]).all() == (not missing or bridged)
        assert np.isfinite(smoothed.points[[0, 2]]).all()


@every_filter
def test_a_joint_that_was_long_gone_starts_anew(make: Make) -> None:
    smoother = Smoother(make(1), 1)
    for i in range(10):
        smoother.update(i / 60, np.zeros((1, 2)), np.ones(1))
    again = smoother.update(0.5, np.full((1, 2), 9.0), np.ones(1))
    np.testing.assert_allclose(again.points, 9.0, atol=1e-6)


@every_filter
def test_a_bridged_joint_stays_near_where_it_was(make: Make) -> None:
    t = np.arange(30) / 60
    points = wandering(t)
    confidence = np.ones((30, JOINTS))
    confidence[25:] = 0
    bridged = run(make, t, points, confidence)[25:]
    assert np.abs(bridged - points[24]).max() < 1.0


@every_filter
def test_frames_of_another_shape_are_refused(make: Make) -> None:
    smoother = Smoother(make(JOINTS), JOINTS)
    with pytest.raises(ValueError, match=r"joints: expected points \(3, 2\).*got \(4, 2\)"):
        smoother.update(0.0, np.zeros((4, 2)), np.ones(4))


@pytest.mark.parametrize("make", [MovingAverage, Median, Exponential, OneEuro, Kalman])
def test_jitter_gets_less(make: Make) -> None:
    t = np.arange(600) / 60
    noise = 0.01 * np.random.default_rng(0).standard_normal((600, JOINTS, 2))
    left = np.diff(run(make, t, noise)[60:], axis=0).std() / np.diff(noise[60:], axis=0).std()
    assert left < 0.8


def test_a_moving_average_is_the_mean_of_the_last_three() -> None:
    t = np.arange(20) / 60
    points = wandering(t)
    expected = (points[:-2] + points[1:-1] + points[2:]) / 3
    np.testing.assert_allclose(run(MovingAverage, t, points)[2:], expected)


def test_a_median_lets_no_single_outlier_through() -> None:
    t = np.arange(20) / 60
    points = np.zeros((20, JOINTS, 2))
    points[10, 1] = 50.0
    np.testing.assert_array_equal(run(Median, t, points), 0.0)


@pytest.mark.parametrize("fps", [30, 60, 120])
def test_an_exponential_answers_a_step_in_its_time(fps: int) -> None:
    t = np.arange(fps) / fps
    points = np.ones((fps, 1, 2))
    points[0] = 0.0
    answer = run(lambda joints: Exponential(joints, 0.1), t, points)[:, 0, 0]
    np.testing.assert_allclose(answer, 1 - np.exp(-t / 0.1), atol=1e-9)


def test_one_euro_is_smoother_at_rest_and_quicker_in_motion() -> None:
    t = np.arange(240) / 120
    noise = 0.003 * np.random.default_rng(1).standard_normal((240, 1, 2))
    fast = 4.0 * t[:, None, None] + np.zeros((240, 1, 2))
    rest = np.diff(run(OneEuro, t, noise)[60:], axis=0).std() / np.diff(noise[60:], axis=0).std()
    lag = (fast - run(OneEuro, t, fast))[-1, 0, 0] / 4.0
    assert rest < 0.5
    assert lag < 0.006


def test_kalman_trusts_a_sample_as_far_as_its_confidence() -> None:
    def after(confidence: float) -> float:
        smoother = Smoother(Kalman(1), 1)
        for i in range(60):
            smoother.update(i / 60, np.zeros((1, 2)), np.ones(1))
        return float(smoother.update(1.0, np.ones((1, 2)), np.array([confidence])).points[0, 0])

    assert after(1.0) > 2 * after(0.2) > 4 * after(0.02) > 0


@given(gaps=st.lists(st.floats(0.01, 0.03), min_size=8, max_size=20), seed=st.integers(0, 99))
@settings(max_examples=25)
def test_predictive_has_no_lag_on_a_parabola_at_any_rate(gaps: list[float], seed: int) -> None:
    t = np.cumsum(gaps)
    a, b, c = np.random.default_rng(seed).normal(size=(3, 1, 2))
    thrown = a + b * t[:, None, None] + c * t[:, None, None] ** 2
    np.testing.assert_allclose(run(Predictive, t, thrown)[3:], thrown[3:], atol=2e-3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MovingAverage(1, 0), "samples of a trailing filter: expected at least 1, got 0"),
        (lambda: Exponential(1, 0.0), "time constant: expected more than 0 s, got 0.0 s"),
        (lambda: OneEuro(1, least_hz=0.0), "least_hz: expected more than 0 Hz, got 0.0 Hz"),
        (lambda: Kalman(1, noise=-1.0), "noise: expected more than 0, got -1.0"),
        (lambda: Predictive(1, samples=3, order=3), "order: expected 0 to 2, got 3"),
    ],
)
def test_settings_that_cannot_be_are_named(make: Callable[[], Filter], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
