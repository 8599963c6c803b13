"""OpenPose output: one JSON file per frame, or one CSV file per frame and person.

JSON is what OpenPose's `--write_json` gives: `<recording>_<frame>_keypoints.json` with
`people[].pose_keypoints_2d`, x, y, confidence in turn. CSV files are named
`<recording>-<frame>-<person>.csv`, with the columns `x,y,c` and one row per joint.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.recordings.entries import Entry, archive_entries, folder_entries
from models.recordings.errors import KeypointsError, one_line
from models.skeleton import BODY_25, COCO_17, OPENPOSE_18, Skeleton

Frames = list[NDArray[np.float64]]
"""Per frame (people, joints, 3): x px, y px, confidence."""

_BY_JOINTS = {len(skeleton): skeleton for skeleton in (BODY_25, OPENPOSE_18, COCO_17)}
_EXPECTED = "25 (body_25), 18 (openpose_18) or 17 (coco_17)"
_JSON = re.compile(r"(?P<recording>.*?)_?(?P<frame>\d+)(?P<person>)_keypoints\.json")
_CSV = re.compile(r"(?P<recording>.+)-(?P<frame>\d+)-(?P<person>\d+)\.csv")

_LARGEST_STEP = {".json": 1, ".csv": 1000}  # from one file's frame number to the next


class PoseFile(NamedTuple):
    """A file of OpenPose's and where it belongs."""

    recording: str
    frame: int
    person: int
    entry: Entry

    @property
    def kind(self) -> str:
        return Path(self.entry.name).suffix


def is_recording(path: Path) -> bool:
    """Whether `path` is `folder/recording`, a recording of OpenPose files in that folder."""
    if not path.parent.is_dir():
        return False
    matches = (_match(file.name) for file in path.parent.iterdir())
    return any(match["recording"] == path.name for match in matches if match)


def read_folder(path: Path) -> tuple[Skeleton, Frames]:
    """Read the only recording in the folder `path`, or the one that `folder/recording` names.

    A number missing from the CSV files is a frame in which nobody was seen; from the JSON files, a
    lost frame. Where nobody is seen at all, the skeleton is taken to be OpenPose's own, BODY_25.

    Raises KeypointsError when there is no or more than one recording, or a file cannot be read.
    """
    files = pose_files(folder_entries(path if path.is_dir() else path.parent))
    if path.is_dir():
        return read_files(str(path), _only(path, files))
    return read_files(str(path), [file for file in files if file.recording == path.name])


def read_archive(archive: Path, name: str | None) -> tuple[Skeleton, Frames]:
    """Read the only recording of an archive of folders, or the one in the folder `name`, or of that
    name in any folder. Raises KeypointsError as `read_folder`."""
    files: list[PoseFile] = []
    for folder, entries in archive_entries(archive).items():
        found = pose_files(entries)
        files += [f for f in found if name in (None, f.recording, PurePosixPath(folder).name)]
    path = archive / name if name else archive
    return read_files(str(path), _only(archive, files))


def _only(path: Path, files: list[PoseFile]) -> list[PoseFile]:
    names = sorted({file.recording for file in files})
    if len(names) > 1:
        shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        raise KeypointsError(
            f"{path}: {len(names)} recordings in one folder ({shown}); expected one; name it: "
            f"{path / names[0]}"
        )
    return files


def read_files(shown: str, files: Sequence[PoseFile]) -> tuple[Skeleton, Frames]:
    """The frames of one recording, called `shown` in messages; as `read_folder`."""
    if not files:
        raise KeypointsError(
            f"{shown}: no OpenPose files; expected *_keypoints.json or "
            "<recording>-<frame>-<person>.csv; check the path"
        )
    if len({file.kind for file in files}) > 1:
        raise KeypointsError(
            f"{shown}: both JSON and CSV; expected one of them; move the other away"
        )
    _check_numbers(shown, files)
    return _assemble(files)


