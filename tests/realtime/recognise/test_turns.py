"""Whether the rope goes round once or twice in a jump, from how the wrists move."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bench.attempts import Kind, draw, keypoints_of, scene_of
from bench.counting import jumps_of
from models.skeleton import BODY
from realtime.marks import Jump, Turns, rope_turns
from realtime.recognise.jumps import JumpCounter
from realtime.recognise.turns import evidence
from realtime.stream.body import BodyStream
from realtime.stream.ring import Floats

TIMES = np.arange(0, 4, 1 / 60)
CONTACTS = np.arange(0.1, 4, 0.4).tolist()


def wrists(once: float, twice: float) -> Floats:
    """Heights that go up and down by these much, once and twice a jump."""
    angle = 2 * np.pi * (TIMES - 0.1) / 0.4
    return once * np.cos(angle + 1) + twice * np.cos(2 * angle + 2)


def test_the_evidence_is_how_much_more_the_wrists_move_twice_a_jump_than_once() -> None:
    assert evidence(TIMES, wrists(0.02, 0.04), CONTACTS) == pytest.approx(math.log(4), abs=0.05)
    assert evidence(TIMES, wrists(0.05, 0.005), CONTACTS) == pytest.approx(-math.log(100), abs=0.3)


def test_a_wrist_that_is_misplaced_now_and_then_changes_little() -> None:
    rng = np.random.default_rng(3)
    for once, twice in ((0.05, 0.01), (0.03, 0.03)):
        heights = wrists(once, twice)
        astray = np.where(rng.random(len(heights)) < 0.08, rng.normal(0, 0.3, len(heights)), 0.0)
        clean = evidence(TIMES, heights, CONTACTS)
        assert evidence(TIMES, heights + astray, CONTACTS) == pytest.approx(clean, abs=0.5)


def test_wrists_that_are_not_seen_or_do_not_move_say_nothing() -> None:
    hidden = wrists(0.02, 0.04)
    hidden[::2] = np.nan
    assert math.isnan(evidence(TIMES, hidden, CONTACTS))
    assert math.isnan(evidence(TIMES, wrists(0.0, 0.0), CONTACTS))
    assert math.isnan(evidence(TIMES, wrists(0.02, 0.04), [10.0, 10.4, 10.8]))


@pytest.mark.parametrize(("kind", "turns"), [("bounce", 1), ("double_under", 2)])
@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_simulated_attempts_are_told_apart(kind: Kind, turns: Turns, fps: float) -> None:
    right = jumps = 0
    for seed in (40100, 40101):
        attempt = draw(kind, fps, np.random.default_rng(seed), misses=False)
        scene = scene_of(attempt)
        body = BodyStream(BODY)
        poses = [
            body.update(i, t, person if person.any() else None)
            for i, (t, person) in enumerate(
                zip(scene.t.tolist(), keypoints_of(attempt, scene, "blazepose"), strict=True)
            )
        ]
        found = rope_turns([j for j in jumps_of(poses, JumpCounter()) if j.foot == "both"])
        right, jumps = right + found.count(turns), jumps + len(found)
    assert right >= 0.9 * jumps > 30


def both(t: float, turns: Turns | None) -> Jump:
    return Jump(1, round(60 * t), t, "both", t + 0.1, turns=turns)


def test_what_was_not_known_yet_is_what_the_next_jumps_of_the_run_say() -> None:
    said: list[Turns | None] = [None, None, 2, 2, None]
    run = [both(0.4 * i, turns) for i, turns in enumerate(said)]
    later = [both(10 + 0.4 * i, None) for i in range(3)]
    assert rope_turns([*run, *later]) == [2, 2, 2, 2, 2, None, None, None]


def test_steps_have_no_turns_and_do_not_pass_them_on() -> None:
    step = Jump(1, 24, 0.4, "left", 0.5)
    assert rope_turns([both(0.0, None), step, both(0.8, 2)]) == [None, None, 2]
