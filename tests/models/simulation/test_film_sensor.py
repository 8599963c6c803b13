"""Noise, exposure and compression: as strong as they are told, and the same every time."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.simulation.film.sensor import Sensor, build_sensor
from models.simulation.film.settings import CameraSettings

SIZE = 320, 240


def sensor(seed: int = 0, **settings: float) -> Sensor:
    made = build_sensor(
        CameraSettings(**settings),  # type: ignore[arg-type]
        SIZE,
        np.random.default_rng(seed),
    )
    assert made is not None
    return made


def grey(level: int) -> NDArray[np.uint8]:
    return np.full((SIZE[1], SIZE[0], 3), level, np.uint8)


def test_a_perfect_sensor_is_none() -> None:
    assert build_sensor(CameraSettings(), SIZE, np.random.default_rng(0)) is None


@pytest.mark.parametrize("noise", [2.0, 6.0, 15.0])
def test_noise_is_as_strong_as_it_is_told_and_leaves_the_brightness(noise: float) -> None:
    camera = sensor(noise=noise)
    dark, middle, bright = (camera.develop(grey(level), 0.5) for level in (40, 128, 190))
    assert middle.std() == pytest.approx(noise, rel=0.12)
    assert middle.mean() == pytest.approx(128, abs=1.0)
    assert dark.std() < 0.8 * middle.std()  # shot noise grows with the light
    assert bright.std() > 1.1 * middle.std()


def test_noise_is_another_in_every_picture_and_the_same_in_any_order() -> None:
    one, other = sensor(noise=5.0), sensor(noise=5.0)
    times = [0.1, 0.2, 0.3]
    first = [one.develop(grey(100), t) for t in times]
    again = [other.develop(grey(100), t) for t in reversed(times)][::-1]
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    correlation = np.corrcoef(first[0].ravel(), first[1].ravel())[0, 1]
    assert abs(correlation) < 0.05
    assert np.any(sensor(1, noise=5.0).develop(grey(100), 0.1) != first[0])


@pytest.mark.parametrize("noise", [0.0, 3.0])
def test_stops_brighten_and_darken(noise: float) -> None:
    dark = sensor(noise=noise, exposure_ev=-2.2).develop(grey(128), 0.0).mean()
    bright = sensor(noise=noise, exposure_ev=1.1).develop(grey(128), 0.0).mean()
    assert dark == pytest.approx(64, abs=2)  # display values go with the root of the light
    assert bright == pytest.approx(128 * 2**0.5, abs=2)


def test_the_automatic_exposure_wanders_slowly() -> None:
    camera = sensor(exposure_drift_ev=0.5)
    means = [camera.develop(grey(128), t).mean() for t in np.arange(0, 30, 0.1)]
    assert 8 < np.ptp(means) < 50
    assert np.abs(np.diff(means)).max() < 7


def test_compression_leaves_more_errors_the_lower_its_quality() -> None:
    scene = grey(90)
    scene[60:180, 100:200] = np.random.default_rng(0).integers(0, 255, (120, 100, 3))
    errors = [
        np.abs(sensor(mjpeg_quality=q).develop(scene.copy(), 0.0).astype(float) - scene).mean()
        for q in (95, 60, 15)
    ]
    assert 0 < errors[0] < errors[1] < errors[2]
