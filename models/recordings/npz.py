"""Key-point files: `.npz` with `keypoints`, `skeleton`, `fps` or `t`, and what else is known."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from models.poses import Poses
from models.recordings.errors import KeypointsError, one_line
from models.recordings.recording import KeypointRecording, check_rate, clean, regular_times
from models.skeleton import SKELETONS, Skeleton

Entries = Mapping[str, NDArray[Any]]

# What NumPy and zipfile raise for a damaged or hostile archive.
_DAMAGED = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, OverflowError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, SyntaxError),
)


def read_npz(path: Path, fps: float | None = None) -> KeypointRecording:
    """Read a key-point `.npz`; `fps` is for one that gives neither its rate nor times.

    Raises KeypointsError when it is damaged or something else.
    """
    try:
        with path.open("rb") as file:  # np.load leaves a damaged file open
            return read_npz_file(str(path), file, fps)
    except OSError as error:
        raise KeypointsError(f"{path}: {error.strerror or error}; check the path") from error


def read_npz_file(path: str, file: IO[bytes], fps: float | None = None) -> KeypointRecording:
    """As `read_npz`, from an open file that messages call `path`."""
    entries = _load(path, file)
    missing = {"keypoints", "skeleton"} - entries.keys()
    if missing:
        raise KeypointsError(
            f"{path}: no {' and no '.join(sorted(missing))} in it, only "
            f"{', '.join(sorted(entries)) or 'nothing'}; expected a key-point .npz; record it again"
        )
    name = _text(entries, "skeleton")
    if name not in SKELETONS:
        raise KeypointsError(
            f"{path}: unknown skeleton '{name}'; expected one of {', '.join(SKELETONS)}; "
            "convert it first"
        )
    skeleton = SKELETONS[name]
    points = clean(_checked(path, entries["keypoints"], skeleton))
    rate = _number(path, entries, "fps")
    times = entries.get("t")
    fps = rate if rate is not None or times is not None else fps
    return KeypointRecording(
        skeleton=skeleton,
        t=regular_times(path, fps, len(points))
        if times is None
        else _times(path, times, len(points)),
        poses=[Poses(skeleton, p[None] if p[:, 2].any() else p[None][:0]) for p in points],
        fps=fps,
        width=_pixels(path, entries, "width"),
        height=_pixels(path, entries, "height"),
        label=_text(entries, "label"),
        subject=_text(entries, "subject"),
    )


def _load(path: str, file: IO[bytes]) -> Entries:
    try:
        archive = np.load(file, allow_pickle=False)
        if isinstance(archive, np.ndarray):
            raise ValueError("it holds a single array")
        return {name: np.asarray(archive[name]) for name in archive.files}
    except _DAMAGED as error:
        raise KeypointsError(
            f"{path}: not a readable key-point .npz ({one_line(error)}); copy or record it again"
        ) from error


def _checked(path: str, keypoints: NDArray[Any], skeleton: Skeleton) -> NDArray[np.floating[Any]]:
    expected = (len(skeleton), 3)
    if keypoints.ndim != 3 or keypoints.shape[1:] != expected or len(keypoints) == 0:
        raise KeypointsError(
            f"{path}: keypoints of {skeleton.name}: expected shape (frames, {expected[0]}, 3) with "
            f"at least one frame, got {keypoints.shape}; check the skeleton it was recorded with"
        )
    if keypoints.dtype.kind != "f":
        raise KeypointsError(
            f"{path}: keypoints: expected float32, got {keypoints.dtype}; convert them first"
        )
    return keypoints


def _times(path: str, t: NDArray[Any], frames: int) -> NDArray[np.float64]:
    if t.shape != (frames,) or t.dtype.kind not in "fiu":
        raise KeypointsError(
            f"{path}: t: expected float64 ({frames},) seconds, got {t.dtype} {t.shape}; "
            "record it again"
        )
    times = t.astype(np.float64)
    if not np.isfinite(times).all():
        raise KeypointsError(f"{path}: t: expected finite seconds, got NaN or inf; record it again")
    stuck = np.flatnonzero(np.diff(times) <= 0)
    if len(stuck):
        i = int(stuck[0])
        raise KeypointsError(
            f"{path}: t: expected increasing seconds, got {times[i]:g} then {times[i + 1]:g} at "
            f"frame {i + 1}; sort or drop such frames"
        )
    return times


def _number(path: str, entries: Entries, name: str) -> float | None:
    if name not in entries:
        return None
    value = entries[name]
    if value.size != 1 or value.dtype.kind not in "fiu":
        raise KeypointsError(
            f"{path}: {name}: expected one number, got {value.dtype} {value.shape}; record it again"
        )
    number = float(value.item())
    check_rate(f"{path}: {name}", number, "record it again")
    return number


def _pixels(path: str, entries: Entries, name: str) -> int | None:
    number = _number(path, entries, name)
    return None if number is None else round(number)


def _text(entries: Entries, name: str) -> str | None:
    return str(entries[name]) if name in entries else None
