"""What a pose engine says about a figure against the figure's true joints, by trunk rotation.

Rotation is that of the trunk axis, mid-hip to mid-shoulders, in the image, from up, clockwise:
the backward rotation of an athlete who faces left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.skeleton import BODY, Keypoints

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BIN_DEG = 30
BINS = 360 // BIN_DEG
SEPARABLE = 0.15
"""Left and right can be told apart from this distance on, in trunk lengths."""
END_ON = 1 / 3
"""A true trunk shorter than this share of the clip's median points at the camera: its rotation in
the image says nothing."""

_SHARED = slice(0, 13)  # the joints of BODY that every skeleton has
_HIPS, _SHOULDERS, _KNEES, _ANKLES = (
    [BODY.index(f"{side}_{part}") for side in ("left", "right")]
    for part in ("hip", "shoulder", "knee", "ankle")
)


def trunk_axis(joints: Floats) -> Floats:
    """Mid-hip to mid-shoulders (..., 2) px of `joints` (..., 17, 2 or 3) in the order of BODY."""
    axis: Floats = joints[..., _SHOULDERS, :2].mean(axis=-2) - joints[..., _HIPS, :2].mean(axis=-2)
    return axis


def trunk_seen(keypoints: Keypoints) -> Flags:
    """Whether (T,) hips and shoulders are given in key points (T, 17, 3) in the order of BODY."""
    seen: Flags = np.all(keypoints[:, [*_HIPS, *_SHOULDERS], 2] > 0, axis=1)
    return seen


def rotation_of(axis: Floats) -> Floats:
    """Degrees 0...360 by which axes (..., 2) px are turned clockwise from up."""
    degrees: Floats = np.degrees(np.arctan2(axis[..., 0], -axis[..., 1])) % 360
    return degrees


def steps(rotation: Floats, period: float = 360.0) -> Floats:
    """Changes (T - 1,) of angles (T,) in degrees, each taken as the nearest to 0 of those that
    differ by whole periods. With a period of 180 the axis is tracked, whichever end is up."""
    nearest: Floats = (np.diff(rotation) + period / 2) % period - period / 2
    return nearest


def turned(rotation: Floats, period: float = 360.0) -> float:
    """The sum of the `steps` of angles (T,)."""
    return float(steps(rotation, period).sum())


def kept_rotation(keypoints: Keypoints, period: float = 360.0) -> float:
    """Degrees turned by the trunk, clockwise, over those frames of (T, 17, 3) in which it was
    seen; `period` as in `steps`."""
    return turned(_seen_rotation(keypoints), period)


def largest_step(keypoints: Keypoints) -> float:
    """The largest change of the trunk's direction, in degrees (0...180), between neighbours among
    those frames of (T, 17, 3) in which it was seen; 0 where there are no two."""
    return float(np.abs(steps(_seen_rotation(keypoints))).max(initial=0.0))


def _seen_rotation(keypoints: Keypoints) -> Floats:
    return rotation_of(trunk_axis(keypoints[trunk_seen(keypoints)].astype(np.float64)))


@dataclass(frozen=True, eq=False)
class Comparison:
    """What an engine said about T frames of a figure whose joints are known.

    `rotation` (T,) of the true trunk in degrees, NaN where it points at the camera; `detected`
    (T,): hips and shoulders were given; `overturned` (T,): the trunk more than 90° from the true
    one; `error` (T, 13) of the shared joints in trunk lengths, NaN where not given; `swapped` (T,)
    1 where left and right legs are exchanged, 0 where not, NaN where nobody can tell.
    """

    rotation: Floats
    detected: Flags
    overturned: Flags
    error: Floats
    swapped: Floats

    @property
    def usable(self) -> Flags:
        return self.detected & ~self.overturned

    def part(self, rows: Flags) -> Comparison:
        return Comparison(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    @classmethod
    def joined(cls, parts: Sequence[Comparison]) -> Comparison:
        return cls(
            *(np.concatenate([getattr(p, n) for p in parts]) for n in cls.__dataclass_fields__)
        )


def compare(truth: Floats, estimate: Keypoints) -> Comparison:
    """True joints (T, 17, 2) px against key points (T, 17, 3), all zero where nobody was found."""
    true_axis, axis = trunk_axis(truth), trunk_axis(estimate.astype(np.float64))
    length = np.hypot(*true_axis.T)
    trunk = float(np.median(length))
    end_on = length < END_ON * trunk
    detected = trunk_seen(estimate)
    overturned = detected & ~end_on & (np.sum(true_axis * axis, axis=1) < 0)
    apart = np.linalg.norm(estimate[..., :2] - truth, axis=-1) / trunk
    swapped = _exchanged(truth, estimate, SEPARABLE * trunk)
    swapped[~detected | overturned] = np.nan
    return Comparison(
        np.where(end_on, np.nan, rotation_of(true_axis)),
        detected,
        overturned,
        np.where((estimate[..., 2] > 0) & detected[:, None], apart, np.nan)[:, _SHARED],
        swapped,
    )


def _exchanged(truth: Floats, estimate: Keypoints, separable_px: float) -> Floats:
    """1 where most separable pairs of (hips, knees, ankles) fit the other side better, else 0;
    NaN where no pair is separable."""
    votes = np.zeros((len(truth), 2))
    for left, right in (_HIPS, _KNEES, _ANKLES):
        pair, other = truth[:, [left, right]], truth[:, [right, left]]
        given = estimate[:, [left, right], :2]
        told = np.linalg.norm(pair[:, 0] - pair[:, 1], axis=-1) > separable_px
        told &= (estimate[:, [left, right], 2] > 0).all(axis=1)
        straight, crossed = (np.linalg.norm(given - p, axis=-1).sum(axis=1) for p in (pair, other))
        votes += told[:, None] * np.stack([crossed < straight, np.ones(len(truth))], axis=1)
    wrong, pairs = votes.T
    return np.where(pairs > 0, wrong > pairs / 2, np.nan)


@dataclass(frozen=True)
class Score:
    """Shares are of `frames`, that of swaps of `told` frames; errors in trunk lengths."""

    frames: int
    detected: float
    overturned: float
    usable: float
    error_p50: float
    error_p95: float
    told: int
    swapped: float


def score(rows: Comparison) -> Score:
    """NaN where there is nothing to say."""
    error = rows.error[np.isfinite(rows.error)]
    told = rows.swapped[np.isfinite(rows.swapped)]
    p50, p95 = np.percentile(error, [50, 95]) if len(error) else (np.nan, np.nan)
    return Score(
        frames=len(rows.detected),
        detected=_share(rows.detected),
        overturned=_share(rows.overturned),
        usable=_share(rows.usable),
        error_p50=float(p50),
        error_p95=float(p95),
        told=len(told),
        swapped=_share(told),
    )


def _share(flags: Flags | Floats) -> float:
    return float(np.mean(flags)) if len(flags) else float("nan")


def by_rotation(rows: Comparison) -> list[Score]:
    """Scores of the 12 bins of true rotation, 0-30° first, then of the frames that are end-on."""
    number = np.where(np.isnan(rows.rotation), BINS, rows.rotation // BIN_DEG % BINS)
    return [score(rows.part(number == i)) for i in range(BINS + 1)]
