"""A data set of gymnastic elements: a folder of key-point `.npz`, one per clip, and `index.csv`.

`index.csv` has the columns `clip,label,subject,frames,takeoff,landing`; the clip is the file's name
without `.npz`, the last two are frames and may be empty. The `.npz` lie beside it or in `clips/`.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.recordings.errors import KeypointsError, one_line
from models.recordings.npz import read_npz
from models.skeleton import Keypoints, Skeleton

LABELS = ("backflip", "handspring")
INDEX = "index.csv"
COLUMNS = ("clip", "label", "subject", "frames", "takeoff", "landing")


@dataclass(frozen=True, eq=False)
class Recording:
    """One athlete doing one element.

    `keypoints` is float32 (T, J, 3) of `skeleton`: x px, y px, confidence, all 0 where not seen;
    `t` float64 (T,) seconds, increasing. `takeoff` and `landing` are frames, `width` and `height`
    the picture's in pixels; None where not known.
    """

    name: str
    label: str
    subject: str
    skeleton: Skeleton
    keypoints: Keypoints
    t: NDArray[np.float64]
    takeoff: int | None = None
    landing: int | None = None
    width: int | None = None
    height: int | None = None

    def __len__(self) -> int:
        return len(self.keypoints)

    @property
    def fps(self) -> float:
        """Frames per second: one over the median step; 0 of a single frame."""
        return float(1 / np.median(np.diff(self.t))) if len(self.t) > 1 else 0.0


def load(folder: Path) -> list[Recording]:
    """All recordings of a data set, in the order of its index.

    Raises KeypointsError where the index or a clip is missing, damaged, or one says other than the
    other: nothing is left out.
    """
    rows = read_index(folder)
    known = {row["clip"] for row in rows}
    clips = _clips(folder)
    stray = sorted(path.stem for path in clips.glob("*.npz") if path.stem not in known)
    if stray:
        raise KeypointsError(
            f"{folder / INDEX}: says nothing of {stray[0]}.npz"
            f"{f' and {len(stray) - 1} others' if len(stray) > 1 else ''}; expected every clip; "
            "add a line or move it away"
        )
    return [_load(clips, row, f"{folder / INDEX}, line {i}") for i, row in enumerate(rows, 2)]


def read_index(folder: Path) -> list[dict[str, str]]:
    """The lines of `index.csv` by column. Raises KeypointsError."""
    path = folder / INDEX
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.DictReader(file, strict=True)
            missing = set(COLUMNS[:3]) - set(lines.fieldnames or ())
            if missing:
                raise ValueError(f"no column {', '.join(sorted(missing))}")
            rows = [{name: line.get(name) or "" for name in COLUMNS} for line in lines]
    except (OSError, ValueError, csv.Error) as error:
        reason = (isinstance(error, OSError) and error.strerror) or one_line(error)
        raise KeypointsError(
            f"{path}: not the index of a data set ({reason}); expected the columns "
            f"{','.join(COLUMNS)}; make it with fliptally data import"
        ) from error
    names = [row["clip"] for row in rows]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not rows:
        what = f"{twice[0]} twice" if twice else "no clips"
        raise KeypointsError(f"{path}: {what}; expected each clip once; correct the file")
    return rows


def _clips(folder: Path) -> Path:
    return folder / "clips" if (folder / "clips").is_dir() else folder


def _load(clips: Path, row: dict[str, str], line: str) -> Recording:
    path = clips / f"{row['clip']}.npz"
    if Path(row["clip"]).name != row["clip"]:
        raise KeypointsError(f"{line}: clip {row['clip']!r}: expected a name, not a path")
    recording = read_npz(path)
    skeleton = recording.skeleton
    keypoints = np.zeros((len(recording.poses), len(skeleton), 3), np.float32)
    for frame, poses in zip(keypoints, recording.poses, strict=True):
        frame[...] = poses.keypoints[0] if len(poses.keypoints) else 0
    for name, said in (("label", recording.label), ("subject", recording.subject)):
        if said is not None and said != row[name]:
            raise KeypointsError(
                f"{line}: {name} {row[name]!r}, but {path.name} says {said!r}; correct one of them"
            )
    frames = _frame(line, row, "frames", len(keypoints) + 1)
    if frames is not None and frames != len(keypoints):
        raise KeypointsError(
            f"{line}: {frames} frames, but {path.name} has {len(keypoints)}; import it again"
        )
    takeoff, landing = (_frame(line, row, name, len(keypoints)) for name in COLUMNS[4:])
    if takeoff is not None and landing is not None and landing <= takeoff:
        raise KeypointsError(
            f"{line}: landing in frame {landing}, take-off in {takeoff}; expected it after; "
            "correct the line"
        )
    return Recording(
        *(row["clip"], row["label"], row["subject"], skeleton, keypoints, recording.t),
        *(takeoff, landing, recording.width, recording.height),
    )


def _frame(line: str, row: dict[str, str], name: str, frames: int) -> int | None:
    text = row[name].strip()
    if not text:
        return None
    if not text.isdigit() or int(text) >= frames:
        raise KeypointsError(
            f"{line}: {name} {text!r}: expected a whole number below {frames}; correct the line"
        )
    return int(text)


def save(folder: Path, recordings: Sequence[Recording]) -> None:
    """Write a data set into a new or an empty folder. Raises KeypointsError."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise KeypointsError(
            f"{folder}: is there already; expected a new or an empty folder; give another"
        )
    try:
        clips = folder / "clips"
        clips.mkdir(parents=True)
        for recording in recordings:
            _save(clips, recording)
        with (folder / INDEX).open("w", newline="", encoding="utf-8") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(COLUMNS)
            for r in recordings:
                frames = ["" if i is None else i for i in (r.takeoff, r.landing)]
                lines.writerow([r.name, r.label, r.subject, len(r), *frames])
    except OSError as error:
        raise KeypointsError(
            f"{folder}: cannot be written ({error.strerror or error}); give another folder"
        ) from error


def _save(clips: Path, recording: Recording) -> None:
    steps = np.diff(recording.t)
    regular = len(steps) and np.ptp(steps) < 1e-9
    known = {
        "fps": np.float64(round(recording.fps, 6)) if regular else None,
        "t": None if regular else recording.t,
        "width": recording.width,
        "height": recording.height,
    }
    entries = {name: np.asarray(value) for name, value in known.items() if value is not None}
    np.savez_compressed(
        clips / f"{recording.name}.npz",
        allow_pickle=False,
        keypoints=recording.keypoints,
        skeleton=np.array(recording.skeleton.name),
        label=np.array(recording.label),
        subject=np.array(recording.subject),
        **entries,
    )


def subjects(recordings: Sequence[Recording]) -> list[str]:
    """Everybody in them, by name."""
    return sorted({recording.subject for recording in recordings})
