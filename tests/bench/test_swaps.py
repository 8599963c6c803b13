"""How the side benchmark tells a swap from a single wrong frame."""

from __future__ import annotations

import numpy as np
import pytest

from bench.swaps import agreement, left_lower, repaired
from models.skeleton import BODY, Keypoints

ALTERNATING = np.resize([1.0, -1.0], 40)
LABELS = list(range(10, 130, 6))


def steps() -> Keypoints:
    """Feet that take turns between LABELS, the left one lower after the first."""
    keypoints = np.ones((140, len(BODY), 3), np.float32)
    for i, frame in enumerate(LABELS):
        lifted = "right" if i % 2 == 0 else "left"
        for part in ("ankle", "heel", "toe"):
            keypoints[frame + 1 : frame + 7, BODY.index(f"{lifted}_{part}"), 1] -= 10
    return keypoints


def test_feet_that_alternate_agree_in_either_phase() -> None:
    for lower in (ALTERNATING, -ALTERNATING):
        one = agreement(lower)
        assert (one.labels, one.seen, one.agree, one.swaps, one.steady) == (40, 40, 40, 0, 40)
        assert one.alternate == 1


def test_one_wrong_support_is_no_swap() -> None:
    lower = ALTERNATING.copy()
    lower[20] *= -1
    one = agreement(lower)
    assert (one.agree, one.swaps, one.steady) == (39, 0, 39)
    assert one.alternate == pytest.approx(37 / 39)


def test_sides_that_are_exchanged_for_a_while_are_two_swaps() -> None:
    lower = ALTERNATING.copy()
    lower[10:25] *= -1
    one = agreement(lower)
    assert (one.agree, one.swaps, one.steady) == (25, 2, 40)


def test_unknown_supports_are_left_out_and_keep_the_phase() -> None:
    lower = ALTERNATING.copy()
    lower[[3, 4, 5, 30]] = np.nan
    one = agreement(lower)
    assert (one.seen, one.agree, one.swaps, one.alternate) == (36, 36, 0, 1)
    assert agreement(np.full(5, np.nan)).seen == 0


def test_the_lower_foot_is_read_in_the_middle_of_each_support() -> None:
    lower = left_lower(steps(), LABELS)
    assert lower == pytest.approx(np.resize([10.0, -10.0], len(LABELS)))


def test_the_nearer_foot_may_always_look_lower() -> None:
    keypoints = steps()
    keypoints[:, [BODY.index(f"left_{part}") for part in ("ankle", "heel", "toe")], 1] += 30
    assert agreement(left_lower(keypoints, LABELS)).agree == len(LABELS)


def test_lost_feet_are_unknown() -> None:
    keypoints = steps()
    keypoints[LABELS[4] + 1 : LABELS[5], BODY.index("left_toe")] = 0
    assert np.flatnonzero(np.isnan(left_lower(keypoints, LABELS))).tolist() == [4]


def test_legs_that_are_exchanged_for_one_frame_are_repaired_and_others_left() -> None:
    keypoints = np.ones((40, len(BODY), 3), np.float32)
    for side, x in (("left", 60), ("right", 40)):
        for part in ("hip", "knee", "ankle", "heel", "toe"):
            keypoints[:, BODY.index(f"{side}_{part}"), 0] = x + np.arange(40)
    wrong = keypoints.copy()
    left, right = ([BODY.index(f"{s}_{p}") for p in ("hip", "knee", "ankle", "heel", "toe")]
                   for s in ("left", "right"))  # fmt: skip
    wrong[20, left + right] = wrong[20, right + left]
    np.testing.assert_array_equal(repaired(wrong), keypoints)
    np.testing.assert_array_equal(repaired(keypoints), keypoints)
