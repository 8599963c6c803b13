"""Gymnastics skills obey physics and their truth, for every skill, body and seed."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest

from models.simulation.figure import SIDES
from models.simulation.motion import GRAVITY, Performance, Placement
from models.simulation.moves.move import Stage
from models.simulation.moves.tumbling import Backflip
from models.simulation.moves.vocabulary import AnyMove
from models.simulation.staging import build_scene
from tests.models.simulation.physics import (
    RATE,
    assert_segments_keep_their_length,
    assert_stands_at_both_ends,
)
from tests.models.simulation.tumbling import BUILDS, SKILLS, Performed, perform

LIMBS = [f"{side}_{part}" for part in ("foot", "hand") for side in SIDES]
SOME = [("adult", None), ("adult", 1), ("adult", 2), ("tall, long legs", 3), ("child", 4)]
MANY = [(build, seed) for build in BUILDS for seed in range(5, 15)]
FASTEST = 22.0
"""m/s; a seam between two phases would be faster, no hand or foot of a gymnast is."""


def cases() -> list[object]:
    slow = pytest.mark.slow
    return [
        pytest.param((skill, *case), id=f"{skill}, {case[0]}, {case[1]}", marks=marks)
        for cases, marks in ((SOME, ()), (MANY, slow))
        for skill in SKILLS
        for case in cases
    ]


@pytest.fixture(params=cases())
def performed(request: pytest.FixtureRequest) -> Performed:
    skill, build, seed = request.param
    return perform(skill, BUILDS[build], seed)


def typical(skill: str) -> Performed:
    return perform(skill, BUILDS["adult"], None)


def edges(performed: Performed) -> np.ndarray:
    """Whether (T,) a sample is next to the beginning or the end of a contact."""
    times = [(c.begin_s, c.end_s) for c in performed.element.truth.contacts]
    apart = np.abs(performed.t[:, None] - np.array(times).ravel())
    return np.min(apart, axis=1) < 2 / RATE


def test_segments_keep_their_length(performed: Performed) -> None:
    assert_segments_keep_their_length(performed)


def test_it_begins_and_ends_standing_where_it_says(performed: Performed) -> None:
    assert_stands_at_both_ends(performed)


def test_nothing_jumps_between_two_samples(performed: Performed) -> None:
    step = np.linalg.norm(np.diff(performed.points, axis=0), axis=-1)
    assert step.max() * RATE < FASTEST


def test_the_hips_change_their_velocity_gradually(performed: Performed) -> None:
    """Also across take-offs and landings: no change of more than 4 m/s within 2 ms."""
    change = np.diff(performed.at("pelvis"), n=2, axis=0) * RATE
    assert np.linalg.norm(change, axis=1).max() < 4.0


def test_nothing_sinks_into_the_floor(performed: Performed) -> None:
    assert performed.points[..., 2].min() > -0.005


@pytest.mark.parametrize("limb", LIMBS)
def test_a_planted_limb_stays_where_it_is_and_a_free_one_is_off_the_floor(
    performed: Performed, limb: str
) -> None:
    sole = performed.build.sole
    end = performed.at(limb.replace("foot", "toe"))
    for contact in performed.element.truth.contacts:
        if contact.limb == limb:
            planted = end[performed.during(contact.begin_s, contact.end_s)]
            np.testing.assert_allclose(planted, np.tile(planted[0], (len(planted), 1)), atol=1e-6)
            np.testing.assert_allclose(planted[:, 2], sole, atol=1e-6)
    low = end[:, 2]
    if limb.endswith("foot"):
        low = np.minimum(low, performed.at(limb.replace("foot", "heel"))[:, 2])
    free = ~performed.touching(limb) & ~edges(performed)
    assert np.all(low[free] > sole)


def test_the_body_lies_on_the_floor_when_it_says_so(performed: Performed) -> None:
    parts = ("pelvis", "waist", "neck", "head", "left_knee", "right_knee")
    low = np.min([performed.at(part)[:, 2] for part in parts], axis=0)
    lying = performed.touching("body")
    assert np.all(low[lying] < 0.1 * performed.build.stature)


def test_the_centre_of_mass_flies_a_parabola(performed: Performed) -> None:
    air = ~performed.touching()
    flying = air[2:] & air[1:-1] & air[:-2]
    fall = np.diff(performed.mass, n=2, axis=0)[flying] * RATE**2
    np.testing.assert_allclose(fall, np.tile([0, 0, -GRAVITY], (len(fall), 1)), atol=1e-2)


def test_the_truth_of_each_event_is_what_happens(performed: Performed) -> None:
    events = performed.element.truth.events
    feet = performed.touching("left_foot") | performed.touching("right_foot")
    end = 0.0
    for event in events:
        assert end <= event.start_s < event.takeoff_s <= event.landing_s < event.end_s
        end = event.end_s
        between = performed.during(event.takeoff_s + 1e-6, event.landing_s - 1e-6)
        assert not feet[between].any()
        air = np.count_nonzero(between & ~performed.touching()) / RATE
        assert event.airtime_s == pytest.approx(air, abs=4 / RATE)
        whole = performed.during(event.start_s, event.end_s)
        rise = performed.mass[whole, 2].max() - performed.mass[0, 2]
        assert event.rise_m == pytest.approx(max(rise, 0.0), abs=1e-3)
    assert end == pytest.approx(performed.element.duration_s)


def test_phases_follow_each_other(performed: Performed) -> None:
    element = performed.element
    phases = element.truth.phases(element.duration_s)
    assert phases[0].begin_s == 0.0
    assert phases[-1].end_s == pytest.approx(element.duration_s)
    assert all(a.end_s == b.begin_s for a, b in pairwise(phases))


@pytest.mark.parametrize("skill", SKILLS)
def test_the_trunk_turns_as_far_as_the_truth_says(skill: str) -> None:
    """In the plane of the pass; a round-off turns about it by half a turn more."""
    performed = typical(skill)
    trunk = performed.at("neck") - performed.at("pelvis")
    sideways = skill in ("cartwheel", "round_off", "pass")
    angle = np.unwrap(np.arctan2(-trunk[:, 0], trunk[:, 2]))
    turned = np.degrees(angle[-1] - angle[0]) * (-1 if sideways else 1)
    told = sum(event.rotation_deg for event in performed.element.truth.events)
    assert turned == pytest.approx(told, abs=10 if sideways else 0.1)


def held_clearance(performed: Performed) -> float:
    """Greatest height of the lowest point that is held for 83 ms, in leg lengths: the figure that
    separates real backflips (at least 1.09) from handsprings (at most 0.62)."""
    low = performed.points[..., 2].min(axis=1)
    window = round(0.083 * RATE)
    held = np.lib.stride_tricks.sliding_window_view(low - low[0], window).min(axis=1)
    return float(held.max() / performed.build.leg)


@pytest.mark.parametrize(("build", "seed"), SOME)
def test_backflips_are_high_and_handsprings_low_and_long(build: str, seed: int | None) -> None:
    flip, spring = (perform(skill, BUILDS[build], seed) for skill in ("backflip", "handspring"))
    assert held_clearance(flip) > 0.9
    assert held_clearance(spring) < 0.62
    assert 0.8 < -spring.element.exit.x / spring.build.leg < 1.9
    assert -flip.element.exit.x < -spring.element.exit.x


def test_what_touches_the_floor_tells_the_skills_apart() -> None:
    touching = {
        skill: {contact.limb for contact in typical(skill).element.truth.contacts}
        for skill in SKILLS
    }
    feet, hands = {"left_foot", "right_foot"}, {"left_hand", "right_hand"}
    for skill in ("backflip", "front_tuck", "straight_jump", "aborted", "three backflips"):
        assert touching[skill] == feet
    for skill in ("handspring", "cartwheel", "round_off"):
        assert touching[skill] == feet | hands
    for skill in ("forward_roll", "fall on hands", "fall on seat"):
        assert touching[skill] == feet | hands | {"body"}


def test_a_cartwheel_is_always_on_the_floor_and_goes_through_the_handstand() -> None:
    performed = typical("cartwheel")
    assert performed.touching().all()
    assert performed.element.truth.events[0].airtime_s == pytest.approx(0.0, abs=1e-9)
    upside_down = performed.at("pelvis")[:, 2] - performed.at("head")[:, 2]
    assert upside_down.max() > 0.8 * performed.build.leg / 2


def test_a_series_does_not_stand_still_between_its_skills() -> None:
    performed = typical("pass")
    events = performed.element.truth.events
    assert [event.kind for event in events] == ["round_off", "handspring", "backflip"]
    for before, after in pairwise(events):
        assert before.end_s == after.start_s
        assert after.takeoff_s - before.landing_s < 0.7


def test_performances_differ_and_come_again() -> None:
    one, two, again = (
        Backflip().element(Stage(BUILDS["adult"], Placement(), 10.0, np.random.default_rng(seed)))
        for seed in (1, 2, 1)
    )
    assert one.truth == again.truth
    assert one.truth != two.truth


def test_a_series_refuses_a_round_off_in_its_middle() -> None:
    with pytest.raises(msgspec.ValidationError, match="round_off only as the first"):
        msgspec.convert({"move": "series", "skills": ["backflip", "round_off"]}, AnyMove)


def test_elements_join_to_one_performance() -> None:
    build = BUILDS["adult"]
    elements = [typical("cartwheel").element, typical("handspring").element]
    performance = Performance(build, elements, Placement(1.0, 0.5, 0.3))
    t = np.arange(0.0, performance.duration_s, 1 / RATE)
    step = np.linalg.norm(np.diff(performance.at(t).points, axis=0), axis=-1)
    assert step.max() * RATE < FASTEST
    assert [event.kind for event in performance.truth.events] == ["cartwheel", "handspring"]


@pytest.mark.parametrize(
    ("scene", "kinds"),
    [
        ("tumbling", ["round_off", "handspring", "backflip"]),
        (
            "neither",
            ["cartwheel", "forward_roll", "straight_jump", "front_tuck", "aborted", "fall"],
        ),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_the_built_in_scenes_have_their_skills(scene: str, kinds: list[str], seed: int) -> None:
    staged = build_scene(scene, seed=seed)
    assert [event.kind for event in staged.truth.events] == kinds
    assert staged.truth.events[-1].end_s < staged.duration_s
