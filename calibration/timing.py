"""Sound against picture, how late a camera is, and how steady its frames come.

Times are seconds. An offset is how much *later* the sound is than the picture: what is heard at s
happened in the picture at s - offset.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.measures import Floats

LONGEST_OFFSET_S = 1.0
SPREAD = 1.4826
"""Standard deviation of a normal variable over its median absolute deviation."""
_SAME_S = 0.1  # differences this near may be of one offset
_ALIKE_S = 0.001
_LEAST = 2
_FAR = 3.5  # robust deviations; Iglewicz and Hoaglin 1993
_REPEATED = 0.1
_LATE = 1.5  # intervals: longer is one frame or more missing


class TimingError(ValueError):
    """Too little to measure by; one line with the mend."""


@dataclass(frozen=True)
class Offset:
    """How much later something is: the median over `count` repetitions, the standard error of the
    median (normal theory, at least what a single reading's `resolution_s` allows), the robust
    standard deviation of one repetition, and how many repetitions did not fit."""

    offset_s: float
    error_s: float
    spread_s: float
    count: int
    left_out: int


def offset_between(
    picture_s: Floats,
    sound_s: Floats,
    *,
    resolution_s: Floats | float = 0.0,
    longest_s: float = LONGEST_OFFSET_S,
) -> Offset:
    """How much later the sounds at `sound_s` (M,) are than what is seen at `picture_s` (N,).

    Which belong together need not be known: of all differences up to `longest_s` those are taken
    that most repetitions agree on, so missed flashes and other noises do no harm. `resolution_s` is
    the largest error of single pictures' times, (N,) or one for all. Raises TimingError with fewer
    than two repetitions that agree.
    """
    picture, sound = np.asarray(picture_s, float), np.asarray(sound_s, float)
    bounds = np.broadcast_to(np.asarray(resolution_s, float), picture.shape)
    which, differences = _agreeing(picture, sound, longest_s)
    if len(differences) < _LEAST:
        raise TimingError(
            f"timing: expected at least {_LEAST} flashes or claps that are both seen and heard, "
            f"got {len(picture)} in the picture and {len(sound)} in the sound of which "
            f"{len(differences)} agree; repeat it five times, about a second apart"
        )
    middle, spread = _robust(differences)
    far = max(_FAR * spread, 2 * float(bounds.max(initial=0.0)), _ALIKE_S)
    kept = np.abs(differences - middle) <= far
    middle, spread = _robust(differences[kept])
    n = int(kept.sum())
    # A moment within ±b of the truth, anywhere: standard deviation b / √3.
    single = max(spread, float(np.median(bounds[which][kept])) / np.sqrt(3))
    error = float(1.2533 * single / np.sqrt(n))
    return Offset(middle, error, spread, n, len(picture) - n)


def _agreeing(picture: Floats, sound: Floats, longest_s: float) -> tuple[NDArray[np.intp], Floats]:
    """For each picture time that has one, its index and the difference nearest to the offset that
    most of them share."""
    apart = sound[None, :] - picture[:, None]
    known = np.sort(apart[np.abs(apart) <= longest_s])
    if not len(known):
        return np.empty(0, np.intp), np.empty(0)
    near = np.searchsorted(known, known + _SAME_S, "right") - np.arange(len(known))
    begin = int(np.argmax(near))
    centre = float(np.median(known[begin : begin + near[begin]]))
    best = np.argmin(np.abs(apart - centre), axis=1)
    nearest = np.take_along_axis(apart, best[:, None], axis=1)[:, 0]
    which = np.flatnonzero(np.abs(nearest - centre) <= _SAME_S)
    return which, nearest[which]


def _robust(values: Floats) -> tuple[float, float]:
    middle = float(np.median(values))
    return middle, SPREAD * float(np.median(np.abs(values - middle)))


def camera_latency(
    shown_s: Floats, seen_s: Floats, *, resolution_s: Floats | float = 0.0, longest_s: float = 3.0
) -> Offset:
    """From a flash on the screen, commanded at `shown_s` (N,), to its time in the picture `seen_s`
    (M,), both on the same monotonic clock; `spread_s` is the jitter, with what the frames hide in
    it (0.3 of an interval, where no row is caught half bright).

    The screen's own delay is part of it (half a refresh and the terminal's drawing: about 10 to 30
    ms), so this is an upper bound of the camera's. Raises TimingError as `offset_between` does.
    """
    shown = np.asarray(shown_s, float)
    found = offset_between(
        shown, seen_s, resolution_s=float(np.max(resolution_s, initial=0.0)), longest_s=longest_s
    )
    if found.offset_s < -float(np.max(resolution_s, initial=0.0)) - _SAME_S:
        raise TimingError(
            f"timing: the flash is seen {-found.offset_s:.3f} s before it is shown; something else "
            "made the picture brighter: darken the room, turn the camera to the screen"
        )
    return found


@dataclass(frozen=True)
class FrameRate:
    """How steady frames come. `fps` is one over the median interval, `jitter_s` the robust standard
    deviation of the intervals, `worst_s` the longest one. `dropped` frames are missing by the
    intervals, `duplicates` show the picture before again. `drift_ppm` is how much more slowly than
    `nominal_fps` the frames come, in parts per million (0 when that is not known), without what
    was dropped; its standard error is `drift_error_ppm`."""

    frames: int
    fps: float
    jitter_s: float
    worst_s: float
    dropped: int
    duplicates: int
    drift_ppm: float
    drift_error_ppm: float


def frame_rate(
    t: Floats, *, nominal_fps: float | None = None, change: Floats | None = None
) -> FrameRate:
    """Of capture times `t` (T,) in seconds, increasing. `change` (T,) is how much each picture
    differs from the one before (mean grey levels; the first does not count); without it duplicates
    are not known (0). Raises TimingError for fewer than ten frames or times that do not
    increase."""
    if len(t) < 10 or not (np.diff(t) > 0).all():
        raise TimingError(
            f"frame rate: expected at least 10 frames with increasing times, got {len(t)}; "
            "record a few seconds"
        )
    intervals = np.diff(t)
    usual = float(np.median(intervals))
    steps = np.maximum(np.round(intervals / usual), 1)
    single = intervals[intervals < _LATE * usual]
    index = np.concatenate([[0], np.cumsum(steps)])
    slope, error = _slope(index, t)
    claimed = 1 / nominal_fps if nominal_fps else slope
    return FrameRate(
        frames=len(t),
        fps=1 / usual,
        jitter_s=_robust(single)[1],
        worst_s=float(intervals.max()),
        dropped=int((steps - 1).sum()),
        duplicates=0 if change is None else int(_repeated(change[1:]).sum()),
        drift_ppm=(slope / claimed - 1) * 1e6,
        drift_error_ppm=error / claimed * 1e6,
    )


def _repeated(change: Floats) -> NDArray[np.bool_]:
    """A repeated picture differs by nothing, or (compressed again) by far less than those before
    and after it do; where nobody moves it cannot be told."""
    least = np.minimum(change[:-2], change[2:])
    repeated: NDArray[np.bool_] = change[1:-1] < _REPEATED * least
    return repeated


def _slope(x: Floats, y: Floats) -> tuple[float, float]:
    """Least squares slope and its standard error."""
    centred = x - x.mean()
    slope = float(centred @ y / (centred @ centred))
    rest = y - y.mean() - slope * centred
    return slope, float(np.sqrt(rest @ rest / max(len(x) - 2, 1) / (centred @ centred)))
