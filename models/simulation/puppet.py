"""The drawn figure moved by key points of a real athlete: real motion with exact truth.

A side view gives the directions of all segments in the plane of motion. A puppet takes these
directions and the path of the hips from the recording, and the lengths and the distances between
left and right from the figure. So a lost or wrong joint neither stretches nor folds it: directions
that are missing are interpolated in time, those that stand out or that come from a skeleton turned
over are dropped before, and the rest is smoothed a little. All of that looks into the future. The
truth is where the puppet's joints are, not where the recording says: limbs that a recording has
wrong for long are wrong in the puppet too, and drawn so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.simulation.curves import Floats
from models.simulation.figure import (
    LATERAL,
    POINT,
    SIDES,
    Build,
    Posture,
    ahead_of,
    assemble,
    left_of,
    pitched,
)
from models.simulation.film.backdrop import draw_backdrop
from models.simulation.film.camera import place_camera
from models.simulation.film.settings import CameraSettings
from models.simulation.motion import Recorded
from models.simulation.people import BodySettings, draw_person
from models.simulation.sagittal import foot_axes, upright_axes
from models.simulation.scene import Actor, Scene
from models.simulation.truth import Truth
from models.skeleton import BODY, Keypoints, Skeleton, convert

_SMOOTH_S = 0.025
_OUTLIER_WINDOW_S = 0.15
_OUTLIER_DEG = 30.0
_OUTLIER_M = 0.15
_SHORT_TRUNK = 0.5  # of the median: the joints have fallen together
_STANDING_S = 0.3
_FAST_RAD_S = np.radians(900.0)
_UPSIDE_DOWN_COST = 0.5


@dataclass(frozen=True)
class _Segment:
    """From joint to joint; `rest` is its direction (ahead, up) in the upright athlete. It is turned
    against its parent by `low`...`high` degrees, forward-and-up (counter-clockwise) positive."""

    begin: str
    end: str
    rest: tuple[float, float]
    low: float
    high: float


_THIGH = _Segment("hip", "knee", (0, -1), -60, 160)
_SHANK = _Segment("knee", "ankle", (0, -1), -155, 0)
_UPPER_ARM = _Segment("shoulder", "elbow", (0, -1), -80, 225)
_FOREARM = _Segment("elbow", "wrist", (0, -1), 0, 150)


def build_puppet(
    keypoints: Keypoints,
    skeleton: Skeleton,
    fps: float,
    size: tuple[int, int] = (1280, 720),
    seed: int = 0,
) -> Scene:
    """A scene in which a figure moves as the athlete of a side view does.

    `keypoints` is (T, J, 3) as in `models.skeleton`, of one person who begins and ends on his
    feet; which way he faces is seen from them. `seed` draws the figure's stature and colours and
    the gym. The scene has T frames and an empty `truth` of events. Raises ValueError when hips and
    shoulders are seen in less than half of the frames, or the legs in none.
    """
    track = _Track(convert(keypoints, skeleton, BODY), fps)
    rng = np.random.default_rng(seed)
    build, look = draw_person(BodySettings(), rng)
    camera = place_camera(CameraSettings(), size, build.stature)
    t = np.arange(len(keypoints)) / fps
    motion = Recorded(t, _on_the_floor(assemble(build, _posture(build, track)), fps))
    actor = Actor("athlete", build, look, motion, Truth())
    return Scene("puppet", fps, t, size, camera, [actor], draw_backdrop(camera, rng))


class _Track:
    """A recording as directions in the plane of motion: x ahead of the athlete, y up, px."""

    def __init__(self, body: Keypoints, fps: float) -> None:
        self.fps = fps
        xy = np.where(body[..., 2:] > 0, body[..., :2], np.nan).astype(np.float64)
        self.faces_left = _faces_left(xy)
        self._xy = xy * (-1 if self.faces_left else 1, -1)
        self.hips = self._middle("hip")
        trunk = self._middle("shoulder") - self.hips
        length = np.hypot(*trunk.T)
        seen = np.isfinite(length)
        if seen.sum() < max(len(body) / 2, 1):
            raise ValueError(
                f"puppet: expected hips and shoulders in half of the frames, got {seen.sum()} of "
                f"{len(body)}"
            )
        trunk[length < _SHORT_TRUNK * np.median(length[seen])] = np.nan
        measured = _angle(trunk, (0, 1))
        followed = _unwrap(measured, fps)
        self._overturned = np.cos(measured - followed) < 0
        self.lean = self._clean(followed, np.radians(_OUTLIER_DEG))

    def _joint(self, name: str) -> Floats:
        points: Floats = self._xy[:, BODY.index(name)]
        return points

    def _middle(self, part: str) -> Floats:
        return (self._joint(f"left_{part}") + self._joint(f"right_{part}")) / 2

    def leg_px(self) -> float:
        """Length of the leg: the median of thigh and shank."""
        lengths = [
            np.hypot(*(self._joint(f"{side}_{s.end}") - self._joint(f"{side}_{s.begin}")).T)
            for side in SIDES
            for s in (_THIGH, _SHANK)
        ]
        both = np.concatenate([lengths[0] + lengths[1], lengths[2] + lengths[3]])
        if not np.isfinite(both).any():
            raise ValueError(
                "puppet: expected hip, knee and ankle of a leg in some frame, got none"
            )
        return float(np.nanmedian(both))

    def segment(self, side: str, segment: _Segment, parent: Floats) -> Floats:
        """Angle (T,) rad of a segment in the plane, its parent's being `parent`."""
        begin, end = self._joint(f"{side}_{segment.begin}"), self._joint(f"{side}_{segment.end}")
        return self._limited(end - begin, segment, parent)

    def head(self, build: Build) -> Floats:
        rest = (build.head_to_nose, build.neck_to_head)
        across = self._joint("nose") - self._middle("shoulder")
        return self._limited(across, _Segment("shoulder", "nose", rest, -60, 60), self.lean)

    def foot(self, build: Build, side: str, shank: Floats) -> Floats:
        ahead, up = build.ankle_to_toe
        segment = _Segment("ankle", "toe", (float(ahead), float(up)), -75, 35)
        return self.segment(side, segment, shank)

    def _limited(self, across: Floats, segment: _Segment, parent: Floats) -> Floats:
        low, high = np.radians([segment.low, segment.high])
        against = _angle(across, segment.rest) - parent
        middle = (low + high) / 2
        against = (against - middle + np.pi) % (2 * np.pi) - np.pi + middle
        against[self._overturned] = np.nan
        against = self._clean(against, np.radians(_OUTLIER_DEG))
        return parent + np.clip(against, low, high)

    def hip_path(self, scale: float) -> Floats:
        """The mid-hip (T, 2) in metres, `scale` being metres per px."""
        return np.stack([self._clean(x * scale, _OUTLIER_M) for x in self.hips.T], axis=1)

    def _clean(self, values: Floats, tolerance: float) -> Floats:
        """Values (T,) without outliers and gaps, smoothed; zeros if there is none."""
        kept = _without_outliers(values, round(_OUTLIER_WINDOW_S * self.fps / 2), tolerance)
        known = np.flatnonzero(np.isfinite(kept))
        if not len(known):
            return np.zeros(len(values))
        return _smooth(np.interp(np.arange(len(kept)), known, kept[known]), _SMOOTH_S * self.fps)


