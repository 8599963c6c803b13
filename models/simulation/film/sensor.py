"""What sensor, gain and compression make of a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.film.settings import CameraSettings
from models.simulation.film.wander import draw_wander

Image = NDArray[np.uint8]

_DRIFT_PERIOD_S = 5.0
_GAMMA = 2.2
_READ_SHARE = 0.3  # of the standard deviation at mid grey; the rest is shot noise
_MID_GREY = 128.0
_OFFSETS = 128  # places in each direction at which the plane of noise is taken
_COMMON, _COLOUR_BLUR = 0.7, 1.2
_LEVELS = np.arange(256.0)


@dataclass(frozen=True, eq=False)
class Sensor:
    """`noise` is its standard deviation at mid grey (0...255), `exposure_ev` the stops (T,) by
    which the picture is too bright at times (T,), `mjpeg_quality` that of the compression, 1...100.
    The same `seed` and moment give the same noise."""

    size: tuple[int, int]
    noise: float
    exposure_ev: Callable[[Floats], Floats]
    mjpeg_quality: int | None
    seed: int

    def develop(self, image: Image, t: float) -> Image:
        """The picture (H, W, 3) of time `t` as the camera gives it; `image` may be overwritten."""
        gain = 2.0 ** (float(self.exposure_ev(np.array(t))) / _GAMMA)
        if self.noise:
            self._make_noisy(image, gain, t)
        elif abs(gain - 1) > 1e-6:
            cv2.convertScaleAbs(image, dst=image, alpha=gain)
        if self.mjpeg_quality is None:
            return image
        _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, self.mjpeg_quality])
        return cast(Image, cv2.imdecode(packed, cv2.IMREAD_COLOR))

    def _make_noisy(self, image: Image, gain: float, t: float) -> None:
        """Noise whose variance is a + b * brightness: the same noise everywhere on a scale that is
        stretched in the dark."""
        even, back = _even_scale(gain)
        rng = np.random.default_rng([self.seed, round(t * 1e6)])
        x, y = (int(offset) for offset in rng.integers(_OFFSETS, size=2))
        width, height = self.size
        brighter, darker = (plane[y : y + height, x : x + width] for plane in self._planes)
        if rng.random() < 0.5:
            brighter, darker = darker, brighter
        cv2.LUT(image, even, dst=image)
        cv2.add(image, brighter, dst=image)
        cv2.subtract(image, darker, dst=image)
        cv2.LUT(image, back, dst=image)

    @cached_property
    def _planes(self) -> tuple[Image, Image]:
        """Noise to add and noise to subtract, larger than the picture. A part is common to the
        three colours; what is not is a little blurred, as cameras leave it."""
        rng = np.random.default_rng(self.seed)
        shape = self.size[1] + _OFFSETS, self.size[0] + _OFFSETS
        colours = rng.standard_normal((*shape, 3), np.float32)
        cv2.GaussianBlur(colours, (0, 0), _COLOUR_BLUR, dst=colours)
        colours /= colours.std()
        common = rng.standard_normal((*shape, 1), np.float32)
        mixed = _COMMON**0.5 * common + (1 - _COMMON) ** 0.5 * colours
        steps = np.clip(np.round(mixed * self.noise * _slope(_MID_GREY)), -255, 255)
        return np.maximum(steps, 0).astype(np.uint8), np.maximum(-steps, 0).astype(np.uint8)


def build_sensor(
    settings: CameraSettings, size: tuple[int, int], rng: np.random.Generator
) -> Sensor | None:
    """The sensor of a scene file; None where it changes nothing."""
    constant, drift = settings.exposure_ev, settings.exposure_drift_ev
    if not (settings.noise or constant or drift or settings.mjpeg_quality):
        return None
    wander = draw_wander(_DRIFT_PERIOD_S, rng)
    return Sensor(
        size=size,
        noise=settings.noise,
        exposure_ev=lambda t: constant + drift * wander(t),
        mjpeg_quality=settings.mjpeg_quality,
        seed=int(rng.integers(1 << 31)),
    )


def _spread(levels: Floats) -> Floats:
    """Standard deviation of the noise at brightness `levels`, 1 at mid grey."""
    spread: Floats = np.sqrt(_READ_SHARE**2 + (1 - _READ_SHARE**2) * levels / _MID_GREY)
    return spread


def _even(levels: Floats) -> Floats:
    """Brightness on the scale 0...255 on which noise is the same everywhere: the integral of
    1 / spread."""
    whole = _spread(np.asarray(levels)) - _spread(np.array(0.0))
    even: Floats = 255 * whole / (_spread(np.array(255.0)) - _spread(np.array(0.0)))
    return even


def _slope(level: float) -> float:
    """Steps of the even scale for one of brightness."""
    return float(_even(np.array(level + 0.5)) - _even(np.array(level - 0.5)))


def _even_scale(gain: float) -> tuple[Image, Image]:
    """Tables (256,) from brightness times `gain` to the even scale, and back."""
    levels = _even(_LEVELS)
    forth = np.interp(np.minimum(_LEVELS * gain, 255), _LEVELS, levels)
    back = np.interp(_LEVELS, levels, _LEVELS)
    return np.round(forth).astype(np.uint8), np.round(back).astype(np.uint8)
