"""When something begins: a blow or a beep in a sound track, a flash or a clap in a picture.

All of it is plain functions of recorded data; none reads a clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from calibration.measures import Floats, both, check, filled
from calibration.measures_flight import hinge

LOUDER_DB = 8.0
"""A sound begins where the next 2 ms hold this much more surprise than the 0.2 s before."""
BRIGHTER = 12.0
"""Grey levels (0...255) by which a flash makes at least some rows of the picture brighter."""

_PREDICTED_FROM = 24  # samples: enough for the colour of a hall's noise
_HOP_S = 0.0005
_AHEAD, _BEHIND = 4, 400  # hops
_SEARCH_S = (0.020, 0.012)
_LEAST_SAMPLES = 8
_FLASH_WITHIN_S = 0.2
_STEPS = 2000  # of the search within it: 0.1 ms
_CLOSE = 0.5  # leg lengths from wrist to wrist of hands that touch
_APPROACH = 0.25  # leg lengths by which they come nearer in
_CLAP_S = 0.25
_MEETING_S = 0.03
_FLASH_ROWS = 0.5  # rows that brighten by less than half of what the brightest do show no screen


def sound_onsets(samples: Floats, rate: float, *, apart_s: float = 0.25) -> Floats:
    """Beginnings (N,) in seconds, sorted, of sounds in mono `samples` (n,) at `rate` per second.

    The track is whitened by linear prediction (Makhoul 1975, "Linear prediction: a tutorial
    review"), so that what the noise of the hall foretells does not count. Candidates are where the
    power ahead exceeds the power behind (the STA/LTA trigger of seismology, Allen 1978); each is
    then set to the sample that best parts its surroundings into two pieces of different variance
    (Maeda's 1985 form of Akaike's criterion). Of sounds nearer than `apart_s` the first remains.

    Error: below 0.1 ms on a clean track; `bench/timing.py` prints it in noise and echo. Raises
    ValueError for anything but a mono track and a positive rate.
    """
    if samples.ndim != 1 or not rate > 0:
        raise ValueError(
            f"sound: expected mono samples (n,) and a positive rate, got {samples.shape} and {rate}"
        )
    if len(samples) < (_AHEAD + _BEHIND) * _HOP_S * rate:
        return np.empty(0)
    power = _surprise(samples.astype(np.float64)) ** 2
    picked = [_parted(power, rate, at) for at in _triggers(power, rate)]
    onsets: list[float] = []
    for onset in sorted(picked):
        if not onsets or onset - onsets[-1] >= apart_s:
            onsets.append(onset)
    return np.array(onsets)


def _surprise(samples: Floats) -> Floats:
    """What the `_PREDICTED_FROM` samples before do not foretell, (n,)."""
    n, order = len(samples), _PREDICTED_FROM
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(samples, size)) ** 2
    r = np.fft.irfft(spectrum, size)[: order + 1]
    if not r[0] > 0:
        return samples
    lags = np.abs(np.arange(order)[:, None] - np.arange(order))
    ridge = 1e-7 * r[0] * np.eye(order)  # a digitally silent track has none of its own
    kernel = np.concatenate([[1.0], -np.linalg.solve(r[lags] + ridge, r[1:])])
    return np.convolve(samples, kernel)[:n]


def _triggers(power: Floats, rate: float) -> list[float]:
    """Rough times at which the power ahead is highest against the power behind."""
    hop = max(round(_HOP_S * rate), 1)
    blocks = power[: len(power) // hop * hop].reshape(-1, hop).mean(axis=1)
    usual = float(np.median(blocks))
    floor = max(usual, 1e-12) * 1e-3
    before = sliding_window_view(np.append(np.full(_BEHIND, usual), blocks), _BEHIND)
    after = sliding_window_view(np.append(blocks, np.zeros(_AHEAD - 1)), _AHEAD)
    ratio = (after.mean(axis=1) + floor) / (before.mean(axis=1)[: len(blocks)] + floor)
    rise = 10 * np.log10(ratio)
    loud = np.flatnonzero(rise > LOUDER_DB)
    groups = np.split(loud, np.flatnonzero(np.diff(loud) > _BEHIND) + 1) if len(loud) else []
    return [float(group[np.argmax(rise[group])]) * hop / rate for group in groups]


def _parted(power: Floats, rate: float, at_s: float) -> float:
    """Where the variance changes about `at_s`, in seconds."""
    first = max(int((at_s - _SEARCH_S[0]) * rate), 0)
    piece = power[first : int((at_s + _SEARCH_S[1]) * rate)]
    n = len(piece)
    k = np.arange(_LEAST_SAMPLES, n - _LEAST_SAMPLES)
    total = np.cumsum(piece)
    tiny = 1e-12 * total[-1] + 1e-300
    before = total[k - 1] / k + tiny
    after = (total[-1] - total[k - 1]) / (n - k) + tiny
    best = int(np.argmin(k * np.log(before) + (n - k) * np.log(after)))
    return (first + float(k[best])) / rate


def row_levels(images: Sequence[NDArray[np.uint8]], rows: int = 24) -> Floats:
    """Mean brightness (T, rows) of `rows` equal bands of pictures (H, W, 3), 0...255, top first."""
    levels = np.empty((len(images), rows))
    for i, image in enumerate(images):
        bands = np.linspace(0, image.shape[0], rows + 1).astype(int)
        line = image[:, ::4].mean(axis=(1, 2))  # every fourth column is enough
        levels[i] = [line[a:b].mean() for a, b in pairwise(bands)]
    return levels


def flash_onsets(
    t: Floats, rows: Floats, *, exposure_s: float = 0.0, readout_s: float = 0.0
) -> tuple[Floats, Floats]:
    """Times (N,) at which light comes on, and their errors (N,), both in seconds.

    `rows` (T, R) is the brightness, 0...255, of bands of the picture from the top (see
    `row_levels`), of pictures at `t` (T,), increasing: the middle of the exposure of the middle
    row. Each row is exposed for `exposure_s`, the last `readout_s` after the first. A row shows the
    share of the light that falls into its exposure, so a row that is caught half bright tells the
    moment to a fraction of a frame; where none is, the moment lies between two exposures: the
    middle is given, with half the gap as the error (the largest, not the typical one).
    """
    rise = np.diff(rows, axis=0, prepend=rows[:1])
    strength = np.quantile(rise, 0.9, axis=1)
    starts = _rises(t, strength)
    found = [_flash(t, rows, i, exposure_s, readout_s) for i in starts]
    return np.array([f[0] for f in found]), np.array([f[1] for f in found])


def _rises(t: Floats, strength: Floats) -> list[int]:
    """Frames in which the picture becomes brighter, one for each flash: the steepest."""
    bright = np.flatnonzero(strength > BRIGHTER)
    if not len(bright):
        return []
    groups = np.split(bright, np.flatnonzero(np.diff(t[bright]) > _FLASH_WITHIN_S) + 1)
    return [int(group[np.argmax(strength[group])]) for group in groups]


def _flash(
    t: Floats, rows: Floats, at: int, exposure_s: float, readout_s: float
) -> tuple[float, float]:
    """The moment that fits the rows of the frames around `at` best, and its uncertainty."""
    low, high = max(at - 3, 0), min(at + 3, len(t))
    dark = np.median(rows[max(at - 6, 0) : max(at - 1, 1)], axis=0)
    lit = np.median(rows[min(at + 1, len(t) - 1) : at + 4], axis=0)
    gain = lit - dark
    shown = gain >= max(_FLASH_ROWS * float(gain.max()), 1.0)
    share = (rows[low:high, shown] - dark[shown]) / gain[shown]
    delay = ((np.arange(rows.shape[1]) + 0.5) / rows.shape[1] - 0.5) * readout_s
    middle = t[low:high, None] + delay[shown]
    moments = np.linspace(t[low], t[high - 1], _STEPS)
    light = middle[..., None] + exposure_s / 2 - moments
    model = np.clip(light / exposure_s, 0, 1) if exposure_s > 0 else (light > 0).astype(np.float64)
    misfit = np.square(model - share[..., None]).mean(axis=(0, 1))
    best = float(misfit.min())
    noise = max(best, 1e-4)  # 1 % of the flash: no camera is better
    as_good = moments[misfit <= best + noise / share.size * 4]
    return float((as_good[0] + as_good[-1]) / 2), float((as_good[-1] - as_good[0]) / 2)


def clap_onsets(t: Floats, points: Floats) -> Floats:
    """Times (N,) at which the hands meet, seconds, of poses as in the module `measures`.

    The wrists come together at speed and stop: the line of their distance, drawn on to where it
    then rests, gives the moment to a fraction of a frame. Error: below a third of a frame at 30 fps
    on exact points. Hands that come together slowly, or not to within half a leg, do not clap.
    """
    check(t, points)
    wrists = filled(t, points[:, both("wrist")])
    apart = np.hypot(*(wrists[:, 0] - wrists[:, 1]).T)
    if not np.isfinite(apart).all():
        return np.empty(0)
    closest = [
        i
        for i in range(1, len(t) - 1)
        if apart[i] < _CLOSE and apart[i] == apart[_near(t, i, _CLAP_S)].min()
    ]
    claps: list[float] = []
    for i in closest:
        before = np.flatnonzero((t < t[i]) & (t > t[i] - _CLAP_S) & (apart > apart[i] + _APPROACH))
        if len(before) and (not claps or t[i] - claps[-1] > _CLAP_S):
            level = float(np.median(apart[(t >= t[i]) & (t <= t[i] + _MEETING_S)]))
            moment, _ = hinge(-t, apart - level, -float(t[before[-1]]), 0.0)
            claps.append(-moment)
    return np.array(claps)


def _near(t: Floats, i: int, within_s: float) -> slice:
    return slice(*np.searchsorted(t, (t[i] - within_s, t[i] + within_s)))
