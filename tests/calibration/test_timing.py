"""Sound against picture to better than a frame, camera latency, frame rate."""

from __future__ import annotations

import numpy as np
import pytest

from bench.timing import (
    RATE,
    SHUTTERS,
    Shutter,
    flashed_rows,
    hall_track,
    moments,
    recording_offset,
    scene_of,
)
from calibration.onsets import clap_onsets, flash_onsets, row_levels, sound_onsets
from calibration.timing import TimingError, camera_latency, frame_rate, offset_between
from models.skeleton import BODY


@pytest.mark.parametrize("kind", ["beep", "clap"])
@pytest.mark.parametrize(("noise_db", "worst_s"), [(None, 0.0002), (-20.0, 0.001)])
def test_a_sound_is_found_to_a_millisecond(kind, noise_db, worst_s):
    rng = np.random.default_rng(1)
    at = moments(rng)
    found = sound_onsets(hall_track(kind, at, 7.0, noise_db, rng).astype(np.float64), RATE)
    assert len(found) == len(at)
    assert np.abs(found - at).max() < worst_s


def test_neither_silence_nor_steady_noise_has_a_beginning():
    noise = np.random.default_rng(2).standard_normal(RATE)
    assert not len(sound_onsets(np.zeros(RATE), RATE))
    assert not len(sound_onsets(noise, RATE))
    assert not len(sound_onsets(noise[:100], RATE))


def test_a_sound_that_is_not_mono_is_refused():
    with pytest.raises(ValueError, match="mono"):
        sound_onsets(np.zeros((100, 2)), RATE)


@pytest.mark.parametrize("shutter", SHUTTERS, ids=lambda shutter: shutter.name)
def test_a_flash_is_found_within_its_stated_error(shutter):
    scene = scene_of(shutter)
    rng = np.random.default_rng(3)
    at = moments(rng)
    rows = flashed_rows(scene, shutter, at, rng)
    found, error = flash_onsets(
        scene.t, rows, exposure_s=shutter.exposure_s, readout_s=shutter.readout_s
    )
    assert len(found) == len(at)
    assert (np.abs(found - at) <= error + 0.0015).all()
    assert (error <= 0.55 / shutter.fps).all()


def test_the_rows_of_a_rolling_shutter_tell_the_moment_to_a_millisecond():
    shutter = Shutter("rolling", 30, 1 / 60, 0.025)
    scene = scene_of(shutter)
    rng = np.random.default_rng(4)
    at = moments(rng)
    rows = flashed_rows(scene, shutter, at, rng)
    found, _ = flash_onsets(scene.t, rows, exposure_s=1 / 60, readout_s=0.025)
    assert np.abs(found - at).max() < 0.0015


def test_slow_light_is_no_flash():
    t = np.arange(120) / 30
    rows = np.repeat(50 + 40 * t[:, None], 24, axis=1)
    assert not len(flash_onsets(t, rows)[0])


def test_row_levels_are_those_of_the_bands():
    image = np.zeros((48, 64, 3), np.uint8)
    image[24:] = 100
    assert row_levels([image], 4).tolist() == [[0, 0, 100, 100]]


@pytest.mark.parametrize("kind", ["beep", "clap"])
def test_the_offset_of_a_recording_is_right_to_less_than_a_frame(kind):
    shutter = SHUTTERS[0]  # the least that a picture can tell: 30 fps, no row half exposed
    scene = scene_of(shutter)
    errors, stated = [], []
    for seed in range(5):
        true, found = recording_offset(scene, shutter, kind, -20.0, seed)
        errors.append(found.offset_s - true)
        stated.append(found.error_s)
    assert np.abs(errors).max() < 0.5 / shutter.fps
    assert (np.abs(errors) < 3 * np.array(stated)).all()


def test_missed_flashes_and_other_noises_do_no_harm():
    picture = np.array([1.0, 2.3, 3.1, 4.6, 5.2])
    sound = np.sort([*(picture[[0, 1, 3, 4]] + 0.2), 0.3, 2.9, 3.9, 6.0])
    found = offset_between(picture, sound)
    assert found.offset_s == pytest.approx(0.2, abs=1e-9)
    assert (found.count, found.left_out) == (4, 1)


