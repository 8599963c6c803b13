"""When the feet land and the rope passes in rope jumping: tempo, its variation, and each skill.

`bench.reality` shows speed steps beside those of real competition videos, 4.4 to 7.7 a second.
Double unders and bounces have no real counterpart there: their figures are estimates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from models.simulation.curves import Floats
from models.simulation.figure import Build
from models.simulation.motion import GRAVITY

Foot = Literal["left", "right", "both"]
SIDE_OF: dict[Foot, tuple[int, ...]] = {"left": (0,), "right": (1,), "both": (0, 1)}


@dataclass(frozen=True, slots=True)
class Beat:
    """`foot` lands at `time_s` after `flight_s` in which neither foot was on the floor; 0: the feet
    stay. The rope goes round `turns` times before that, `side` says where as in `motion.Element`.

    The toes of a foot that lands rose by `lift_m`, were drawn back by `back_m` and pitched by
    `pitch` radians. `pike` 0...1 is how much the trunk bends forward in the air.
    """

    time_s: float
    flight_s: float
    foot: Foot
    turns: int = 1
    side: float = 0.0
    lift_m: float = 0.0
    back_m: float = 0.0
    pitch: float = 0.0
    pike: float = 0.0

    @property
    def passes(self) -> list[float]:
        """When the rope is lowest."""
        if self.turns == 2:
            return [self.time_s - share * self.flight_s for share in (0.76, 0.24)]
        return [self.time_s - self.flight_s / 2] * self.turns

    @property
    def jumps(self) -> bool:
        """Whether it is a jump over the rope."""
        return self.turns > 0 and self.side == 0 and self.flight_s > 0


class Pattern(Protocol):
    """Something done with the rope, beat after beat."""

    def beat(self, now: float, last: Beat | None, rng: np.random.Generator) -> Beat:
        """The beat after `now`, at which `last` was (None: he stands); with None the time of the
        beat is `now` itself."""
        ...


@dataclass(frozen=True)
class Tempo:
    """Cadence, times a second: from `first` towards `peak`, later tiring towards `tired`."""

    begin_s: float
    end_s: float
    first: float
    peak: float
    tired: float

    def at(self, t: float) -> float:
        """Times a second at `t` seconds."""
        length = max(self.end_s - self.begin_s, 1e-3)
        since = min(max(t - self.begin_s, 0.0), length)
        rising = 1 - np.exp(-since / min(1.8, 0.2 * length))
        tiring = max(since / length - 0.3, 0.0) / 0.7
        return float(
            self.first + (self.peak - self.first) * rising + (self.tired - self.peak) * tiring
        )


def tempo(per_30_s: float | tuple[float, ...], begin_s: float, end_s: float) -> Tempo:
    """For a pair, from the first to the second one with hardly any tiring; for one number a start
    that is slower and a peak that is faster, so that the mean over 30 s is that number."""
    if isinstance(per_30_s, tuple):
        first, peak = (number / 30 for number in per_30_s)
        return Tempo(begin_s, end_s, first, peak, peak + 0.04 * (first - peak))
    curve = Tempo(begin_s, end_s, 0.86, 1.06, 0.95)
    mean = float(np.mean([curve.at(t) for t in np.linspace(begin_s, end_s, 200)]))
    scale = per_30_s / 30 / mean
    return Tempo(begin_s, end_s, 0.86 * scale, 1.06 * scale, 0.95 * scale)


class Wander:
    """Something that drifts slowly about 0 by about `size`, in `axes` independent ways."""

    def __init__(self, size: float, axes: int, rng: np.random.Generator) -> None:
        self._rate = 2 * np.pi * rng.uniform((0.05, 0.13, 0.25), (0.12, 0.25, 0.5), (axes, 3))
        self._phase = rng.uniform(0, 2 * np.pi, (axes, 3))
        self._size = size * np.array([0.7, 0.5, 0.3])

    def at(self, t: float) -> Floats:
        """The values (axes,) at `t` seconds."""
        value: Floats = np.sin(self._rate * t + self._phase) @ self._size
        return value


class Steps:
    """Speed step: alternating feet, one turn of the rope for each."""

    def __init__(self, build: Build, speed: Tempo, rng: np.random.Generator) -> None:
        self._build = build
        self._speed = speed
        self._drift = Wander(0.02, 1, rng)
        self._late = 0.03 * rng.standard_normal()  # how much longer the left foot stands
        self._high = 1 + 0.06 * rng.standard_normal(2)
        self._airy = rng.uniform(0.85, 1.2)
        self._lift = rng.uniform(0.85, 1.15)
        self._back = rng.uniform(-0.01, 0.065)
        self._pitch = np.radians(rng.uniform(-42, -15))
        self._begins_with = int(rng.integers(2))

    def beat(self, now: float, last: Beat | None, rng: np.random.Generator) -> Beat:
        cadence = self._speed.at(now)
        foot = self._begins_with if last is None or last.foot == "both" else _OTHER[last.foot]
        late = self._late * (1 if foot == 1 else -1)
        jitter = np.clip(self._drift.at(now)[0] + 0.02 * rng.standard_normal() + late, -0.2, 0.2)
        period = float((1 + jitter) / cadence)
        airy = self._airy * (1 + 0.06 * rng.standard_normal())
        # A slow step is a low hop, not a long flight.
        flight = float(np.clip(0.30 * airy * period / (1 + period / 0.9), 0.02, 0.45 * period))
        # The faster, the lower: about 0.4 of the leg at a walking pace, 0.24 at record pace.
        lift = self._build.leg * min(0.16 + 0.11 * (5 / cadence) ** 0.8, 0.38)
        lift *= self._lift * self._high[foot] * (1 + 0.06 * rng.standard_normal())
        return Beat(
            now + (period if last else 0.0),
            flight,
            ("left", "right")[foot],
            lift_m=float(lift),
            back_m=self._back * self._build.stature,
            pitch=self._pitch,
        )


_OTHER: dict[Foot, int] = {"left": 1, "right": 0}


class Hops:
    """Jumps with both feet: one turn of the rope for each, or `turns` = 2 in a double under.

    With `side_swings` the rope goes round on the left, on the right, then under the feet, and so
    on; `still` keeps the feet on the floor while it is at the side.
    """

    def __init__(
        self,
        build: Build,
        speed: Tempo,
        rng: np.random.Generator,
        *,
        turns: int = 1,
        pike: float = 0.0,
        side_swings: bool = False,
        still: bool = False,
    ) -> None:
        self._build = build
        self._speed = speed
        self._turns, self._pike = turns, pike
        self._side_swings, self._still = side_swings, still
        self._drift = Wander(0.015, 1, rng)
        self._airy = rng.uniform(0.9, 1.1)
        self._pitch = np.radians(rng.uniform(-30, -15))
        self._count = 0

    def beat(self, now: float, last: Beat | None, rng: np.random.Generator) -> Beat:
        jitter = self._drift.at(now)[0] + 0.02 * rng.standard_normal()
        period = float((1 + np.clip(jitter, -0.2, 0.2)) / self._speed.at(now))
        share = 0.62 / (1 + period / 1.1) if self._turns == 1 else 0.70 / (1 + period / 1.8)
        flight = float(min(share * self._airy * period, 0.6))
        side = (1.0, -1.0, 0.0)[self._count % 3] if self._side_swings else 0.0
        self._count += 1
        if side and self._still:
            flight = 0.0
        rise = GRAVITY * flight**2 / 8
        return Beat(
            now + (period if last else 0.0),
            flight,
            "both",
            self._turns,
            side,
            lift_m=float(
                max(rise * rng.uniform(0.95, 1.2), 0.03) + 0.24 * self._pike * self._build.leg
            ),
            back_m=-0.20 * self._pike * self._build.leg,
            pitch=self._pitch * (1 - self._pike),
            pike=self._pike,
        )
