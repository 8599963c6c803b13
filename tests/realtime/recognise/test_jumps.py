"""The jump counter on synthetic bodies whose every step is known."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from models.skeleton import BODY
from realtime.marks import Jump, Mark, Miss
from realtime.recognise.evidence import Limits
from realtime.recognise.gait import LIMITS
from realtime.recognise.jumps import JumpCounter
from realtime.recognise.steps import CONFIRMING, CONTACT_S
from realtime.stream.body import BodyPose
from realtime.stream.ring import Floats

LEG_PX = 200.0
START_S = 1.0
"""Every athlete below stands still until then."""
_STANDING = {
    "nose": (0.0, 0.9),
    "shoulder": (0.2, 0.6),
    "elbow": (0.3, 0.25),
    "wrist": (0.35, 0.0),
    "hip": (0.1, 0.0),
    "knee": (0.1, -0.48),
    "ankle": (0.1, -0.95),
    "heel": (0.1, -1.0),
    "toe": (0.12, -1.02),
}
_FOOT = ("ankle", "heel", "toe")


@dataclass(frozen=True)
class Motion:
    """Left and right legs' lift (leg lengths) and fore-aft place, hands' height, hips' travel, and
    how far the arms swing against each other, the left one up."""

    left: float = 0.0
    right: float = 0.0
    fore: float = 0.0
    hands: float = 0.0
    travel: float = 0.0
    arms: float = 0.0


Move = Callable[[float], Motion]


def place(motion: Motion) -> Floats:
    """The 17 points of a body that stands on both feet, moved."""
    points = np.array([_STANDING[joint.split("_")[-1]] for joint in BODY.joints])
    for i, joint in enumerate(BODY.joints):
        side, _, part = joint.partition("_")
        sign, lift = (-1, motion.left) if side == "left" else (1, motion.right)
        points[i, 0] *= sign
        if part in _FOOT:
            points[i] += (-sign * motion.fore, lift)
        elif part == "knee":
            points[i] += (-sign * motion.fore / 2, 0.6 * lift)
        elif part == "wrist":
            points[i, 1] += motion.hands - sign * motion.arms
    return points


def athlete(
    move: Move, times: Floats, noise: float = 0.0, seed: int = 0, first_frame: int = 0
) -> list[BodyPose]:
    """The stream of a body that moves so, with Gaussian noise (leg lengths) on every joint."""
    random = np.random.default_rng(seed)
    poses = []
    for i, t in enumerate(times):
        motion = move(float(t))
        points = place(motion) + random.normal(0, noise, (len(BODY), 2))
        hip = np.array([600 + LEG_PX * motion.travel, 400.0])
        poses.append(
            BodyPose(first_frame + i, float(t), points, np.ones(len(BODY)), hip, LEG_PX, True)
        )
    return poses


def speed_steps(cadence: float, lift: float = 0.35, start: float = START_S) -> Move:
    """`cadence` steps per second from `start` on, the left leg first."""

    def move(t: float) -> Motion:
        wave = lift * np.sin(np.pi * cadence * (t - start)) if t > start else 0.0
        return Motion(left=max(wave, 0.0), right=max(-wave, 0.0))

    return move


def until_within(cadence: float, switches: int) -> float:
    """A time half a step after the given switch: the feet have passed each other that often."""
    return START_S + (switches + 0.5) / cadence


def clock(fps: float, end: float, begin: float = 0.0) -> Floats:
    return np.arange(begin, end, 1 / fps)


def count(poses: list[BodyPose], limits: Limits = LIMITS) -> list[Jump]:
    counter = JumpCounter(mode="steps", limits=limits)
    marks: list[Mark] = [mark for pose in poses for mark in counter.update(pose)]
    marks += counter.finish()
    jumps = [mark for mark in marks if isinstance(mark, Jump)]
    assert len(jumps) == len(marks)
    return jumps


def unseen(times: Floats) -> list[BodyPose]:
    nowhere = np.full(2, np.nan)
    points = np.full((len(BODY), 2), np.nan)
    return [
        BodyPose(0, float(t), points, np.zeros(len(BODY)), nowhere, np.nan, False) for t in times
    ]


@pytest.mark.parametrize("fps", [25, 29.97, 60, 120])
@pytest.mark.parametrize("cadence", [2.7, 4.5, 7.0, 8.5])
def test_every_switch_is_counted_and_the_first_support_is_not(cadence: float, fps: float) -> None:
    jumps = count(athlete(speed_steps(cadence), clock(fps, until_within(cadence, 40))))
    assert len(jumps) == 40
    truth = START_S + np.arange(1, 41) / cadence + CONTACT_S
    assert np.abs([jump.time_s for jump in jumps] - truth).max() < 0.075


@pytest.mark.parametrize("cadence", [3.0, 6.0])
def test_fifteen_frames_per_second_are_enough(cadence: float) -> None:
    assert len(count(athlete(speed_steps(cadence), clock(15, until_within(cadence, 40))))) == 40


def test_feet_alternate_and_the_first_is_the_one_that_comes_down() -> None:
    jumps = count(athlete(speed_steps(6), clock(30, until_within(6, 11))))
    assert [jump.foot for jump in jumps] == ["left", "right"] * 5 + ["left"]


def test_frames_and_times_belong_together() -> None:
    poses = athlete(speed_steps(6), clock(30, until_within(6, 20)), first_frame=500)
    times = {pose.frame: pose.t for pose in poses}
    for jump in count(poses):
        assert times[jump.frame] == jump.time_s <= jump.emitted_s


def test_a_run_is_said_once_confirmed_and_then_step_by_step() -> None:
    jumps = count(athlete(speed_steps(6), clock(30, until_within(6, 30) + 0.2)))
    assert len({jump.emitted_s for jump in jumps[:CONFIRMING]}) == 1
    assert max(jump.emitted_s - jump.time_s for jump in jumps[CONFIRMING:]) < 0.14


def test_putting_the_foot_down_at_the_end_is_at_most_one_more() -> None:
    end = START_S + 30 / 6  # thirty supports: twenty-nine switches

    def move(t: float) -> Motion:
        return speed_steps(6)(t) if t < end else Motion()

    assert len(count(athlete(move, clock(30, end + 3)))) in (29, 30)


@pytest.mark.parametrize("noise", [0.02, 0.05])
def test_noise_of_a_pose_network_changes_no_count(noise: float) -> None:
    poses = athlete(speed_steps(6.5), clock(30, until_within(6.5, 60)), noise)
    assert len(count(poses)) == 60


def test_every_sixth_frame_is_a_duplicate() -> None:
    poses = athlete(speed_steps(7), clock(30, until_within(7, 60)), noise=0.01)
    for i in range(5, len(poses), 6):
        poses[i] = replace(poses[i - 1], frame=poses[i].frame, t=poses[i].t)
    assert len(count(poses)) == 60


@pytest.mark.parametrize("seed", range(3))
def test_dropped_frames_and_uneven_times(seed: int) -> None:
    random = np.random.default_rng(seed)
    times = clock(30, until_within(6, 60))
    times = (times + random.uniform(-0.008, 0.008, len(times)))[random.random(len(times)) > 0.08]
    assert len(count(athlete(speed_steps(6), times, noise=0.01))) == 60


def test_a_side_view_with_unequal_legs() -> None:
    """The far leg seems higher all the time and moves half as much as the near one."""

    def move(t: float) -> Motion:
        motion = speed_steps(7)(t)
        return Motion(left=motion.left / 2 + 0.12, right=motion.right)

    assert len(count(athlete(move, clock(30, until_within(7, 60)), noise=0.01))) == 60


def test_skeletons_without_heels_and_toes() -> None:
    poses = athlete(speed_steps(6), clock(30, until_within(6, 20)))
    for pose in poses:
        pose.points[[BODY.index(f"{s}_{j}") for s in ("left", "right") for j in _FOOT[1:]]] = np.nan
    assert len(count(poses)) == 20


def test_who_is_not_seen_ends_a_run() -> None:
    first = athlete(speed_steps(6), clock(30, until_within(6, 20)))
    gap = unseen(clock(30, 7.4, begin=first[-1].t + 1 / 30))
    again = athlete(speed_steps(6, start=8.0), clock(30, 8 + 10.5 / 6, begin=7.5))
    jumps = count(first + gap + again)
    assert sum(jump.time_s > 8 for jump in jumps) == 10
    assert sum(jump.time_s < 5 for jump in jumps) == 20


def test_hips_that_are_misplaced_for_a_moment_cost_nothing() -> None:
    poses = athlete(speed_steps(6), clock(30, until_within(6, 30)))
    for i in (60, 61, 100):
        poses[i] = replace(poses[i], hip=poses[i].hip + LEG_PX)
    assert len(count(poses)) == 30


def test_knees_that_are_not_seen_cost_nothing() -> None:
    poses = athlete(speed_steps(6), clock(30, until_within(6, 30)))
    for pose in poses[60:75]:
        pose.points[[BODY.index("left_knee"), BODY.index("right_knee")]] = np.nan
    assert len(count(poses)) == 30


def test_too_short_a_run_is_no_run() -> None:
    assert count(athlete(speed_steps(6), clock(30, until_within(6, CONFIRMING - 1)))) == []


def test_another_person_in_the_same_place_starts_anew() -> None:
    cut = until_within(6, CONFIRMING - 1)
    poses = athlete(speed_steps(6), clock(30, until_within(6, 2 * CONFIRMING - 3)))
    moved = [replace(p, hip=np.add(p.hip, (1.5 * LEG_PX * (p.t > cut), 0))) for p in poses]
    assert count(poses) != []
    assert count(moved) == []


def _still(t: float) -> Motion:
    return Motion()


def _bounce(t: float) -> Motion:
    height = 0.1 * abs(np.sin(2 * np.pi * t))
    return Motion(left=height, right=height)


def _walk(t: float) -> Motion:
    wave = float(np.sin(2 * np.pi * 0.9 * t))
    return Motion(max(wave, 0) * 0.15, max(-wave, 0) * 0.15, fore=0.3 * wave, travel=0.8 * t)


def _run_on_treadmill(t: float) -> Motion:
    wave, ahead = np.sin(2 * np.pi * 1.4 * t), np.cos(2 * np.pi * 1.4 * t)
    return Motion(max(wave, 0) * 0.4, max(-wave, 0) * 0.4, fore=0.25 * ahead)


def _high_knees(t: float) -> Motion:
    return speed_steps(3.5, lift=0.8)(t)


def _hands_up(t: float) -> Motion:
    return replace(speed_steps(5)(t), hands=0.9)


def _jog_on_the_spot(t: float) -> Motion:
    legs = speed_steps(3.2)(t)
    return replace(legs, arms=0.3 * (legs.right - legs.left) / 0.35)


def _across_the_hall(t: float) -> Motion:
    return replace(speed_steps(5)(t), travel=0.9 * t)


@pytest.mark.parametrize(
    "move",
    [
        _still,
        _bounce,
        _walk,
        _run_on_treadmill,
        _jog_on_the_spot,
        _high_knees,
        _hands_up,
        _across_the_hall,
    ],
)
@pytest.mark.parametrize("fps", [25, 60])
def test_what_is_not_speed_step_is_not_counted(move: Move, fps: float) -> None:
    assert count(athlete(move, clock(fps, 10), noise=0.015)) == []


@pytest.mark.parametrize(
    ("move", "limit"),
    [
        (_run_on_treadmill, "fore_aft"),
        (_high_knees, "foot_lift"),
        (_jog_on_the_spot, "arms"),
        (_hands_up, "hands"),
        (_across_the_hall, "travel"),
    ],
)
def test_each_limit_is_what_keeps_its_activity_out(move: Move, limit: str) -> None:
    others = {name: bounds for name, bounds in LIMITS.items() if name != limit}
    assert count(athlete(move, clock(30, 10)), others) != []


@pytest.mark.parametrize("noise", [0.005, 0.03])
def test_waiting_before_the_start_is_not_counted(noise: float) -> None:
    poses = athlete(speed_steps(7, start=10.0), clock(30, 10 + 20.5 / 7), noise)
    assert len(count(poses)) == 20


@settings(max_examples=15, deadline=None)
@given(
    cut=st.integers(1, 150),
    other=st.sampled_from([_still, _high_knees, speed_steps(4), speed_steps(8)]),
    seed=st.integers(0, 9),
)
def test_the_future_changes_nothing(cut: int, other: Move, seed: int) -> None:
    times = clock(30, 5)
    steps, changed = (athlete(move, times, 0.03, seed) for move in (speed_steps(6), other))
    one, two = JumpCounter(), JumpCounter()
    said = [[one.update(pose) for pose in steps], [two.update(p) for p in steps[:cut]]]
    for pose in changed[cut:]:
        two.update(pose)
    assert said[0][:cut] == said[1]


def test_memory_is_bounded() -> None:
    counter = JumpCounter()
    sizes = []
    for i, pose in enumerate(athlete(speed_steps(6), clock(60, 30))):
        counter.update(pose)
        if i % 600 == 599:
            sizes.append(len(pickle.dumps(counter)))
    assert max(sizes) - min(sizes) < 2000


def test_nothing_seen_nothing_said() -> None:
    counter = JumpCounter()
    assert counter.finish() == []
    assert [mark for pose in unseen(clock(30, 2)) for mark in counter.update(pose)] == []
    assert counter.finish() == []


@pytest.mark.parametrize("doubted", [True, False])
def test_who_goes_on_in_rhythm_has_not_stopped(doubted: bool) -> None:
    """The network doubts three of his steps, and his legs look still: joints are misplaced."""
    counter = JumpCounter(mode="steps")
    jumps = [Jump(1, i, 0.2 * i, ("left", "right")[i % 2], 0.2 * i + 0.1) for i in range(12)]
    sure, doubtful = jumps[:8], [structs.replace(jump, confidence=0.3) for jump in jumps[8:11]]
    counter._said(sure)
    counter._stillness.last_s = 2.0
    said = counter._said([*(doubtful if doubted else []), jumps[11]])
    assert any(isinstance(mark, Miss) for mark in said) is not doubted
