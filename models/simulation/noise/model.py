"""Exact key points made into those of a pose network, with its errors, losses and mistakes.

For each joint and frame, how clearly the joint is seen is a normal variable that drifts in time and
that the joints of a body, of a limb and of one place (hand, face, foot) partly share. Below a level
the joint is lost; above, it gives the confidence. The error is another such variable, two
dimensional, whose length is mapped to the distribution of real errors, and is the larger the less
clearly the joint is seen. All distributions are by group of joints, near and far side of the body,
rotation of the trunk and posture. Skeletons turned over, sides exchanged and nobody found are
Markov chains with rates by rotation and posture.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.noise.aspect import ROWS, Aspect, aspect_of
from models.simulation.noise.chance import Drift, level_of, normal_at, switching
from models.simulation.noise.joints import (
    SWAPPED_ARMS,
    SWAPPED_LEGS,
    TURNED_OVER,
    Anchors,
    anchors,
    expected,
)
from models.skeleton import BODY, SKELETONS, Keypoints, Skeleton

Network = Literal["blazepose", "openpose"]
LEVELS = np.array([0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0])
"""Of the tabled distributions; between them they are interpolated linearly."""
_WEIGHTS = Path(__file__).parents[2] / "weights"
_DIGITS = 3
_FASTEST = 15.0  # leg lengths/s: what is faster is a jump in the truth


@dataclass(frozen=True, eq=False)
class KeypointNoise:
    """The noise of one network. Tables have the axes: 2 (near, far side), `joints.GROUPS`, and
    `aspect.ROWS` (backward rotation, legs straight or tucked) and one more for skeletons that are
    turned over; those of distributions have `LEVELS` as the last axis.

    `offset` (J, 2) is where each joint is ahead of and above its anchor, in leg lengths; `error`
    in leg lengths, to be multiplied by 1 + `motion_gain` (groups, 2) for each 360 degrees/s that
    the trunk turns by and for each leg length/s of the joint; `lost` the share of joints missing;
    `confidence` that of joints seen. `unclear` is the correlation of large errors
    with joints that are not clearly seen. Rates are per second, of coming and going, by `ROWS`;
    those of exchanged sides first by front and side view.
    """

    skeleton: Skeleton
    offset: Floats
    error: Floats
    lost: Floats
    confidence: Floats
    error_drift: Drift
    clarity_drift: Drift
    unclear: float
    motion_gain: Floats
    turned_rates: Floats
    legs_rates: Floats
    arms_rates: Floats
    absent_rates: Floats
    card: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def load(cls, network: Network | Path) -> KeypointNoise:
        """The model of a network, or the one in a file that `save` wrote. Raises ValueError when
        there is none of this name, or the file is not a noise model."""
        path = network if isinstance(network, Path) else _WEIGHTS / f"noise_{network}.json"
        if not path.is_file():
            known = ", ".join(sorted(p.stem[6:] for p in _WEIGHTS.glob("noise_*.json")))
            raise ValueError(f"noise model: expected one of {known} or a file, got {network}")
        try:
            stored: dict[str, Any] = json.loads(path.read_text("utf-8"))
            return cls(
                skeleton=SKELETONS[stored.pop("skeleton")],
                error_drift=_drift(stored.pop("error_drift")),
                clarity_drift=_drift(stored.pop("clarity_drift")),
                card=stored.pop("card"),
                unclear=float(stored.pop("unclear")),
                **{name: np.array(values) for name, values in stored.items()},
            )
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"noise model {path}: expected what `save` writes: {error}") from None

    def save(self, path: Path) -> None:
        """Write the parameters, rounded, and the card as JSON."""
        stored: dict[str, object] = {"card": dict(self.card), "skeleton": self.skeleton.name}
        for name, value in self.__dict__.items():
            if isinstance(value, np.ndarray):
                stored[name] = value.round(_DIGITS).tolist()
            elif isinstance(value, Drift):
                stored[name] = {**asdict(value), "slow": value.slow.round(_DIGITS).tolist()}
            elif isinstance(value, float):
                stored[name] = round(value, _DIGITS)
        path.write_text(json.dumps(stored) + "\n", "utf-8")

    def apply(
        self, true: Floats, t: Floats, rng: np.random.Generator, scale: float = 1.0
    ) -> Keypoints:
        """Key points (T, J, 3) in the network's skeleton of an athlete whose joints in the order of
        `BODY` are at `true` (T, 17, 2) px at increasing times `t` (T,) s.

        `scale` multiplies errors, shares of lost joints and rates; with 0 each joint is exactly at
        its anchor, with confidence 1. A joint whose `true` place is NaN stays unseen. Raises
        ValueError for other shapes, times that do not increase and a negative scale.
        """
        _check(true, t, scale)
        if not len(t):
            return np.zeros((0, len(self.skeleton), 3), np.float32)
        body, aspect = anchors(self.skeleton), aspect_of(true, t)
        state = self._states(aspect, t, rng, scale)
        row = np.where(state & TURNED_OVER, ROWS, aspect.row)[:, None]
        role = (aspect.far(body.side), body.group[None], row)
        clarity = self.clarity_drift.draw(t, body, row[:, 0], rng)
        seen, confidence = self._seen(role, clarity, scale)
        points = expected(true, state, body) + scale * aspect.off(self.offset)
        plain = [self.error_drift.draw(t, body, row[:, 0], rng) for _ in range(2)]
        blurred = blur(motion_of(true, t, aspect, body), self.motion_gain, body)
        error = self._error(np.stack(plain, axis=-1), role, clarity)
        points += scale * aspect.leg * error * blurred[..., None]
        absent = switching(t, scale * self.absent_rates[aspect.row], rng)
        there = seen & ~absent[:, None] & np.isfinite(points).all(axis=-1)
        result = np.concatenate([points, confidence[..., None]], axis=-1)
        return np.where(there[..., None], result, 0.0).astype(np.float32)

    def _states(
        self, aspect: Aspect, t: Floats, rng: np.random.Generator, scale: float
    ) -> NDArray[np.intp]:
        side, row = aspect.side_on, aspect.row
        turned = switching(t, scale * self.turned_rates[row], rng)
        legs = switching(t, scale * self.legs_rates[side, row], rng)
        arms = switching(t, scale * self.arms_rates[side, row], rng)
        state: NDArray[np.intp] = TURNED_OVER * turned + SWAPPED_LEGS * legs + SWAPPED_ARMS * arms
        return state

    def _seen(self, role: _Role, clarity: Floats, scale: float) -> tuple[NDArray[np.bool_], Floats]:
        """Which joints are seen (T, J), and with what confidence."""
        level = level_of(clarity)
        lost = np.clip(scale * self.lost[role], 0.0, 1.0)
        above = (level - lost) / np.maximum(1 - lost, 1e-9)
        confidence = at_level(self.confidence[role], np.clip(above, 0.0, 1.0))
        seen = level >= lost
        return seen, np.clip(1 - scale * (1 - confidence), 1e-3, 1.0)

    def _error(self, plain: Floats, role: _Role, clarity: Floats) -> Floats:
        """Errors (T, J, 2) in leg lengths, of which `plain` are the normal variables."""
        length = np.maximum(np.hypot(plain[..., 0], plain[..., 1]), 1e-9)
        size = normal_at(-np.expm1(-(length**2) / 2))  # Rayleigh's distribution
        size = np.sqrt(1 - self.unclear**2) * size - self.unclear * clarity
        error = at_level(self.error[role], level_of(size))
        across: Floats = plain * (error / length)[..., None]
        return across


_Role = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]


def motion_of(true: Floats, t: Floats, aspect: Aspect, body: Anchors) -> Floats:
    """What blurs each joint (T, J, 2): turns/s of the trunk, and leg lengths/s of its anchor."""
    points = expected(true, np.zeros(len(t), np.intp), body)
    path = np.gradient(points, t, axis=0) if len(t) > 1 else np.zeros(points.shape)
    speed = np.nan_to_num(np.hypot(path[..., 0], path[..., 1])) / aspect.leg
    spin = np.broadcast_to(aspect.spin[:, None] / 360, speed.shape)
    return np.stack([spin, np.minimum(speed, _FASTEST)], axis=-1)


def blur(motion: Floats, gain: Floats, body: Anchors) -> Floats:
    """What `motion` (T, J, 2) multiplies errors by, with the gains (groups, 2): (T, J)."""
    times: Floats = 1 + np.einsum("tjm,jm->tj", motion, gain[body.group])
    return times


def _drift(stored: dict[str, Any]) -> Drift:
    return Drift(**{**stored, "slow": np.array(stored["slow"])})


def at_level(table: Floats, level: Floats) -> Floats:
    """Values of distributions (..., len(LEVELS)) at levels (...) 0...1."""
    i = np.clip(np.searchsorted(LEVELS, level, side="right") - 1, 0, len(LEVELS) - 2)
    low = np.take_along_axis(table, i[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(table, i[..., None] + 1, axis=-1)[..., 0]
    share = (level - LEVELS[i]) / (LEVELS[i + 1] - LEVELS[i])
    value: Floats = low + share * (high - low)
    return value


def _check(true: Floats, t: Floats, scale: float) -> None:
    if true.shape != (len(t), len(BODY), 2):
        raise ValueError(
            f"true joints: expected shape ({len(t)}, {len(BODY)}, 2) as there are {len(t)} times, "
            f"got {true.shape}"
        )
    if not (np.isfinite(t).all() and (np.diff(t) > 0).all()):
        raise ValueError("times: expected finite seconds that increase, got others; sort them")
    if not (np.isfinite(scale) and scale >= 0):
        raise ValueError(f"scale: expected 0 or more, got {scale}")
