"""The noise of a pose network, from recordings beside where the joints really were.

Every frame's state is told first (`states`); what is left then is measured against the anchors of
that state. Distributions of bins with few frames take in their neighbours, then all rotations;
rates and shares of few frames are drawn towards those of all rotations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.noise.aspect import BINS, ROWS
from models.simulation.noise.chance import (
    Drift,
    level_of,
    normal_at,
    rough_correlation,
    smooth_correlation,
)
from models.simulation.noise.joints import (
    GROUPS,
    SWAPPED_ARMS,
    SWAPPED_LEGS,
    TURNED_OVER,
    anchors,
)
from models.simulation.noise.model import LEVELS, KeypointNoise, blur
from models.simulation.noise.recordings import Recording, Residuals, residuals
from models.skeleton import Skeleton

_ENOUGH = 80
"""Samples of a distribution."""
_PRIOR_FRAMES = 20.0
_PRIOR_S = 0.5
_LONGEST = 0.98  # of a chance per frame: more says only that it changes at once
_LAG_HZ = 60.0
_LAGS = 30
_SLOWEST_S = 4.0
_PRIOR_PAIRS = 200.0
_SPIN_GAINS = (0.0, 0.1, 0.2, 0.4, 0.7, 1.0)
_SPEED_GAINS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 2.0, 4.0)


def fit(recordings: Sequence[Recording], card: Mapping[str, object]) -> KeypointNoise:
    """The noise model of recordings of one network. Raises ValueError for several skeletons."""
    [skeleton, *others] = {one.skeleton.name: one.skeleton for one in recordings}.values()
    if others:
        raise ValueError(f"recordings: expected one skeleton, got {skeleton.name} and others")
    offset = _offsets(residuals(recordings))
    rest = residuals(recordings, offset)
    body = anchors(skeleton)
    group = body.group
    size = np.hypot(rest.off[..., 0], rest.off[..., 1])
    gain = _motion_gain(size, rest, group)
    size /= blur(rest.motion, gain, body)
    role = (rest.far, np.broadcast_to(group, rest.far.shape), _wide(rest.row, rest.far))
    error, _ = _tables(size, rest, role)
    confidence, lost = _tables(np.where(rest.confidence > 0, rest.confidence, np.nan), rest, role)
    plain, length = _normal_errors(rest, size, error[role])
    clear = _normal_clarity(rest, confidence[role], lost[role])
    seen = np.isfinite(length) & np.isfinite(clear)
    return KeypointNoise(
        skeleton=skeleton,
        offset=offset,
        error=error,
        lost=lost,
        confidence=confidence,
        error_drift=_drift(plain, rest, skeleton),
        clarity_drift=_drift(clear[..., None], rest, skeleton),
        unclear=float(max(0.0, -np.corrcoef(length[seen], clear[seen])[0, 1])),
        motion_gain=gain,
        turned_rates=_rates(rest, (rest.state & TURNED_OVER) > 0, rest.body_row, ROWS),
        legs_rates=_by_view(rest, SWAPPED_LEGS),
        arms_rates=_by_view(rest, SWAPPED_ARMS),
        absent_rates=_rates(rest, ~rest.present, rest.body_row, ROWS),
        card=card,
    )


def _wide(frames: NDArray[np.intp], joints: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.broadcast_to(frames[:, None], joints.shape)


def _offsets(rest: Residuals) -> Floats:
    """Medians over the plain frames, ahead (of those seen from the side) and up."""
    right = np.stack([-rest.up[:, 1], rest.up[:, 0]], axis=1)
    ahead = np.einsum("njk,nk->nj", rest.off, right * np.sign(rest.profile)[:, None])
    up = np.einsum("njk,nk->nj", rest.off, rest.up)
    plain = rest.state == 0
    sides = plain & (rest.side_on > 0)
    parts = [_median(ahead[sides] / np.abs(rest.profile[sides, None])), _median(up[plain])]
    return np.stack(parts, axis=1)


def _median(values: Floats) -> Floats:
    """Over the first axis of (N, J); 0 where there is none."""
    some = np.isfinite(values).any(axis=0)
    result = np.zeros(values.shape[1])
    result[some] = np.nanmedian(values[:, some], axis=0)
    return result


def _motion_gain(size: Floats, rest: Residuals, group: NDArray[np.intp]) -> Floats:
    """The gains of each group (groups, 2) with which its errors vary least within the rows of
    rotation, as logarithms."""
    gains = np.array([*product(_SPIN_GAINS, _SPEED_GAINS)])
    best = np.zeros((len(GROUPS), 2))
    for g in np.unique(group):
        known = np.isfinite(size[:, group == g]) & (size[:, group == g] > 0)
        row = np.broadcast_to(rest.row[:, None], known.shape)[known]
        log = np.log(size[:, group == g][known])
        motion = rest.motion[:, group == g][known]
        count = np.maximum(np.bincount(row), 1)
        spread = []
        for gain in gains:
            value = log - np.log1p(motion @ gain)
            mean = np.bincount(row, value) / count
            spread.append(float(np.mean((value - mean[row]) ** 2)))
        best[g] = gains[int(np.argmin(spread))]
    return best


_Role = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]


def _tables(values: Floats, rest: Residuals, role: _Role) -> tuple[Floats, Floats]:
    """Distributions of the values (N, J) that are known, at `LEVELS`, and the shares that are not,
    both by side, group and row."""
    far, group, row = role
    levels = np.zeros((2, len(GROUPS), ROWS + 1, len(LEVELS)))
    missing = np.zeros(levels.shape[:-1])
    for g in range(len(GROUPS)):
        here = (group == g) & rest.present[:, None]
        for side in range(2):
            mine = here & (far == side)
            if mine.sum() < _ENOUGH:
                mine = here
            for r in range(ROWS + 1):
                chosen = here if r == ROWS else mine  # turned over, near and far are alike
                levels[side, g, r], missing[side, g, r] = _table(values[chosen], row[chosen], r)
    return levels, missing


def _table(samples: Floats, row: NDArray[np.intp], r: int) -> tuple[Floats, float]:
    """The distribution in row `r` of the samples that are known, and the share that is not."""
    known = np.isfinite(samples)
    if not known.any():
        return np.zeros(len(LEVELS)), 1.0
    own = row == r
    lost = np.count_nonzero(own & ~known) + _PRIOR_FRAMES * (1 - known.mean())
    share = float(lost / (np.count_nonzero(own) + _PRIOR_FRAMES))
    return _distribution(samples[known], row[known], r), share


def _distribution(samples: Floats, row: NDArray[np.intp], r: int) -> Floats:
    """At `LEVELS`, of those of row `r`; if they are few, with the neighbours, then with all of that
    posture, then all."""
    posture, rotation = divmod(r, BINS)
    near = posture * BINS + np.array([rotation - 1, rotation, rotation + 1]) % BINS
    for chosen in (row == r, np.isin(row, near), row // BINS == posture, row < ROWS):
        if chosen.sum() >= _ENOUGH:
            break
    else:
        chosen = np.ones(len(samples), np.bool_)
    levels: Floats = np.quantile(samples[chosen], LEVELS)
    return levels


def _level_in(table: Floats, values: Floats) -> Floats:
    """The levels at which distributions (..., len(LEVELS)) have `values` (...)."""
    i = np.clip(np.sum(table <= values[..., None], axis=-1) - 1, 0, len(LEVELS) - 2)
    low = np.take_along_axis(table, i[..., None], axis=-1)[..., 0]
    high = np.take_along_axis(table, i[..., None] + 1, axis=-1)[..., 0]
    share = np.clip((values - low) / np.maximum(high - low, 1e-9), 0.0, 1.0)
    level: Floats = LEVELS[i] + share * (LEVELS[i + 1] - LEVELS[i])
    return level


def _normal_errors(rest: Residuals, size: Floats, table: Floats) -> tuple[Floats, Floats]:
    """The normal variables (N, J, 2) behind the errors, and one (N, J) for their length."""
    level = np.where(np.isfinite(size), _level_in(table, np.nan_to_num(size)), np.nan)
    level = np.clip(level, 1e-4, 1 - 1e-4)
    length = np.sqrt(-2 * np.log1p(-level))
    direction = rest.off / np.hypot(rest.off[..., 0], rest.off[..., 1])[..., None]
    return direction * length[..., None], normal_at(level)


def _normal_clarity(rest: Residuals, table: Floats, lost: Floats) -> Floats:
    """The normal variable (N, J) behind losses and confidences; for a lost joint its mean below
    the level of loss. NaN where nobody was seen."""
    level = lost + (1 - lost) * _level_in(table, rest.confidence)
    edge = normal_at(np.clip(lost, 1e-4, 1 - 1e-4))
    below = -np.exp(-(edge**2) / 2) / np.sqrt(2 * np.pi) / level_of(edge)
    clear = np.where(rest.confidence > 0, normal_at(np.clip(level, 1e-4, 1 - 1e-4)), below)
    return np.where(rest.present[:, None], clear, np.nan)


def _drift(plain: Floats, rest: Residuals, skeleton: Skeleton) -> Drift:
    """How (N, J, axes) normal variables hang together in time and among joints."""
    group = anchors(skeleton).group
    found, count = _correlations(plain, rest, group)
    lags_s = np.arange(1, _LAGS + 1) / _LAG_HZ
    pooled = np.sum(found * count, axis=(0, 1)) / np.maximum(count.sum(axis=(0, 1)), 1)
    share, fast_s, slow_s = _time_constants(pooled, lags_s, count.sum(axis=(0, 1)) > 0)
    fast, slow = rough_correlation(lags_s, fast_s), smooth_correlation(lags_s, slow_s)
    # Least squares of found = (1 - share) fast + share slow, drawn towards the share of all.
    weight = count * (slow - fast)
    prior = _PRIOR_PAIRS * np.sum((slow - fast) ** 2)
    above = np.sum(weight * (found - fast), axis=-1) + prior * share
    table = np.clip(above / (np.sum(weight * (slow - fast), axis=-1) + prior), 0.0, 1.0)
    power = float(np.nanmean(plain**2))
    return Drift(table, fast_s, slow_s, *_common(plain, power, skeleton))


def _correlations(plain: Floats, rest: Residuals, group: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Autocorrelation at lags of 1...`_LAGS` sixtieths of a second, and how many pairs tell it, by
    group and row of rotation: (groups, rows, lags) each."""
    shape = (len(GROUPS), ROWS + 1, _LAGS)
    names = group + len(GROUPS) * rest.row[:, None]
    size = shape[0] * shape[1]
    power = _sums(names, np.mean(plain**2, axis=-1), size)
    total, count = np.zeros((size, _LAGS)), np.zeros((size, _LAGS))
    series = np.cumsum(rest.begin)
    for k in range(1, _LAGS + 1):
        lag = np.round((rest.t[k:] - rest.t[:-k]) * _LAG_HZ).astype(int)
        together = np.mean(plain[k:] * plain[:-k], axis=-1)
        for steps in np.unique(lag[series[k:] == series[:-k]]):
            if 1 <= steps <= _LAGS:
                now = (series[k:] == series[:-k]) & (lag == steps)
                sums = _sums(names[k:][now], together[now], size)
                total[:, steps - 1] += sums[0]
                count[:, steps - 1] += sums[1]
    square = power[0] / np.maximum(power[1], 1)
    found = total / np.maximum(count, 1) / np.maximum(square, 1e-9)[:, None]
    in_order = (ROWS + 1, len(GROUPS), _LAGS)
    return (
        found.reshape(in_order).transpose(1, 0, 2),
        count.reshape(in_order).transpose(1, 0, 2),
    )


