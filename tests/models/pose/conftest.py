"""What the tests of several engines share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.body25_weights import random_blobs, write_caffemodel
from tests.models.pose.standin import write_standin


@pytest.fixture(scope="session")
def random_caffemodel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """BODY_25 with random weights: as large as the official file, so there is one for all."""
    path = tmp_path_factory.mktemp("body25") / "random.caffemodel"
    yield write_caffemodel(path, random_blobs())
    path.unlink()


@pytest.fixture(scope="module")
def importable_openpose(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A stand-in for pyopenpose 1.7 can be imported."""
    with pytest.MonkeyPatch.context() as patch:
        folder = write_standin(tmp_path_factory.mktemp("openpose"), "1.7")
        patch.syspath_prepend(str(folder))
        yield
        sys.modules.pop("pyopenpose", None)
