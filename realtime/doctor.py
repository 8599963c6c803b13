"""`fliptally doctor`: what is here, what is missing, and the mend; one line each."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache, partial

import zmq

from models.pose import engines
from models.pose.errors import EngineError, WeightsError
from models.pose.modules import is_installed
from models.pose.options import PoseOptions
from models.pose.protocol import Image, estimate_one
from models.simulation.scene import build_scene
from realtime.sources.camera import list_cameras

_MEASURED_FRAMES = 60
_MEASURED_S = 5.0  # at most, of one engine
_THREADS = (1, 2)


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
    parts = (_system, partial(_engines, options), _cameras, _audio, _gpu, _transport)
    for find in parts:
        for finding in find():
            sys.stdout.write(f"{finding}\n")
            sys.stdout.flush()
            bad |= finding.good is False
    return 1 if bad else 0


def _system() -> Iterator[Finding]:
    cores = os.cpu_count() or 1
    text = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    yield Finding("system", True, f"{text}, {cores} cores")


def _engines(options: argparse.Namespace) -> Iterator[Finding]:
    """One line for each pose engine, then the one to use."""
    rates: dict[str, float] = {}
    for name, engine in engines.ENGINES.items():
        given = options.caffemodel if "caffemodel" in engine.takes else None
        try:
            measured = _measure(name, PoseOptions(caffemodel=given))
        except (EngineError, WeightsError) as error:
            needed = False if name == engines.DEFAULT else None
            yield Finding(name, needed, str(error).removeprefix(f"engine {name}: "))
            continue
        rates[name] = max(measured.values())
        text = ", ".join(f"{_digits(rate)} fps {how}" for how, rate in measured.items())
        yield Finding(name, True, f"{text} (1280x720, one person)")
    best = engines.choose(rates, gpu=bool(_gpu_name()))
    how = "the default" if best == engines.DEFAULT else f"give --engine {best}"
    yield Finding("engine", True if best in rates else None, f"{best} is recommended; {how}")


def _measure(name: str, options: PoseOptions) -> dict[str, float]:
    """Frames per second of an engine on the simulated athlete, by what it ran with. Raises
    EngineError and WeightsError when it cannot run."""
    if name == engines.DEFAULT:
        variants = {
            f"with {threads} thread{'s' * (threads > 1)}": replace(options, threads=threads)
            for threads in _THREADS
        }
        return {how: _rate(name, variant)[1] for how, variant in variants.items()}
    called, rate = _rate(name, options)
    return {f"with {called}": rate}


def _rate(name: str, options: PoseOptions) -> tuple[str, float]:
    """What the engine calls itself (with the checksum of what it was given), and its rate."""
    with closing(engines.open_engine(name, options)) as estimator:
        estimate_one(estimator, _pictures()[0])
        times = [time.perf_counter()]
        for picture in _pictures():
            estimate_one(estimator, picture)
            times.append(time.perf_counter())
            if times[-1] - times[0] > _MEASURED_S:
                break
        return estimator.name, (len(times) - 1) / (times[-1] - times[0])


def _digits(rate: float) -> str:
    return f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"


@cache
def _pictures() -> list[Image]:
    scene = build_scene("speed", fps=60.0)
    return [scene.render(i) for i in range(0, 2 * _MEASURED_FRAMES, 2)]


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
    name = _gpu_name()
    if name is None:
        text = "no NVIDIA driver; the default pose engine runs on the CPU"
    else:
        text = name or "the NVIDIA driver shows no device"
    yield Finding("gpu", True if name else None, f"{text}{_jax(bool(name))}")


@cache
def _gpu_name() -> str | None:
    """What the NVIDIA driver calls its devices ("": it shows none); None without a driver."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return None
    query = [command, "--query-gpu=name", "--format=csv,noheader"]
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    return ", ".join(done.stdout.split("\n")).strip(", ") if done.returncode == 0 else ""


def _jax(gpu: bool) -> str:
    """What JAX, which engine body25 runs on, sees of the GPU; nothing where it is not installed."""
    if not is_installed("jax"):
        return ""
    try:
        kinds = {device.platform for device in importlib.import_module("jax").devices()}
    except RuntimeError as error:
        return f"; JAX does not start ({str(error).splitlines()[0]})"
    if kinds != {"cpu"}:
        return f"; JAX sees it ({', '.join(sorted(kinds))})"
    return "; JAX does not see it (pip install 'jax[cuda13]')" if gpu else "; JAX has the CPU only"


def _transport() -> Iterator[Finding]:
    yield Finding("zeromq", zmq.has("ipc"), f"{zmq.zmq_version()}, ipc and tcp")
