"""Three seconds of standing: how long the legs are, how much somebody sways, how much the key
points tremble, and the thresholds that follow. Optional: the defaults are good without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.measures import (
    SIDES,
    Floats,
    MeasureError,
    both,
    check,
    filled,
    robust_spread,
    side_joints,
)
from calibration.measures import leg_length as leg_length_of
from calibration.measures_cadence import LEAST_SWING
from calibration.measures_flight import CLEAR
from models.skeleton import BODY, Keypoints

STANDING_S = 3.0
_NEEDED = [j for part in ("shoulder", "hip", "knee", "ankle") for j in both(part)]
_SEEN = 0.9  # of the frames
_FEWEST_FPS = 10.0
_SLOW_S = 0.5  # sway is what is left of a movement over this; faster is trembling
_MOST_SWAY = 0.12  # leg lengths that hips or feet may wander
_MOST_LEAN_DEG = 20.0
_STRAIGHT = 0.93  # of the leg's length, from hip to ankle
_FEET = tuple(side_joints(side, "ankle", "heel", "toe") for side in SIDES)
_TIMES = 4.0
"""Standard deviations between rest and what counts as movement: of normal noise one frame in
16,000 passes."""


class AthleteError(ValueError):
    """This is nobody standing still in full view; one line with the mend."""


@dataclass(frozen=True, eq=False)
class Standing:
    """`leg_px` is thigh plus shank, with its standard error; `ankles_px` (2,) the place between the
    ankles in the picture; `sway` the root mean square of the
    slow movement of the hips and `noise` (17,) the standard deviation of each joint's trembling
    (per axis; NaN for one not seen), in leg lengths; `swing_noise` that of the left foot's height
    over the right one, `foot_noise` that of the lowest joint of the feet."""

    leg_px: float
    leg_error_px: float
    ankles_px: Floats
    sway: float
    noise: Floats
    swing_noise: float
    foot_noise: float

    @property
    def noise_floor(self) -> float:
        """The median over the joints seen, leg lengths."""
        return float(np.nanmedian(self.noise))

    def leg_m(self, metres_per_px: float) -> float:
        """The leg in metres, for a scale in the plane in which the athlete stands."""
        return self.leg_px * metres_per_px


@dataclass(frozen=True)
class Thresholds:
    """What counts as movement, in leg lengths: `swing`, how far the feet must part in height for a
    step, and `clear`, the height at which a foot is surely off the floor."""

    swing: float = LEAST_SWING
    clear: float = CLEAR


def thresholds(standing: Standing | None = None) -> Thresholds:
    """The defaults, raised where this camera's key points tremble so much that four standard
    deviations reach them; never by more than twice, so that no true step is lost (a low speed step
    swings by 0.15 leg lengths)."""
    if standing is None:
        return Thresholds()
    return Thresholds(
        float(np.clip(_TIMES * standing.swing_noise, LEAST_SWING, 2 * LEAST_SWING)),
        float(np.clip(_TIMES * standing.foot_noise, CLEAR, 2 * CLEAR)),
    )


def measure_standing(t: Floats, keypoints: Keypoints) -> Standing:
    """From key points (T, 17, 3) in pixels (y down), in the order of `BODY`, at times `t` (T,).

    Raises AthleteError when it is less than three seconds, when shoulders, hips, knees or ankles
    are not seen in nine of ten frames, or when the athlete moves, leans or bends the legs.
    """
    if len(t) < 2 or t[-1] - t[0] < 0.98 * STANDING_S or len(t) < _FEWEST_FPS * STANDING_S:
        seconds = float(t[-1] - t[0]) if len(t) else 0.0
        raise AthleteError(
            f"athlete: expected {STANDING_S:g} s of standing at {_FEWEST_FPS:g} fps or more, got "
            f"{len(t)} frames in {seconds:.1f} s; stand still for longer"
        )
    _check_seen(keypoints)
    points = np.where(keypoints[..., 2:] > 0, keypoints[..., :2].astype(np.float64), np.nan)
    check(t, points)
    leg = leg_length_of(points)
    places = filled(t, points) * (1.0, -1.0) / leg
    _check_posture(places)
    slow = _slow(t, places)
    _check_still(slow)
    hips = slow[:, both("hip")].mean(axis=1)
    fast = places - slow
    noise = np.full(len(BODY), np.nan)
    seen = np.isfinite(fast).all(axis=(0, 2))
    noise[seen] = [
        np.hypot(robust_spread(fast[:, j, 0]), robust_spread(fast[:, j, 1])) / np.sqrt(2)
        for j in np.flatnonzero(seen)
    ]
    swing, lowest = _feet(places)
    return Standing(
        leg_px=leg,
        leg_error_px=float(leg * _leg_error(points / leg)),
        ankles_px=np.nanmedian(points[:, both("ankle")].mean(axis=1), axis=0),
        sway=float(np.sqrt(np.square(hips - hips.mean(axis=0)).sum(axis=1).mean())),
        noise=noise,
        swing_noise=robust_spread(swing),
        foot_noise=robust_spread(lowest),
    )


def standing_part(t: Floats, keypoints: Keypoints, step_s: float = 0.5) -> Standing:
    """The first three seconds of a longer recording in which somebody stands still. Raises
    AthleteError with what was wrong with the last ones that were tried, where there are none."""
    last: AthleteError | None = None
    for begin in np.arange(t[0], max(t[-1] - STANDING_S, t[0]) + 1e-6, step_s) if len(t) else ():
        part = (t >= begin) & (t <= begin + STANDING_S)
        try:
            return measure_standing(t[part], keypoints[part])
        except AthleteError as error:
            last = error
    raise last or AthleteError("athlete: expected somebody standing, got no frames")


def _check_seen(keypoints: Keypoints) -> None:
    share = (keypoints[..., 2] > 0).mean(axis=0)
    hidden = [BODY.joints[j].replace("_", " ") for j in _NEEDED if share[j] < _SEEN]
    if hidden:
        raise AthleteError(
            f"athlete: not wholly in view ({', '.join(hidden)} not seen); expected shoulders to "
            "ankles in the picture: step back, or turn the camera"
        )


def _check_posture(places: Floats) -> None:
    shoulders, hips, ankles = (
        np.median(places[:, both(part)].mean(axis=1), axis=0)
        for part in ("shoulder", "hip", "ankle")
    )
    across, up = shoulders - hips
    lean = float(np.degrees(np.arctan2(abs(across), up)))
    if lean > _MOST_LEAN_DEG:
        raise AthleteError(
            f"athlete: the trunk leans by {lean:.0f} degrees, expected at most "
            f"{_MOST_LEAN_DEG:.0f}; stand upright, and the camera level"
        )
    straight = float(np.hypot(*(hips - ankles)))
    if straight < _STRAIGHT:
        raise AthleteError(
            f"athlete: hip to ankle is {straight:.2f} of the leg's length, expected at least "
            f"{_STRAIGHT}; stand with straight legs, feet together"
        )


def _check_still(slow: Floats) -> None:
    for name, joints in (("hips", both("hip")), ("feet", both("ankle"))):
        path = slow[:, joints].mean(axis=1)
        moved = float(np.hypot(*(path.max(axis=0) - path.min(axis=0))))
        if moved > _MOST_SWAY:
            raise AthleteError(
                f"athlete: the {name} move by {moved:.2f} leg lengths, expected at most "
                f"{_MOST_SWAY}; stand still for {STANDING_S:g} s"
            )


def _slow(t: Floats, places: Floats) -> Floats:
    """The running median over `_SLOW_S`, (T, 17, 2)."""
    slow = np.empty_like(places)
    for i, now in enumerate(t):
        around = slice(*np.searchsorted(t, (now - _SLOW_S / 2, now + _SLOW_S / 2)))
        slow[i] = np.median(places[around], axis=0)
    return slow


def _feet(places: Floats) -> tuple[Floats, Floats]:
    """Left over right foot (T,), and the lowest joint of the feet (T,), in leg lengths."""
    y = places[..., 1]
    seen = np.flatnonzero(np.isfinite(y).all(axis=0))
    left, right = ([j for j in foot if j in seen] for foot in _FEET)
    return y[:, left].mean(axis=1) - y[:, right].mean(axis=1), y[:, [*left, *right]].min(axis=1)


def _leg_error(points: Floats) -> float:
    """Standard error of the leg's length, in leg lengths: of its spread in half-second pieces, as
    errors of neighbouring frames are alike."""
    pieces = np.array_split(points, max(int(STANDING_S / _SLOW_S), 2))
    lengths = []
    for piece in pieces:
        try:
            lengths.append(leg_length_of(piece))
        except MeasureError:
            continue
    return float(np.std(lengths) / np.sqrt(max(len(lengths) - 1, 1)))
