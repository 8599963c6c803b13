"""Which evidence decides on an element."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from realtime.recognise.elements import Element
from realtime.recognise.flip_kinds import Opinion, by_kinematics, confidence_of, expected, kind_of

BACKFLIP = Element(
    side=1.0,
    backward=True,
    start_s=1.0,
    takeoff_s=1.1,
    end_s=1.7,
    turned=280.0,
    height=1.4,
    aloft_s=0.5,
    over_s=0.3,
    head_down_s=0.2,
    hands_down_s=0.0,
    feet_up_s=0.5,
    floor_step=-0.2,
    feet=0.05,
    hip_rise=0.7,
    travel=0.4,
    takeoff_angle_deg=85.0,
    rotation_deg_s=420.0,
)
HANDSPRING = replace(
    BACKFLIP, height=0.4, aloft_s=0.3, head_down_s=0.4, hands_down_s=0.3, travel=1.1, end_s=1.9
)
FROM_THE_FRONT = {"backward": None}


def opinion(backflip: float, handspring: float) -> Opinion:
    said = np.array((1 - backflip - handspring, backflip, handspring), np.float32)
    return Opinion(said, said)


def test_clearance_makes_a_backflip_and_hands_a_handspring() -> None:
    assert by_kinematics(BACKFLIP) == "backflip"
    assert by_kinematics(HANDSPRING) == "handspring"


@pytest.mark.parametrize(
    "changes",
    [
        {"backward": False},
        FROM_THE_FRONT,
        {"height": 3.0},
        {"over_s": 0.02, "head_down_s": 0.0},
        {"aloft_s": 1.0},
        {"floor_step": 0.9},
    ],
)
def test_no_backflip(changes: dict[str, object]) -> None:
    assert by_kinematics(replace(BACKFLIP, **changes)) is None


@pytest.mark.parametrize(
    "changes",
    [
        FROM_THE_FRONT,
        {"hands_down_s": 0.05},
        {"head_down_s": 0.0},
        {"feet": 0.8},
        {"turned": 30.0},
        {"turned": -100.0, "travel": 0.0},
        {"end_s": 1.4},
    ],
)
def test_no_handspring(changes: dict[str, object]) -> None:
    assert by_kinematics(replace(HANDSPRING, **changes)) is None


def test_a_turn_that_lacks_a_whole_one_counts_with_feet_up_and_travel() -> None:
    assert by_kinematics(replace(HANDSPRING, turned=-100.0)) == "handspring"


def test_the_network_brings_up_what_is_not_seen_from_the_side() -> None:
    unseen = replace(BACKFLIP, backward=None)
    assert kind_of(unseen, opinion(0.99, 0.0), "both") == "backflip"
    assert kind_of(unseen, opinion(0.8, 0.0), "both") is None
    assert kind_of(replace(unseen, height=0.3), opinion(0.99, 0.0), "both") is None
    assert kind_of(unseen, None, "kinematics") is None


def test_the_network_forbids_only_what_it_is_sure_was_none() -> None:
    assert kind_of(BACKFLIP, opinion(0.0, 0.0), "both") is None
    assert kind_of(BACKFLIP, opinion(0.2, 0.3), "both") == "backflip"


def test_the_network_alone_is_asked_for_the_majority() -> None:
    assert kind_of(HANDSPRING, opinion(0.6, 0.1), "network") == "backflip"
    assert kind_of(BACKFLIP, opinion(0.3, 0.3), "network") is None


def test_what_is_expected_needs_no_landing() -> None:
    assert expected(BACKFLIP, None) == "backflip"
    assert expected(HANDSPRING, None) == "handspring"
    assert expected(BACKFLIP, opinion(0.3, 0.0).flight) == "backflip"
    assert expected(BACKFLIP, opinion(0.0, 0.0).flight) is None
    assert expected(replace(BACKFLIP, backward=None), None) is None
    assert expected(replace(BACKFLIP, backward=None), opinion(0.0, 0.95).flight) == "handspring"


def test_confidence_grows_with_the_distance_from_the_other_kind() -> None:
    assert confidence_of(replace(BACKFLIP, height=0.85)) == 0.5
    assert confidence_of(replace(BACKFLIP, height=1.1)) == pytest.approx(0.75)
    assert confidence_of(BACKFLIP) == 1.0
