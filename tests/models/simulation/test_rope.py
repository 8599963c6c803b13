"""Rope jumping: exact truth at any cadence, for any body and seed."""

from collections.abc import Callable
from itertools import pairwise
from typing import Literal

import msgspec
import numpy as np
import pytest

from models.simulation.figure import POINT, Build
from models.simulation.motion import Element, Placement
from models.simulation.moves.move import Stage
from models.simulation.moves.rope_jumps import RopeSkill, RoutinePart, rope_routine, two_footed
from models.simulation.moves.speed_step import SpeedStep, speed_steps
from models.simulation.moves.vocabulary import AnyMove
from tests.models.simulation.physics import Played, assert_obeys_physics

ROUTINE = (
    RoutinePart("speed_step", 2.0),
    RoutinePart("bounce", 2.0),
    RoutinePart("double_under", 2.0),
    RoutinePart("side_swing", 2.0),
    RoutinePart("speed_step", 1.5),
)
SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")
PARTS = ("toe", "heel")
Maker = Callable[[Build, np.random.Generator], Element]
ELEMENTS: dict[str, Maker] = {
    "slowest": lambda build, rng: speed_steps(build, 7.0, rng, steps_per_30_s=30.0),
    "speed": lambda build, rng: speed_steps(build, 6.0, rng),
    "fastest": lambda build, rng: speed_steps(build, 6.0, rng, steps_per_30_s=230.0),
    "bent": lambda build, rng: speed_steps(build, 6.0, rng, lean_deg=60.0),
    "misses": lambda build, rng: speed_steps(build, 13.0, rng, misses=2),
    "bounce": lambda build, rng: two_footed("bounce", build, 6.0, rng),
    "slow_bounce": lambda build, rng: two_footed("bounce", build, 6.0, rng, per_30_s=30.0),
    "double": lambda build, rng: two_footed("double_under", build, 6.0, rng, piked=True),
    "fast_double": lambda build, rng: two_footed("double_under", build, 6.0, rng, per_30_s=105.0),
    "side": lambda build, rng: two_footed("side_swing", build, 6.0, rng, still=True),
    "routine": lambda build, rng: rope_routine(build, ROUTINE, rng),
}


@pytest.fixture(scope="module", params=ELEMENTS)
def name(request: pytest.FixtureRequest) -> str:
    value: str = request.param
    return value


@pytest.fixture(scope="module", params=[(1.2, 0), (1.7, 1), (1.95, 2)], ids=str)
def motion(request: pytest.FixtureRequest, name: str) -> Played:
    stature, seed = request.param
    build = Build(stature)
    return Played(build, ELEMENTS[name](build, np.random.default_rng(seed)))


def test_it_obeys_physics(motion: Played) -> None:
    assert_obeys_physics(motion)


def test_the_rope_passes_under_the_feet_for_each_jump_and_never_under_a_foot_that_stands(
    motion: Played,
) -> None:
    """Only on the way from a miss to the next jump it passes otherwise: it is stepped over."""
    truth = motion.element.truth
    assert np.all(np.diff(motion.rope[:, 0]) > -1e-9)
    stops = [(m.time_s, m.resumed_s or np.inf) for m in truth.misses]
    counted = 0
    for row in motion.passes():
        t = motion.t[row]
        if any(begin < t < end - 0.1 for begin, end in stops):
            continue
        counted += 1
        assert motion.in_air[row]
        lowest = min(motion.points[row, POINT[f"{s}_{p}"], 2] for s in SIDES for p in PARTS)
        assert lowest > motion.build.sole + 0.005
    assert counted == sum(jump.turns for jump in truth.jumps)


def test_a_jump_is_the_moment_its_feet_reach_the_floor(motion: Played) -> None:
    truth = motion.element.truth
    for jump in truth.jumps:
        for side in SIDES if jump.foot == "both" else (jump.foot,):
            begins = [contact.begin_s for contact in motion.contacts(side)]
            assert min(abs(begin - jump.time_s) for begin in begins) < 1e-9


def test_there_are_as_many_jumps_as_the_cadence_says() -> None:
    for per_30_s in (30.0, 90.0, 160.0, 230.0):
        for seed in range(4):
            rng = np.random.default_rng(seed)
            element = speed_steps(Build(1.6), 32.3, rng, steps_per_30_s=per_30_s)
            assert len(element.truth.jumps) == pytest.approx(per_30_s, rel=0.03, abs=1.5)


def test_speed_step_alternates_varies_and_speeds_up() -> None:
    element = speed_steps(Build(1.7), 20.0, np.random.default_rng(5))
    jumps = element.truth.jumps
    assert all(a.foot != b.foot for a, b in pairwise(jumps))
    periods = np.diff([jump.time_s for jump in jumps])
    assert 30 / np.mean(periods[:4]) == pytest.approx(130, abs=15)
    assert 30 / np.mean(periods[-20:]) == pytest.approx(178, abs=8)
    assert 0.01 < np.std(periods[-40:]) / np.mean(periods[-40:]) < 0.08


