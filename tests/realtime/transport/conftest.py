"""What the tests of the channel share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.realtime.transport.channels import Bench


@pytest.fixture
def live() -> Iterator[Bench]:
    bench = Bench(lossless=False)
    yield bench
    bench.close()


@pytest.fixture
def lossless() -> Iterator[Bench]:
    bench = Bench(lossless=True, window=2)
    yield bench
    bench.close()
