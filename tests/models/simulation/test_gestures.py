"""What athletes do besides jumping is true to physics, and nothing in it counts."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from models.simulation.figure import Build
from models.simulation.motion import Element, Placement
from models.simulation.moves.gestures import Cheer, cheer, crouch, jumping_jacks, spot, wait
from models.simulation.moves.jogging import jog
from models.simulation.moves.move import Stage
from models.simulation.staging import build_scene
from tests.models.simulation.physics import Played, assert_obeys_physics

GESTURES: dict[str, Callable[[Build, np.random.Generator], Element]] = {
    "wait": lambda build, rng: wait(build, 7.0, rng),
    "wait_roped": lambda build, rng: wait(build, 5.0, rng, rope=True),
    "short_wait": lambda build, rng: wait(build, 0.6, rng),
    "cheer": lambda build, rng: cheer(build, 4.0, rng),
    "short_cheer": lambda build, rng: cheer(build, 2.0, rng),
    "crouch": lambda build, rng: crouch(build, 3.0, rng),
    "jacks": lambda build, rng: jumping_jacks(build, 5.0, rng),
    "spot": lambda build, rng: spot(build, 6.0, (1.5, 3.8), rng),
    "jog": lambda build, rng: jog(build, 6.0, rng),
    "high_knees": lambda build, rng: jog(build, 6.0, rng, knees=1.0),
}
BUILDS = [
    Build(1.2),
    Build(1.7, legs=1.06, arms=0.94),
    Build(1.75, legs=0.94, arms=1.06, shoulders=1.1),
    Build(1.95),
]


@pytest.fixture(params=GESTURES)
def gesture(request: pytest.FixtureRequest) -> Callable[[Build, np.random.Generator], Element]:
    return GESTURES[request.param]


@pytest.mark.parametrize("seed", range(4))
def test_it_obeys_physics_and_counts_nothing(
    gesture: Callable[[Build, np.random.Generator], Element], seed: int
) -> None:
    element = gesture(BUILDS[seed], np.random.default_rng(seed))
    assert_obeys_physics(Played(BUILDS[seed], element))
    assert element.exit == Placement()
    assert element.truth.jumps == element.truth.misses == element.truth.events == ()


def test_who_cheers_has_his_hands_over_his_head_and_hops() -> None:
    motion = Played(BUILDS[1], cheer(BUILDS[1], 5.0, np.random.default_rng(0)))
    hands = np.maximum(motion.at("left_hand"), motion.at("right_hand"))[:, 2]
    over = hands > motion.at("head")[:, 2] + 0.15
    assert over.mean() > 0.5
    assert motion.in_air.any()


def test_who_crouches_has_his_hands_at_his_shanks() -> None:
    motion = Played(BUILDS[3], crouch(BUILDS[3], 3.0, np.random.default_rng(0)))
    middle = len(motion.t) // 2
    for side in ("left", "right"):
        assert motion.at(f"{side}_hand")[middle, 2] < motion.at(f"{side}_knee")[0, 2]


def test_jogging_alternates_like_a_slow_speed_step() -> None:
    motion = Played(BUILDS[1], jog(BUILDS[1], 8.0, np.random.default_rng(0), steps_per_s=3.0))
    begins = sorted(
        (c.begin_s, side) for side in ("left", "right") for c in motion.contacts(side)[1:-1]
    )
    sides = [side for _, side in begins]
    assert all(a != b for a, b in pairwise(sides))
    assert np.mean(np.diff([t for t, _ in begins])) == pytest.approx(1 / 3, rel=0.05)
    assert motion.element.rope is None


def test_a_spotter_reaches_forward_when_he_supports() -> None:
    build = BUILDS[1]
    motion = Played(build, spot(build, 6.0, (3.0,), np.random.default_rng(0)))
    ahead = motion.at("left_wrist")[:, 0]
    assert ahead[round(3.1 * 480)] > max(ahead[round(1.5 * 480)], ahead[round(5.3 * 480)]) + 0.08


@pytest.mark.parametrize("times", [(0.5,), (3.0, 4.0), (5.5,)])
def test_a_spotter_needs_time(times: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"support_s: expected times 1\.6 s apart"):
        spot(BUILDS[1], 6.0, times, np.random.default_rng(0))


def test_what_is_too_short_is_refused() -> None:
    stage = Stage(BUILDS[1], Placement(), 5.0, np.random.default_rng(0))
    with pytest.raises(ValueError, match="cheer: expected at least 2 s, got 1 s"):
        Cheer(seconds=1.0).element(stage)
    with pytest.raises(ValueError, match=r"jogging: expected at least .* s, got 1"):
        jog(BUILDS[1], 1.0, np.random.default_rng(0))


@pytest.mark.parametrize("seed", range(3))
def test_the_restless_scene_has_nothing_to_count(seed: int) -> None:
    truth = build_scene("restless", seed=seed).truth
    assert truth.jumps == truth.misses == truth.events == ()
    assert len(truth.contacts) > 20


@pytest.mark.parametrize(("scene", "foot"), [("bounce", "both"), ("double_under", "both")])
def test_the_scenes_of_jumps_with_both_feet(scene: str, foot: str) -> None:
    jumps = build_scene(scene, seed=1).truth.jumps
    assert len(jumps) > 12
    assert {jump.foot for jump in jumps} == {foot}


def test_the_scene_with_misses_goes_on_after_each() -> None:
    truth = build_scene("misses").truth
    assert len(truth.misses) == 2
    assert all(miss.resumed_s is not None for miss in truth.misses)
    assert len(truth.jumps) > 60
