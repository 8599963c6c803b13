"""Flips among other people, through the whole analysis, which finds out by itself who is who."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from bench.flips_cases import GYM_FPS, Case, Expected, Floats, wanted
from bench.flips_recognised import Judged, Run
from bench.flips_scores import judge
from bench.flips_stress import reflected
from bench.staged import in_parallel
from bench.streams_join import leg_px
from models.poses import Poses
from models.skeleton import BODY, Keypoints, Skeleton, convert
from realtime.analysis import Analysis
from realtime.marks import Event
from realtime.observations import Observed

LIVE = "live"
_APART = 2.5
"""Leg lengths between two people's hips, at the beginning."""

Company = Callable[[Case, Case], tuple[Keypoints, tuple[Expected, ...]]]
"""All people (T, P, joints, 3) with an athlete, another athlete being in the same hall, and what is
to be said of them."""


def live(skeleton: Skeleton, people: Keypoints, t: Floats) -> list[Event]:
    """What the live system says about `people` (T, P, joints, 3), zeros being nobody."""
    analysis, marks = Analysis(), []
    for seq, (at, seen) in enumerate(zip(t.tolist(), people, strict=True)):
        poses = Poses(skeleton, seen[seen[..., 2].any(axis=1)])
        marks += analysis.update(Observed(seq, at, poses))
    return [mark for mark in [*marks, *analysis.finish()] if isinstance(mark, Event)]


def _alone(case: Case, _: Case) -> tuple[Keypoints, tuple[Expected, ...]]:
    return case.keypoints[:, None], case.truth


def _watched(case: Case, _: Case) -> tuple[Keypoints, tuple[Expected, ...]]:
    """Somebody stands in front of him."""
    bystander = np.repeat(case.keypoints[:1], len(case.t), axis=0)
    return _beside(case, bystander), case.truth


def _both(case: Case, other: Case) -> tuple[Keypoints, tuple[Expected, ...]]:
    """The other flips too, at the same time and away from him; who has landed stays so."""
    seen = reflected(other.keypoints, other.skeleton)
    seen[..., :2] *= _leg_px(case) / _leg_px(other)
    return _beside(case, seen), (*case.truth, *other.truth)


def _beside(case: Case, second: Keypoints) -> Keypoints:
    """Both people, the second moved to the left of the first; the engine names them in any
    order."""
    moved, seen = second.copy(), second[..., 2] > 0
    by = _place(case.keypoints) - _place(second) - np.array([_APART * _leg_px(case), 0.0])
    moved[..., :2] += np.where(seen[..., None], by, 0)
    frames = max(len(case.t), len(second))
    both = np.stack([_held(case.keypoints, frames), _held(moved, frames)], axis=1)
    order = np.random.default_rng(0).random(frames) < 0.5
    both[order] = both[order][:, ::-1]
    return both


def _held(person: Keypoints, frames: int) -> Keypoints:
    last = np.repeat(person[-1:], frames - len(person), axis=0)
    return np.concatenate([person, last])


def _place(person: Keypoints) -> Floats:
    """The middle of what is seen of the first frame, in pixels."""
    seen = person[0, person[0, :, 2] > 0, :2]
    middle: Floats = (seen.min(axis=0) + seen.max(axis=0)).astype(np.float64) / 2
    return middle


def _leg_px(case: Case) -> float:
    return leg_px(convert(case.keypoints, case.skeleton, BODY))


COMPANY: Mapping[str, Company] = {
    "alone": _alone,
    "somebody stands in front of him": _watched,
    "two flip at once": _both,
}


def in_company(cases: Sequence[Case], jobs: int) -> list[Judged]:
    """Every case in each company; the other athlete is the one of the next but seven."""
    pairs = [(case, cases[(i + 7) % len(cases)]) for i, case in enumerate(cases)]
    found: list[Judged] = []
    for name in COMPANY:
        found += in_parallel(partial(_judged, name), pairs, jobs)
    return found


def _judged(company: str, pair: tuple[Case, Case]) -> Judged:
    case = pair[0]
    people, truth = COMPANY[company](*pair)
    events = live(case.skeleton, people, np.arange(len(people)) / GYM_FPS)
    verdict = judge(events, wanted(truth))
    return Judged(case.name, company, case.seconds, {LIVE: verdict}, {LIVE: Run(events)})