def _sums(names: NDArray[np.intp], values: Floats, size: int) -> tuple[Floats, Floats]:
    """Sum and count of the known values of each name."""
    known = np.isfinite(values)
    total = np.bincount(names[known], values[known], size).astype(np.float64)
    return total, np.bincount(names[known], minlength=size).astype(np.float64)


def _time_constants(
    found: Floats, lags_s: Floats, known: NDArray[np.bool_]
) -> tuple[float, float, float]:
    """Share of the slow part and both time constants that fit the autocorrelation best."""
    times = np.geomspace(0.004, _SLOWEST_S, 20)
    options = [
        (float(share), float(fast), float(slow))
        for share, fast, slow in product(np.linspace(0, 1, 21), times, times)
    ]
    rough = {tau: rough_correlation(lags_s, tau) for tau in times.tolist()}
    smooth = {tau: smooth_correlation(lags_s, tau) for tau in times.tolist()}
    misfit = [
        np.sum(((1 - share) * rough[fast] + share * smooth[slow] - found)[known] ** 2)
        for share, fast, slow in options
    ]
    return options[int(np.argmin(misfit))]


def _common(plain: Floats, power: float, skeleton: Skeleton) -> tuple[float, float, float]:
    """Shares of variance common to a body, a limb and a place."""
    body = anchors(skeleton)
    known = np.isfinite(plain)
    values = np.where(known, plain, 0.0)
    both = np.einsum("nja,nka->jk", known.astype(float), known.astype(float))
    together = np.einsum("nja,nka->jk", values, values) / np.maximum(both, 1) / power
    limb = body.limb[:, None] == body.limb
    place = body.place[:, None] == body.place
    own = np.eye(len(skeleton), dtype=bool)
    measured = (both > 0) & ~own
    of_body, of_limb, of_place = (
        float(np.average(together[kind], weights=both[kind])) if kind.any() else 0.0
        for kind in (measured & ~limb, measured & limb & ~place, measured & place)
    )
    first = min(max(of_body, 0.0), 0.9)
    second = min(max(of_limb, first), 0.95)
    third = min(max(of_place, second), 0.98)
    return first, second - first, third - second


