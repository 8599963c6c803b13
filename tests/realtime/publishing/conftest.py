"""A place for sockets."""

from __future__ import annotations

import pytest


@pytest.fixture
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"ipc://{tmp_path_factory.mktemp('e')}/s"
