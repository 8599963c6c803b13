"""From which side a recording shows the athlete."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.simulation.curves import Floats, smooth_step
from models.simulation.figure import SIDES, Build
from models.simulation.puppet.cleaning import Plane, slowly
from models.simulation.puppet.track import FOOT, FOREARM, SHANK, THIGH, UPPER_ARM, Segment, Track

_FOOT_LEGS, _SHOULDERS_LEGS = 0.24, 0.46
"""Heel to toe and the width of the shoulders as pose networks place them, in leg lengths; measured
on side views and on front views."""
_UPRIGHT_RAD = np.radians(45.0)
_TURNING_RAD = np.radians(100.0)
_WINDOW_S = 0.6
_SURE = 0.1
_WIDE = 0.9
_LEAST_SHARE = 0.9
"""Of the figure's lengths: segments that point at the camera all the time are that long too."""
_NO_DEPTH, _ALL_DEPTH = 0.30, 0.55
"""Sine of the angle from the side view."""
_SIDE_TURNING, _SIDE = 0.7, 0.4
"""Sine of the angle from the side view below which a recording is taken as one. Networks show
shoulders up to 0.6 of their width in a side view that is filmed from near, and a body that turns
over loses more by a wrong view than it gains by the right one."""


def turns_over(track: Track) -> bool:
    """Whether the trunk leaves the upright half of the circle, as in a flip or a cartwheel."""
    return bool(np.abs(track.lean).max() > _TURNING_RAD)


def heading_of_track(track: Track) -> Floats:
    """Heading (T,) rad of the athlete in the scene, whose camera looks along +y.

    The width of the shoulders is the sine, the feet's direction the cosine; without feet it is what
    is left, forward being where knees and elbows bend to and where the nose is. Exactly a side view
    where it nearly is one.
    """
    leg = track.leg_px(sagittal=True)
    upright = np.cos(track.lean) > np.cos(_UPRIGHT_RAD)
    if not upright.any():
        upright[:] = True

    def steady(values: Floats) -> Floats:
        return slowly(np.where(upright, values, np.nan), 50, _WINDOW_S, track.fps)

    shoulders = track.joints["left_shoulder"] - track.joints["right_shoulder"]
    width = track.along_trunk(shoulders).real / leg
    sine = np.clip(-steady(width) / _SHOULDERS_LEGS, -1.0, 1.0)
    feet = [track.along_trunk(track.joints.across(s, ("heel", "toe"))).real / leg for s in SIDES]
    cosine = steady(_mean(feet) / _FOOT_LEGS)
    if not np.isfinite(cosine).all():
        ahead = slowly(_bends(track, leg), 50, 4 * _WINDOW_S, track.fps)
        # Shoulders differ between athletes: nearly as wide as usual is from the front.
        sine = np.clip(sine / _WIDE, -1.0, 1.0)
        cosine = np.sqrt(1 - sine**2) * np.tanh(np.nan_to_num(ahead) / _SURE)
    heading = np.arctan2(sine, cosine)
    side = _SIDE_TURNING if turns_over(track) else _SIDE
    if np.median(np.abs(np.sin(heading[upright]))) < side:
        return np.full(len(heading), 0.0 if np.median(cosine[upright]) >= 0 else np.pi)
    return heading


@dataclass(frozen=True, eq=False)
class View:
    """A track as the picture of a figure of `build` whose heading (T,) rad is known; `leg_px` (T,)
    is the length of a leg in the picture."""

    track: Track
    build: Build
    heading: Floats
    leg_px: Floats

    @classmethod
    def of(cls, track: Track, build: Build, heading: Floats) -> View:
        return cls(track, build, heading, track.leg_px(sagittal=not depth_counts(heading).any()))

    @cached_property
    def counts(self) -> Floats:
        return depth_counts(self.heading)

    @cached_property
    def turns_over(self) -> bool:
        return turns_over(self.track)

    def flat(self, segment: Segment) -> bool:
        """Whether a segment is always in the plane of motion. Arms are not, unless he turns over,
        when too much of them is wrong."""
        leg = segment in {THIGH, SHANK, FOOT}
        return not self.counts.any() and (leg or self.turns_over)

    def directions(self, segment: Segment, roots: Floats | None = None) -> list[Floats]:
        """Unit vectors (T, 3) of the left and the right segment with the picture's direction,
        towards the camera as far as it is shortened and that counts.

        With `roots` (2, T, 3), where the figure's segments begin, in metres from the middle between
        them, they point to where the recording's end: networks place hips and shoulders wider and
        less level than they are.
        """
        joints = self.track.joints
        across = [joints.across(side, segment) for side in SIDES]
        if roots is not None:
            begins = (roots[..., 0] + 1j * roots[..., 2]) * self.leg_px / self.build.leg
            ends = [joints[f"{side}_{segment[1]}"] for side in SIDES]
            across = [
                end - joints.middle(segment[0]) - begin
                for end, begin in zip(ends, begins, strict=True)
            ]
        counts = self.counts
        if segment in {UPPER_ARM, FOREARM} and not self.turns_over:
            counts = np.ones_like(counts)
        seen = self.track.segments(across, self.leg_px, self._least(segment))
        return [_unit(vectors, counts) for vectors in seen]

    def trunk_shown(self) -> Floats:
        """Share (T,) of the trunk's length that is seen."""
        trunk = self.build.lower_trunk + self.build.upper_trunk
        return self.track.trunk_shown(self.leg_px, trunk / self.build.leg)

    def _least(self, segment: Segment) -> float:
        build = self.build
        lengths = {
            THIGH: build.thigh,
            SHANK: build.shank,
            FOOT: float(np.hypot(*build.ankle_to_toe)),
            UPPER_ARM: build.upper_arm,
            FOREARM: build.forearm,
        }
        return _LEAST_SHARE * lengths[segment] / build.leg


def _unit(vectors: Plane, counts: Floats) -> Floats:
    length = np.abs(vectors)
    depth = counts * np.sqrt(1 - np.minimum(length, 1.0) ** 2)
    flat = vectors / np.maximum(length, 1e-9) * np.sqrt(1 - depth**2)
    return np.stack([flat.real, -depth, flat.imag], axis=1)


def depth_counts(heading: Floats) -> Floats:
    """0 in a side view, 1 from three-quarter on (T,)."""
    share = (np.abs(np.sin(heading)) - _NO_DEPTH) / (_ALL_DEPTH - _NO_DEPTH)
    return smooth_step(share)


def _bends(track: Track, leg: Floats) -> Floats:
    """How much knees, elbows and nose show forward (T,), positive to the right."""
    joints = track.joints
    evidence = []
    for side in SIDES:
        thigh, shank = (joints.across(side, s) / leg for s in (THIGH, SHANK))
        upper, fore = (joints.across(side, s) / leg for s in (UPPER_ARM, FOREARM))
        evidence += [-4 * _cross(thigh, shank), 2 * _cross(upper, fore)]
    nose = track.along_trunk(joints["nose"] - joints.middle("shoulder")).real / leg
    return _mean([*evidence, 2 * nose])


def _cross(a: Plane, b: Plane) -> Floats:
    cross: Floats = (np.conj(a) * b).imag
    return cross


def _mean(values: list[Floats]) -> Floats:
    """Mean (T,) of those that are known; NaN where none is."""
    table = np.array(values)
    known = np.isfinite(table)
    total = np.where(known, table, 0.0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)
