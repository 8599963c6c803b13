"""A recording as directions in the picture, relative to the trunk, without what is wrong in it.

Lost and wrong joints are bridged in the trunk's own axes, so that a body that turns over goes on
turning where the recording has a hole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.simulation.curves import Floats
from models.simulation.figure import SIDES
from models.simulation.puppet.cleaning import UNSEEN, Cleaning, Plane, cleaned, slowly, unwrap
from models.skeleton import BODY, Keypoints

THIGH, SHANK, FOOT = ("hip", "knee"), ("knee", "ankle"), ("ankle", "toe")
UPPER_ARM, FOREARM = ("shoulder", "elbow"), ("elbow", "wrist")
Segment = tuple[str, str]

_LEAN = Cleaning(np.radians(30.0), reach_s=0.075, smooth_s=0.025, near=np.radians(15.0))
"""The trunk is heavy, and turned over most: more is wrong there than can be real."""
_LIMB = Cleaning(0.5, reach_s=0.045, smooth_s=0.012)
"""Of a segment's length: 0.5 are 30 degrees. The smoothing leaves 96 % of the way of feet that make
230 steps in 30 s."""
_HIPS = Cleaning(0.2, reach_s=0.075, smooth_s=0.025)
_SHOWN = Cleaning(0.3, reach_s=0.2, smooth_s=0.1)
_SHORT_TRUNK = 0.5  # of the median: the joints have fallen together
_SCALE_S = 2.0
_FULL_PERCENTILE = 75.0
_EXCHANGED_S = 0.8
_TOLD_APART = 0.15, 0.08  # leg lengths: shoulders, hips
_OTHER = {"left": "right", "right": "left"}
_MIRRORED = [
    BODY.index("_".join(_OTHER.get(part, part) for part in name.split("_"))) for name in BODY.joints
]


@dataclass(frozen=True, eq=False)
class Joints:
    """The joints of (T, 17, 3) in the order of `BODY` as vectors in the picture, px."""

    xy: Plane
    fps: float

    @classmethod
    def of(cls, body: Keypoints, fps: float) -> Joints:
        seen = (body[..., 2] > 0) & np.isfinite(body).all(axis=-1)
        x, y = body[..., 0].astype(np.float64), body[..., 1].astype(np.float64)
        return cls(np.where(seen, x - 1j * y, UNSEEN), fps)

    def unexchanged(self) -> Joints:
        """With left and right exchanged back in the frames in which shoulders and hips both say the
        opposite of what they do around, as networks give them now and then in a front view."""
        legs = self.legs()
        if not np.isfinite(legs).any():
            return self
        leg = np.nanmedian(legs)
        widths = [(self[f"left_{p}"] - self[f"right_{p}"]).real / leg for p in ("shoulder", "hip")]
        usual = [slowly(width, 50, _EXCHANGED_S, self.fps) for width in widths]
        opposite = [
            (np.sign(width) != np.sign(slow)) & (np.abs(width) > least) & (np.abs(slow) > least)
            for width, slow, least in zip(widths, usual, _TOLD_APART, strict=True)
        ]
        upright = (self.middle("shoulder") - self.middle("hip")).imag > 0
        exchanged = opposite[0] & opposite[1] & upright
        xy = np.where(exchanged[:, None], self.xy[:, _MIRRORED], self.xy)
        return Joints(xy, self.fps)

    def __getitem__(self, name: str) -> Plane:
        joint: Plane = self.xy[:, BODY.index(name)]
        return joint

    def middle(self, part: str) -> Plane:
        """Middle (T,) px between the left and the right one."""
        return (self[f"left_{part}"] + self[f"right_{part}"]) / 2

    def across(self, side: str, segment: Segment) -> Plane:
        """From the beginning to the end (T,) px of a segment."""
        return self[f"{side}_{segment[1]}"] - self[f"{side}_{segment[0]}"]

    def legs(self) -> Floats:
        """Thigh and shank (2, T) px as they are seen, shortened or not."""
        return np.array(
            [np.abs(self.across(s, THIGH)) + np.abs(self.across(s, SHANK)) for s in SIDES]
        )


class Track:
    """A cleaned recording (T, 17, 3) in the order of `BODY`.

    Raises ValueError when hips and shoulders are seen in less than half of the frames, or the legs
    in none.
    """

    def __init__(self, body: Keypoints, fps: float) -> None:
        self.fps = fps
        self.joints = Joints.of(body, fps).unexchanged()
        self.hips = self.joints.middle("hip")
        trunk = self.joints.middle("shoulder") - self.hips
        length = np.abs(trunk)
        seen = np.isfinite(length)
        if seen.sum() < max(len(body) / 2, 1):
            raise ValueError(
                f"puppet: expected hips and shoulders in half of the frames, got {seen.sum()} of "
                f"{len(body)}; give a recording of one person who is seen"
            )
        if not np.isfinite(self.joints.legs()).any():
            raise ValueError(
                "puppet: expected hip, knee and ankle of a leg in some frame, got none; give a "
                "recording of the whole body"
            )
        trunk[seen & (length < _SHORT_TRUNK * np.median(length[seen]))] = UNSEEN
        measured = np.angle(trunk / 1j)
        followed = unwrap(measured, fps)
        self._overturned = np.cos(measured - followed) < 0
        self.lean: Floats = cleaned(followed.astype(np.complex128), _LEAN, fps).real
        """Direction of the trunk (T,) rad from up, counter-clockwise, unwrapped."""
        self.trunk = trunk

    def leg_px(self, sagittal: bool) -> Floats:
        """Length of the leg (T,) px, slowly varying as the athlete comes nearer or the lens zooms.
        A `sagittal` view shows legs at their length, any other shows them shortened more or less.
        """
        legs = self.joints.legs()
        if sagittal:
            both = np.where(np.isnan(legs), legs[::-1], legs)
            return slowly(both.mean(axis=0), 50, _SCALE_S, self.fps)
        return slowly(np.fmax(*legs), 75, _SCALE_S, self.fps)

    def along_trunk(self, vectors: Plane) -> Plane:
        """Vectors (T,) in the trunk's axes; not seen where the whole skeleton is turned over."""
        turned: Plane = np.where(self._overturned, UNSEEN, vectors * np.exp(-1j * self.lean))
        return turned

    def segments(self, across: Sequence[Plane], leg_px: Floats, least: float) -> list[Plane]:
        """Segments of both sides, given as vectors (T,) px, 1 long where nothing shortens them;
        their full length is what both sides show at most, and at least `least` legs."""
        both = [self.along_trunk(vectors) / leg_px for vectors in across]
        lengths = np.abs(np.concatenate(both))
        if not np.isfinite(lengths).any():
            return [np.zeros(len(leg_px), np.complex128) for _ in both]
        full = max(float(np.nanpercentile(lengths, _FULL_PERCENTILE)), least)
        clean = [cleaned(vectors / full, _LIMB, self.fps) for vectors in both]
        return [vectors * np.exp(1j * self.lean) for vectors in clean]

    def trunk_shown(self, leg_px: Floats, least_full: float) -> Floats:
        """Share (T,) of the trunk's length that is seen; its full length is at least `least_full`
        legs."""
        shown = cleaned(self.trunk / leg_px * np.exp(-1j * self.lean), _SHOWN, self.fps).imag
        return np.clip(
            shown / max(least_full, float(np.percentile(shown, _FULL_PERCENTILE))), 0.0, 1.0
        )

    def hip_path(self, leg_px: Floats) -> Plane:
        """Way of the mid-hip (T,) in leg lengths, from the first frame on."""
        known = np.flatnonzero(np.isfinite(self.hips))
        bridged = np.interp(np.arange(len(leg_px)), known, self.hips[known])
        steps = np.diff(bridged, prepend=bridged[0]) / leg_px
        kept = np.where(np.isfinite(self.hips), np.cumsum(steps), UNSEEN)
        return cleaned(kept, _HIPS, self.fps)
