"""Beats against labels, for `bench.votes`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.counting import MATCH_FRAMES, Track
from realtime.marks import Jump
from realtime.stream.ring import Floats

CLICK_S = 0.050
"""A click this near to a label is that label's."""
UNCERTAIN = 0.5
"""A jump of less confidence is."""
SHUFFLES = 20


@dataclass(frozen=True, eq=False)
class Vote:
    """Beats (M,) in seconds, aligned with the labels; flux (N,) where they are heard."""

    track: Track
    times: Floats
    flux: Floats

    def inside(self, slack_s: float) -> Floats:
        """The beats from the first label to the last."""
        return self.times[within(self.times, self.track, slack_s)]


def slack(track: Track) -> float:
    """How far (seconds) a beat may be from its label."""
    return (MATCH_FRAMES + 0.5) * track.frame_s


def spans(track: Track) -> tuple[tuple[float, float], ...]:
    """From when to when (seconds) somebody jumps."""
    labels = track.labels
    return ((float(labels[0]), float(labels[-1])),) if len(labels) else track.spans


def attempt(track: Track) -> tuple[float, float]:
    """From the first jump to the last."""
    return spans(track)[0][0], spans(track)[-1][1]


def within(times: Floats, track: Track, slack_s: float) -> NDArray[np.bool_]:
    """Which of `times` lie in the attempt."""
    inside = [(times >= a - slack_s) & (times <= b + slack_s) for a, b in spans(track)]
    return np.asarray(np.any(inside, axis=0))


def paired(
    found: Floats, labels: Floats, tolerance: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of `found` and which of `labels` have a partner, as in `bench.counting.matches`."""
    mine, theirs = np.zeros(len(found), np.bool_), np.zeros(len(labels), np.bool_)
    i = j = 0
    while i < len(found) and j < len(labels):
        if abs(found[i] - labels[j]) <= tolerance:
            mine[i] = theirs[j] = True
            i, j = i + 1, j + 1
        elif found[i] < labels[j]:
            i += 1
        else:
            j += 1
    return mine, theirs


def aligned(found: Floats, labels: Floats) -> Floats:
    """`found` without the median offset from the nearest label, of which a cycle has but one."""
    if not len(found) or len(labels) < 2:
        return found
    near = (found >= labels[0] - CLICK_S) & (found <= labels[-1] + CLICK_S)
    if not near.any():
        return found
    period = float(np.median(np.diff(labels)))
    off = np.array([min(t - labels, key=abs) for t in found[near]])
    mean = np.angle(np.exp(2j * np.pi * off / period).mean()) * period / (2 * np.pi)
    around = (off - mean + period / 2) % period - period / 2
    return np.asarray(found - mean - float(np.median(around)), dtype=np.float64)


def f1(found: Floats, labels: Floats, tolerance: float) -> tuple[float, float, float]:
    """Precision, recall and F1."""
    pairs = int(paired(found, labels, tolerance)[0].sum())
    both = len(found) + len(labels)
    return pairs / max(len(found), 1), pairs / max(len(labels), 1), 2 * pairs / max(both, 1)


def shuffled(found: Floats, labels: Floats, tolerance: float) -> float:
    """The mean F1 of the same beats with their intervals in a random order, aligned as well: what
    the cadence alone is worth."""
    if len(found) < 2:
        return 0.0
    rng, begin = np.random.default_rng(0), found[0]
    made = [
        begin + np.concatenate([[0.0], np.cumsum(rng.permutation(np.diff(found)))])
        for _ in range(SHUFFLES)
    ]
    return float(np.mean([f1(aligned(one, labels), labels, tolerance)[2] for one in made]))


def against(track: Track, jumps: Sequence[Jump], vote: Vote, tolerance: float) -> list[int]:
    """Labels that the counter misses, those of them that the vote has; counts that are no label's,
    those of them at which the vote has nothing; uncertain counts, those of them that the vote
    judges rightly, and that trust judges so; labels that only the counter has; beats inside that
    are neither a label nor a count."""
    times = np.array([jump.time_s for jump in jumps])
    times = times if track.exactly else aligned(times, track.labels)
    ours = slack(track)
    right, had = paired(times, track.labels, ours)
    beats_inside = vote.inside(tolerance)
    _, voted = paired(beats_inside, track.labels, tolerance)
    agreed, _ = paired(times, vote.times, tolerance)
    unsure = np.array([jump.confidence < UNCERTAIN for jump in jumps], np.bool_)
    at_none = ~paired(beats_inside, np.union1d(track.labels, times), tolerance)[0]
    masks = (~had, ~had & voted, ~right, ~right & ~agreed, unsure, unsure & (agreed == right))
    return [int(m.sum()) for m in (*masks, unsure & right, had & ~voted, at_none)]
