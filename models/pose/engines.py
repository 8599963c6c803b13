"""The pose engines by name. An engine's network is imported when it is opened: the default needs
neither Keras nor OpenPose."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.pose import openpose, weights
from models.pose.errors import EngineError, WeightsError
from models.pose.modules import is_installed
from models.pose.options import PoseOptions
from models.pose.protocol import PoseEstimator

DEFAULT = "blazepose"
_KERAS_BACKENDS = {"jax": ("jax", "jaxlib"), "tensorflow": ("tensorflow",)}
"""Those that body25 runs on, and the modules of each."""
_BLAZEPOSE_SIDE = 960
"""The network sees a person in 256 px (`python -m bench.packing`)."""
_OPENPOSE_SIZE = (656, 368)
"""What OpenPose's network takes of a picture of 16:9 unless it is told otherwise (px)."""


@dataclass(frozen=True, slots=True)
class Engine:
    """One way to find people.

    `takes` names the PoseOptions that not every engine has. `missing` says why it cannot run on
    this machine whatever the options, with the mend; None: it can. `check` raises EngineError or
    WeightsError for options that will not do. `open` raises the same. `longest_side` is that of
    the largest picture (px) that gives better poses than a smaller one; 0: as large as it comes.
    """

    about: str
    takes: frozenset[str]
    missing: Callable[[], str | None]
    check: Callable[[PoseOptions], object]
    open: Callable[[PoseOptions], PoseEstimator]
    longest_side: Callable[[PoseOptions], int]


def longest_side(name: str, options: PoseOptions) -> int:
    """The longest side of a picture (px) that is worth sending to this engine; 0: of any."""
    return ENGINES[name].longest_side(options)


def check(name: str, options: PoseOptions) -> None:
    """Say beforehand, as far as it is known without the network, that an engine will not open.

    Raises EngineError (an option it does not have, or must have; a part that is not installed)
    and WeightsError, with the mend.
    """
    _usable(name, options).check(options)


def open_engine(name: str, options: PoseOptions) -> PoseEstimator:
    """The engine, ready to work. Raises as `check` does."""
    return _usable(name, options).open(options)


def _usable(name: str, options: PoseOptions) -> Engine:
    engine = ENGINES[name]
    for option in ("caffemodel", "net_size", "openpose"):
        if getattr(options, option) and option not in engine.takes:
            owners = [owner for owner, found in ENGINES.items() if option in found.takes]
            raise EngineError(
                f"--{option.replace('_', '-')}: engine {name} has no such option; "
                f"add --engine {' or '.join(owners)}"
            )
    if why := engine.missing():
        raise EngineError(why)
    return engine


def _blazepose_missing() -> str | None:
    try:
        weights.load()
    except WeightsError as error:
        return str(error)
    return None


def _open_blazepose(options: PoseOptions) -> PoseEstimator:
    from models.pose.blazepose.estimator import BlazePose  # noqa: PLC0415 - loads LiteRT

    return BlazePose(weights.load(), options.threads, options.people)


_BODY25_MEND = "run: pip install --upgrade 'fliptally[body25]'"


def _body25_missing() -> str | None:
    backend = os.environ.get("KERAS_BACKEND") or "jax"
    if backend not in _KERAS_BACKENDS:
        known = " or ".join(_KERAS_BACKENDS)
        return f"engine body25: KERAS_BACKEND is {backend}, expected {known}; unset KERAS_BACKEND"
    needed = ("keras", "google.protobuf", *_KERAS_BACKENDS[backend])
    absent = next((name for name in needed if not is_installed(name)), None)
    if absent is None:
        return None
    mend = _BODY25_MEND
    if absent == backend != "jax":
        mend = f"unset KERAS_BACKEND, or run: pip install {backend}"
    return f"engine body25: {absent} is not installed; {mend}"


def _caffemodel(options: PoseOptions) -> Path:
    if options.caffemodel is None:
        raise EngineError(
            "engine body25: needs OpenPose's official network; give --caffemodel "
            "pose_iter_584000.caffemodel"
        )
    return options.caffemodel


def _check_body25(options: PoseOptions) -> None:
    from models.pose.body25.caffemodel import check_caffemodel  # noqa: PLC0415 - needs protobuf

    check_caffemodel(_caffemodel(options))


def _open_body25(options: PoseOptions) -> PoseEstimator:
    try:
        from models.pose.body25.estimator import Body25  # noqa: PLC0415 - loads Keras
    except ImportError as error:  # it is there, but of a release that does not fit
        reason = " ".join(str(error).split())
        raise EngineError(f"engine body25: {reason}; {_BODY25_MEND}") from error
    return Body25(_caffemodel(options), options.net_size, options.people)


ENGINES: Mapping[str, Engine] = {
    "blazepose": Engine(
        "BlazePose Full on the CPU",
        frozenset(),
        _blazepose_missing,
        lambda options: None,
        _open_blazepose,
        lambda options: _BLAZEPOSE_SIDE,
    ),
    "body25": Engine(
        "OpenPose's BODY_25 network on Keras, for a GPU; needs its .caffemodel",
        frozenset({"caffemodel", "net_size"}),
        _body25_missing,
        _check_body25,
        _open_body25,
        lambda options: max(options.net_size or _OPENPOSE_SIZE),
    ),
    "openpose": Engine(
        "OpenPose as you have built it, through pyopenpose",
        frozenset({"net_size", "openpose"}),
        openpose.missing,
        openpose.flags_of,
        openpose.OpenPose,
        lambda options: 0 if options.openpose else max(options.net_size or _OPENPOSE_SIZE),
    ),
}
