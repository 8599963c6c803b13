"""Flip recognisers at work on key points: what they say, and what a frame costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import get_args

import numpy as np

from bench.flips_cases import ELEMENTS, Case, wanted
from bench.flips_scores import Verdict, judge
from bench.staged import in_parallel
from realtime.marks import Event
from realtime.recognise.elements import Element
from realtime.recognise.flip_kinds import Evidence
from realtime.recognise.flip_network import FlipNetwork
from realtime.recognise.flips import FlipRecogniser
from realtime.stream.body import BodyPose, BodyStream

Factory = Callable[[], FlipRecogniser]
"""Makes a recogniser for one athlete who has just come into view."""

RECOGNISERS: Mapping[str, Factory] = {
    evidence: partial(FlipRecogniser, evidence=evidence) for evidence in get_args(Evidence)
}
"""By the evidence that they go by."""
PEAK_S = 0.1


@dataclass
class Run:
    """What a recogniser said about one case, what it measured to say so, and the processor time of
    each frame in seconds."""

    events: list[Event] = field(default_factory=list)
    measured: list[Element] = field(default_factory=list)
    frame_s: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Peak:
    """The highest probability of a flip that the network alone held for `PEAK_S`, and when."""

    probability: float
    kind: str
    t: float


@dataclass(frozen=True, eq=False)
class Judged:
    """A case without its key points, and per recogniser what became of it; `peak` where the
    network was asked."""

    name: str
    group: str
    seconds: float
    verdicts: Mapping[str, Verdict]
    runs: Mapping[str, Run]
    peak: Peak | None = None


def poses(case: Case) -> list[BodyPose]:
    """What a recogniser sees of a case."""
    body = BodyStream(case.skeleton)
    return [
        body.update(frame, t, person if person[:, 2].any() else None)
        for frame, (t, person) in enumerate(zip(case.t.tolist(), case.keypoints, strict=True))
    ]


def run(factory: Factory, seen: Iterable[BodyPose]) -> Run:
    """A fresh recogniser on one athlete's frames."""
    recogniser, result = factory(), Run()
    for pose in seen:
        began = time.thread_time()
        marks = recogniser.update(pose)
        result.frame_s.append(time.thread_time() - began)
        result.events += [mark for mark in marks if isinstance(mark, Event)]
        result.measured += recogniser.measured
    result.events += [mark for mark in recogniser.finish() if isinstance(mark, Event)]
    result.measured += recogniser.measured
    return result


def peak_of(seen: Iterable[BodyPose]) -> Peak:
    """What the network alone comes nearest to."""
    network, said, times = FlipNetwork(), [], []
    for pose in seen:
        said.append(network.update(pose)[1:].copy())
        times.append(pose.t)
    t, found = np.array(times), np.array(said)
    first = np.searchsorted(t, t - PEAK_S)
    held = np.array([found[a : b + 1].min(axis=0) for b, a in enumerate(first)])
    held[t - t[0] < PEAK_S] = 0
    at, kind = np.unravel_index(int(held.argmax()), held.shape)
    return Peak(float(held[at, kind]), ELEMENTS[int(kind)], float(t[at]))


def judged(evidence: Sequence[str], case: Case, *, peaks: bool = False) -> Judged:
    """The recognisers of RECOGNISERS that are named, on one case."""
    seen = poses(case)
    runs = {name: run(RECOGNISERS[name], seen) for name in evidence}
    truth = wanted(case.truth)
    verdicts = {name: judge(one.events, truth) for name, one in runs.items()}
    peak = peak_of(seen) if peaks else None
    return Judged(case.name, case.group, case.seconds, verdicts, runs, peak)


def judge_all(
    cases: Iterable[Case], evidence: Sequence[str], jobs: int, *, peaks: bool = False
) -> list[Judged]:
    """All cases, in their order."""
    return in_parallel(partial(judged, tuple(evidence), peaks=peaks), cases, jobs)
