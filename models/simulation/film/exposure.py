"""What moves while a picture is taken: rows read out one after the other, blur, an unsteady hand.

A frame's time is the middle of the exposure of its middle row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from models.simulation.curves import Floats
from models.simulation.film.camera import Camera
from models.simulation.film.shake import Shake
from models.simulation.motion import Instants, Motion

_SAMPLES_HZ = 240.0  # of the motion, while the rows are read out


@dataclass(frozen=True, eq=False)
class Exposure:
    """Each row is exposed for `shutter_s`; the last row is read `readout_s` after the first."""

    shutter_s: float = 0.0
    readout_s: float = 0.0
    shake: Shake | None = None

    def shot(self, camera: Camera, t: float) -> Shot:
        """The picture of time `t`; `camera` is the one without shake."""
        return Shot(self, camera, t)

    def moments(self, parts: int) -> Floats:
        """The middles (N,) of equal parts of the exposure, in seconds after its middle."""
        return self.shutter_s * ((np.arange(parts) + 0.5) / parts - 0.5)


@dataclass(frozen=True, eq=False)
class Shot:
    """The taking of one picture, that of time `t`, by a camera that is `steady` but for the
    shake."""

    exposure: Exposure
    steady: Camera
    t: float

    @cached_property
    def camera(self) -> Camera:
        """The camera when the middle row is exposed."""
        shake = self.exposure.shake
        if shake is None:
            return self.steady
        pan, tilt, roll = self.steady.turn + shake.at(np.array(self.t))
        return replace(self.steady, turn=(float(pan), float(tilt), float(roll)))

    def turns(self, rows: Floats) -> Floats:
        """The camera's turns (N, 3) when rows (N,), in pixels, are exposed."""
        return self._turns(self._delay(rows))

    def figure(self, motion: Motion, late: float = 0.0) -> Instants:
        """Where somebody (1 instant) seems to be to `camera`, as if it took all rows at once: each
        point is where it was when its own row was exposed, `late` seconds after the middle of the
        exposure. The rope's turn is that of the middle row.
        """
        if not self.exposure.readout_s:
            return motion.at(np.array([self.t + late]))
        delays, axes = self._readout
        there = motion.at(self.t + late + delays)
        seen = (there.points - self.steady.position) @ axes
        rows = self.steady.image(seen)[0][..., 1]
        seen = _at_root(delays[:, None] - self._delay(rows), seen)
        points = self.steady.position + seen @ self.camera.axes
        return Instants(points[None], _at_root(delays[:, None], there.rope[:, None]))

    @cached_property
    def _readout(self) -> tuple[Floats, Floats]:
        """Delays (K,) from the first to the last row, and matrices (K, 3, 3) that take vectors to
        the axes of the camera as it was then."""
        count = max(2, int(np.ceil(self.exposure.readout_s * _SAMPLES_HZ)) + 1)
        delays = self._delay(np.linspace(0, self.steady.size[1], count))
        axes = self.steady.axes_turned(self._turns(delays))
        return delays, np.swapaxes(axes, -1, -2)

    def _turns(self, delays: Floats) -> Floats:
        shake = self.exposure.shake
        turns = np.tile(self.steady.turn, (len(delays), 1))
        return turns if shake is None else turns + shake.at(self.t + delays)

    def _delay(self, rows: Floats) -> Floats:
        """Seconds from `t` to the exposure of rows; what is outside the picture goes with its
        edge."""
        delay: Floats = (np.clip(rows / self.steady.size[1], 0, 1) - 0.5) * self.exposure.readout_s
        return delay


def _at_root(rising: Floats, values: Floats) -> Floats:
    """`values` (K, N, ...) interpolated to where `rising` (K, N or 1) goes through 0: (N, ...).

    A point that moves down the picture faster than the rows are read would have several roots; no
    body does."""
    before = np.clip((rising < 0).sum(axis=0) - 1, 0, len(rising) - 2)
    column = np.arange(rising.shape[1])
    low, high = rising[before, column], rising[before + 1, column]
    share = (-low / (high - low))[:, None]
    root: Floats = (1 - share) * values[before, column] + share * values[before + 1, column]
    return root
