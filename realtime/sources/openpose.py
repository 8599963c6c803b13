"""Folders of OpenPose output: one JSON file per frame, or one CSV file per frame and person.

JSON is what OpenPose's `--write_json` gives: `<recording>_<frame>_keypoints.json` with
`people[].pose_keypoints_2d`, x, y, confidence in turn. CSV files are named
`<recording>-<frame>-<person>.csv`, with the columns `x,y,c` and one row per joint.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.skeleton import BODY_25, COCO_17, Skeleton
from realtime.sources.errors import SourceError

Frames = list[NDArray[np.float64]]
"""Per frame (people, joints, 3): x px, y px, confidence."""

_BY_JOINTS = {len(skeleton): skeleton for skeleton in (BODY_25, COCO_17)}
_JSON = re.compile(r"(?P<recording>.*?)_?(?P<frame>\d+)(?P<person>)_keypoints\.json")
_CSV = re.compile(r"(?P<recording>.+)-(?P<frame>\d+)-(?P<person>\d+)\.csv")

_LARGEST_STEP = {".json": 1, ".csv": 1000}  # from one file's frame number to the next


class _File(NamedTuple):
    recording: str
    frame: int
    person: int
    path: Path


def is_recording(path: Path) -> bool:
    """Whether `path` is `folder/recording`, a recording of OpenPose files in that folder."""
    if not path.parent.is_dir():
        return False
    matches = (_match(file) for file in path.parent.iterdir())
    return any(match["recording"] == path.name for match in matches if match)


def read_folder(path: Path) -> tuple[Skeleton, Frames]:
    """Read the only recording in the folder `path`, or the one that `folder/recording` names.

    A number missing from the CSV files is a frame in which nobody was seen; from the JSON files, a
    lost frame. Where nobody is seen at all, the skeleton is taken to be OpenPose's own, BODY_25.

    Raises `SourceError` when there is no or more than one recording, or a file cannot be read.
    """
    files = _list(path) if path.is_dir() else _list(path.parent)
    names = sorted({file.recording for file in files})
    if path.is_dir() and len(names) > 1:
        shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        raise SourceError(
            f"{path}: {len(names)} recordings in one folder ({shown}); expected one; name it: "
            f"{path / names[0]}"
        )
    if not path.is_dir():
        files = [file for file in files if file.recording == path.name]
    if not files:
        raise SourceError(
            f"{path}: no OpenPose files; expected *_keypoints.json or "
            "<recording>-<frame>-<person>.csv; check the path"
        )
    kinds = {file.path.suffix for file in files}
    if len(kinds) > 1:
        raise SourceError(f"{path}: both JSON and CSV; expected one of them; move the other away")
    _check_numbers(path, files)
    return _assemble(files)


def one_line(error: Exception) -> str:
    """What an exception says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__


def _match(path: Path) -> re.Match[str] | None:
    return _CSV.fullmatch(path.name) or _JSON.fullmatch(path.name)


def _list(folder: Path) -> list[_File]:
    files = []
    for path in sorted(folder.iterdir()):
        match = _match(path)
        if match:
            recording, frame, person = match["recording"], match["frame"], match["person"]
            files.append(_File(recording, int(frame), int(person or 0), path))
        elif path.name.endswith(("_keypoints.json", ".csv")):
            raise SourceError(
                f"{path}: no frame number in the name; expected <recording>_<frame>_keypoints.json "
                "or <recording>-<frame>-<person>.csv; rename it or move it away"
            )
    return sorted(files)


def _check_numbers(path: Path, files: Sequence[_File]) -> None:
    for before, after in pairwise(files):
        if (before.frame, before.person) == (after.frame, after.person):
            raise SourceError(
                f"{path}: frame {after.frame} twice ({before.path.name}, {after.path.name}); "
                "expected once; move one away"
            )
        if after.frame - before.frame > _LARGEST_STEP[after.path.suffix]:
            raise SourceError(
                f"{path}: no file for frame {before.frame + 1}, {after.path.name} comes next; "
                "expected every frame; copy the folder again"
            )


def _assemble(files: Sequence[_File]) -> tuple[Skeleton, Frames]:
    first = files[0].frame
    people: list[list[NDArray[np.float64]]] = [[] for _ in range(files[-1].frame - first + 1)]
    skeleton: Skeleton | None = None
    for file in files:
        read = _read_json if file.path.suffix == ".json" else _read_csv
        for person in read(file.path):
            found = _BY_JOINTS.get(len(person))
            if found is None or found is not (skeleton or found):
                expected = skeleton.name if skeleton else "25 (body_25) or 17 (coco_17)"
                raise SourceError(
                    f"{file.path}: {len(person)} joints; expected {expected}; export it again"
                )
            skeleton = found
            people[file.frame - first].append(person)
    skeleton = skeleton or BODY_25
    nobody = np.zeros((0, len(skeleton), 3))
    return skeleton, [np.stack(frame) if frame else nobody for frame in people]


def _read_json(path: Path) -> list[NDArray[np.float64]]:
    try:
        people = json.loads(path.read_bytes())["people"]
        flat = [np.array(person["pose_keypoints_2d"], np.float64) for person in people]
        return [_joints(points) for points in flat]
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise SourceError(
            f"{path}: not OpenPose JSON ({type(error).__name__}: {one_line(error)}); expected "
            "people[].pose_keypoints_2d; export it again"
        ) from error


def _joints(points: NDArray[np.float64]) -> NDArray[np.float64]:
    if points.ndim != 1 or len(points) % 3:
        raise ValueError(f"pose_keypoints_2d has the shape {points.shape}, not x, y, c in turn")
    return points.reshape(-1, 3)


def _read_csv(path: Path) -> list[NDArray[np.float64]]:
    line = 1
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file)
            header = [name.strip() for name in next(rows, [])]
            if header != ["x", "y", "c"]:
                raise ValueError(f"columns {header}")
            person = []
            for row in rows:
                line = rows.line_num
                x, y, c = row
                person.append((float(x), float(y), float(c)))
    except (OSError, ValueError, csv.Error) as error:
        raise SourceError(
            f"{path}, line {line}: {one_line(error)}; expected the columns x,y,c and one row of "
            "three numbers per joint; export it again"
        ) from error
    return [np.array(person).reshape(-1, 3)]
