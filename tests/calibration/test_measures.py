"""Flights and steps of the simulated athlete, seen from the side, against their exact truth."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from bench.measures import MOVES, errors_of, scene_of, seen_points, true_flight
from calibration.measures import (
    MeasureError,
    centre_of_mass,
    check,
    filled,
    from_pixels,
    leg_length,
)
from calibration.measures_cadence import cadence_curve, foot_asymmetry, step_times
from calibration.measures_flight import flights
from calibration.measures_motion import height_from_airtime, jump_height, rotation, trunk_turn
from models.skeleton import BODY

SEEDS = (0, 1, 4)
FASTEST_FPS = 120.0
WITHOUT_HANDS = [move for move in MOVES if move != "handspring"]


@cache
def flown(move, seed):
    scene = scene_of(move, FASTEST_FPS, seed)
    return scene, true_flight(scene)


@cache
def error(move, fps, seed, network=None):
    """Measured less true; the slower cameras see every second or fourth moment of one flight."""
    whole, true = flown(move, seed)
    scene = replace(whole, fps=fps, t=whole.t[:: round(FASTEST_FPS / fps)])
    return errors_of(scene, seen_points(scene, network, seed), true), true


@pytest.mark.parametrize("fps", [30.0, 60.0, 120.0])
@pytest.mark.parametrize("move", MOVES)
def test_airtime_is_right_to_a_frame(move, fps):
    for seed in SEEDS:
        errors, true = error(move, fps, seed)
        # The simulation's feet may skim the floor for a moment before they meet it.
        late_ms = 1e3 * true.skims_s
        frame_ms = 1e3 / fps
        hands = 2 * frame_ms if move == "handspring" else 0  # two more ends
        assert abs(errors["take-off ms"]) < frame_ms
        assert abs(errors["landing ms"]) < frame_ms + late_ms
        assert abs(errors["airtime ms"]) < frame_ms + late_ms + hands + (12 if hands else 0)


@pytest.mark.parametrize("fps", [30.0, 60.0, 120.0])
@pytest.mark.parametrize("move", WITHOUT_HANDS)
def test_jump_height_is_right_to_two_centimetres(move, fps):
    assert max(abs(error(move, fps, seed)[0]["rise cm"]) for seed in SEEDS) < 2


@pytest.mark.parametrize("move", WITHOUT_HANDS)
def test_height_by_the_airtime_agrees_when_the_landing_is_counted_in(move):
    assert max(abs(error(move, 120.0, seed)[0]["height cm"]) for seed in SEEDS) < 3


def test_bent_legs_at_the_landing_make_the_plain_formula_too_great():
    speed, down = 2.5, 0.2
    airtime = (speed + np.sqrt(speed**2 + 2 * 9.80665 * down)) / 9.80665
    true = 100 * speed**2 / (2 * 9.80665)
    assert height_from_airtime(airtime, -down) == pytest.approx(true)
    assert height_from_airtime(airtime) == pytest.approx(true + 100 * down / 2, abs=1.5)
    assert height_from_airtime(0.6) == pytest.approx(44.13, abs=0.01)


@pytest.mark.parametrize("move", MOVES)
def test_take_off_angle_turn_and_travel(move):
    for seed in SEEDS:
        errors, _ = error(move, 60.0, seed)
        assert abs(errors["angle deg"]) < (10 if move == "handspring" else 3)
        assert abs(errors["turn deg/s"]) < 12
        assert abs(errors["travel"]) < 0.03


def test_the_foot_that_lands_first_is_told():
    errors = [error("straight_jump", 60.0, seed)[0]["symmetry ms"] for seed in SEEDS]
    assert np.abs(errors).max() < 5


@pytest.mark.parametrize("network", ["blazepose", "openpose"])
def test_a_network_s_key_points_give_airtime_to_a_tenth_of_a_second(network):
    found = [error(move, 60.0, seed, network)[0] for move in WITHOUT_HANDS for seed in SEEDS]
    assert np.median([abs(one["airtime ms"]) for one in found]) < 50
    rises = [abs(one["rise cm"]) for one in found if "rise cm" in one]
    assert len(rises) >= len(found) - 1
    assert np.median(rises) < 2


def test_nobody_flies_who_steps_or_breaks_off():
    for move in ("speed_step", "aborted"):
        scene = scene_of(move, 60.0, 1)
        assert flights(scene.t, seen_points(scene, None, 1)) == []


def test_a_mirrored_view_turns_the_other_way():
    scene = scene_of("backflip", 60.0, 1)
    points = seen_points(scene, None, 1)
    [flight] = flights(scene.t, points)
    mirrored = points * (-1, 1)
    turned = rotation(scene.t, points, flight)
    assert rotation(scene.t, mirrored, flight).turned_deg == pytest.approx(-turned.turned_deg)
    assert abs(turned.peak_deg_s) > abs(turned.mean_deg_s)


def test_a_skeleton_turned_over_and_a_gap_do_not_change_the_turn():
    scene = scene_of("backflip", 60.0, 1)
    points = seen_points(scene, None, 1)
    whole = trunk_turn(scene.t, points)
    [flight] = flights(scene.t, points)
    top = (scene.t > flight.takeoff_s + 0.15) & (scene.t < flight.takeoff_s + 0.45)
    shoulders, hips = (
        [BODY.index(f"{side}_{part}") for side in ("left", "right")] for part in ("shoulder", "hip")
    )
    broken = points.copy()
    broken[np.ix_(top, shoulders)], broken[np.ix_(top, hips)] = (
        points[np.ix_(top, hips)],
        points[np.ix_(top, shoulders)],
    )
    broken[np.flatnonzero(top)[5:10]] = np.nan
    assert np.abs(trunk_turn(scene.t, broken) - whole).max() < 15


def test_missing_frames_and_joints_are_bridged():
    scene = scene_of("straight_jump", 60.0, 0)
    points = seen_points(scene, None, 0)
    true = true_flight(scene)
    holes = points.copy()
    holes[np.random.default_rng(0).random(points.shape[:2]) < 0.2] = np.nan
    errors = errors_of(scene, holes, true)
    assert abs(errors["airtime ms"]) < 35
    assert abs(errors["rise cm"]) < 2


def test_ankles_alone_give_airtime_to_a_few_hundredths():
    scene = scene_of("straight_jump", 60.0, 0)
    points = seen_points(scene, None, 0)
    points[:, [BODY.index(f"{s}_{p}") for s in ("left", "right") for p in ("heel", "toe")]] = np.nan
    [flight] = flights(scene.t, points)
    assert abs(flight.airtime_s - scene.truth.events[0].airtime_s) < 0.06


def test_without_feet_hips_or_standing_there_is_one_clear_line():
    scene = scene_of("straight_jump", 60.0, 0)
    points = seen_points(scene, None, 0)
    nobody = np.full_like(points, np.nan)
    with pytest.raises(MeasureError, match="feet"):
        flights(scene.t, nobody)
    with pytest.raises(MeasureError, match="hips"):
        centre_of_mass(scene.t, nobody)
    with pytest.raises(MeasureError, match="shoulder"):
        trunk_turn(scene.t, nobody)
    with pytest.raises(MeasureError, match="leg"):
        leg_length(nobody)
    [flight] = flights(scene.t, points)
    late = scene.t > flight.takeoff_s - 0.15
    with pytest.raises(MeasureError, match="standing before"):
        jump_height(scene.t[late], points[late], flight, 0.85)


def test_wrong_shapes_and_disordered_times_are_refused():
    with pytest.raises(ValueError, match="shape"):
        check(np.arange(3.0), np.zeros((3, 16, 2)))
    with pytest.raises(ValueError, match="increase"):
        check(np.zeros(3), np.zeros((3, 17, 2)))
    with pytest.raises(ValueError, match="more than 0 px"):
        from_pixels(np.zeros((3, 17, 2)), 0)


def test_filling_is_linear_and_leaves_what_was_never_seen():
    values = np.array([[1.0, np.nan], [np.nan, np.nan], [3.0, np.nan], [np.nan, np.nan]])
    assert filled(np.arange(4.0), values)[:, 0].tolist() == [1, 2, 3, 3]
    assert np.isnan(filled(np.arange(4.0), values)[:, 1]).all()


@pytest.mark.parametrize("fps", [30.0, 60.0])
@pytest.mark.parametrize("facing", [0.0, -90.0])
def test_the_cadence_curve_of_a_speed_step(facing, fps):
    scene = scene_of("speed_step", fps, 3, facing)
    jumps = scene.truth.jumps
    steps = step_times(scene.t, seen_points(scene, None, 3))
    # The first lift and the last foot put down are switches of the feet too, but no jumps.
    assert len(jumps) <= len(steps.time_s) <= len(jumps) + 2
    at, rate = cadence_curve(np.array([jump.time_s for jump in jumps]))
    _, found = cadence_curve(steps.time_s, at)
    assert np.nanmedian(np.abs(found / rate - 1)) < 0.02
    assert np.nanquantile(np.abs(found / rate - 1), 0.9) < 0.05


def test_a_wrong_step_does_not_show_and_a_break_is_none():
    steps = np.sort([*(np.arange(40) * 0.14), 2.03, *(9 + np.arange(40) * 0.14)])
    at, rate = cadence_curve(steps)
    assert np.nanmax(np.abs(rate * 0.14 - 1)) < 1e-6
    assert np.isnan(rate[(at > 6) & (at < 8.9)]).all()
    with pytest.raises(MeasureError, match="at least 2"):
        cadence_curve(np.array([1.0]))


def test_a_limp_is_told_by_its_foot():
    left = np.arange(40) % 2 == 0
    times = np.concatenate([[0.0], np.cumsum(np.where(left[:-1], 0.16, 0.12))])
    found = foot_asymmetry(times, left, np.where(left, 0.2, 0.3))
    assert found.time == pytest.approx(2 * 0.04 / 0.28)
    assert found.lift == pytest.approx(2 * (0.3 - 0.2) / 0.5)
    with pytest.raises(MeasureError, match="each foot"):
        foot_asymmetry(times[:2], left[:2])
