"""From recordings of any form to those of a data set.

What cannot be taken whole is left out by name, with the reason; nothing is shortened.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.gym.athlete import Choice, choose
from models.gym.dataset import COLUMNS, Recording
from models.gym.preparation import filled
from models.gym.searching import Found, search
from models.recordings.entries import Entry
from models.recordings.errors import KeypointsError
from models.recordings.npz import read_npz_file
from models.recordings.openpose import Frames, PoseFile, read_files
from models.recordings.reading import from_frames
from models.recordings.recording import KeypointRecording, check_rate

_FITS_PX = 0.1  # a point that was filled, from where its neighbours say that it was
_MOST_SHOWN = 6


@dataclass(frozen=True)
class Wishes:
    """What recordings do not say themselves: the frame rate; `label` and `subject` of those of
    which neither file, index nor name says them; with `undo_mean`, the trailing mean of three in
    which CSV recordings were published is taken back."""

    fps: float | None = None
    label: str | None = None
    subject: str | None = None
    undo_mean: bool = False


class Taken(NamedTuple):
    """A recording, who the athlete is, and what else to know of it."""

    recording: Recording
    choice: Choice
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Imported:
    """What was taken; what was left out, with the reason; files that hold no key points."""

    taken: list[Taken] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def import_recordings(source: Path, wishes: Wishes) -> Imported:
    """All recordings of `source`: a key-point `.npz`, or a folder or `.tar.gz` of such or of
    OpenPose JSON or CSV, one recording or many, in one folder or in folders of their own.

    Raises KeypointsError when there is none that can be taken.
    """
    check_rate("fps", wishes.fps, "pass another --fps")
    searched = search(source)
    imported = Imported(others=searched.others)
    names: dict[str, str] = {}
    for found in searched.found:
        try:
            if found.name in names:
                raise KeypointsError(
                    f"{found.shown}: has the name of {names[found.name]}; rename one of them"
                )
            imported.taken.append(_take(found, wishes))
            names[found.name] = found.shown
        except KeypointsError as error:
            imported.skipped.append((found.name, str(error)))
    imported.skipped.extend(searched.refused)
    if not imported.taken:
        reasons = imported.skipped
        more = f" (and {len(reasons) - 1} others)" if len(reasons) > 1 else ""
        raise KeypointsError(
            f"{source}: nothing to import: {reasons[0][0]}: {reasons[0][1]}{more}"
            if reasons
            else f"{source}: no recordings in it; expected OpenPose JSON or CSV, or key-point .npz"
        )
    return imported


def without_mean(keypoints: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, J, 3) of which x and y are trailing means of three frames, the first two frames as they
    were, as they were before: x[t] = 3 m[t] - x[t-1] - x[t-2]. Raises ValueError where those that
    were not seen are then not what the published filling gives: they are no such means."""
    result = keypoints.astype(np.float64)
    for t in range(2, len(result)):
        result[t, :, :2] = 3 * keypoints[t, :, :2] - result[t - 1, :, :2] - result[t - 2, :, :2]
    seen = result[..., 2] > 0
    points = result[..., :2].astype(np.float32)
    off = np.abs(filled(points, seen) - points).max(axis=-1)[~seen]
    if len(off) and np.median(off) > _FITS_PX:
        raise ValueError(
            f"filled points are off by {np.median(off):.1f} px when the mean of three is taken back"
        )
    return result


def _take(found: Found, wishes: Wishes) -> Taken:
    notes: list[str] = []
    if isinstance(found.files, Entry):
        read = _read_npz(found.files, wishes)
    else:
        read = _read_frames(found.shown, found.files, wishes)
        if found.files[0].frame:
            notes.append(f"begins with frame {found.files[0].frame}")
    choice = choose(read.skeleton, read.t, read.poses)
    if choice is None:
        raise KeypointsError(f"{found.shown}: nobody is seen in it; move it away")
    notes.extend(_unseen(read, choice))
    label = found.said.get("label") or read.label or wishes.label
    subject = found.said.get("subject") or read.subject or wishes.subject
    if not label or not subject:
        raise KeypointsError(
            f"{found.shown}: neither file nor name says {'who' if label else 'what'} it is; "
            "expected activity-number-subject; rename it, or give --label and --subject"
        )
    takeoff, landing = (_frame(found, name, len(read.t)) for name in COLUMNS[4:])
    recording = Recording(
        *(found.name, label, subject, read.skeleton, choice.athlete.keypoints, read.t),
        *(takeoff, landing, read.width, read.height),
    )
    return Taken(recording, choice, tuple(notes))


def _frame(found: Found, name: str, frames: int) -> int | None:
    text = found.said.get(name, "")
    if not text:
        return None
    if not text.isdigit() or int(text) >= frames:
        raise KeypointsError(
            f"{found.shown}: the index says {name} {text}; expected a frame below {frames}; "
            "correct it"
        )
    return int(text)


def _read_npz(entry: Entry, wishes: Wishes) -> KeypointRecording:
    try:
        content = entry.read()
    except OSError as error:
        raise KeypointsError(
            f"{entry.shown}: cannot be read ({error.strerror}); copy it again"
        ) from error
    return read_npz_file(entry.shown, io.BytesIO(content), wishes.fps)


def _read_frames(shown: str, files: Sequence[PoseFile], wishes: Wishes) -> KeypointRecording:
    skeleton, frames = read_files(shown, files)
    if wishes.undo_mean and files[0].kind == ".csv":
        frames = _undone(shown, frames)
    return from_frames(shown, skeleton, frames, wishes.fps)


def _undone(shown: str, frames: Frames) -> Frames:
    people = {len(frame) for frame in frames}
    try:
        if people != {1}:
            raise ValueError(f"{min(people)} to {max(people)} people in a frame, expected one")
        return list(without_mean(np.stack([frame[0] for frame in frames]))[:, None])
    except ValueError as error:
        raise KeypointsError(
            f"{shown}: not smoothed as published ({error}); import it without --undo-mean"
        ) from error


def _unseen(read: KeypointRecording, choice: Choice) -> list[str]:
    """The frames in which the athlete, or nobody, was seen."""
    there = choice.athlete.keypoints[..., 2].max(axis=1) > 0
    somebody = np.array([bool((poses.keypoints[..., 2] > 0).any()) for poses in read.poses])
    notes = []
    for what, frames in (
        ("nobody seen", np.flatnonzero(~somebody)),
        ("athlete not seen, somebody else is", np.flatnonzero(somebody & ~there)),
    ):
        if len(frames):
            shown = ", ".join(map(str, frames[:_MOST_SHOWN]))
            more = ", ..." if len(frames) > _MOST_SHOWN else ""
            notes.append(f"{what} in {len(frames)} of {len(read.t)} frames ({shown}{more})")
    return notes
