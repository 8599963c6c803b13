"""`fliptally doctor`: what is here, what is missing, and the mend; one line each."""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import zmq

from models.pose import weights
from models.pose.blazepose.estimator import BlazePose
from models.pose.errors import WeightsError
from models.pose.protocol import estimate_one
from models.simulation.scene import build_scene
from realtime.sources.camera import list_cameras

_MEASURED_FRAMES = 60
_PYOPENPOSE = ("pyopenpose", "openpose")


@dataclass(frozen=True, slots=True)
class Finding:
    """`good` is None where a missing part is no fault."""

    what: str
    good: bool | None
    text: str

    def __str__(self) -> str:
        sign = {True: "ok     ", False: "MISSING", None: "none   "}[self.good]
        return f"{sign}  {self.what:<10} {self.text}"


def examine(options: argparse.Namespace) -> int:
    """Print all findings; exit code 1 when something that counting needs is missing."""
    bad = False
    for find in (_system, _pose, _openpose, _cameras, _audio, _gpu, _transport):
        for finding in find():
            sys.stdout.write(f"{finding}\n")
            sys.stdout.flush()
            bad |= finding.good is False
    return 1 if bad else 0


def _system() -> Iterator[Finding]:
    cores = os.cpu_count() or 1
    text = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    yield Finding("system", True, f"{text}, {cores} cores")


def _pose() -> Iterator[Finding]:
    try:
        found = weights.load()
        rates = {threads: _rate(found, threads) for threads in (1, 2)}
    except WeightsError as error:
        yield Finding("blazepose", False, str(error))
        return
    text = ", ".join(f"{rate:.0f} fps with {threads} threads" for threads, rate in rates.items())
    yield Finding("blazepose", True, f"{text} (1280x720, one person); the default")


def _rate(found: weights.BlazePoseWeights, threads: int) -> float:
    """Frames per second on the simulated athlete, rendering not counted."""
    scene = build_scene("speed", fps=60.0)
    pictures = [scene.render(i) for i in range(0, 2 * _MEASURED_FRAMES, 2)]
    with closing(BlazePose(found, threads)) as estimator:
        estimate_one(estimator, pictures[0])
        begin = time.perf_counter()
        for picture in pictures:
            estimate_one(estimator, picture)
        return len(pictures) / (time.perf_counter() - begin)


def _openpose() -> Iterator[Finding]:
    found = any(importlib.util.find_spec(name) for name in _PYOPENPOSE)
    text = "pyopenpose is installed, but this version does not use it yet"
    yield Finding("openpose", None, text if found else "pyopenpose is not installed; not needed")


def _cameras() -> Iterator[Finding]:
    cameras = list_cameras()
    if not cameras:
        yield Finding("camera", None, "no video device; plug one in, or use a file or a stream")
    for camera in cameras:
        readable = os.access(camera, os.R_OK | os.W_OK)
        mend = "may not be opened; add yourself to the group video"
        yield Finding("camera", readable, f"{camera} {'' if readable else mend}".strip())


def _audio() -> Iterator[Finding]:
    try:
        import sounddevice  # noqa: PLC0415 - optional, and loading it opens the sound system
    except ImportError:
        text = "sounddevice is not installed (pip install 'fliptally[audio]'); not needed yet"
        yield Finding("audio", None, text)
        return
    except OSError:
        text = "PortAudio is missing (on Debian: apt-get install libportaudio2); not needed yet"
        yield Finding("audio", None, text)
        return
    yield Finding("audio", None if not len(sounddevice.query_devices()) else True, "sounddevice")


def _gpu() -> Iterator[Finding]:
    command = shutil.which("nvidia-smi")
    if command is None:
        yield Finding("gpu", None, "no NVIDIA driver; the default pose engine runs on the CPU")
        return
    query = [command, "--query-gpu=name", "--format=csv,noheader"]
    name = subprocess.run(query, capture_output=True, text=True, check=False).stdout.strip()
    yield Finding("gpu", True if name else None, name or "the NVIDIA driver shows no device")


def _transport() -> Iterator[Finding]:
    yield Finding("zeromq", zmq.has("ipc"), f"{zmq.zmq_version()}, ipc and tcp")