def _by_view(rest: Residuals, flag: int) -> Floats:
    """Rates (2, ROWS, 2) of exchanged sides, seen from the front and from the side."""
    flat = _rates(rest, (rest.state & flag) > 0, rest.side_on * ROWS + rest.body_row, 2 * ROWS)
    return flat.reshape(2, ROWS, 2)


def _rates(rest: Residuals, on: NDArray[np.bool_], row: NDArray[np.intp], rows: int) -> Floats:
    """Rates (rows, 2) 1/s of coming and going of a state (N,), by the `row` (N,) gone to."""
    inside = ~rest.begin[1:]
    seconds = np.diff(rest.t)[inside]
    before, after, to = on[:-1][inside], on[1:][inside], row[1:][inside]
    step = float(np.mean(seconds))
    rates = np.zeros((rows, 2))
    chances = []
    for was in (False, True):
        from_here = before == was
        frames = np.bincount(to[from_here], minlength=rows).astype(float)
        changes = np.bincount(to[from_here & (after != was)], minlength=rows)
        everywhere = (changes.sum() + was) / (frames.sum() + was) if frames.sum() + was else 0.0
        prior = _PRIOR_S / step
        chances.append(np.minimum((changes + prior * everywhere) / (frames + prior), _LONGEST / 2))
    total = np.sum(chances, axis=0)
    # Within a frame's time it may have come and gone: the chain's own law gives the rates back.
    true_total = -np.log1p(-total) / step
    for i, chance in enumerate(chances):
        rates[:, i] = np.divide(true_total * chance, total, out=np.zeros(rows), where=total > 0)
    return rates
