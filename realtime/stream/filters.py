"""The causal filters: one class each, all of the protocol `realtime.stream.smoothing.Filter`."""

from __future__ import annotations

import numpy as np

from realtime.stream.ring import Floats
from realtime.stream.smoothing import Joints


class Raw:
    """No filter: the last sample."""

    def __init__(self, joints: int) -> None:
        self._last = np.zeros((joints, 2))

    def start(self, joints: Joints, t: float, points: Floats) -> None:
        self._last[joints] = points[joints]

    def correct(self, joints: Joints, t: float, points: Floats, confidence: Floats) -> None:
        self.start(joints, t, points)

    def estimate(self, t: float) -> Floats:
        return self._last.copy()


class _Trailing:
    """Keeps each joint's last `samples` samples; at the start all of them are the first one."""

    def __init__(self, joints: int, samples: int) -> None:
        if samples < 1:
            raise ValueError(f"samples of a trailing filter: expected at least 1, got {samples}")
        self._kept = np.zeros((samples, joints, 2))

    def start(self, joints: Joints, t: float, points: Floats) -> None:
        self._kept[:, joints] = points[joints]

    def correct(self, joints: Joints, t: float, points: Floats, confidence: Floats) -> None:
        self._kept[:-1, joints] = self._kept[1:, joints]
        self._kept[-1, joints] = points[joints]


class MovingAverage(_Trailing):
    """The mean of the last samples; of three, the causal form of the thesis's smoothing."""

    def __init__(self, joints: int, samples: int = 3) -> None:
        super().__init__(joints, samples)

    def estimate(self, t: float) -> Floats:
        mean: Floats = self._kept.mean(axis=0)
        return mean


class Median(_Trailing):
    """The median of the last samples, x and y apart."""

    def __init__(self, joints: int, samples: int = 3) -> None:
        super().__init__(joints, samples)

    def estimate(self, t: float) -> Floats:
        middle: Floats = np.median(self._kept, axis=0)
        return middle


class Exponential:
    """First-order low-pass: the answer to a step is 1 - exp(-t / `time_s`)."""

    def __init__(self, joints: int, time_s: float = 0.02) -> None:
        if not time_s > 0:
            raise ValueError(f"time constant: expected more than 0 s, got {time_s} s")
        self._time_s = time_s
        self._value = np.zeros((joints, 2))
        self._t = np.zeros(joints)

    def start(self, joints: Joints, t: float, points: Floats) -> None:
        self._value[joints] = points[joints]
        self._t[joints] = t

    def correct(self, joints: Joints, t: float, points: Floats, confidence: Floats) -> None:
        share = -np.expm1(-(t - self._t[joints]) / self._time_s)[:, None]
        self._value[joints] += share * (points[joints] - self._value[joints])
        self._t[joints] = t

    def estimate(self, t: float) -> Floats:
        return self._value.copy()


class OneEuro:
    """The 1 euro filter: a low-pass whose cutoff rises with speed (Casiez, Roussel and Vogel,
    CHI 2012). `least_hz` is the cutoff at rest, `per_speed` what each unit of speed (leg length per
    second) adds to it, `speed_hz` the cutoff of the speed itself: at the paper's 1 Hz a stepping
    foot has turned round before its speed is known."""

    def __init__(
        self, joints: int, least_hz: float = 3.0, per_speed: float = 10.0, speed_hz: float = 4.0
    ) -> None:
        for what, hz in (("least_hz", least_hz), ("speed_hz", speed_hz)):
            if not hz > 0:
                raise ValueError(f"{what}: expected more than 0 Hz, got {hz} Hz")
        self._least_hz, self._per_speed, self._speed_hz = least_hz, per_speed, speed_hz
        self._value, self._speed = np.zeros((joints, 2)), np.zeros((joints, 2))
        self._last = np.zeros((joints, 2))
        self._t = np.zeros(joints)

    def start(self, joints: Joints, t: float, points: Floats) -> None:
        self._value[joints] = self._last[joints] = points[joints]
        self._speed[joints] = 0.0
        self._t[joints] = t

    def correct(self, joints: Joints, t: float, points: Floats, confidence: Floats) -> None:
        dt = (t - self._t[joints])[:, None]
        speed = self._speed[joints]
        speed += _share(self._speed_hz, dt) * ((points[joints] - self._last[joints]) / dt - speed)
        cutoff = self._least_hz + self._per_speed * np.abs(speed)
        self._value[joints] += _share(cutoff, dt) * (points[joints] - self._value[joints])
        self._speed[joints], self._last[joints], self._t[joints] = speed, points[joints], t

    def estimate(self, t: float) -> Floats:
        return self._value.copy()


def _share(cutoff_hz: Floats | float, dt: Floats) -> Floats:
    """How much of a new sample a low-pass of `cutoff_hz` takes after `dt` seconds."""
    share: Floats = 1 / (1 + 1 / (2 * np.pi * cutoff_hz * dt))
    return share


