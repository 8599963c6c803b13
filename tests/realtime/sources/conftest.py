"""What several tests of sources share."""

from __future__ import annotations

import pytest

from tests.sending import encode


@pytest.fixture(scope="session")
def film(tmp_path_factory):
    """A stream of 25 s, in pieces that can be sent."""
    return encode(tmp_path_factory.mktemp("film") / "film.pieces")
