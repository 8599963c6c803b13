"""Jumps with both feet, on synthetic bodies whose every landing is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bench.attempts import KINDS, Kind, answer, draw
from models.skeleton import BODY
from realtime.marks import Jump
from realtime.recognise.bounces import BOUNCE_LIMITS, CONFIRMING, BounceCounter
from realtime.recognise.evidence import Limits
from realtime.recognise.hopping import Hop, HopDetector
from realtime.recognise.jumps import JumpCounter
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats
from tests.realtime.recognise.test_jumps import LEG_PX, START_S, Motion, athlete, clock

RISE, DIP, FLIGHT = 0.2, 0.05, 0.6
"""Leg lengths up in the air and down on the floor, and the part of the time in the air."""

Height = Callable[[float], float]


def nothing(t: float) -> float:
    return 0.0


def jumper(
    pace: float,
    times: Floats,
    jumps: int,
    noise: float = 0.0,
    *,
    before: Height = nothing,
    camera: Height = nothing,
) -> list[BodyPose]:
    """`jumps` of `pace` per second; `before` is the height of the body until then, on his toes, and
    `camera` how far it has moved down, all in leg lengths."""

    def height(t: float) -> float:
        cycle = (t - START_S) * pace
        if not 0 <= cycle < jumps - 1 + FLIGHT:
            return before(t) if cycle < 0 else 0.0
        part = cycle % 1
        if part < FLIGHT:
            return 4 * RISE * part / FLIGHT * (1 - part / FLIGHT)
        return -DIP * float(np.sin(np.pi * (part - FLIGHT) / (1 - FLIGHT)))

    def bent(t: float) -> Motion:
        down = max(-height(t), 0.0)
        return Motion(left=down, right=down)

    poses = athlete(bent, times, noise)
    return [
        replace(pose, hip=np.array([600.0, 400 - LEG_PX * (height(pose.t) + camera(pose.t))]))
        for pose in poses
    ]


def landings(pace: float, jumps: int) -> Floats:
    return np.array([START_S + (i + FLIGHT) / pace for i in range(jumps)])


def count(poses: list[BodyPose], limits: Limits = BOUNCE_LIMITS) -> list[Jump]:
    counter = JumpCounter(mode="bounces", bounce_limits=limits)
    marks = [mark for pose in poses for mark in counter.update(pose)] + counter.finish()
    return [mark for mark in marks if isinstance(mark, Jump)]


@pytest.mark.parametrize("fps", [15, 25, 30, 60, 120])
@pytest.mark.parametrize("pace", [1.6, 2.5])
def test_every_landing_is_counted_when_the_feet_touch_the_floor(pace: float, fps: float) -> None:
    jumps = count(jumper(pace, clock(fps, START_S + 20 / pace + 1), 20))
    assert [jump.foot for jump in jumps] == ["both"] * 20
    assert np.abs([jump.time_s for jump in jumps] - landings(pace, 20)).max() < 0.08


def test_a_camera_that_sways_in_a_hand_changes_no_count() -> None:
    def sway(t: float) -> float:
        return 0.1 * float(np.sin(2 * np.pi * 0.3 * t))

    assert len(count(jumper(2, clock(60, 20), 30, noise=0.01, camera=sway))) == 30


def test_going_up_on_the_toes_is_no_jump() -> None:
    def on_toes(t: float) -> float:
        return 0.06 * float(np.clip((t - 0.4) / 0.3, 0, 1)) if t < 0.75 else 0.0

    assert len(count(jumper(2, clock(60, 12), 15, noise=0.005, before=on_toes))) == 15


def test_noise_and_lost_frames_change_no_count() -> None:
    times = clock(30, 14)
    times = times[np.random.default_rng(0).random(len(times)) > 0.08]
    assert len(count(jumper(2, times, 20, noise=0.02))) == 20


def test_too_few_jumps_are_no_run() -> None:
    assert count(jumper(2, clock(60, 5), CONFIRMING - 1)) == []


def test_who_counts_steps_hears_nothing_of_bounces() -> None:
    counter = JumpCounter(mode="steps")
    poses = jumper(2, clock(60, 12), 20)
    assert [mark for pose in poses for mark in counter.update(pose)] + counter.finish() == []


def test_hands_above_the_head_are_what_keeps_jumping_without_a_rope_out() -> None:
    poses = jumper(2, clock(60, 8), 12)
    raised = [replace(pose, points=_hands_up(pose.points)) for pose in poses]
    assert count(raised) == []
    without = {name: bounds for name, bounds in BOUNCE_LIMITS.items() if name != "hands"}
    assert len(count(raised, without)) == 12


def _hands_up(points: Floats) -> Floats:
    moved = points.copy()
    moved[[BODY.index("left_wrist"), BODY.index("right_wrist")], 1] = 1.2
    return moved


def test_hands_misplaced_late_in_a_run_cost_no_jumps() -> None:
    poses = jumper(2.5, clock(60.0, 15.0), 30)
    wrists = [BODY.index("left_wrist"), BODY.index("right_wrist")]
    for pose in poses:
        if START_S + 6 < pose.t < START_S + 11:
            pose.points[wrists, 1] = 1.5
    assert len(count(poses)) == 30


@pytest.mark.parametrize("number", [0, 58])
def test_coming_down_from_the_toes_at_the_end_is_no_jump(number: int) -> None:
    assert error(20, number) == 0


def test_going_up_on_the_toes_in_the_rhythm_of_the_first_jump_is_no_jump() -> None:
    assert error(21, 27) == 0


def _hop(
    number: int,
    *,
    leap: float = 1.0,
    feet: float = 1.0,
    late_s: float = 0.0,
    pace_s: float = 0.4,
) -> Hop:
    """A landing of a run; leaps in parts of the usual."""
    t = number * pace_s + late_s
    return Hop(round(60 * t), t, t, 0.2, 0.2 * leap, 0.3 * feet)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Hop]], list[float]]:
    """Contacts of what is said of landings, all of whose looks are like rope jumping."""
    looks = np.ones((2, 9)), np.zeros(2)
    monkeypatch.setattr(HopDetector, "window", lambda *_: looks)
    monkeypatch.setattr(HopDetector, "wrists", lambda *_: (np.empty(0), np.empty(0)))

    def contacts(hops: list[Hop]) -> list[float]:
        counter = BounceCounter(limits={})
        jumps: list[Jump] = []
        for hop in hops:
            counter._frames.append((hop.contact_s, hop.step))
            jumps += counter._judge(hop)
        return [round(jump.time_s, 1) for jump in jumps]

    return contacts


def test_feet_that_hardly_move_before_the_first_jump_or_after_the_last_are_none(
    said: Callable[[list[Hop]], list[float]],
) -> None:
    hops = [_hop(i, leap=0.72, feet=0.1) if i in (0, 11) else _hop(i) for i in range(12)]
    assert said(hops) == [round(0.4 * i, 1) for i in range(1, 11)]


def test_a_jump_that_was_badly_seen_counts_between_two_others_on_its_beat(
    said: Callable[[list[Hop]], list[float]],
) -> None:
    weak = [_hop(i, leap=0.53) if i == 6 else _hop(i) for i in range(12)]
    assert len(said(weak)) == 12
    late = [_hop(i, leap=0.53, late_s=0.15) if i == 6 else _hop(i) for i in range(12)]
    assert len(said(late)) < 12


def test_getting_ready_slows_no_run_down(
    said: Callable[[list[Hop]], list[float]],
) -> None:
    toes = [Hop(i, t, t, 0.06, 0.06, 0.02) for i, t in ((0, -1.0), (18, -0.7))]
    assert len(said([*toes, *(_hop(i, pace_s=0.75) for i in range(8))])) == 8


def test_a_step_proposed_longer_ago_than_is_remembered_is_let_go() -> None:
    assert error(11, 158, "double_under") == 0


def error(seed: int, number: int, kind: Kind = "bounce") -> int:
    """Of the count of a simulated attempt as `bench.attempts` draws them."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    attempt = [draw(kind, 60.0, rng) for _ in range(number + 1)][number]
    return answer(attempt, "blazepose").error
