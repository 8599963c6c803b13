"""The pinned MediaPipe wheel, taken with pip (which knows the user's proxies and mirrors)."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from models.pose.errors import WeightsError
from models.pose.weights import MEDIAPIPE_VERSION

Progress = Callable[[int, int], None]
"""Called with bytes so far and bytes in all."""

# One fixed wheel for every machine: only the networks in it are used, and they are the same bytes
# in all wheels of this version.
_TAGS = (
    *("--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"),
    *("--platform", "manylinux_2_28_x86_64"),
)
_RAW_PROGRESS_SINCE = (24, 1)
_PROGRESS_LINE = re.compile(r"Progress (\d+) of (\d+)")


def download_wheel(folder: Path, progress: Progress) -> Path:
    """Download the wheel into `folder` and return its path.

    `progress` is called while it comes (from pip 24.1 on; before that, not at all). Raises
    WeightsError when pip is not there or fails.
    """
    if importlib.util.find_spec("pip") is None:
        raise WeightsError(
            "pose weights: this Python has no pip to download with; run: python -m ensurepip, or "
            "give a file: fliptally weights fetch --from FILE"
        )
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--disable-pip-version-check", "--no-input", *_progress_option(), *_TAGS]
    command += ["--dest", str(folder), f"mediapipe=={MEDIAPIPE_VERSION}"]
    output = _run(command, progress)
    wheels = list(folder.glob("mediapipe-*.whl"))
    if not wheels:
        reason = next((ln for ln in reversed(output) if ln.startswith("ERROR")), "no wheel came")
        raise WeightsError(
            f"pose weights: pip could not download mediapipe {MEDIAPIPE_VERSION} ({reason}); check "
            "the network, or give a file: fliptally weights fetch --from FILE"
        )
    return wheels[0]


def _progress_option() -> list[str]:
    version = re.findall(r"\d+", importlib.metadata.version("pip"))[:2]
    raw = tuple(int(part) for part in version) >= _RAW_PROGRESS_SINCE
    return ["--progress-bar", "raw" if raw else "off"]


def _run(command: list[str], progress: Progress) -> list[str]:
    """Run pip, pass its progress on, and return its other lines."""
    lines = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        for line in pip.stdout or ():
            if (match := _PROGRESS_LINE.match(line)) is not None:
                progress(int(match[1]), int(match[2]))
            else:
                lines.append(line.strip())
    return lines
