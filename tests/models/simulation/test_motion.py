"""Placements: standing places that follow each other."""

import numpy as np
import pytest

from models.simulation.motion import Placement


def test_placements_chain_and_come_back() -> None:
    here = Placement(0.3, -0.2, 2.0)
    there = Placement(-1.0, 0.7, -2.5)
    step = here.towards(there)
    arrived = here.then(step)
    assert (arrived.x, arrived.y) == pytest.approx((there.x, there.y))
    assert np.cos(arrived.heading - there.heading) == pytest.approx(1.0)
    assert abs(step.heading) <= np.pi
