"""When pictures are taken: rate, lost and repeated frames, irregular times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from models.simulation.curves import Floats
from models.simulation.film.settings import CameraSettings
from models.simulation.film.wander import draw_wander

_LARGEST_JITTER = 0.4  # of the distance to the neighbour
_WANDER_S = 4.0
_GRID_S = 0.02


@dataclass(frozen=True, eq=False)
class Shots:
    """`t` (T,) seconds, strictly increasing: the times of the frames. `repeats` maps the time of a
    frame that shows the picture of an earlier one to the time of that picture; `lost` (L,) are the
    times of those that were lost."""

    t: Floats
    repeats: Mapping[float, float] = field(default_factory=dict)
    lost: Floats = field(default_factory=lambda: np.zeros(0))


def take_shots(
    settings: CameraSettings, fps: float, seconds: float, rng: np.random.Generator
) -> Shots:
    """The frames of a scene of `seconds` at `fps`; the first is at 0, neither lost nor repeated."""
    t = (
        _steady(fps, seconds)
        if settings.slow_fps is None
        else _wandering(fps, settings.slow_fps, seconds, rng)
    )
    if settings.jitter_ms:
        t = t + _jitter(t, settings.jitter_ms / 1000, rng)
    lost = np.zeros(len(t), bool)
    if settings.drop:
        lost[1:] = rng.random(len(t) - 1) < settings.drop
    kept = t[~lost]
    repeats = _repeats(kept, settings.duplicates, rng) if settings.duplicates else {}
    return Shots(kept, repeats, t[lost])


def _steady(fps: float, seconds: float) -> Floats:
    return np.arange(max(1, round(seconds * fps))) / fps


def _wandering(fast: float, slow: float, seconds: float, rng: np.random.Generator) -> Floats:
    """Times at a rate that wanders between two rates within seconds."""
    grid = np.arange(0.0, seconds + _GRID_S, _GRID_S)
    share = (1 + draw_wander(_WANDER_S, rng)(grid)) / 2
    rate = slow * (fast / slow) ** share
    passed = np.append(0.0, np.cumsum((rate[1:] + rate[:-1]) / 2 * np.diff(grid)))
    count = max(1, int(np.ceil(np.interp(seconds, grid, passed) - 1e-9)))
    t: Floats = np.interp(np.arange(count), passed, grid)
    return t


def _jitter(t: Floats, sigma: float, rng: np.random.Generator) -> Floats:
    """How much later each frame is taken; the order stays, the first is at time 0, and none is
    after the scene."""
    least = np.diff(t).min(initial=1.0)
    late = np.clip(
        rng.normal(0.0, sigma, len(t)), -_LARGEST_JITTER * least, _LARGEST_JITTER * least
    )
    late[-1] = -abs(late[-1])
    late[0] = 0.0
    jitter: Floats = late
    return jitter


def _repeats(t: Floats, share: float, rng: np.random.Generator) -> dict[float, float]:
    again = rng.random(len(t)) < share
    again[0] = False
    original = np.maximum.accumulate(np.where(again, 0, np.arange(len(t))))
    return {float(t[i]): float(t[original[i]]) for i in np.flatnonzero(again)}
