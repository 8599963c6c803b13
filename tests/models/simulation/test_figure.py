"""The body: constant segments, and masses that add up."""

import numpy as np
import pytest

from models.simulation.curves import Floats, hermite, pchip_slopes
from models.simulation.figure import (
    POINT,
    POINTS,
    SIDES,
    Build,
    assemble,
    centre_of_mass,
    two_bones,
)
from models.simulation.film.camera import Camera
from models.simulation.sagittal import STANDING, sagittal_posture, standing_pelvis

BUILD = Build(1.75)


def standing() -> Floats:
    posture = sagittal_posture(BUILD, STANDING[None], standing_pelvis(BUILD)[None])
    points: Floats = assemble(BUILD, posture)[0]
    return points


def test_the_standing_athlete_has_both_soles_on_the_floor_and_the_mass_over_the_feet() -> None:
    points = standing()
    for part in ("heel", "toe"):
        for side in SIDES:
            assert points[POINT[f"{side}_{part}"], 2] == pytest.approx(BUILD.sole)
    mass = centre_of_mass(points[None])[0]
    assert points[POINT["left_heel"], 0] < mass[0] < points[POINT["left_toe"], 0]
    assert 0.52 < mass[2] / BUILD.stature < 0.60


def test_left_is_to_the_left_of_someone_who_faces_x() -> None:
    points = standing()
    assert points[POINT["nose"], 0] > points[POINT["head"], 0]
    assert points[POINT["left_hip"], 1] > 0 > points[POINT["right_hip"], 1]


def test_the_mass_fractions_add_up_to_one() -> None:
    shifted = centre_of_mass(np.ones((1, len(POINTS), 3)))
    np.testing.assert_allclose(shifted, 1.0, atol=1e-12)


def test_two_bones_reach_the_target_and_bend_to_the_pole() -> None:
    root, target = np.zeros((1, 3)), np.array([[0.1, 0.2, -0.6]])
    pole = np.array([[1.0, 0.0, 0.0]])
    middle, end = two_bones(root, target, pole, 0.4, 0.38)
    np.testing.assert_allclose(end, target, atol=1e-12)
    assert np.linalg.norm(middle) == pytest.approx(0.4)
    assert np.linalg.norm(end - middle) == pytest.approx(0.38)
    straight = target * (middle @ target[0])[0] / np.sum(target**2)
    assert (middle - straight)[0, 0] > 0


def test_two_bones_keep_their_length_when_the_target_is_out_of_reach() -> None:
    target = np.array([[2.0, 0.0, 0.0]])
    middle, end = two_bones(np.zeros((1, 3)), target, np.array([[0.0, 0.0, 1.0]]), 0.4, 0.3)
    np.testing.assert_allclose(end, [[0.7, 0.0, 0.0]], atol=1e-9)
    assert np.linalg.norm(middle) == pytest.approx(0.4)


@pytest.mark.parametrize("stature", [0.0, -1.7, float("nan")])
def test_a_stature_that_is_not_positive_is_refused(stature: float) -> None:
    with pytest.raises(ValueError, match="stature: expected more than 0 m"):
        Build(stature)


@pytest.mark.parametrize("name", ["legs", "arms", "shoulders", "hips", "head", "girth"])
def test_a_factor_out_of_range_is_refused_and_named(name: str) -> None:
    for value in (0.0, 3.0, float("nan")):
        with pytest.raises(ValueError, match=f"{name}: expected"):
            Build(1.7, **{name: value})


@pytest.mark.parametrize(
    ("factor", "grown"),
    [
        ("legs", ("thigh", "shank", "leg")),
        ("arms", ("upper_arm", "forearm", "hand")),
        ("shoulders", ("half_shoulders",)),
        ("hips", ("half_hips",)),
        ("head", ("head_to_nose",)),
    ],
)
def test_each_factor_scales_its_own_lengths(factor: str, grown: tuple[str, ...]) -> None:
    plain, other = Build(1.7), Build(1.7, **{factor: 1.1})
    for name in grown:
        assert getattr(other, name) == pytest.approx(1.1 * getattr(plain, name))
    for name in ("thigh", "forearm", "half_hips", "half_shoulders", "head_to_nose", "sole"):
        if name not in grown:
            assert getattr(other, name) == getattr(plain, name)


def test_the_trunk_makes_up_for_longer_legs_and_a_larger_head() -> None:
    plain, other = Build(1.7), Build(1.7, legs=1.03, head=1.1)
    trunk, less = (b.lower_trunk + b.upper_trunk for b in (plain, other))
    grown = other.leg - plain.leg + 0.13 * 0.1 * 1.7
    assert trunk - less == pytest.approx(grown)


def test_hermite_passes_through_its_knots_without_overshoot() -> None:
    knots = np.array([0.0, 0.2, 0.5, 1.0])
    values = np.array([0.0, 1.0, 1.0, 3.0])
    np.testing.assert_allclose(hermite(knots, knots, values), values)
    between = hermite(np.linspace(0.2, 0.5, 20), knots, values)
    np.testing.assert_allclose(between, 1.0)
    assert np.all(np.diff(hermite(np.linspace(0, 1, 200), knots, values)) > -1e-12)
    assert pchip_slopes(knots, values)[[0, -1]].tolist() == [0.0, 0.0]


def test_the_camera_projects_like_a_pinhole() -> None:
    camera = Camera(np.array([0.0, -4.0, 1.0]), np.array([0.0, 0.0, 1.0]), 800.0, (640, 480))
    pixels, depth = camera.project(np.array([[0.0, 0.0, 1.0], [0.5, 0.0, 1.5], [0.5, 4.0, 1.5]]))
    np.testing.assert_allclose(pixels, [[320, 240], [420, 140], [370, 190]])
    np.testing.assert_allclose(depth, [4, 4, 8])
