"""Where the feet are: each stays on its toes where it stands until it swings to another place.

Contacts with the floor follow from the swings, so the truth and the geometry cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.simulation.curves import Floats, smooth_step
from models.simulation.figure import LATERAL, Build, Posture, foot_offset
from models.simulation.sagittal import ankle_over_toe, foot_axes
from models.simulation.truth import FEET, Contact

_RISE_S = 0.24
_STRAIGHT = 0.9985  # of the leg
_HIGHEST_HEEL = np.radians(60.0)


@dataclass(frozen=True, slots=True)
class Swing:
    """The foot `side` (0 = left) is in the air from `begin_s` to `end_s`.

    Its toes rise by `height_m`, are drawn back by `back_m` and pitched by `pitch` radians (toes up
    positive) at the top. It lands at `place`: x, y metres and heading in radians of the place at
    which the athlete would stand with his feet so; None: where it was. It is held at the top where
    there is more time than `rise_s` and `fall_s`.
    """

    side: int
    begin_s: float
    end_s: float
    height_m: float
    place: tuple[float, float, float] | None = None
    back_m: float = 0.0
    pitch: float = 0.0
    rise_s: float = _RISE_S
    fall_s: float = _RISE_S


@dataclass(frozen=True, eq=False)
class _Track:
    """The swings of one foot as columns (N,); `places` (N + 1, 3)."""

    begin: Floats
    length: Floats
    height: Floats
    back: Floats
    pitch: Floats
    rise: Floats
    fall: Floats
    places: Floats


def _track(swings: Sequence[Swing], start: tuple[float, float, float]) -> _Track:
    places = [start]
    for swing in swings:
        places.append(places[-1] if swing.place is None else swing.place)
    begin = np.array([swing.begin_s for swing in swings])
    length = np.array([swing.end_s for swing in swings]) - begin
    rise = np.array([swing.rise_s for swing in swings])
    fall = np.array([swing.fall_s for swing in swings])
    hurry = np.minimum(1.0, length / (rise + fall))
    if np.any(length <= 0) or np.any(np.diff(begin) < length[:-1]):
        raise ValueError("swings of a foot: expected one after the other, got two that overlap")
    return _Track(
        begin,
        length,
        np.array([swing.height_m for swing in swings]),
        np.array([swing.back_m for swing in swings]),
        np.array([swing.pitch for swing in swings]),
        rise * hurry,
        fall * hurry,
        np.array(places),
    )


class Footwork:
    """Both feet of an athlete who begins standing at the origin and makes `swings`."""

    def __init__(self, build: Build, swings: Iterable[Swing]) -> None:
        self._build = build
        ordered = sorted(swings, key=lambda swing: swing.begin_s)
        origin = (0.0, 0.0, 0.0)
        self._tracks = [_track([s for s in ordered if s.side == k], origin) for k in (0, 1)]
        self.flights = _overlaps(*(self.swings(side) for side in (0, 1)))
        """When neither foot is on the floor: (F, 2) seconds."""

    def swings(self, side: int) -> Floats:
        """Begin and end (N, 2) in seconds of the swings of a foot."""
        track = self._tracks[side]
        return np.stack([track.begin, track.begin + track.length], axis=-1).reshape(-1, 2)

    def contacts(self, duration_s: float) -> tuple[Contact, ...]:
        """When each foot is on the floor between 0 and `duration_s`, left foot first."""
        contacts = []
        for side, limb in enumerate(FEET):
            swings = self.swings(side)
            begins = [0.0, *swings[:, 1].tolist()]
            ends = [*swings[:, 0].tolist(), duration_s]
            contacts += [Contact(limb, a, b) for a, b in zip(begins, ends, strict=True) if b > a]
        return tuple(contacts)

    def place(self, side: int, t: Floats) -> tuple[Floats, Floats]:
        """x, y, heading (T, 3) of the place under a foot, and 0...1 (T,) how far it is lifted."""
        track = self._tracks[side]
        if len(track.begin) == 0:
            return np.repeat(track.places, len(t), axis=0), np.zeros(len(t))
        i = np.maximum(np.searchsorted(track.begin, t, side="right") - 1, 0)
        since = np.clip(t - track.begin[i], 0.0, track.length[i])
        share = smooth_step(since / track.length[i])[:, None]
        place = track.places[i] + share * (track.places[i + 1] - track.places[i])
        left = track.length[i] - since
        rise = np.minimum(np.minimum(since / track.rise[i], left / track.fall[i]), 1.0)
        # The exponent lets the toes leave and meet the floor without a jump of their speed.
        return place, (rise * (2 - rise)) ** 1.5

    def support(self, t: float) -> Floats:
        """x, y (2,) in metres: the middle of the feet that are on the floor at `t`."""
        now, feet = np.array([t]), []
        for side in (0, 1):
            swings = self.swings(side)
            if not np.any((swings[:, 0] < t) & (t < swings[:, 1])):
                feet.append(self._under(side, self.place(side, now)[0])[0])
        return np.mean(feet, axis=0) if feet else self.place(0, now)[0][0, :2]

    def _under(self, side: int, place: Floats) -> Floats:
        """x, y (T, 2) of the ankle of a foot that is flat at `place` (T, 3)."""
        outward = LATERAL[side] * self._build.half_hips
        aside = np.stack([-np.sin(place[:, 2]), np.cos(place[:, 2])], axis=-1)
        under: Floats = place[:, :2] + outward * aside
        return under

    def ankles(self, t: Floats, stance_pitch: Floats) -> tuple[Floats, Floats]:
        """Ankles (T, 2, 3) in metres and axes (T, 2, 2, 3) of the feet, whose toes are pitched by
        `stance_pitch` (T,) radians on the floor."""
        ankles, feet = np.empty((len(t), 2, 3)), np.empty((len(t), 2, 2, 3))
        flat = ankle_over_toe(self._build, np.zeros(1))[0]
        for side, track in enumerate(self._tracks):
            place, shape = self.place(side, t)
            heading = place[:, 2]
            ahead = np.stack([np.cos(heading), np.sin(heading), np.zeros(len(t))], axis=-1)
            pitch, height, back = stance_pitch, np.zeros(len(t)), np.zeros(len(t))
            if len(track.begin):
                i = np.maximum(np.searchsorted(track.begin, t, side="right") - 1, 0)
                pitch = pitch + shape * track.pitch[i]
                height, back = shape * track.height[i], shape * track.back[i]
            above = ankle_over_toe(self._build, pitch)
            ankles[:, side] = (above[:, 0] - flat[0] - back)[:, None] * ahead
            ankles[:, side, :2] += self._under(side, place)
            ankles[:, side, 2] = self._build.sole + above[:, 2] + height
            feet[:, side] = foot_axes(heading[:, None], pitch[:, None])[:, 0]
        return ankles, feet


def _overlaps(left: Floats, right: Floats) -> Floats:
    """The times (F, 2) that lie in a span of both `left` (N, 2) and `right` (M, 2)."""
    begin = np.maximum(left[:, None, 0], right[None, :, 0])
    end = np.minimum(left[:, None, 1], right[None, :, 1])
    spans = np.stack([begin, end], axis=-1)[end > begin]
    return spans[np.argsort(spans[:, 0])]


def on_toes(build: Build, posture: Posture) -> Posture:
    """`posture` with the heel raised, about toes that stay, of every foot that the leg would not
    reach otherwise."""
    aside = build.half_hips * LATERAL[:, None] * posture.trunk[:, 0, 1][:, None]
    hips = posture.pelvis[:, None] + aside
    toes = posture.ankles + foot_offset(build.ankle_to_toe, posture.feet)
    reach = _STRAIGHT * build.leg
    short = np.nonzero(np.linalg.norm(posture.ankles - hips, axis=-1) > reach)
    if len(short[0]) == 0:
        return posture
    hip, toe, foot = hips[short], toes[short], posture.feet[short]
    low, high = np.zeros(len(hip)), np.full(len(hip), _HIGHEST_HEEL)
    for _ in range(22):
        middle = (low + high) / 2
        ankle = toe - foot_offset(build.ankle_to_toe, _tipped(foot, middle))
        far = np.linalg.norm(ankle - hip, axis=-1) > reach
        low, high = np.where(far, middle, low), np.where(far, high, middle)
    feet, ankles = posture.feet.copy(), posture.ankles.copy()
    feet[short] = _tipped(foot, high)
    ankles[short] = toe - foot_offset(build.ankle_to_toe, feet[short])
    return replace(posture, feet=feet, ankles=ankles)


def _tipped(foot: Floats, angle: Floats) -> Floats:
    """Axes (N, 2, 3) ahead and up of feet turned toes down by `angle` (N,) radians."""
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    ahead, up = foot[:, 0], foot[:, 1]
    return np.stack([cos * ahead - sin * up, cos * up + sin * ahead], axis=1)
