"""Two minutes at 60 fps through everything that a live station has: nothing piles up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from zmq.utils import garbage

from bench.soak import soak

SECONDS = 120.0
SLICES = 12


@pytest.fixture
def no_garbage() -> Iterator[None]:
    """Large pictures are sent without a copy: PyZMQ has a thread for what is sent."""
    yield
    garbage.gc.stop()


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.usefixtures("no_garbage", "pose_weights")
def test_nothing_grows_in_two_minutes() -> None:
    """How fast it is belongs to `bench.soak`: other programs may use the machine."""
    slices = list(soak(SECONDS, SLICES))
    assert len(slices) == SLICES
    assert sum(s.frames for s in slices) == pytest.approx(60 * SECONDS, rel=0.02)
    assert sum(s.lost for s in slices) == 0
    for what, grows_by in (("station_mb", 16), ("worker_mb", 8), ("threads", 0), ("files", 0)):
        first, *_, last = (getattr(s, what) for s in slices)
        assert last - first <= grows_by, what
    # A queue would make latency creep without end.
    assert slices[-1].mark_p50_ms < 200
