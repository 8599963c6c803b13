"""A recording that drives a puppet: key points of one person, and what he is known to do."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.simulation.curves import Floats
from models.skeleton import SKELETONS, Keypoints, Skeleton

# What NumPy and zipfile raise for a damaged archive or a wrong entry.
_DAMAGED = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, OverflowError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, SyntaxError),
)


@dataclass(frozen=True, eq=False)
class Recording:
    """Key points (T, J, 3) of one person at increasing times `t` (T,) seconds.

    `label` is the gymnastics element from frame `takeoff`, the last one on the feet, to frame
    `landing`; None where the recording does not say. Raises ValueError for shapes and times that
    do not fit.
    """

    keypoints: Keypoints
    skeleton: Skeleton
    t: Floats
    label: str | None = None
    takeoff: int | None = None
    landing: int | None = None

    def __post_init__(self) -> None:
        frames = len(self.t)
        if self.keypoints.shape != (frames, len(self.skeleton), 3) or not frames:
            raise ValueError(
                f"puppet: expected key points (frames, {len(self.skeleton)}, 3) of "
                f"{self.skeleton.name} and as many times, got {self.keypoints.shape} and {frames}; "
                "give one person's recording"
            )
        if not (np.isfinite(self.t).all() and (np.diff(self.t) > 0).all()):
            raise ValueError(
                "puppet: expected increasing times in seconds; leave out the frames whose time "
                "does not increase"
            )
        for name in ("takeoff", "landing"):
            frame = getattr(self, name)
            if frame is not None and not 0 <= frame < frames:
                raise ValueError(f"puppet: {name}: expected a frame 0...{frames - 1}, got {frame}")


def read_recording(path: Path) -> Recording:
    """The key-point file (`.npz`) at `path`; frames whose time does not increase are left out.
    Raises ValueError, one line, when it is none."""
    if not zipfile.is_zipfile(path):
        found = "no key-point file" if path.is_file() else "no such file"
        raise ValueError(f"{path}: {found}; expected a key-point .npz, check the path")
    try:
        with np.load(path) as file:
            entries = {name: file[name] for name in file.files}
        keypoints = np.asarray(entries["keypoints"], np.float32)
        skeleton = SKELETONS[str(entries["skeleton"])]
        if "t" in entries:
            t = np.asarray(entries["t"], np.float64)
        else:
            t = np.arange(len(keypoints)) / float(entries["fps"])
        label = str(entries["label"]) if "label" in entries else None
        marks = {n: int(entries[n]) for n in ("takeoff", "landing") if n in entries}
        newest = np.maximum.accumulate(np.concatenate(([-np.inf], t[:-1])))
        kept = t > newest
        marks = {name: int(kept[:frame].sum()) for name, frame in marks.items()}
        return Recording(keypoints[kept], skeleton, t[kept] - t[0], label, **marks)
    except _DAMAGED as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(
            f"{path}: expected keypoints, skeleton and fps or t of one person: {reason}"
        ) from None