def test_a_faster_step_flies_shorter_and_is_lower() -> None:
    def flight_and_lift(per_30_s: float) -> tuple[float, float]:
        rng = np.random.default_rng(3)
        motion = Played(Build(1.7), speed_steps(Build(1.7), 6.0, rng, steps_per_30_s=per_30_s))
        flying = motion.in_air.mean() * motion.element.duration_s / len(motion.element.truth.jumps)
        return flying, float(np.max(motion.toe_height("left")))

    flights, lifts = np.array([flight_and_lift(c) for c in (40.0, 120.0, 220.0)]).T
    assert np.all(np.diff(flights) < 0)
    assert np.all(np.diff(lifts) < 0)
    assert 0.02 < flights[-1] < flights[0] < 0.2


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("skill", "longest_s"),
    [("speed_step", 2.55), ("bounce", 2.8), ("double_under", 3.0)],
)
def test_after_a_miss_jumping_goes_on_with_its_first_jump(
    skill: RopeSkill, longest_s: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    truth = two_footed(skill, Build(1.7), 20.0, rng, misses=3).truth
    times = np.array([jump.time_s for jump in truth.jumps])
    assert len(truth.misses) == 3
    for miss in truth.misses:
        if miss.resumed_s is None:
            assert times[-1] < miss.time_s
            continue
        assert 0.55 < miss.resumed_s - miss.time_s < longest_s
        assert times[times > miss.time_s][0] == miss.resumed_s


@pytest.mark.parametrize("skill", ["speed_step", "bounce", "double_under"])
def test_the_landing_after_a_caught_rope_is_a_contact_and_no_jump(skill: RopeSkill) -> None:
    rng = np.random.default_rng(4)
    truth = two_footed(skill, Build(1.7), 20.0, rng, misses=3).truth
    landings = np.sort([c.begin_s for c in truth.contacts])
    for miss in truth.misses:
        landing = landings[landings > miss.time_s][0]
        assert landing - miss.time_s < 0.35
        assert landing not in {jump.time_s for jump in truth.jumps}


def test_misses_happen_when_they_are_told_to_and_the_last_one_may_end_it() -> None:
    element = speed_steps(Build(1.7), 12.0, np.random.default_rng(0), misses=(4.0, 10.6))
    first, last = element.truth.misses
    assert first.time_s == pytest.approx(4.0, abs=0.35)
    assert last.time_s == pytest.approx(10.6, abs=0.35)
    assert last.resumed_s is None
    assert element.truth.jumps[-1].time_s < last.time_s


def test_a_side_swing_is_no_jump() -> None:
    motion = Played(Build(1.7), ELEMENTS["side"](Build(1.7), np.random.default_rng(1)))
    turns, beside = motion.rope.T
    jumps = motion.element.truth.jumps
    assert 2 * len(jumps) <= np.floor(turns[-1]) - len(jumps) <= 2 * len(jumps) + 2
    assert beside.max() == pytest.approx(1.0, abs=0.01)
    assert beside.min() == pytest.approx(-1.0, abs=0.01)
    for side in SIDES:
        assert len(motion.contacts(side)) == len(jumps) + 1


def test_double_unders_turn_twice() -> None:
    element = two_footed("double_under", Build(1.7), 6.0, np.random.default_rng(1))
    assert {(jump.foot, jump.turns) for jump in element.truth.jumps} == {("both", 2)}


def test_a_routine_does_not_stop_between_skills() -> None:
    element = rope_routine(Build(1.7), ROUTINE, np.random.default_rng(1))
    kinds = {(jump.foot, jump.turns) for jump in element.truth.jumps}
    assert kinds == {("left", 1), ("right", 1), ("both", 1), ("both", 2)}
    landings = sorted({c.begin_s for c in element.truth.contacts})[1:-1]
    assert np.max(np.diff(landings)) < 0.9


def test_seeds_differ_and_repeat() -> None:
    one, again, other = (
        speed_steps(Build(1.7), 8.0, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    t = np.linspace(0, 8, 50)
    np.testing.assert_array_equal(one.posture(t).wrists, again.posture(t).wrists)
    assert one.truth == again.truth
    assert one.truth != other.truth


@pytest.mark.parametrize(
    ("move", "message"),
    [
        ({"misses": 20}, "misses: expected at most 2 in 10.0 s, got 20"),
        ({"misses": [0.5]}, r"misses: expected seconds between 1.85 and 8.75 .*, got 0.5"),
        ({"misses": [4.0, 5.0]}, "misses: expected them at least 3.4 s apart"),
        ({"seconds": 1.0}, "speed steps: expected at least 2.80 s, got 1.0 s"),
        ({"steps_per_30_s": 500.0}, "Expected `float` <= 230.0 - at `\\$.steps_per_30_s`"),
        ({"steps_per_30_s": [100.0, 10.0]}, "Expected `float` >= 30.0"),
        ({"steps_per_30_s": [100.0]}, "Expected `array` of length >= 2"),
    ],
)
def test_what_cannot_be_is_refused(move: dict[str, object], message: str) -> None:
    table = {"move": "speed_step", "seconds": 10.0, **move}
    stage = Stage(Build(1.7), Placement(), 10.0, np.random.default_rng(0))
    with pytest.raises(ValueError, match=message):
        msgspec.convert(table, AnyMove).element(stage)


def test_a_scene_file_may_give_a_mean_or_the_beginning_and_the_peak() -> None:
    for given in (150.0, [120.0, 200.0]):
        table = {"move": "speed_step", "steps_per_30_s": given, "misses": [3.0]}
        move = msgspec.convert(table, AnyMove)
        assert isinstance(move, SpeedStep)
        assert move.fills