def test_sound_before_the_picture_has_a_negative_offset():
    picture = np.array([1.0, 2.3, 3.1])
    assert offset_between(picture, picture - 0.15).offset_s == pytest.approx(-0.15)


def test_the_error_is_at_least_what_a_frame_allows():
    picture = np.arange(4.0)
    found = offset_between(picture, picture + 0.1, resolution_s=0.016)
    assert found.error_s == pytest.approx(1.2533 * 0.016 / np.sqrt(3) / 2)


def test_too_few_repetitions_are_refused_with_the_mend():
    with pytest.raises(TimingError, match="repeat it five times"):
        offset_between(np.array([1.0]), np.array([1.1]))
    with pytest.raises(TimingError, match="0 in the picture and 2 in the sound"):
        offset_between(np.empty(0), np.array([1.1, 2.0]))


def test_the_latency_of_a_camera_and_its_jitter():
    rng = np.random.default_rng(5)
    shown = np.cumsum(rng.uniform(0.7, 1.1, 200))
    seen = shown + 0.12 + rng.normal(0, 0.004, 200)
    found = camera_latency(shown, seen)
    assert found.offset_s == pytest.approx(0.12, abs=0.001)
    assert found.spread_s == pytest.approx(0.004, rel=0.2)


def test_light_before_the_flash_is_another_light():
    shown = np.array([1.0, 2.3, 3.1])
    with pytest.raises(TimingError, match="before it is shown"):
        camera_latency(shown, shown - 0.4)


def test_drops_duplicates_and_drift_of_a_frame_rate():
    rng = np.random.default_rng(6)
    t = np.arange(1800) / 60 * (1 + 300e-6) + rng.normal(0, 5e-4, 1800)
    change = rng.uniform(2, 4, 1800)
    change[[100, 500, 501 + 7]] = 0.01
    kept = np.ones(1800, np.bool_)
    kept[[200, 300, 301, 900]] = False
    found = frame_rate(t[kept], nominal_fps=60, change=change[kept])
    assert found.dropped == 4
    assert found.duplicates == 3
    assert found.fps == pytest.approx(60, abs=0.1)
    assert found.jitter_s == pytest.approx(5e-4 * np.sqrt(2), rel=0.15)
    assert abs(found.drift_ppm - 300) < 4 * found.drift_error_ppm


def test_somebody_who_stands_still_is_no_duplicate():
    t = np.arange(60) / 30
    assert frame_rate(t, change=np.zeros(60)).duplicates == 0


def test_a_rate_of_a_few_frames_or_of_disordered_ones_is_refused():
    with pytest.raises(TimingError, match="at least 10 frames"):
        frame_rate(np.arange(5.0))
    with pytest.raises(TimingError, match="increasing"):
        frame_rate(np.zeros(20))


def clapping(t, at):
    """Wrists that come together at 4 leg lengths/s, touch at `at` and part again."""
    apart = np.full(len(t), 1.0)
    for moment in at:
        since = t - moment
        apart = np.minimum(apart, np.where(since < 0, -4 * since, 2 * np.maximum(since - 0.05, 0)))
    points = np.zeros((len(t), len(BODY), 2))
    points[:, BODY.index("left_wrist"), 0] = -apart / 2 - 0.05
    points[:, BODY.index("right_wrist"), 0] = apart / 2 + 0.05
    return points


@pytest.mark.parametrize("fps", [30, 60])
def test_a_clap_is_found_to_a_third_of_a_frame(fps):
    t = np.arange(0, 6, 1 / fps)
    at = np.array([1.013, 2.127, 3.301, 4.478])
    found = clap_onsets(t, clapping(t, at))
    assert len(found) == len(at)
    assert np.abs(found - at).max() < 1 / 3 / fps


def test_hands_that_come_together_slowly_do_not_clap():
    t = np.arange(0, 6, 1 / 30)
    points = clapping(t, np.empty(0))
    points[:, BODY.index("left_wrist"), 0] = -0.05 - 0.1 * np.abs(t - 3)
    points[:, BODY.index("right_wrist"), 0] = 0.05 + 0.1 * np.abs(t - 3)
    assert not len(clap_onsets(t, points))
