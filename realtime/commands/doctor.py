"""`fliptally doctor`: what is here, what is missing, and the mend; one line each."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial

import zmq

from models.pose import engines
from models.pose.errors import EngineError, WeightsError
from models.pose.modules import is_installed
from models.pose.options import PoseOptions
from models.pose.protocol import PoseEstimator, estimate_one
from models.simulation.staging import build_scene
from realtime import exits
from realtime.messages import SLOWEST_S
from realtime.options.pose import EngineChoice, add_options, chosen
from realtime.printable import one_line
from realtime.sources.camera import CameraSource, list_cameras
from realtime.sources.errors import SourceError
from realtime.sources.trial import tried

REAL_TIME_FPS = 60.0
"""What an engine on a GPU must reach to be preferred to the default."""
LIVE_FPS = 20.0
"""Slower is for recordings only: at record pace a speed step would have fewer than three frames."""
_MEASURED_FRAMES = 60
_MEASURED_S = 5.0  # at most, of one engine
_PATIENCE_S = 4 * SLOWEST_S  # for two calls that a worker would wait for, and to compile
_MOST_THREADS = 2


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
    given = _pose_options(options)
    for name in engines.ENGINES:
        try:
            measured = _measure(name, given)
        except (EngineError, WeightsError) as error:
            needed = False if name == engines.DEFAULT else None
            yield Finding(name, needed, str(error).removeprefix(f"engine {name}: "))
            continue
        rates[name] = max(measured.values())
        text = ", ".join(f"{_digits(rate)} fps {how}" for how, rate in measured.items())
        use = "" if rates[name] >= LIVE_FPS else "; too slow to count live: for recordings only"
        yield Finding(name, True, f"{text} (1280x720, one person){use}")
    best = recommended(rates, gpu=bool(_gpu_name()))
    how = "the default" if best == engines.DEFAULT else f"give --engine {best}"
    yield Finding("engine", True if best in rates else None, f"{best} is recommended; {how}")


def recommended(rates: Mapping[str, float], *, gpu: bool) -> str:
    """The engine to recommend, by measured rates (engine to frames per second).

    With a GPU: the fastest of the two that use it, when it keeps up with 60 fps. Otherwise the
    default, which needs none.
    """
    fast = [name for name, rate in rates.items() if name != engines.DEFAULT]
    fast = [name for name in fast if rates[name] >= REAL_TIME_FPS]
    return max(fast, key=lambda name: rates[name]) if gpu and fast else engines.DEFAULT


def _pose_options(options: argparse.Namespace) -> PoseOptions:
    """What was given on the command line; what the command does not offer has its default."""
    parser = argparse.ArgumentParser()
    add_options(parser)
    return chosen(parser.parse_args([], options)).options


def _measure(name: str, options: PoseOptions) -> dict[str, float]:
    """Frames per second of an engine on the simulated athlete, by what it ran with. Raises
    EngineError and WeightsError when it cannot run."""
    own = {option: getattr(options, option) for option in engines.ENGINES[name].takes}
    choice = EngineChoice(name, PoseOptions(**own))
    choice.check()
    if name != engines.DEFAULT:
        called, rate = _rate_in_child(choice)
        return {f"with {called}": rate}
    return {
        f"with {threads} thread{'s' * (threads > 1)}": _rate_in_child(choice, threads)[1]
        for threads in range(1, min(_MOST_THREADS, os.cpu_count() or 1) + 1)
    }


def _rate_in_child(choice: EngineChoice, threads: int = 1) -> tuple[str, float]:
    """What the engine calls itself (with the checksum of what it was given), and its rate.

    Measured in a process of its own: OpenPose and the drivers of a GPU print, and may end or hang
    the process that they run in. Raises EngineError for whatever goes wrong there.
    """
    arguments = ["-m", "realtime.commands.doctor", *choice.arguments(), "--threads", str(threads)]
    try:
        called, rate = json.loads(_python(arguments))
    except _ChildError as error:
        reason = str(error).removeprefix(f"engine {choice.engine}: ")
        raise EngineError(f"engine {choice.engine}: {reason}") from error
    if 1 / rate > SLOWEST_S:
        raise EngineError(
            f"engine {choice.engine}: {1 / rate:.0f} s for a frame, expected at most "
            f"{SLOWEST_S:g} s"
        )
    return called, rate


class _ChildError(Exception):
    """How a child process failed, in one line."""


def _python(arguments: Sequence[str]) -> str:
    """What a Python process prints. Raises _ChildError with its last words."""
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _ChildError(f"no answer within {_PATIENCE_S:g} s") from None
    if done.returncode == exits.DONE and done.stdout:
        return done.stdout
    said = one_line(done.stderr.strip().rpartition("\n")[2])
    if done.returncode in (exits.FAILED, exits.BAD_INPUT) and said:
        raise _ChildError(said)
    raise _ChildError(f"its process ended with code {done.returncode}{said and f' ({said})'}")


def _rate(estimator: PoseEstimator) -> float:
    scene = build_scene("speed", fps=60.0)
    estimate_one(estimator, scene.render(0))
    frames, taken_s = 0, 0.0
    while frames < _MEASURED_FRAMES and taken_s < _MEASURED_S:
        picture = scene.render(2 * frames)
        begin = time.perf_counter()
        estimate_one(estimator, picture)
        taken_s += time.perf_counter() - begin
        frames += 1
    return frames / taken_s


def _digits(rate: float) -> str:
    return f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"


def _cameras() -> Iterator[Finding]:
    cameras = list_cameras()
    if not cameras:
        yield Finding("camera", None, "no video device; plug one in, or use a file or a stream")
    for camera in cameras:
        if camera.startswith("/") and not os.access(camera, os.R_OK | os.W_OK):
            text = f"{camera} may not be opened; add yourself to the group video"
            yield Finding("camera", False, text)
            continue
        try:
            yield Finding("camera", True, f"{camera} {tried(partial(CameraSource, camera))}")
        except SourceError as error:
            # A webcam has a second entry, which gives no pictures.
            yield Finding("camera", None, f"{camera} {str(error).partition(': ')[2]}")


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
    script = "import jax; print(*sorted({device.platform for device in jax.devices()}))"
    try:
        kinds = _python(["-c", script]).split()
    except _ChildError as error:
        return f"; JAX does not start ({error})"
    if kinds != ["cpu"]:
        return f"; JAX sees it ({', '.join(kinds)})"
    return "; JAX does not see it (pip install 'jax[cuda13]')" if gpu else "; JAX has the CPU only"


def _transport() -> Iterator[Finding]:
    yield Finding("zeromq", zmq.has("ipc"), f"{zmq.zmq_version()}, ipc and tcp")


def _measure_here() -> int:
    """The process of one engine: its name and rate, as JSON, are all that is on stdout."""
    parser = argparse.ArgumentParser(prog="python -m realtime.commands.doctor")
    add_options(parser)
    choice = chosen(parser.parse_args())
    with os.fdopen(os.dup(1), "w") as report:
        os.dup2(2, 1)  # an engine may print, also from C++
        try:
            with closing(engines.open_engine(choice.engine, choice.options)) as estimator:
                found = estimator.name, _rate(estimator)
        except (EngineError, WeightsError) as error:
            sys.stderr.write(f"{one_line(error)}\n")
            return exits.BAD_INPUT
        json.dump(found, report)
    return exits.DONE


if __name__ == "__main__":
    sys.exit(_measure_here())