def pose_files(entries: Sequence[Entry]) -> list[PoseFile]:
    """Those of OpenPose's, in order of recording, frame and person.

    Raises KeypointsError for one that has the ending but no frame number: it would be left out.
    """
    files = []
    for entry in entries:
        match = _match(entry.name)
        if match:
            recording, frame, person = match["recording"], match["frame"], match["person"]
            files.append(PoseFile(recording, int(frame), int(person or 0), entry))
        elif entry.name.endswith(("_keypoints.json", ".csv")):
            raise KeypointsError(
                f"{entry.shown}: no frame number in the name; expected "
                "<recording>_<frame>_keypoints.json or <recording>-<frame>-<person>.csv; rename it "
                "or move it away"
            )
    return sorted(files, key=lambda file: (file.recording, file.frame, file.person))


def _match(name: str) -> re.Match[str] | None:
    return _CSV.fullmatch(name) or _JSON.fullmatch(name)


def _check_numbers(shown: str, files: Sequence[PoseFile]) -> None:
    for before, after in pairwise(files):
        if (before.frame, before.person) == (after.frame, after.person):
            raise KeypointsError(
                f"{shown}: frame {after.frame} twice ({before.entry.name}, {after.entry.name}); "
                "expected once; move one away"
            )
        if after.frame - before.frame > _LARGEST_STEP[after.kind]:
            raise KeypointsError(
                f"{shown}: no file for frame {before.frame + 1}, {after.entry.name} comes next; "
                "expected every frame; copy the folder again"
            )


def _assemble(files: Sequence[PoseFile]) -> tuple[Skeleton, Frames]:
    first = files[0].frame
    people: list[list[NDArray[np.float64]]] = [[] for _ in range(files[-1].frame - first + 1)]
    skeleton: Skeleton | None = None
    for file in files:
        for person in read_people(file.entry):
            found = _BY_JOINTS.get(len(person))
            if found is None or found is not (skeleton or found):
                raise KeypointsError(
                    f"{file.entry.shown}: {len(person)} joints; expected "
                    f"{skeleton.name if skeleton else _EXPECTED}; export it again"
                )
            skeleton = found
            people[file.frame - first].append(person)
    skeleton = skeleton or BODY_25
    nobody = np.zeros((0, len(skeleton), 3))
    return skeleton, [np.stack(frame) if frame else nobody for frame in people]


def read_people(entry: Entry) -> list[NDArray[np.float64]]:
    """(joints, 3) of each person in one file. Raises KeypointsError when it is damaged."""
    return _read_json(entry) if entry.name.endswith(".json") else _read_csv(entry)


def _read_json(entry: Entry) -> list[NDArray[np.float64]]:
    try:
        people = json.loads(entry.read())["people"]
        flat = [np.array(person["pose_keypoints_2d"], np.float64) for person in people]
        return [_joints(points) for points in flat]
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise KeypointsError(
            f"{entry.shown}: not OpenPose JSON ({type(error).__name__}: {one_line(error)}); "
            "expected people[].pose_keypoints_2d; export it again"
        ) from error


def _joints(points: NDArray[np.float64]) -> NDArray[np.float64]:
    if points.ndim != 1 or len(points) % 3:
        raise ValueError(f"pose_keypoints_2d has the shape {points.shape}, not x, y, c in turn")
    return points.reshape(-1, 3)


def _read_csv(entry: Entry) -> list[NDArray[np.float64]]:
    line = 1
    try:
        rows = csv.reader(io.StringIO(entry.read().decode("utf-8-sig"), newline=""))
        header = [name.strip() for name in next(rows, [])]
        if header != ["x", "y", "c"]:
            raise ValueError(f"columns {header}")
        person = []
        for row in rows:
            line = rows.line_num
            x, y, c = row
            person.append((float(x), float(y), float(c)))
    except (OSError, ValueError, csv.Error) as error:
        raise KeypointsError(
            f"{entry.shown}, line {line}: {one_line(error)}; expected the columns x,y,c and one "
            "row of three numbers per joint; export it again"
        ) from error
    return [np.array(person).reshape(-1, 3)]
