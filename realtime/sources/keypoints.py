"""Recorded key points as a pose stream: a key-point `.npz` or a folder of OpenPose output.

What cannot be read exactly raises `SourceError`; nothing is left out silently.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.poses import Poses
from models.skeleton import SKELETONS, Keypoints, Skeleton
from realtime.sources.errors import SourceError
from realtime.sources.openpose import is_recording, one_line, read_folder

Entries = Mapping[str, NDArray[Any]]

# What NumPy and zipfile raise for a damaged or hostile archive.
_DAMAGED = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, OverflowError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, SyntaxError),
)


@dataclass(frozen=True, eq=False)
class KeypointRecording:
    """Key points of a whole recording; a missing joint is 0, 0 with confidence 0.

    `t` is float64 (frames,), seconds, increasing; `poses` has one entry per frame, without people
    where nobody was seen. `fps` is None where the recording gives times instead of a rate; `width`
    and `height` are in pixels, None where the recording does not say.
    """

    skeleton: Skeleton
    t: NDArray[np.float64]
    poses: list[Poses]
    fps: float | None
    width: int | None = None
    height: int | None = None
    label: str | None = None
    subject: str | None = None


def read_keypoints(path: Path, fps: float | None = None) -> KeypointRecording:
    """Read a key-point `.npz`, a folder of OpenPose `*_keypoints.json` or of OpenPose CSV files.

    A recording of a folder that holds several is named as if it were a file there:
    `folder/recording`. `fps` is for a recording that gives neither its rate nor times.

    Raises `SourceError` when there is no such recording, or it is damaged or of another kind.
    """
    _check_rate("fps", fps, "pass another --fps")
    if path.is_file():
        return _read_npz(path, fps)
    if path.is_dir() or is_recording(path):
        skeleton, frames = read_folder(path)
        people = [Poses(skeleton, clean(frame)) for frame in frames]
        return KeypointRecording(skeleton, _times(path, None, fps, len(people)), people, fps)
    raise SourceError(
        f"{path}: no such file or folder; expected a key-point .npz or a folder of OpenPose JSON "
        "or CSV; check the path"
    )


def clean(keypoints: NDArray[np.floating]) -> Keypoints:
    """A float32 copy of (..., 3) key points, all zero where a value is not finite or unseen."""
    points = keypoints.astype(np.float32)
    points[~(np.isfinite(points).all(axis=-1) & (points[..., 2] > 0))] = 0
    return points


def _read_npz(path: Path, fps: float | None) -> KeypointRecording:
    entries = _load(path)
    missing = {"keypoints", "skeleton"} - entries.keys()
    if missing:
        raise SourceError(
            f"{path}: no {' and no '.join(sorted(missing))} in it, only "
            f"{', '.join(sorted(entries)) or 'nothing'}; expected a key-point .npz; record it again"
        )
    name = _text(entries, "skeleton")
    if name not in SKELETONS:
        raise SourceError(
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
        t=_times(path, times, fps, len(points)),
        poses=[Poses(skeleton, p[None] if p[:, 2].any() else p[None][:0]) for p in points],
        fps=fps,
        width=_pixels(path, entries, "width"),
        height=_pixels(path, entries, "height"),
        label=_text(entries, "label"),
        subject=_text(entries, "subject"),
    )


def _load(path: Path) -> Entries:
    try:
        with path.open("rb") as file:  # np.load leaves a damaged file open
            archive = np.load(file, allow_pickle=False)
            if isinstance(archive, np.ndarray):
                raise ValueError("it holds a single array")
            return {name: np.asarray(archive[name]) for name in archive.files}
    except _DAMAGED as error:
        raise SourceError(
            f"{path}: not a readable key-point .npz ({one_line(error)}); copy or record it again"
        ) from error


def _checked(path: Path, keypoints: NDArray[Any], skeleton: Skeleton) -> NDArray[np.floating[Any]]:
    expected = (len(skeleton), 3)
    if keypoints.ndim != 3 or keypoints.shape[1:] != expected or len(keypoints) == 0:
        raise SourceError(
            f"{path}: keypoints of {skeleton.name}: expected shape (frames, {expected[0]}, 3) with "
            f"at least one frame, got {keypoints.shape}; check the skeleton it was recorded with"
        )
    if keypoints.dtype.kind != "f":
        raise SourceError(
            f"{path}: keypoints: expected float32, got {keypoints.dtype}; convert them first"
        )
    return keypoints


def _times(
    path: Path, t: NDArray[Any] | None, fps: float | None, frames: int
) -> NDArray[np.float64]:
    if t is None:
        if fps is None:
            raise SourceError(
                f"{path}: neither fps nor t; expected one of them; pass the frame rate with --fps"
            )
        return np.arange(frames) / fps
    if t.shape != (frames,) or t.dtype.kind not in "fiu":
        raise SourceError(
            f"{path}: t: expected float64 ({frames},) seconds, got {t.dtype} {t.shape}; "
            "record it again"
        )
    times = t.astype(np.float64)
    if not np.isfinite(times).all():
        raise SourceError(f"{path}: t: expected finite seconds, got NaN or inf; record it again")
    stuck = np.flatnonzero(np.diff(times) <= 0)
    if len(stuck):
        i = int(stuck[0])
        raise SourceError(
            f"{path}: t: expected increasing seconds, got {times[i]:g} then {times[i + 1]:g} at "
            f"frame {i + 1}; sort or drop such frames"
        )
    return times


def _number(path: Path, entries: Entries, name: str) -> float | None:
    if name not in entries:
        return None
    value = entries[name]
    if value.size != 1 or value.dtype.kind not in "fiu":
        raise SourceError(
            f"{path}: {name}: expected one number, got {value.dtype} {value.shape}; record it again"
        )
    number = float(value.item())
    _check_rate(f"{path}: {name}", number, "record it again")
    return number


def _pixels(path: Path, entries: Entries, name: str) -> int | None:
    number = _number(path, entries, name)
    return None if number is None else round(number)


def _check_rate(what: str, number: float | None, mend: str) -> None:
    if number is not None and not (np.isfinite(number) and number > 0):
        raise SourceError(f"{what} {number:g}: expected a positive number; {mend}")


def _text(entries: Entries, name: str) -> str | None:
    return str(entries[name]) if name in entries else None
