"""The decoder on maps that are made like the network's training targets, of known people.

Left out of every comparison, as the maps do not hold it: a joint that lies within SEPARABLE_PX of
the same joint of another person, in x and in y (there is one peak for both). Scenes with people
that cross keep their joints farther apart than that, save where the test says otherwise.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.body25_fields import HEIGHT, POSTURES, WIDTH, athlete, noisy, place, render, row
from models.pose.body25.decode import FIELD_OF_LIMB, LIMBS, decode
from models.pose.body25.peaks import MOST_PER_JOINT
from models.skeleton import BODY_25, Keypoints
from tests.models.pose.body25.matching import MANY, check, largest_part, matched, separable

_TURNS = {"upright": 0.0, "upside down": 180.0, "lying": 90.0, "leaning": -40.0}


@pytest.mark.parametrize("turn", _TURNS)
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
def test_everybody_is_found_to_a_hundredth_of_a_pixel(count, turn):
    people = row(count, 190 if turn != "lying" else 100, _TURNS[turn])
    found = decode(*render(people), MANY)
    assert found.dtype == np.float32
    check(found, people, within_px=0.01)
    np.testing.assert_allclose(found[found[..., 2] > 0][:, 2], 1, atol=1e-4)


@pytest.mark.parametrize("stature", [70, 110, 190, 320, 600])
def test_people_of_every_size(stature):
    people = row(1, stature)
    check(decode(*render(people), MANY), people, within_px=0.01)


@pytest.mark.parametrize("count", [1, 3, 6])
def test_noise_moves_joints_by_less_than_a_pixel(count):
    people = row(count)
    for seed in range(8):
        check(decode(*noisy(render(people), 0.02, seed), MANY), people)


def test_two_people_pass_through_each_other():
    """Walking into one another from both sides, half overlapping, then fully."""
    postures = athlete("speed", 2.0), athlete("backflip", 2.4)
    for shift in range(-120, 121, 8):
        people = np.stack(
            [place(posture, 328 + sign * shift / 2, 176 + sign * 10, 240 + sign * 30)
             for posture, sign in zip(postures, (1, -1), strict=True)]
        )  # fmt: skip
        if separable(people).sum() == (people[..., 2] > 0).sum():
            check(decode(*render(people), MANY), people)


@pytest.mark.parametrize("degrees", [35, 90, 145, 180, 250])
def test_an_upside_down_athlete_in_front_of_a_standing_one(degrees):
    people = np.stack(
        [
            place(athlete("speed", 2.0), 328, 190, 260),
            place(athlete("mixed", 9.0), 360, 172, 200, degrees),
        ]
    )
    check(decode(*render(people), MANY), people)


def test_crowds_are_told_apart():
    """Random heaps of two to six overlapping people, noise too; whoever shares a joint with
    another (one peak for both) is a question without an answer, so such heaps are left out."""
    wrong = joints = heaps = 0
    rng = np.random.default_rng(7)
    while heaps < 40:
        people = np.stack([_anywhere(rng) for _ in range(rng.integers(2, 7))])
        if not np.array_equal(separable(people), people[..., 2] > 0):
            continue
        heaps += 1
        found = decode(*noisy(render(people), 0.01, heaps), MANY)
        away = np.hypot(*np.moveaxis(found[None, ..., :2] - people[:, None, :, :2], -1, 0))
        right = (away < 1) & (found[None, ..., 2] > 0) & (people[:, None, :, 2] > 0)
        best = right.sum(axis=-1).max(axis=1, initial=0)
        joints += int((people[..., 2] > 0).sum())
        wrong += int((people[..., 2] > 0).sum() - best.sum())
        assert len(found) == len(people)
    assert wrong <= 0.01 * joints


def _anywhere(rng: np.random.Generator) -> Keypoints:
    scene, at_s = POSTURES[rng.integers(len(POSTURES))]
    x, y = rng.uniform(60, WIDTH - 60), rng.uniform(110, HEIGHT - 110)
    turn = float(rng.choice([0, 0, 180, rng.uniform(-180, 180)]))
    return place(athlete(scene, at_s), x, y, rng.uniform(90, 210), turn)


_SLOTS = [(x, y) for x in (110, 328, 546) for y in (95, 273)]
_person = st.tuples(
    st.sampled_from(POSTURES),
    st.floats(-12, 12),
    st.floats(-5, 5),
    st.floats(70, 130),
    st.floats(-180, 180),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_person, min_size=1, max_size=6), st.permutations(_SLOTS))
def test_separate_people_anywhere(drawn, slots):
    people = np.stack(
        [
            place(athlete(*posture), slot[0] + x, slot[1] + y, stature, degrees)
            for (posture, x, y, stature, degrees), slot in zip(drawn, slots, strict=False)
        ]
    )
    check(decode(*render(people), MANY), people, within_px=0.05)


@settings(max_examples=60, deadline=None)
@given(st.floats(20, 100), st.floats(40, 100), st.floats(18, 30), st.floats(-30, 30))
def test_neighbouring_peaks_do_not_pull_each_other(x, y, dx, dy):
    """The same joint of two people, as close as can be told apart, to a pixel."""
    people = np.zeros((2, 25, 3), np.float32)
    hand, arm = BODY_25.index("left_wrist"), BODY_25.index("left_elbow")
    trunk = [BODY_25.index(j) for j in ("left_shoulder", "neck")]
    people[:, [hand, arm, *trunk], 2] = 1
    people[:, hand, :2] = [[x, y], [x + dx, y + dy]]
    people[:, arm, :2] = [[x, y + 80], [x + dx + 60, y + dy + 80]]
    people[:, trunk, :2] = people[:, [arm], :2] + [[[0, 60], [20, 60]]]
    check(decode(*render(people, (256, 296)), MANY), people)


@pytest.mark.parametrize("sigma", [5.5, 7.0, 9.0])
def test_peaks_of_another_width_are_centred_too(sigma):
    people = row(2)
    check(decode(*render(people, sigma=sigma), MANY), people, within_px=0.3)


def test_fields_on_the_grid_of_the_heat_maps_are_read_too():
    people = row(4)
    check(decode(*render(people, field_origin=3.5), MANY), people, within_px=0.01)


def test_confidence_is_the_height_of_the_peak():
    people = row(2)
    people[0, :, 2], people[1, :, 2] = 0.6, 0.9
    found = decode(*render(people), MANY)
    check(found, people, within_px=0.01)
    np.testing.assert_allclose(matched(found, people)[..., 2], people[..., 2], atol=1e-3)
    assert found[0, 0, 2] > found[1, 0, 2], "best first"


@pytest.mark.parametrize("people", [0, 1, 2])
def test_no_more_people_than_asked_for_the_best_first(people):
    crowd = row(3)
    crowd[0, [BODY_25.index("left_wrist"), BODY_25.index("nose")]] = 0
    crowd[1, :, 2] = 0.8
    maps = render(crowd)
    found = decode(*maps, people)
    assert len(found) == people
    np.testing.assert_array_equal(found, decode(*maps, MANY)[:people])
    if people:
        np.testing.assert_allclose(found[0, :, :2], crowd[2, :, :2], atol=0.01)


def test_nobody_in_empty_maps():
    heat, fields = np.zeros((46, 82, 26), np.float32), np.zeros((46, 82, 52), np.float32)
    assert decode(heat, fields, 6).shape == (0, 25, 3)


def test_a_blob_much_wider_than_a_joint_is_none():
    assert len(decode(*render(row(1), sigma=30), 6)) == 0


@pytest.mark.parametrize("sigma", [0.02, 0.05])
def test_nobody_in_noise(sigma):
    empty = np.zeros((46, 82, 26), np.float32), np.zeros((46, 82, 52), np.float32)
    for seed in range(5):
        assert len(decode(*noisy(empty, sigma, seed), 6)) == 0


def test_nobody_without_fields_and_nobody_in_loose_joints():
    heat, fields = render(row(2))
    assert len(decode(heat, np.zeros_like(fields), 6)) == 0
    [person] = row(1)
    person[4:] = 0
    person[0] = 0  # neck, shoulder and elbow are too few
    assert len(decode(*render(person[None]), 6)) == 0


@pytest.mark.parametrize(("height", "seen"), [(0.09, False), (0.11, True)])
def test_a_peak_that_is_lower_than_a_tenth_is_none(height, seen):
    [person] = people = row(1)
    wrist = BODY_25.index("left_wrist")
    person[wrist, 2] = height
    [found] = decode(*render(people), MANY)
    assert found[wrist, 2] == pytest.approx(height if seen else 0, abs=1e-3)


@pytest.mark.parametrize(("strength", "count"), [(0.15, 0), (0.3, 1)])
def test_weak_peaks_on_weak_fields_are_nobody(strength, count):
    """Score of a joint: its height, and almost one integral."""
    heat, fields = render(row(1))
    assert len(decode(heat * strength, fields * strength, MANY)) == count


def test_a_plateau_is_one_peak():
    """Centres half way between cells make four equal cells."""
    [person] = row(1)
    person[:, :2] = np.round((person[:, :2] - 7.5) / 8) * 8 + 7.5
    check(decode(*render(person[None]), MANY), person[None], within_px=0.01)


def test_a_map_full_of_maxima_costs_the_weakest():
    rng = np.random.default_rng(0)
    people = row(2)
    heat, fields = render(people)
    heat = np.maximum(heat, rng.uniform(0, 0.4, heat.shape).astype(np.float32))
    found = decode(heat, fields, 2)
    matched(found, people)
    assert (heat > 0.3).sum() > 25 * MOST_PER_JOINT


def test_it_does_not_matter_how_many_pairs_are_measured_at_once(monkeypatch):
    maps = noisy(render(row(6)), 0.03)
    together = decode(*maps, MANY)
    monkeypatch.setattr("models.pose.body25.decode._AT_ONCE", 7)
    assert decode(*maps, MANY).tobytes() == together.tobytes()


def test_the_same_maps_give_the_same_bytes_and_are_not_changed():
    heat, fields = noisy(render(row(5)), 0.03)
    before = heat.copy(), fields.copy()
    first = decode(heat, fields, MANY)
    assert first.tobytes() == decode(heat, fields, MANY).tobytes()
    both = np.concatenate([heat, fields], axis=-1)  # views, as cut from the network's output
    assert first.tobytes() == decode(both[..., :26], both[..., 26:], MANY).tobytes()
    np.testing.assert_array_equal(heat, before[0])
    np.testing.assert_array_equal(fields, before[1])


@pytest.mark.parametrize(
    ("heat", "fields", "message"),
    [
        ((46, 82, 19), (46, 82, 38), "heat maps: expected shape (h, w, 26), got (46, 82, 19)"),
        ((46, 82), (46, 82, 52), "heat maps: expected shape (h, w, 26), got (46, 82)"),
        ((0, 82, 26), (0, 82, 52), "heat maps: expected shape (h, w, 26), got (0, 82, 26)"),
        ((46, 82, 26), (46, 80, 52), "fields: expected shape (46, 82, 52), got (46, 80, 52)"),
    ],
)
def test_other_shapes_are_named(heat, fields, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        decode(np.zeros(heat, np.float32), np.zeros(fields, np.float32), 1)


@pytest.mark.parametrize("size", [(8, 8), (8, 160), (160, 16)])
def test_the_smallest_maps(size):
    person = np.zeros((1, 25, 3), np.float32)
    person[0, :, :] = (3.5, 3.5, 1)
    assert decode(*render(person, size), 1).shape[0] <= 1


def test_every_limb_has_a_field_of_its_own_and_ties_the_tree_twice():
    assert sorted(FIELD_OF_LIMB) == list(range(26))
    assert len({tuple(sorted(limb)) for limb in LIMBS.tolist()}) == 26
    assert set(LIMBS.ravel()) == set(range(25))


def test_real_poses_of_real_athletes(data: Path):
    """OpenPose's own tracks of backflips and handsprings, with the joints it missed, two athletes
    at a time; what a missing link cuts off is not asked for."""
    files = sorted((data / "gym" / "clips").glob("*.npz"))[::11]
    tracks = [np.load(file)["keypoints"] for file in files]
    for one, other in itertools.pairwise(tracks):
        for i in range(0, min(len(one), len(other)), 20):
            people = np.stack([_fitted(one[i], 165), _fitted(other[i], 490)])
            found = decode(*render(people), MANY)
            found = found[np.argsort(np.nanmedian(_seen(found)[..., 0], axis=1))]
            assert len(found) == 2
            for mine, person in zip(found, people, strict=True):
                seen = mine[:, 2] > 0
                np.testing.assert_allclose(mine[seen, :2], person[seen, :2], atol=1)
                assert seen.sum() >= largest_part(person).sum()


def _seen(people: Keypoints) -> Keypoints:
    seen: Keypoints = np.where(people[..., 2:] > 0, people, np.nan)
    return seen


def _fitted(person: Keypoints, x: float) -> Keypoints:
    """The joints in a square of 280 px about (x, centre)."""
    seen = person[:, 2] > 0
    points = person[seen, :2]
    centre, extent = (points.max(axis=0) + points.min(axis=0)) / 2, np.ptp(points, axis=0).max()
    fitted = np.zeros_like(person)
    fitted[seen, :2] = (points - centre) / extent * 280 + [x, HEIGHT / 2]
    fitted[seen, 2] = 1
    return fitted
