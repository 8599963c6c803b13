"""Who belongs to whom: missing links, chance alignments, weak fields."""

from __future__ import annotations

import numpy as np
import pytest

from bench.body25_fields import HEIGHT, WIDTH, athlete, noisy, place, render, row
from models.pose.body25.decode import FIELD_OF_LIMB, LIMBS, decode
from models.skeleton import BODY_25
from tests.models.pose.body25.matching import MANY, check, largest_part

_LINKED = ("nose", "left_ear", "right_wrist", "left_small_toe", "right_heel")


def test_missing_joints_at_the_ends_are_zero_and_the_rest_is_there():
    people = row(4)
    for i, joint in enumerate(_LINKED):
        people[i % len(people), BODY_25.index(joint)] = 0
    check(decode(*render(people), MANY), people)


def test_arms_hang_on_the_ears_when_the_neck_is_missing():
    """The redundant limbs: shoulder to ear."""
    [person] = row(1)
    lower = [i for i, j in enumerate(BODY_25.joints) if _is_lower(j)]
    person[[BODY_25.index("neck"), *lower]] = 0
    check(decode(*render(person[None]), MANY), person[None])


def _is_lower(joint: str) -> bool:
    return any(part in joint for part in ("hip", "knee", "ankle", "toe", "heel"))


@pytest.mark.parametrize("joint", ["neck", "mid_hip", "right_hip", "left_knee", "left_ankle"])
@pytest.mark.parametrize("count", [1, 3])
def test_a_missing_link_leaves_the_better_part_and_nobody_is_invented(joint, count):
    people = row(count)
    people[:, BODY_25.index(joint)] = 0
    kept = np.stack([person * largest_part(person)[:, None] for person in people])
    check(decode(*render(people), MANY), kept)


@pytest.mark.parametrize(("share", "degrees", "stature"), [(0.5, 200, 150), (0.35, 140, 150)])
def test_a_joint_on_somebody_elses_limb_does_not_take_it(share, degrees, stature):
    """One's hip lies on the trunk of another by chance: taken alone, the short connection is as
    good as the right one."""
    upright = place(athlete("speed", 2.0), 300, 200, 220)
    neck, mid_hip = (upright[BODY_25.index(joint), :2] for joint in ("neck", "mid_hip"))
    hip = neck * share + mid_hip * (1 - share)
    people = np.stack([upright, place(athlete("mixed", 9.0), *hip, stature, degrees)])
    check(decode(*render(people), MANY), people)


def test_the_top_of_a_peak_wins_against_a_bump_on_the_way():
    people = row(1, 330)
    elbow, wrist = (BODY_25.index(f"left_{joint}") for joint in ("elbow", "wrist"))
    people[0, wrist, :2] = people[0, elbow, :2] + [60, 10]
    heat, fields = render(people)
    ghost = people.copy()
    ghost[0, wrist, :2] = (people[0, elbow, :2] + people[0, wrist, :2]) / 2
    ghost[0, wrist, 2] = 0.3
    heat[..., wrist] = np.maximum(heat[..., wrist], render(ghost)[0][..., wrist])
    channel = 2 * FIELD_OF_LIMB[LIMBS.tolist().index([elbow, wrist])]
    away = np.hypot(*np.moveaxis(_pixels() - people[0, wrist, :2], -1, 0))
    fields[..., channel : channel + 2][away < 12] *= 0.6
    found = decode(heat, fields, MANY)
    np.testing.assert_allclose(found[0, wrist, :2], people[0, wrist, :2], atol=1)


@pytest.mark.parametrize(("reach", "linked"), [(250, 1.0), (520, 0.0)])
def test_a_weak_field_does_not_make_a_limb_across_the_picture(reach, linked):
    [person] = people = np.stack([place(athlete("speed", 2.0), 80, 190, 190)])
    elbow, wrist = (BODY_25.index(f"left_{joint}") for joint in ("elbow", "wrist"))
    person[wrist, :2] = person[elbow, :2] + [reach, 0]
    heat, fields = render(people)
    channel = 2 * FIELD_OF_LIMB[LIMBS.tolist().index([elbow, wrist])]
    fields[..., channel], fields[..., channel + 1] = 0.3, 0
    assert decode(heat, fields, MANY)[0, wrist, 2] == pytest.approx(linked, abs=1e-3)


@pytest.mark.parametrize("corner", [(1, 2), (654, 1), (2, 366), (653, 365)])
def test_a_joint_in_the_corner_of_the_picture(corner):
    people = row(1)
    people[0, BODY_25.index("left_wrist"), :2] = corner
    people[0, BODY_25.index("left_elbow"), :2] = (people[0, 6, :2] + corner) / 2
    for seed in range(5):
        check(decode(*noisy(render(people), 0.01, seed), MANY), people)


def _pixels() -> np.ndarray:
    """(46, 82, 2): x, y of the pixel each cell of a field is for."""
    return np.stack(np.meshgrid(np.arange(0, WIDTH, 8), np.arange(0, HEIGHT, 8)), axis=-1)


def test_two_halves_with_a_trunk_joint_each_stay_two():
    upper, lower = (
        place(athlete("speed", 2.0), 300, 190, 190),
        place(athlete("speed", 3.1), 340, 190, 190),
    )
    lower_joints = np.array([_is_lower(joint) for joint in BODY_25.joints])
    people = np.stack([upper * ~lower_joints[:, None], lower * lower_joints[:, None]])
    check(decode(*render(people), MANY), people)