class Kalman:
    """Constant acceleration driven by white jerk, each axis for itself, with the confidence as
    measurement noise (Bar-Shalom, Li and Kirubarajan, "Estimation with Applications to Tracking
    and Navigation", 2001, sec. 6.2).

    `jerk` is the root of the jerk's spectral density (leg lengths / s^2.5), `noise` the standard
    deviation of a sample of confidence 1; a sample of confidence c has `noise` / c.
    """

    _START_SPEED, _START_ACCELERATION = 3.0, 30.0  # leg lengths / s, / s²: what may be at the start

    def __init__(self, joints: int, jerk: float = 60.0, noise: float = 0.01) -> None:
        for what, value in (("jerk", jerk), ("noise", noise)):
            if not value > 0:
                raise ValueError(f"{what}: expected more than 0, got {value}")
        self._density, self._variance = jerk**2, noise**2
        self._state = np.zeros((joints, 3, 2))
        self._cov = np.zeros((joints, 3, 3))
        self._t = np.zeros(joints)

    def start(self, joints: Joints, t: float, points: Floats) -> None:
        self._state[joints] = 0.0
        self._state[joints, 0] = points[joints]
        self._cov[joints] = np.diag(
            [self._variance, self._START_SPEED**2, self._START_ACCELERATION**2]
        )
        self._t[joints] = t

    def correct(self, joints: Joints, t: float, points: Floats, confidence: Floats) -> None:
        state, cov = self._predicted(joints, t)
        noise = self._variance / confidence[joints] ** 2
        gain = cov[:, :, 0] / (cov[:, 0, 0] + noise)[:, None]
        innovation = points[joints] - state[:, 0]
        self._state[joints] = state + gain[:, :, None] * innovation[:, None]
        self._cov[joints] = cov - gain[:, :, None] * cov[:, :1]
        self._t[joints] = t

    def estimate(self, t: float) -> Floats:
        # Carried on into a gap, acceleration was measured to be wrong by twice what holding is.
        return self._state[:, 0].copy()

    def _predicted(self, joints: Joints, t: float) -> tuple[Floats, Floats]:
        dt = t - self._t[joints]
        move = np.tile(np.eye(3), (len(dt), 1, 1))
        move[:, 0, 1] = move[:, 1, 2] = dt
        move[:, 0, 2] = dt**2 / 2
        driven = _white_jerk(dt) * self._density
        cov = move @ self._cov[joints] @ move.transpose(0, 2, 1) + driven
        return move @ self._state[joints], cov


def _white_jerk(dt: Floats) -> Floats:
    """Covariance (J, 3, 3) that white jerk of density 1 adds within `dt` (J,) seconds."""
    powers = [[dt**5 / 20, dt**4 / 8, dt**3 / 6], [dt**4 / 8, dt**3 / 3, dt**2 / 2]]
    powers.append([dt**3 / 6, dt**2 / 2, dt])
    return np.moveaxis(np.array(powers), -1, 0)


class Predictive:
    """A short FIR filter: the parabola of least squares through the last samples, read off
    `lead_s` seconds after the last of them (Savitzky and Golay 1964, at the end of the window and
    with the real times). What moves evenly has no lag."""

    def __init__(self, joints: int, samples: int = 7, order: int = 2, lead_s: float = 0.0) -> None:
        if not 0 <= order < samples:
            raise ValueError(f"order: expected 0 to {samples - 1}, got {order}")
        self._powers = np.arange(order + 1)
        self._lead_s = lead_s
        self._times = np.zeros((samples, joints))
        self._kept = np.zeros((samples, joints, 2))
        self._weight = np.zeros((samples, joints))

    def start(self, joints: Joints, t: float, points: Floats) -> None:
        self._weight[:, joints] = 0.0
        self._put(joints, t, points)

    def correct(self, joints: Joints, t: float, points: Floats, confidence: Floats) -> None:
        for history in (self._times, self._kept, self._weight):
            history[:-1, joints] = history[1:, joints]
        self._put(joints, t, points)

    def _put(self, joints: Joints, t: float, points: Floats) -> None:
        self._times[-1, joints], self._weight[-1, joints] = t, 1.0
        self._kept[-1, joints] = points[joints]

    def estimate(self, t: float) -> Floats:
        ahead = self._times - self._times[-1] - self._lead_s  # a parabola soon leaves the picture
        basis = ahead[..., None] ** self._powers
        weighted = basis * self._weight[..., None]
        normal = np.einsum("sja,sjb->jab", weighted, basis)
        # Fewer samples than terms leave the higher ones undetermined: a little says "none".
        scale = np.array([1e-12, *(1e-9,) * (len(self._powers) - 1)])
        normal += np.diag(scale)
        right = np.einsum("sja,sjk->jak", weighted, self._kept)
        points: Floats = np.linalg.solve(normal, right)[:, 0]
        return points
