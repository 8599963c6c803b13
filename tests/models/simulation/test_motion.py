"""The motion obeys physics: rigid segments, planted feet, ballistic flight, true contacts."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.figure import POINT, SIDES, Build, assemble, centre_of_mass
from models.simulation.motion import GRAVITY, Element, Performance, Placement
from models.simulation.moves.locomotion import SWING_S, stand, walk
from models.simulation.moves.speed_step import FASTEST, FLIGHT_SHARE, SLOWEST, speed_steps
from models.simulation.moves.tumbling import backflip, handspring

BUILD = Build(1.70)
RATE = 480.0
"""Samples per second: fine enough for second differences of the motion."""


@dataclass
class Played:
    t: Floats
    points: Floats
    rope: Floats


def played(*elements: Element, start: Placement | None = None) -> Played:
    performance = Performance(BUILD, elements, start or Placement())
    t = np.arange(0.0, performance.duration_s, 1 / RATE)
    there = performance.at(t)
    return Played(t, there.points, there.rope)


def steps(seed: int = 3) -> Element:
    return speed_steps(BUILD, 8.0, np.random.default_rng(seed))


ELEMENTS: dict[str, Callable[[], Element]] = {
    "stand": lambda: stand(BUILD, 3.0),
    "walk": lambda: walk(BUILD, Placement(1.2, 0.4, 0.9)),
    "speed": steps,
    "backflip": lambda: backflip(BUILD),
    "handspring": lambda: handspring(BUILD),
}


@pytest.fixture(params=ELEMENTS)
def element(request: pytest.FixtureRequest) -> Element:
    return ELEMENTS[request.param]()


def at(motion: Played, name: str) -> Floats:
    return motion.points[:, POINT[name]]


def during(motion: Played, begin: float, end: float) -> NDArray[np.intp]:
    return np.flatnonzero((motion.t >= begin) & (motion.t <= end))


def acceleration(positions: Floats) -> Floats:
    return np.diff(positions, n=2, axis=0) * RATE**2


def test_segments_keep_their_length(element: Element) -> None:
    motion = played(element)
    for side in SIDES:
        for a, b, length in (
            ("hip", "knee", BUILD.thigh),
            ("knee", "ankle", BUILD.shank),
            ("shoulder", "elbow", BUILD.upper_arm),
            ("elbow", "wrist", BUILD.forearm),
        ):
            segment = at(motion, f"{side}_{a}") - at(motion, f"{side}_{b}")
            np.testing.assert_allclose(np.linalg.norm(segment, axis=1), length, rtol=1e-9)


def test_an_element_begins_and_ends_standing_where_it_says(element: Element) -> None:
    standing = played(stand(BUILD, 1.0)).points[0]
    ends = assemble(BUILD, element.posture(np.array([0.0, element.duration_s])))
    np.testing.assert_allclose(ends[0], standing, atol=1e-9)
    np.testing.assert_allclose(ends[1], element.exit.place(standing), atol=1e-9)


def test_nothing_jumps_between_two_samples(element: Element) -> None:
    """No point of a body moves faster than 20 m/s: a seam between two phases would."""
    speed = np.linalg.norm(np.diff(played(element).points, axis=0), axis=-1) * RATE
    assert speed.max() < 20.0


def test_nothing_sinks_into_the_floor(element: Element) -> None:
    assert played(element).points[..., 2].min() > -0.005


def test_a_foot_that_is_on_the_floor_does_not_slide(element: Element) -> None:
    """The toes of a foot whose toes are at floor height are where they were a sample before."""
    motion = played(element)
    for side in SIDES:
        toe = at(motion, f"{side}_toe")
        planted = toe[:, 2] < BUILD.sole + 1e-9
        both = planted[1:] & planted[:-1]
        assert both.any()
        np.testing.assert_allclose(np.diff(toe, axis=0)[both], 0.0, atol=1e-9)


@pytest.mark.parametrize("skill", [backflip, handspring])
def test_the_centre_of_mass_flies_a_parabola(skill: Callable[[Build], Element]) -> None:
    element = skill(BUILD)
    event = element.truth.events[0]
    motion = played(element)
    landing = event.landing_s if event.kind == "backflip" else event.takeoff_s + 0.21
    flight = during(motion, event.takeoff_s + 1e-6, landing - 1e-6)
    fall = acceleration(centre_of_mass(motion.points[flight]))
    np.testing.assert_allclose(fall, np.broadcast_to([0, 0, -GRAVITY], fall.shape), atol=1e-3)


def test_speed_step_flies_a_parabola_between_supports() -> None:
    element = steps()
    motion = played(element)
    contacts = np.array([jump.time_s for jump in element.truth.jumps])
    for before, contact in pairwise(contacts):
        flight = during(motion, contact - FLIGHT_SHARE * (contact - before), contact)
        fall = acceleration(centre_of_mass(motion.points[flight]))
        np.testing.assert_allclose(fall[:, 2], -GRAVITY, atol=0.1)
        np.testing.assert_allclose(fall[:, :2], 0, atol=0.1)


def test_a_true_jump_is_the_moment_its_foot_reaches_the_floor() -> None:
    element = steps()
    motion = played(element)
    for jump in element.truth.jumps:
        toe = at(motion, f"{jump.foot}_toe")[:, 2] - BUILD.sole
        other = "left" if jump.foot == "right" else "right"
        before, after = (
            during(motion, jump.time_s - 0.05, jump.time_s - 0.01),
            during(motion, jump.time_s, jump.time_s + 0.05),
        )
        assert toe[before].min() > 0
        assert toe[after].max() < 1e-9
        in_flight = during(motion, jump.time_s - 0.03, jump.time_s - 0.005)
        assert at(motion, f"{other}_toe")[in_flight, 2].min() > BUILD.sole + 1e-4


def test_speed_step_alternates_within_its_cadence() -> None:
    jumps = steps().truth.jumps
    assert all(a.foot != b.foot for a, b in pairwise(jumps))
    cadence = 1 / np.diff([jump.time_s for jump in jumps])
    assert cadence.min() > 0.75 * SLOWEST
    assert cadence.max() < 1.25 * FASTEST
    assert np.mean(cadence[-5:]) > np.mean(cadence[:5])


def test_the_rope_passes_under_the_feet_once_for_every_jump() -> None:
    element = steps()
    motion = played(element)
    turns = motion.rope[:, 0]
    assert np.all(np.diff(turns) > -1e-9)
    assert np.floor(turns[-1]) == len(element.truth.jumps)
    for i, jump in enumerate(element.truth.jumps):
        passing = np.searchsorted(turns, i + 1)
        assert jump.time_s - 0.08 < motion.t[passing] < jump.time_s


def test_speed_steps_refuse_a_time_without_a_step() -> None:
    with pytest.raises(ValueError, match="speed steps: expected at least"):
        speed_steps(BUILD, 1.0, np.random.default_rng(0))


def test_walking_always_has_a_foot_on_the_floor_and_arrives() -> None:
    goal = Placement(-0.8, 0.5, 2.5)
    motion = played(walk(BUILD, goal), stand(BUILD, SWING_S))
    lowest = np.minimum(at(motion, "left_toe")[:, 2], at(motion, "right_toe")[:, 2])
    np.testing.assert_allclose(lowest, BUILD.sole, atol=1e-9)
    ankles = (at(motion, "left_ankle")[-1] + at(motion, "right_ankle")[-1]) / 2
    np.testing.assert_allclose(ankles[:2], [goal.x, goal.y], atol=1e-9)


def held_clearance(motion: Played) -> float:
    """Greatest height of the lowest point above its standing height that is held for 83 ms, in leg
    lengths: the figure that separates real backflips (at least 1.09) from handsprings (at most
    0.62)."""
    low = motion.points[..., 2].min(axis=1)
    window = round(0.083 * RATE)
    held = np.lib.stride_tricks.sliding_window_view(low - low[0], window).min(axis=1)
    return float(held.max() / BUILD.leg)


def trunk_turn(motion: Played) -> float:
    """Backward rotation of the trunk from beginning to end, degrees."""
    trunk = at(motion, "neck") - at(motion, "pelvis")
    angle = np.unwrap(np.arctan2(-trunk[:, 0], trunk[:, 2]))
    return float(np.degrees(angle[-1] - angle[0]))


def test_a_backflip_is_high_and_turns_once_backward() -> None:
    motion = played(backflip(BUILD))
    assert held_clearance(motion) > 1.25
    assert trunk_turn(motion) == pytest.approx(360.0, abs=0.01)


def test_a_handspring_is_low_turns_once_backward_and_travels() -> None:
    element = handspring(BUILD)
    motion = played(element)
    assert held_clearance(motion) < 0.45
    assert trunk_turn(motion) == pytest.approx(360.0, abs=0.01)
    assert 0.9 < -element.exit.x / BUILD.leg < 1.67
    event = element.truth.events[0]
    flights = [(0.0, 0.20), (0.48, event.landing_s - event.takeoff_s)]
    for begin, end in flights:
        air = during(motion, event.takeoff_s + begin, event.takeoff_s + end)
        assert np.all(np.diff(centre_of_mass(motion.points[air])[:, 0]) < 0)


def test_the_hands_of_a_handspring_stay_where_they_were_put() -> None:
    element = handspring(BUILD)
    motion = played(element)
    takeoff = element.truth.events[0].takeoff_s
    support = during(motion, takeoff + 0.22, takeoff + 0.45)
    for side in SIDES:
        wrist = at(motion, f"{side}_wrist")[support]
        np.testing.assert_allclose(wrist - wrist[0], 0.0, atol=1e-9)
        assert wrist[0, 2] < 0.15
        assert at(motion, f"{side}_toe")[support, 2].min() > 0.5


def test_the_feet_leave_and_reach_the_floor_at_the_true_times(
    skill_and_feet: tuple[Element, Played],
) -> None:
    element, motion = skill_and_feet
    event = element.truth.events[0]
    toe = at(motion, "left_toe")[:, 2]
    away = motion.t[toe > BUILD.sole + 1e-6]
    assert away[0] == pytest.approx(event.takeoff_s, abs=2 / RATE)
    assert away[-1] == pytest.approx(event.landing_s, abs=2 / RATE)


@pytest.fixture(params=[backflip, handspring])
def skill_and_feet(request: pytest.FixtureRequest) -> tuple[Element, Played]:
    element: Element = request.param(BUILD)
    return element, played(element)


def test_placements_chain_and_come_back() -> None:
    here = Placement(0.3, -0.2, 2.0)
    there = Placement(-1.0, 0.7, -2.5)
    step = here.towards(there)
    arrived = here.then(step)
    assert (arrived.x, arrived.y) == pytest.approx((there.x, there.y))
    assert np.cos(arrived.heading - there.heading) == pytest.approx(1.0)
    assert abs(step.heading) <= np.pi
