"""Said events against true elements: how many are right, how late, how near.

Average precision at a distance of some frames is that of temporal event spotting (J. Hong et al.,
"Spotting temporally precise, fine-grained events in video", ECCV 2022): every said event, the
surest first, is right when it is that near to a true one of its kind that is not taken yet; the
area under precision over recall, precision made monotonic, is averaged over the kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bench.flips_cases import ELEMENTS, Expected, Floats
from realtime.marks import Event

NEAR_S = 0.2
"""An event whose landing is this near to a true one is about that."""
FRAME_S = 1 / 60
DISTANCES = (1, 2, 4)
"""Frames at 60 fps."""
Edge = Literal["takeoff", "landing"]


@dataclass(frozen=True)
class Verdict:
    """The events of one case (or more): of the `expected` elements `right` were said, `wrong` were
    said to be the other kind; `false` events belong to none (twice about one: the second).
    `pairs` are the right ones."""

    expected: tuple[Expected, ...]
    said: tuple[Event, ...]
    pairs: tuple[tuple[Expected, Event], ...]
    wrong: int

    @property
    def right(self) -> int:
        return len(self.pairs)

    @property
    def false(self) -> int:
        return len(self.said) - self.right - self.wrong

    @property
    def missed(self) -> int:
        return len(self.expected) - self.right - self.wrong

    @property
    def f1(self) -> float:
        """An event of the wrong kind is a false one, and its element missed."""
        both = len(self.expected) + len(self.said)
        return 2 * self.right / both if both else 1.0

    @property
    def faultless(self) -> bool:
        return not (self.wrong or self.false or self.missed)


def judge(said: Sequence[Event], expected: Sequence[Expected], near_s: float = NEAR_S) -> Verdict:
    """Each true element in turn takes the event nearest to its landing."""
    left, pairs, wrong = list(said), [], 0
    for one in expected:
        near = [event for event in left if abs(event.end_s - one.landing_s) <= near_s]
        if not near:
            continue
        taken = min(near, key=lambda e: (e.kind != one.kind, abs(e.end_s - one.landing_s)))
        left.remove(taken)
        if taken.kind == one.kind:
            pairs.append((one, taken))
        else:
            wrong += 1
    return Verdict(tuple(expected), tuple(said), tuple(pairs), wrong)


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """Those of several cases as one; for counts and errors, not for average precision."""
    return Verdict(
        tuple(one for v in verdicts for one in v.expected),
        tuple(one for v in verdicts for one in v.said),
        tuple(one for v in verdicts for one in v.pairs),
        sum(v.wrong for v in verdicts),
    )


def takeoff_of(event: Event) -> float:
    """Where it is not known, what it began with."""
    return event.start_s if event.takeoff_s is None else event.takeoff_s


def late_s(verdict: Verdict) -> Floats:
    """How long after the true landing each right event was said (n,)."""
    return np.array([event.emitted_s - true.landing_s for true, event in verdict.pairs])


def takeoff_error_s(verdict: Verdict) -> Floats:
    return np.array([takeoff_of(event) - true.takeoff_s for true, event in verdict.pairs])


def landing_error_s(verdict: Verdict) -> Floats:
    return np.array([event.end_s - true.landing_s for true, event in verdict.pairs])


def average_precision(verdicts: Sequence[Verdict], edge: Edge, frames: int) -> float:
    """Of that edge within so many frames at 60 fps, 0...1; `verdicts` is
    one per stream. NaN where no element is of any kind."""
    found = [_of_kind(verdicts, kind, edge, frames) for kind in ELEMENTS]
    known = [one for one in found if not np.isnan(one)]
    return float(np.mean(known)) if known else float("nan")


def _of_kind(verdicts: Sequence[Verdict], kind: str, edge: Edge, frames: int) -> float:
    true = [[getattr(one, f"{edge}_s") for one in v.expected if one.kind == kind] for v in verdicts]
    total = sum(map(len, true))
    if not total:
        return float("nan")
    said = [
        (event.confidence, stream, takeoff_of(event) if edge == "takeoff" else event.end_s)
        for stream, v in enumerate(verdicts)
        for event in v.said
        if event.kind == kind
    ]
    hits = []
    for _, stream, at in sorted(said, key=lambda one: -one[0]):
        apart = [abs(one - at) for one in true[stream]]
        nearest = int(np.argmin(apart)) if apart else -1
        hit = nearest >= 0 and apart[nearest] <= (frames + 0.5) * FRAME_S
        if hit:
            del true[stream][nearest]
        hits.append(hit)
    return _area(np.array(hits, bool), total)


def _area(hits: np.ndarray, total: int) -> float:
    """Under precision over recall of `hits` (n,) in the order of confidence."""
    right = np.cumsum(hits)
    precision = right / np.arange(1, len(hits) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(best[hits]) / total)


def spread(seconds: Floats, shares: Sequence[float] = (5, 50, 95)) -> str:
    """Percentiles in milliseconds."""
    if not len(seconds):
        return "-"
    return "/".join(f"{1000 * v:.0f}" for v in np.percentile(seconds, shares))