def _faces_left(xy: Floats) -> bool:
    """Whether the toes are mostly to the left of the heels in the image."""
    toes, heels = (
        xy[:, [BODY.index(f"{side}_{part}") for side in SIDES], 0] for part in ("toe", "heel")
    )
    return bool(np.nansum(np.sign(toes - heels)) < 0)


def _angle(across: Floats, rest: tuple[float, float]) -> Floats:
    """Counter-clockwise angle (T,) rad from the direction `rest` to the vectors (T, 2)."""
    angle: Floats = np.arctan2(across[:, 1], across[:, 0]) - np.arctan2(rest[1], rest[0])
    return angle


def _unwrap(angle: Floats, fps: float) -> Floats:
    """Unwrap the direction (T,) rad of a trunk that now and then is given upside down.

    Of all ways to add half turns, the one with the least cost (dynamic programming): squares of
    the steps, in units of a fast somersault's, and a price for each frame that is upside down. The
    first and the last are the right way up. NaN stays NaN.
    """
    unwrapped = angle.copy()
    known = np.flatnonzero(np.isfinite(angle))
    halves = np.arange(-4, 5)
    states = angle[known, None] + np.pi * halves
    cost = np.where(halves == 0, 0.0, np.inf)
    origins = []
    for i, gap in enumerate(np.diff(known), start=1):
        step = (states[i] - states[i - 1][:, None]) / (_FAST_RAD_S * gap / fps)
        ways = cost[:, None] + step**2
        origins.append(ways.argmin(axis=0))
        cost = ways.min(axis=0) + _UPSIDE_DOWN_COST * (halves % 2)
    best = int(np.where(halves % 2, np.inf, cost).argmin())
    for i in range(len(known) - 1, -1, -1):
        unwrapped[known[i]] = states[i, best]
        best = origins[i - 1][best] if i else best
    return unwrapped


