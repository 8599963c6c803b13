"""The contract of every recogniser: causal, deterministic, bounded, indifferent to gaps."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.simulation.scene import Scene
from models.simulation.staging import build_scene
from models.skeleton import BODY
from realtime.marks import Mark
from realtime.recognise.flips import FlipRule
from realtime.recognise.jumps import JumpCounter
from realtime.recognise.protocol import Recogniser
from realtime.stream.body import BodyPose, BodyStream

RECOGNISERS: dict[str, Callable[[], Recogniser]] = {"jumps": JumpCounter, "flips": FlipRule}
each = pytest.mark.parametrize("make", RECOGNISERS.values(), ids=RECOGNISERS)


def bodies(scene: Scene, noise_px: float = 1.5, start: float = 0.0) -> list[BodyPose]:
    """The scene's true joints with noise, as the recognisers see them."""
    rng = np.random.default_rng(1)
    stream = BodyStream(BODY)
    result = []
    for i in range(scene.frames):
        joints = scene.joints(i) + rng.normal(0, noise_px, (len(BODY), 2))
        keypoints = np.hstack([joints, np.ones((len(BODY), 1))]).astype(np.float32)
        result.append(stream.update(i, start + scene.time(i), keypoints))
    return result


POSES = bodies(build_scene("mixed", fps=60))


def run(recogniser: Recogniser, poses: list[BodyPose]) -> list[Mark]:
    return [mark for pose in poses for mark in recogniser.update(pose)]


@each
def test_it_says_something_in_the_mixed_scene(make):
    assert run(make(), POSES)


@each
@settings(max_examples=15, deadline=None)
@given(cut=st.integers(0, len(POSES)))
def test_future_frames_change_nothing(make, cut):
    whole = run(make(), POSES)
    begin = run(make(), POSES[:cut])
    assert begin == whole[: len(begin)]
    now = POSES[cut - 1].t if cut else -1
    assert all(mark.emitted_s <= now for mark in begin)
    assert all(mark.emitted_s > now for mark in whole[len(begin) :])


@each
def test_what_ends_is_only_what_was_pending(make):
    for cut in range(60, len(POSES), 97):
        recogniser = make()
        run(recogniser, POSES[:cut])
        late = recogniser.finish()
        assert all(mark.emitted_s <= POSES[cut - 1].t for mark in late)
        assert recogniser.finish() == []


@each
def test_the_same_poses_give_the_same_marks(make):
    assert run(make(), POSES) == run(make(), POSES)


@each
def test_a_mark_is_said_when_it_is_known(make):
    times = {pose.t for pose in POSES}
    for mark in run(make(), POSES):
        assert mark.emitted_s in times
        assert getattr(mark, "time_s", getattr(mark, "end_s", None)) <= mark.emitted_s


@each
def test_the_clock_may_start_anywhere(make):
    scene = build_scene("mixed", fps=30)
    here = run(make(), bodies(scene))
    there = run(make(), bodies(scene, start=86_400.0))
    assert len(here) == len(there)
    for a, b in zip(here, there, strict=True):
        assert b.emitted_s - a.emitted_s == pytest.approx(86_400)


@each
def test_its_state_does_not_grow(make):
    recogniser = make()
    run(recogniser, POSES)
    before = len(pickle.dumps(recogniser))
    shift = POSES[-1].t + 1 / 60
    for lap in range(1, 4):
        again = [dataclasses.replace(p, t=p.t + lap * shift) for p in POSES]
        run(recogniser, again)
    assert len(pickle.dumps(recogniser)) < 1.2 * before + 2000


@each
def test_nobody_gives_nothing(make):
    stream = BodyStream(BODY)
    empty = [stream.update(i, i / 60, None) for i in range(600)]
    recogniser = make()
    assert run(recogniser, empty) == []
    assert recogniser.finish() == []


@each
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_any_key_points_are_survived(make, seed):
    rng = np.random.default_rng(seed)
    stream, recogniser = BodyStream(BODY), make()
    t = 0.0
    for i in range(120):
        t += float(rng.choice([1e-6, 0.016, 0.033, 0.5, 5.0], p=[0.05, 0.5, 0.3, 0.1, 0.05]))
        keypoints = rng.normal(0, 10 ** rng.uniform(-3, 6), (len(BODY), 3)).astype(np.float32)
        keypoints[rng.random(len(BODY)) < 0.3] = rng.choice([0.0, np.nan, 1e30])
        recogniser.update(stream.update(i, t, keypoints if rng.random() < 0.8 else None))
    recogniser.finish()
