"""Checks that hold for every element of motion."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.figure import POINT, SIDES, Build, assemble, centre_of_mass
from models.simulation.motion import GRAVITY, Element, Performance, Placement
from models.simulation.sagittal import STANDING, sagittal_posture, standing_pelvis
from models.simulation.truth import Contact

RATE = 480.0
"""Samples per second: fine enough for second differences of the motion."""


@dataclass
class Played:
    """`element` as an athlete of `build` does it, sampled."""

    build: Build
    element: Element

    def __post_init__(self) -> None:
        self.t = np.arange(0.0, self.element.duration_s, 1 / RATE)
        there = Performance(self.build, [self.element], Placement()).at(self.t)
        self.points, self.rope = there.points, there.rope

    def at(self, name: str) -> Floats:
        return self.points[:, POINT[name]]

    def toe_height(self, side: str) -> Floats:
        return self.at(f"{side}_toe")[:, 2] - self.build.sole

    def contacts(self, side: str) -> list[Contact]:
        return [c for c in self.element.truth.contacts if c.limb == f"{side}_foot"]

    def on_floor(self, side: str, margin_s: float = 1e-9) -> NDArray[np.bool_]:
        """Whether the truth says that the foot is on the floor, its ends wider by `margin_s`."""
        spans = [(c.begin_s - margin_s, c.end_s + margin_s) for c in self.contacts(side)]
        return np.any([(a <= self.t) & (self.t <= b) for a, b in spans], axis=0)

    @cached_property
    def in_air(self) -> NDArray[np.bool_]:
        return ~(self.on_floor("left") | self.on_floor("right"))

    def passes(self) -> Iterator[int]:
        """Rows at which the rope passes between floor and feet."""
        turns = self.rope[:, 0]
        for n in range(1, int(np.floor(turns[-1])) + 1):
            row = int(np.searchsorted(turns, n))
            if abs(self.rope[row, 1]) < 0.5:
                yield row


def assert_obeys_physics(motion: Played) -> None:
    """All of the below."""
    assert_segments_keep_their_length(motion)
    assert_nothing_jumps_or_sinks(motion)
    assert_stands_at_both_ends(motion)
    assert_contacts_are_where_the_toes_are(motion)
    assert_flights_are_ballistic(motion)


def assert_segments_keep_their_length(motion: Played) -> None:
    build = motion.build
    for side in SIDES:
        for a, b, length in (
            ("hip", "knee", build.thigh),
            ("knee", "ankle", build.shank),
            ("shoulder", "elbow", build.upper_arm),
            ("elbow", "wrist", build.forearm),
        ):
            segment = motion.at(f"{side}_{a}") - motion.at(f"{side}_{b}")
            np.testing.assert_allclose(np.linalg.norm(segment, axis=1), length, rtol=1e-9)


def assert_nothing_jumps_or_sinks(motion: Played) -> None:
    """No point is faster than 20 m/s, which a seam would be, or 5 mm below the floor."""
    speed = np.linalg.norm(np.diff(motion.points, axis=0), axis=-1) * RATE
    assert speed.max() < 20.0
    assert motion.points[..., 2].min() > -0.005


def assert_stands_at_both_ends(motion: Played) -> None:
    build, element = motion.build, motion.element
    upright = sagittal_posture(build, STANDING[None], standing_pelvis(build)[None])
    standing = assemble(build, upright)[0]
    ends = assemble(build, element.posture(np.array([0.0, element.duration_s])))
    np.testing.assert_allclose(ends[0], standing, atol=1e-9)
    np.testing.assert_allclose(ends[1], element.exit.place(standing), atol=1e-9)


def assert_contacts_are_where_the_toes_are(motion: Played) -> None:
    """The toes are at floor height and do not slide in a contact, and are higher outside it, but
    for a millisecond."""
    for side in SIDES:
        height = motion.toe_height(side)
        np.testing.assert_allclose(height[motion.on_floor(side)], 0.0, atol=1e-9)
        lifted = height[~motion.on_floor(side, margin_s=0.001)]
        assert lifted.size == 0 or lifted.min() > 1e-6
        for contact in motion.contacts(side):
            rows = (contact.begin_s <= motion.t) & (motion.t <= contact.end_s)
            toe = motion.at(f"{side}_toe")[rows]
            np.testing.assert_allclose(toe - toe[:1], 0.0, atol=1e-9)


def assert_flights_are_ballistic(motion: Played) -> None:
    mass = centre_of_mass(motion.points)
    fall = np.diff(mass, n=2, axis=0) * RATE**2 - [0.0, 0.0, -GRAVITY]
    air = motion.in_air
    inside = air[2:] & air[1:-1] & air[:-2]
    assert np.all(np.abs(fall[inside]) < 0.5)
