"""Standing, walking and leaving: feet that stay where they stand, and an arrival."""

import numpy as np
import pytest

from models.simulation.figure import SIDES, Build
from models.simulation.motion import Placement
from models.simulation.moves.locomotion import run_out, stand, walk
from tests.models.simulation.physics import Played, assert_obeys_physics

BUILDS = [
    Build(1.2),
    Build(1.7, legs=1.06, arms=0.94),
    Build(1.75, legs=0.94, arms=1.06, shoulders=1.1),
    Build(1.95),
]
GOALS = [
    Placement(1.2, 0.4, 0.9),
    Placement(-0.8, 0.5, 2.5),
    Placement(0.0, 0.0, 1.5),
    Placement(3.0),
]


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("goal", GOALS)
def test_walking_obeys_physics_and_always_has_a_foot_on_the_floor(
    build: Build, goal: Placement
) -> None:
    motion = Played(build, walk(build, goal))
    assert_obeys_physics(motion)
    assert not motion.in_air.any()


@pytest.mark.parametrize("goal", GOALS)
def test_walking_arrives(goal: Placement) -> None:
    motion = Played(BUILDS[0], walk(BUILDS[0], goal))
    assert motion.element.exit == goal
    ankles = (motion.at("left_ankle")[-1] + motion.at("right_ankle")[-1]) / 2
    np.testing.assert_allclose(ankles[:2], [goal.x, goal.y], atol=1e-9)


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize(("metres", "seed"), [(0.3, 0), (1.2, 1), (1.2, 2), (4.0, 3)])
def test_running_out_obeys_physics_and_hops_without_a_jump(
    build: Build, metres: float, seed: int
) -> None:
    element = run_out(build, metres, np.random.default_rng(seed))
    motion = Played(build, element)
    assert_obeys_physics(motion)
    assert element.exit.x == metres
    assert element.truth.jumps == ()
    assert 0.08 < motion.in_air.mean() * element.duration_s < 0.4


def test_who_stands_has_both_feet_on_the_floor() -> None:
    motion = Played(BUILDS[1], stand(BUILDS[1], 3.0))
    assert_obeys_physics(motion)
    assert [(c.begin_s, c.end_s) for c in motion.element.truth.contacts] == [(0.0, 3.0)] * 2
    assert all(motion.on_floor(side).all() for side in SIDES)


def test_the_rope_hangs_from_who_walks_with_it() -> None:
    element = walk(BUILDS[1], GOALS[0], rope=True)
    assert element.rope is not None
    turns, beside = element.rope(np.linspace(0, element.duration_s, 9)).T
    assert np.all((turns > 0) & (turns < 0.2))
    assert np.all(beside == 0)
    assert walk(BUILDS[1], GOALS[0]).rope is None
