"""One way to read recorded key points, whatever form they have.

What cannot be read exactly raises `KeypointsError`; nothing is left out silently.
"""

from __future__ import annotations

from pathlib import Path

from models.poses import Poses
from models.recordings.entries import is_archive
from models.recordings.errors import KeypointsError
from models.recordings.npz import read_npz
from models.recordings.openpose import Frames, is_recording, read_archive, read_folder
from models.recordings.recording import KeypointRecording, check_rate, clean, regular_times
from models.skeleton import Skeleton


def read_keypoints(path: Path, fps: float | None = None) -> KeypointRecording:
    """Read a key-point `.npz`, a folder of OpenPose `*_keypoints.json` or of OpenPose CSV files, or
    such files in a `.tar.gz`.

    A recording of a folder or archive that holds several is named as if it were a file there:
    `folder/recording`. `fps` is for a recording that gives neither its rate nor times.

    Raises KeypointsError when there is no such recording, or it is damaged or of another kind.
    """
    check_rate("fps", fps, "pass another --fps")
    archive = next((place for place in (path, *path.parents) if is_archive(place)), None)
    if archive:
        name = path.name if path != archive else None
        return from_frames(str(path), *read_archive(archive, name), fps)
    if path.is_file():
        return read_npz(path, fps)
    if path.is_dir() or is_recording(path):
        return from_frames(str(path), *read_folder(path), fps)
    raise KeypointsError(
        f"{path}: no such file or folder; expected a key-point .npz or a folder or .tar.gz of "
        "OpenPose JSON or CSV; check the path"
    )


def from_frames(
    shown: str, skeleton: Skeleton, frames: Frames, fps: float | None
) -> KeypointRecording:
    """Frames of OpenPose's files at `fps`. Raises KeypointsError where it is not known."""
    people = [Poses(skeleton, clean(frame)) for frame in frames]
    return KeypointRecording(skeleton, regular_times(shown, fps, len(people)), people, fps)
