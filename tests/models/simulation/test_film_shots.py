"""When pictures are taken: lost, repeated and late frames, and a rate that wanders."""

from itertools import pairwise

import numpy as np
import pytest

from models.simulation.film.settings import CameraSettings
from models.simulation.film.shots import Shots, take_shots

FPS, SECONDS = 30.0, 60.0


def shots(seed: int = 0, fps: float = FPS, **settings: float) -> Shots:
    made = CameraSettings(**settings)  # type: ignore[arg-type]
    return take_shots(made, fps, SECONDS, np.random.default_rng(seed))


@pytest.mark.parametrize("fps", [15.0, 29.97, 240.0])
def test_a_perfect_camera_takes_a_picture_at_every_tick(fps: float) -> None:
    perfect = shots(fps=fps)
    np.testing.assert_array_equal(perfect.t, np.arange(round(SECONDS * fps)) / fps)
    assert not perfect.repeats


def test_lost_frames_leave_gaps_and_move_nothing() -> None:
    t = shots(drop=0.2).t
    assert set(t) <= set(shots().t)
    assert t[0] == 0
    assert 0.15 < 1 - len(t) / (FPS * SECONDS) < 0.25
    assert np.diff(t).max() > 1.9 / FPS


def test_repeated_frames_show_the_last_picture_that_was_new() -> None:
    doubled = shots(duplicates=0.3)
    np.testing.assert_array_equal(doubled.t, shots().t)
    assert 0.25 < len(doubled.repeats) / len(doubled.t) < 0.35
    shown = [doubled.repeats.get(t, t) for t in doubled.t.tolist()]
    assert all(
        now in (before, t)
        for (before, now), t in zip(pairwise(shown), doubled.t[1:].tolist(), strict=True)
    )
    assert not set(shown) & set(doubled.repeats)


def test_late_frames_are_irregular_but_in_order() -> None:
    late = shots(jitter_ms=3.0).t - shots().t
    assert 0.0025 < late.std() < 0.0035
    for seed in range(5):
        t = shots(seed, jitter_ms=500.0).t
        assert np.diff(t).min() > 0.1 / FPS
        assert t[0] == 0


def test_in_low_light_the_rate_wanders_between_two() -> None:
    t = shots(slow_fps=15.0).t
    rate = 1 / np.diff(t)
    assert 15 - 1e-6 < rate.min() < 18
    assert 26 < rate.max() < 30 + 1e-6
    assert np.abs(np.diff(rate)).max() < 2  # it does not jump
    assert SECONDS - 1 / 14 < t[-1] < SECONDS


@pytest.mark.parametrize("seed", range(5))
def test_times_increase_whatever_goes_wrong(seed: int) -> None:
    settings = {"drop": 0.3, "duplicates": 0.3, "jitter_ms": 30.0, "slow_fps": 8.0}
    bad, again = shots(seed, **settings), shots(seed, **settings)
    assert np.diff(bad.t).min() > 0
    assert bad.t[0] == 0
    assert bad.t[-1] < SECONDS
    assert set(bad.repeats) < set(bad.t.tolist())
    np.testing.assert_array_equal(bad.t, again.t)
    assert bad.repeats == again.repeats
    assert len(shots(seed + 1, **settings).t) != len(bad.t)


def test_lost_frames_are_those_that_are_missing() -> None:
    all_of_them, some = shots(), shots(drop=0.3)
    assert len(some.lost) > 10
    np.testing.assert_array_equal(np.sort(np.append(some.t, some.lost)), all_of_them.t)
    assert not len(all_of_them.lost)