def _without_outliers(values: Floats, reach: int, tolerance: float) -> Floats:
    """NaN where a value (T,) is further than `tolerance` from the median of its neighbourhood."""
    padded = np.pad(values, reach, constant_values=np.nan)
    near = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    middle = np.full(len(values), np.nan)
    some = np.isfinite(near).any(axis=1)
    middle[some] = np.nanmedian(near[some], axis=1)
    return np.where(np.abs(values - middle) <= tolerance, values, np.nan)


def _smooth(values: Floats, sigma: float) -> Floats:
    """Gaussian mean of `sigma` samples of values (T,), the ends held."""
    reach = int(np.ceil(3 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(values, reach, mode="edge")
    return np.convolve(padded, kernel / kernel.sum(), mode="valid")


def _posture(build: Build, track: _Track) -> Posture:
    """The posture with the recording's directions, in the plane y = 0 and centred on x = 0."""
    lean = track.lean
    heading = np.full(len(lean), np.pi if track.faces_left else 0.0)
    ahead, left = ahead_of(heading), left_of(heading)

    def down(angle: Floats) -> Floats:
        return -pitched(ahead, angle)[1]

    path = track.hip_path(build.leg / track.leg_px())
    path[:, 0] -= (path[:, 0].min() + path[:, 0].max()) / 2
    pelvis = path[:, :1] * ahead + path[:, 1:] * (0.0, 0.0, 1.0)
    neck = pelvis - (build.lower_trunk + build.upper_trunk) * down(lean)
    ankles, wrists, poles, feet = [], [], [], []
    for i, side in enumerate(SIDES):
        outward = LATERAL[i] * left
        thigh = track.segment(side, _THIGH, lean)
        shank = track.segment(side, _SHANK, thigh)
        upper = track.segment(side, _UPPER_ARM, lean)
        fore = track.segment(side, _FOREARM, upper)
        feet.append(track.foot(build, side, shank))
        leg = build.thigh * down(thigh) + build.shank * down(shank)
        arm = build.upper_arm * down(upper) + build.forearm * down(fore)
        ankles.append(pelvis + build.half_hips * outward + leg)
        wrists.append(neck + build.half_shoulders * outward + arm)
        poles.append(down(upper))
    return Posture(
        pelvis=pelvis,
        trunk=upright_axes(heading, np.stack([lean, lean, track.head(build)], axis=1)),
        ankles=np.stack(ankles, axis=1),
        feet=foot_axes(heading, np.stack(feet, axis=1)),
        wrists=np.stack(wrists, axis=1),
        elbow_pole=np.stack(poles, axis=1),
    )


def _on_the_floor(points: Floats, fps: float) -> Floats:
    """Points (T, len(POINTS), 3) lifted so that the soles are at z = 0 in the first frames."""
    feet = [POINT[f"{side}_{part}"] for side in SIDES for part in ("heel", "toe")]
    begin = points[: max(round(_STANDING_S * fps), 1), feet, 2]
    lifted: Floats = points - (0.0, 0.0, float(np.median(begin.min(axis=1))))
    return lifted
