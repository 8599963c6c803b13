"""What all tests share: the real data, the pose weights, and nothing left behind."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from models.pose import weights
from models.pose.weights import BlazePoseWeights

ROOT = Path(__file__).parent.parent
_SETTLE_S = 2.0

settings.register_profile("suite", max_examples=40)
settings.register_profile("thorough", max_examples=200)
settings.load_profile("suite")  # another: --hypothesis-profile=thorough, as `make test-all` does


def pytest_configure(config: pytest.Config) -> None:
    """A folder of temporary files for this run alone: what another FlipTally on this machine
    makes must not look like something a test left behind."""
    folder = tempfile.TemporaryDirectory(prefix="ft-")
    config.add_cleanup(folder.cleanup)
    os.environ["TMPDIR"] = tempfile.tempdir = folder.name  # the first for child processes
    os.environ["FLIPTALLY_LOG"] = "off"  # the user's log is not for tests


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real recordings; the test is skipped where there is none."""
    folder = Path(os.environ.get("FLIPTALLY_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder} (set FLIPTALLY_DATA)")
    return folder.resolve()


@pytest.fixture(scope="session")
def pose_weights() -> BlazePoseWeights:
    """The real networks; `make setup` fetches them, so that their absence is a failure."""
    return weights.load()


def _children() -> set[str]:
    """Our child processes; empty where the system does not say (not Linux)."""
    pids: list[str] = []
    for path in Path("/proc/self/task").glob("*/children"):
        try:
            pids += path.read_text().split()
        except OSError:
            continue  # that thread ended meanwhile
    return {f"process {pid}" for pid in pids}


def _temporary() -> set[str]:
    """FlipTally's folders of temporary files."""
    return {str(path) for path in Path(tempfile.gettempdir()).glob("fliptally-*")}


def _remains(threads: set[threading.Thread], others: set[str]) -> list[str]:
    running = [thread.name for thread in threading.enumerate() if thread not in threads]
    return running + sorted((_children() | _temporary()) - others)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Every test fails that leaves a thread, a child process or a temporary folder."""
    threads, others = set(threading.enumerate()), _children() | _temporary()
    yield
    deadline = time.monotonic() + _SETTLE_S
    while (remains := _remains(threads, others)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not remains, f"left behind: {', '.join(remains)}"
