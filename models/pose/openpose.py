"""OpenPose through pyopenpose, its own Python binding, where the user has built it.

Follows the binding's source (`python/openpose/openpose_python.cpp`, releases 1.5 to 1.7). OpenPose
cannot be installed with pip, and the tests hold this adapter against a stand-in of that interface.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from models.pose.errors import EngineError
from models.pose.modules import is_installed
from models.pose.options import PoseOptions
from models.pose.protocol import CameraFrame, Image, check_image, inside
from models.poses import Poses
from models.skeleton import BODY_25, Keypoints, Skeleton

MODULES = ("pyopenpose", "openpose.pyopenpose")
"""Its names: the first where its folder is on PYTHONPATH, the second where it is installed."""
FLAGS = frozenset(
    (
        *("caffemodel_path", "disable_multi_thread", "fps_max", "logging_level"),
        *("maximize_positives", "model_folder", "net_resolution", "net_resolution_dynamic"),
        *("num_gpu", "num_gpu_start", "profile_speed", "prototxt_path", "scale_gap"),
        *("scale_number", "upsampling_ratio"),
    )
)
"""OpenPose's flags that a user may set. The others change what comes back, or write files; and an
unknown one would end the process, as gflags does."""
_NOT_INSTALLED = (
    "engine openpose: pyopenpose is not installed; build OpenPose with -DBUILD_PYTHON=ON and put "
    "the folder of its Python module (build/python/openpose) on PYTHONPATH"
)
_NET_RESOLUTION = "-1x368"  # OpenPose's own; -1 keeps the aspect of the frame
_SILENT = "255"  # logging_level


class Datum(Protocol):
    """One picture and what was found in it."""

    cvInputData: Image  # noqa: N815 - OpenPose's names
    poseKeypoints: NDArray[np.float32] | None  # noqa: N815


class Wrapper(Protocol):
    """OpenPose's processing threads."""

    def configure(self, params: dict[str, str], /) -> None: ...

    def start(self) -> None: ...

    def emplaceAndPop(self, datums: Any, /) -> object: ...  # noqa: N802

    def stop(self) -> None: ...


class PyOpenPose(Protocol):
    """The part of the module that is used. 1.7 wants `VectorDatum`, earlier releases a list."""

    WrapperPython: Callable[[], Wrapper]
    Datum: Callable[[], Datum]


def missing() -> str | None:
    """Why pyopenpose cannot be imported, with the mend; None when it is there."""
    return None if _module_name() else _NOT_INSTALLED


def _module_name() -> str | None:
    return next((name for name in MODULES if is_installed(name)), None)


def flags_of(options: PoseOptions) -> dict[str, str]:
    """OpenPose's flags for these options.

    Raises EngineError for a flag that is not in FLAGS, and for two network sizes.
    """
    for name in options.openpose:
        if name not in FLAGS:
            raise EngineError(
                f"--openpose {name}: FlipTally sets this flag itself, or OpenPose has none of "
                f"this name; expected one of {', '.join(sorted(FLAGS))}"
            )
    size = _NET_RESOLUTION
    if options.net_size is not None:
        if "net_resolution" in options.openpose:
            raise EngineError("--net-size and --openpose net_resolution: two sizes; give one")
        size = "x".join(map(str, options.net_size))
    return {
        "net_resolution": size,
        "logging_level": _SILENT,
        **options.openpose,
        "model_pose": "BODY_25",
        "keypoint_scale": "0",  # pixels of the picture
        "render_pose": "0",
        "number_people_max": str(options.people),
    }


class OpenPose:
    """OpenPose as a pose engine; the protocol is `models.pose.protocol.PoseEstimator`.

    It keeps nothing from frame to frame. Frames are given to it one by one: several in one call
    are to OpenPose the views of one scene.
    """

    def __init__(self, options: PoseOptions) -> None:
        """Raises EngineError when pyopenpose is missing or does not start."""
        flags = flags_of(options)
        self._module = _load()
        self._vector = getattr(self._module, "VectorDatum", list)
        self._people = options.people
        self._wrapper: Wrapper | None = None
        try:
            wrapper = self._module.WrapperPython()
            wrapper.configure(flags)
            wrapper.start()
        except (RuntimeError, MemoryError) as error:
            raise _engine_error(error) from error
        self._wrapper = wrapper

    @property
    def name(self) -> str:
        return "openpose"

    @property
    def skeleton(self) -> Skeleton:
        return BODY_25

    @property
    def batch(self) -> int:
        return 1

    def estimate(self, frames: Sequence[CameraFrame]) -> list[Poses]:
        for frame in frames:
            check_image(frame.image)
        return [Poses(BODY_25, self._read(frame.image)) for frame in frames]

    def _read(self, image: Image) -> Keypoints:
        if self._wrapper is None:
            raise EngineError("engine openpose: closed")
        datum = self._module.Datum()
        # OpenPose reads the memory of the array, taking no notice of its strides.
        pixels = np.ascontiguousarray(image)
        datum.cvInputData = pixels
        try:
            done = self._wrapper.emplaceAndPop(self._vector([datum]))
        except (RuntimeError, MemoryError) as error:
            raise _engine_error(error) from error
        if done is False:  # newer releases say so; older ones return None
            raise EngineError("engine openpose: OpenPose has stopped; start FlipTally again")
        height, width = image.shape[:2]
        return _people_of(datum.poseKeypoints, self._people, width, height)

    def forget(self, camera: int) -> None:
        """Nothing is remembered."""

    def close(self) -> None:
        if self._wrapper is not None:
            self._wrapper.stop()
            self._wrapper = None


def _load() -> PyOpenPose:
    name = _module_name()
    if name is None:
        raise EngineError(_NOT_INSTALLED)
    try:
        return cast(PyOpenPose, import_module(name))
    except ImportError as error:  # it is there, but not for this Python, or a library is not
        raise EngineError(
            f"engine openpose: {name} cannot be imported ({_one_line(error)}); build OpenPose's "
            "Python module for this Python, and put its libraries on LD_LIBRARY_PATH"
        ) from error


def _people_of(
    found: NDArray[np.float32] | None, people: int, width: int, height: int
) -> Keypoints:
    """At most `people` (n, 25, 3) in the picture; a copy, as the array may be a view of OpenPose's
    memory. Nobody is None in 1.7, an array without axes before."""
    if found is None or found.ndim != 3:
        return np.zeros((0, len(BODY_25), 3), np.float32)
    keypoints = inside(found[:people], width, height)
    np.minimum(keypoints[..., 2], 1, out=keypoints[..., 2])  # a peak between pixels may overshoot
    return keypoints


def _engine_error(error: Exception) -> EngineError:
    text = _one_line(error)
    mend = ""
    if "out of memory" in text.lower() or isinstance(error, MemoryError):
        mend = "; give a smaller --net-size, or --openpose num_gpu_start=N for another GPU"
    return EngineError(f"engine openpose: {text}{mend}")


def _one_line(error: Exception) -> str:
    """What went wrong, without the list of C++ functions that OpenPose appends."""
    text = " ".join(str(error).partition("Coming from:")[0].split())
    return text.removeprefix("Error:").strip() or type(error).__name__
