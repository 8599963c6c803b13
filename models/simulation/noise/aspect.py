"""How an athlete looks to the camera in each frame: what the noise of a pose network depends on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.figure import SIDES
from models.skeleton import BODY

BIN_DEG = 30
BINS = 360 // BIN_DEG
ROWS = 2 * BINS
"""Of tables: the bins of rotation with straight legs, then those of a tucked body."""
TUCKED = 0.75
"""Hip to ankle in leg lengths, mean of both legs, below which a body is tucked."""
SIDE_ON = 0.5
"""`Aspect.profile` from which one side of the body hides the other: 30 degrees from the front."""
_FOOT_LEGS = 0.29
"""Heel to toe in leg lengths, from `figure.Build`."""
_FASTEST_DEG_S = 720.0
_PROFILE_S = 0.25


@dataclass(frozen=True, eq=False)
class Aspect:
    """Of T frames: `leg` the leg length in px; `up` (T, 2) the direction of the trunk in the image;
    `profile` (T,) -1...1 where the athlete faces, 1 right, 0 the camera or away; `rotation` (T,)
    0...360 degrees, the trunk's from upright, backward; `spin` (T,) degrees/s it turns by; `tucked`
    (T,) whether the legs look bent."""

    leg: float
    up: Floats
    profile: Floats
    rotation: Floats
    spin: Floats
    tucked: NDArray[np.bool_]

    @property
    def bin(self) -> NDArray[np.intp]:
        """(T,) which of the `BINS` of rotation."""
        return (self.rotation // BIN_DEG).astype(np.intp) % BINS

    @property
    def row(self) -> NDArray[np.intp]:
        """(T,) which of the `ROWS`."""
        return self.bin + BINS * self.tucked

    @property
    def side_on(self) -> NDArray[np.intp]:
        """(T,) 1 in a side view, else 0."""
        return (np.abs(self.profile) > SIDE_ON).astype(np.intp)

    def far(self, side: NDArray[np.intp]) -> NDArray[np.intp]:
        """(T, J) 1 where a joint of `side` (J,), 1 left, -1 right, is on the hidden side."""
        return (self.profile[:, None] * side > SIDE_ON).astype(np.intp)

    def off(self, offset: Floats) -> Floats:
        """Pixels (T, J, 2) of an `offset` (J, 2), ahead and up in leg lengths."""
        right = np.stack([-self.up[:, 1], self.up[:, 0]], axis=1) * self.profile[:, None]
        across = offset[:, :1] * right[:, None] + offset[:, 1:] * self.up[:, None]
        return across * self.leg


def aspect_of(true: Floats, t: Floats) -> Aspect:
    """The aspect of joints (T, 17, 2) px in the order of `BODY` at times (T,) s."""
    trunk = _middle(true, "shoulder") - _middle(true, "hip")
    up = trunk / np.maximum(np.hypot(*trunk.T), 1e-9)[:, None]
    leg = _leg(true)
    profile = _profile(true, t, leg)
    clockwise = np.unwrap(np.arctan2(up[:, 0], -up[:, 1]))
    backward = np.degrees(np.where(profile > 0, -clockwise, clockwise))
    spin = np.abs(np.degrees(np.gradient(clockwise, t))) if len(t) > 1 else np.zeros(len(t))
    return Aspect(
        *(leg, up, profile, backward % 360, np.minimum(spin, _FASTEST_DEG_S)),
        tucked=_reach(true) < TUCKED * leg,
    )


def _joint(true: Floats, name: str) -> Floats:
    joint: Floats = true[:, BODY.index(name)]
    return joint


def _middle(true: Floats, part: str) -> Floats:
    return (_joint(true, f"left_{part}") + _joint(true, f"right_{part}")) / 2


def _leg(true: Floats) -> float:
    """Median over the frames of the longer of both legs, as the recognisers measure it."""
    lengths = [
        sum(
            np.hypot(*(_joint(true, f"{side}_{end}") - _joint(true, f"{side}_{begin}")).T)
            for begin, end in (("hip", "knee"), ("knee", "ankle"))
        )
        for side in SIDES
    ]
    return float(np.nanmedian(np.fmax(*lengths)))


def _reach(true: Floats) -> Floats:
    """Hip to ankle (T,) px, mean of both legs."""
    across = [_joint(true, f"{side}_ankle") - _joint(true, f"{side}_hip") for side in SIDES]
    reach: Floats = np.mean(np.linalg.norm(across, axis=-1), axis=0)
    return reach


def _profile(true: Floats, t: Floats, leg: float) -> Floats:
    """From both feet: how far the toe is ahead of the heel, across the shank."""
    ahead = []
    for side in SIDES:
        shank = _joint(true, f"{side}_knee") - _joint(true, f"{side}_ankle")
        foot = _joint(true, f"{side}_toe") - _joint(true, f"{side}_heel")
        across = shank[:, 0] * foot[:, 1] - shank[:, 1] * foot[:, 0]
        ahead.append(across / np.maximum(np.hypot(*shank.T), 1e-9) / (_FOOT_LEGS * leg))
    both = np.mean(ahead, axis=0)
    steady = [np.median(both[_around(t, now)]) for now in t]
    profile: Floats = np.clip(np.nan_to_num(np.array(steady)), -1.0, 1.0)
    return profile


def _around(t: Floats, now: float) -> slice:
    low, high = np.searchsorted(t, (now - _PROFILE_S, now + _PROFILE_S))
    return slice(int(low), max(int(high), int(low) + 1))
