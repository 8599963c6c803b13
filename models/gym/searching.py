"""Finds recordings of key points in folders and archives, and what their names say of them."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

from models.gym.dataset import COLUMNS, INDEX
from models.recordings.entries import Entry, archive_entries, folder_entries, is_archive
from models.recordings.errors import KeypointsError
from models.recordings.openpose import PoseFile, pose_files

# The published names: activity-number-subject.mov. "Flack" is Estonian for the back handspring.
_NAME = re.compile(r"(?P<activity>[^-]+)-(?P<number>\d+)-(?P<subject>[^-]+)")
_LABELS = {"flack": "handspring"}
_ENDING = re.compile(r"\.(mov|mp4|avi|mkv)$", re.IGNORECASE)


class Found(NamedTuple):
    """A recording that may be read: its name, what messages call it, its OpenPose files or its
    `.npz`, and what an index or its name says of it: label, subject, takeoff, landing."""

    name: str
    shown: str
    files: Sequence[PoseFile] | Entry
    said: Mapping[str, str]


class Search(NamedTuple):
    """The recordings of a source; what cannot be one, with the reason; other files."""

    found: list[Found]
    refused: list[tuple[str, str]]
    others: list[str]


def search(source: Path) -> Search:
    """Look for recordings in a key-point `.npz`, a folder or an archive of files.

    Raises KeypointsError when it is none of these.
    """
    result = Search([], [], [])
    if source.is_file() and source.suffix == ".npz":
        entry = Entry(source.name, str(source), source.read_bytes)
        result.found.append(Found(source.stem, str(source), entry, named(source.stem)))
        return result
    folders = _folders(source)
    for folder, entries in folders.items():
        try:
            files = pose_files([entry for entry in entries if entry.name != INDEX])
        except KeypointsError as error:
            result.refused.append((folder, str(error)))
            continue
        above = folders.get(str(PurePath(folder).parent), ())
        said = _index(entries) or _index(above)
        result.found.extend(_recordings(folder, entries, files, said))
        known = {file.entry.name for file in files}
        result.others.extend(
            entry.shown
            for entry in entries
            if entry.name not in known and not entry.name.endswith(("index.csv", ".npz"))
        )
        if not entries and not any(PurePath(folder) in PurePath(f).parents for f in folders):
            result.refused.append((folder, "an empty folder"))
    return result


def named(name: str) -> dict[str, str]:
    """Label and subject, where a recording is called `activity-number-subject`."""
    match = _NAME.fullmatch(name)
    if not match:
        return {}
    activity = match["activity"].lower()
    return {"label": _LABELS.get(activity, activity), "subject": match["subject"].lower()}


def _folders(source: Path) -> dict[str, list[Entry]]:
    if is_archive(source):
        return archive_entries(source)
    if not source.is_dir():
        what = "neither a folder nor an archive" if source.exists() else "no such file or folder"
        raise KeypointsError(
            f"{source}: {what}; expected a key-point .npz, or a folder or .tar.gz of OpenPose "
            "JSON, CSV or key-point .npz; check the path"
        )
    return {
        folder: folder_entries(Path(folder)) for folder in sorted(f for f, _, _ in os.walk(source))
    }


def _index(entries: Sequence[Entry]) -> dict[str, dict[str, str]]:
    """What the index of a data set says, by clip; empty where there is none."""
    for entry in entries:
        if entry.name == INDEX:
            text = entry.read().decode("utf-8-sig", errors="replace")
            lines = csv.DictReader(io.StringIO(text, newline=""))
            if COLUMNS[0] not in (lines.fieldnames or ()):
                raise KeypointsError(
                    f"{entry.shown}: no column {COLUMNS[0]}; expected {','.join(COLUMNS)}; correct "
                    "it or move it away"
                )
            return {
                line[COLUMNS[0]]: {name: line.get(name) or "" for name in COLUMNS if line.get(name)}
                for line in lines
            }
    return {}


def _recordings(
    folder: str,
    entries: Sequence[Entry],
    files: Sequence[PoseFile],
    said: Mapping[str, Mapping[str, str]],
) -> list[Found]:
    found: list[tuple[str, str, Sequence[PoseFile] | Entry]] = []
    for entry in entries:
        if entry.name.endswith(".npz"):
            found.append((entry.name.removesuffix(".npz"), entry.shown, entry))
    by_name: dict[str, list[PoseFile]] = {}
    for file in files:
        by_name.setdefault(file.recording, []).append(file)
    for recording, parts in by_name.items():
        name = _ENDING.sub("", recording) or PurePath(folder).name
        found.append((name, f"{folder}, {recording or 'its JSON'}", parts))
    return [
        Found(name, shown, files, said.get(name) or named(name)) for name, shown, files in found
    ]
