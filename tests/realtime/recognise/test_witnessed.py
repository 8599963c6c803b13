"""Counting with the network as a witness, on simulated athletes."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from bench.attempts import KINDS, OTHERS, answer, draw, draw_other
from bench.staged import Move, seen_by, stage, true_joints
from models.rope.learned.network import shipped
from models.simulation.scene import Scene
from models.skeleton import BODY
from realtime.marks import SAME_CONTACT_S, Jump, Mark, Miss, whole_jumps
from realtime.recognise.jumps import JumpCounter
from realtime.recognise.steps import CONTACT_S
from realtime.stream.body import BodyPose, BodyStream

STEPS = {"move": "speed_step", "seconds": 12.0, "steps_per_30_s": [140.0, 170.0]}


@lru_cache
def _seen(what: str, fps: float = 60.0) -> tuple[Scene, list[BodyPose]]:
    move = {"steps": (STEPS,), "caught": ({**STEPS, "misses": (6.0,)},)}
    moves = move.get(what) or OTHERS[what]
    scene = stage(moves, 7, facing_deg=20.0, fps=fps, seconds=14.0 if what in move else 30.0)
    joints = true_joints(scene, range(scene.frames))
    keypoints = seen_by("blazepose", joints, scene.t, np.random.default_rng(2))
    body = BodyStream(BODY)
    pairs = enumerate(zip(scene.t.tolist(), keypoints, strict=True))
    return scene, [body.update(i, t, one if one.any() else None) for i, (t, one) in pairs]


def _marks(poses: list[BodyPose]) -> list[Mark]:
    counter = JumpCounter(witness=shipped())
    return [mark for pose in poses for mark in counter.update(pose)] + counter.finish()


@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_every_step_is_counted_once(fps):
    scene, poses = _seen("steps", fps)
    said = [mark.time_s for mark in _marks(poses) if isinstance(mark, Jump)]
    true = [jump.time_s for jump in scene.truth.jumps]
    assert len(said) == len(true)
    assert np.abs(np.array(said) - true).max() < 0.07


def test_what_a_caught_rope_spoils_does_not_count():
    scene, poses = _seen("caught")
    marks = _marks(poses)
    assert len([mark for mark in marks if isinstance(mark, Miss)]) == 1
    assert len(whole_jumps(marks)) == len(scene.truth.jumps)


def test_steps_of_a_run_are_said_within_100_ms_of_the_switch():
    jumps = [mark for mark in _marks(_seen("steps")[1]) if isinstance(mark, Jump)]
    late = [jump.emitted_s - jump.time_s + CONTACT_S for jump in jumps[10:]]
    assert np.median(late) < 0.1
    assert np.percentile(late, 95) < 0.15


@pytest.mark.parametrize("what", ["walking", "jogging faster", "high knees"])
def test_without_a_rope_nothing_is_counted(what):
    assert _marks(_seen(what)[1]) == []


def test_the_future_changes_nothing():
    poses = _seen("caught")[1]
    counter = JumpCounter(witness=shipped())
    early = [mark for pose in poses[:500] for mark in counter.update(pose)]
    assert early == _marks(poses)[: len(early)]
    assert early


def test_a_moment_in_which_nobody_is_seen_hides_no_miss():
    scene, poses = _seen("caught")
    stop = scene.truth.misses[0].time_s
    blink = [replace(pose, seen=pose.seen and not 0.3 < pose.t - stop < 0.4) for pose in poses]
    assert [type(mark) for mark in _marks(blink)].count(Miss) == 1
    away = [replace(pose, seen=pose.seen and not 0.1 < pose.t - stop < 0.6) for pose in poses]
    assert not any(isinstance(mark, Miss) for mark in _marks(away))


def _counted(
    move: Move, seed: int, facing_deg: float = 10.0, age: str = "adult"
) -> tuple[int, int]:
    """True and counted steps of somebody who makes the move, with the noise of BlazePose."""
    scene, marks = _performed(move, seed, facing_deg, age)
    return len(scene.truth.jumps), len(whole_jumps(marks))


def _performed(
    move: Move, seed: int, facing_deg: float, age: str = "adult"
) -> tuple[Scene, list[Mark]]:
    body = {"age": age} if age != "adult" else {}
    seconds = float(move["seconds"]) + 1.0
    scene = stage((move,), seed, facing_deg=facing_deg, fps=60.0, seconds=seconds, body=body)
    joints = true_joints(scene, range(scene.frames))
    stream, noise = BodyStream(BODY), np.random.default_rng(seed)
    seen = zip(scene.t.tolist(), seen_by("blazepose", joints, scene.t, noise), strict=True)
    poses = [stream.update(i, t, one if one.any() else None) for i, (t, one) in enumerate(seen)]
    return scene, _marks(poses)


@pytest.mark.parametrize("seed", range(4))
def test_a_foot_that_is_put_down_at_leisure_is_no_jump(seed):
    true, counted = _counted({**STEPS, "seconds": 9.0, "steps_per_30_s": [100.0, 120.0]}, seed)
    assert counted == true


@pytest.mark.parametrize("seed", [4, 6, 12])
def test_who_catches_the_rope_in_his_fourth_jump_has_the_three_before_counted(seed):
    move = {**STEPS, "seconds": 8.0, "steps_per_30_s": [125.0, 140.0], "misses": (1.9,)}
    scene, marks = _performed(move, seed, facing_deg=20.0)
    whole = [jump.time_s for jump in whole_jumps(marks)]
    assert len(whole) == len(scene.truth.jumps)
    [caught], [miss] = scene.truth.misses, [mark for mark in marks if isinstance(mark, Miss)]
    before = [time_s for time_s in whole if time_s < caught.resumed_s - SAME_CONTACT_S]
    assert miss.time_s == max(before)


@pytest.mark.parametrize("seed", [1, 8])
def test_a_child_that_lifts_its_feet_high_at_a_slow_pace_is_counted(seed):
    move = {**STEPS, "seconds": 12.0, "steps_per_30_s": [92.0, 100.0]}
    true, counted = _counted(move, seed, facing_deg=90.0, age="child")
    assert counted == true


def _error(number: int) -> int:
    """Of one of the attempts of seed 21."""
    rng = np.random.default_rng([21, 0])
    attempt = [draw("speed_step", 60.0, rng) for _ in range(number + 1)][number]
    return answer(attempt, "blazepose").error


def test_a_stop_of_half_a_second_is_a_miss():
    """The feet go on to move in it: only that he stood on both for a moment, and how it went on,
    tell it from a slow step."""
    assert _error(63) == 0


def test_a_foot_that_stands_does_not_take_the_weight_again():
    """In this attempt the other foot is held up after the last jump, as before a next one."""
    assert _error(158) == 0


@pytest.mark.parametrize("number", [38, 177])
def test_steps_that_nobody_sees_between_two_certain_ones_are_counted(number):
    """In the first of these attempts left and right are exchanged for a step; in the second, steps
    after a stop follow each other much faster than what came in the stop."""
    assert _error(number) == 0


def test_who_jogs_on_the_spot_for_long_is_never_believed():
    """Both have it look like rope jumping now and then, twice in a row at first."""
    rng = np.random.default_rng([20, len(KINDS)])
    drawn = [draw_other(name, rng) for name in OTHERS for _ in range(2)]
    joggers = [one for one in drawn if one.kind == "jogging faster"]
    assert [answer(one, "blazepose").counted for one in joggers] == [0, 0]
