"""Streams of real people: gym recordings, filmed flips, and videos of what is neither."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from models.gym.dataset import load
from models.gym.live.features import Floats
from models.gym.live.streams import Element, Kind, Stream
from models.recordings.npz import read_npz
from models.skeleton import BODY, Keypoints, convert

_PENN_FPS = 30.0  # unknown; disturbance.py varies it
_NAMED: dict[str, Kind] = {
    "backflip": "backflip",
    "handspring": "handspring",
    "back_handspring": "handspring",
}
_ASKED_NOTHING = ("double_back_somersault",)
_FEWEST_FRAMES = 20
_SLOWEST_FPS = 12.0


def gym(folder: Path) -> list[Stream]:
    """The recordings of a data set (`models.gym.dataset`) of which take-off and landing are known.
    Raises KeypointsError."""
    streams = []
    for one in load(folder):
        if one.takeoff is not None and one.landing is not None:
            takeoff, landing = (float(one.t[frame]) for frame in (one.takeoff, one.landing))
            element = Element(_NAMED[one.label], takeoff, landing)
            body = convert(one.keypoints, one.skeleton, BODY)
            streams.append(Stream(one.name, one.subject, body, one.t, (element,)))
    return streams


def filmed(data: Path, tracks: Path) -> list[Stream]:
    """The videos of the set `flips` with their labels, from `tracks` of the pose engine."""
    streams = []
    labels = json.loads((data / "flips" / "labels.json").read_text("utf-8"))
    for name, entry in sorted(labels.items()):
        keypoints, t = read_track(tracks / "flips" / f"{name}.npz")
        elements = tuple(
            Element(
                _NAMED.get(event["skill"]), float(t[event["takeoff"]]), float(t[event["landing"]])
            )
            for event in entry["events"]
            if event["skill"] in (*_NAMED, *_ASKED_NOTHING)
        )
        streams.append(Stream(name, name, keypoints, t, elements))
    return streams


def neither(tracks: Path) -> list[Stream]:
    """The videos of `rope` and `other`; numbered ones of a name are one group."""
    streams = []
    for path in sorted([*(tracks / "rope").glob("*.npz"), *(tracks / "other").glob("*.npz")]):
        keypoints, t = read_track(path)
        name = path.stem
        if len(t) >= _FEWEST_FRAMES:
            streams.append(Stream(name, re.sub(r"[\d_-]+", "", name), keypoints, t))
    return streams


def penn(folder: Path) -> Iterator[Stream]:
    """Penn Action. Its "head" is no joint of ours and is left out; its rate is not known."""
    with np.load(folder / "penn_action_xyv.npz") as archive:
        for name in sorted(archive.files):
            found = archive[name]
            keypoints = np.zeros((len(found), len(BODY), 3), np.float32)
            keypoints[:, 1:13] = found[:, 1:]
            keypoints[keypoints[..., 2] <= 0] = 0
            if len(found) >= _FEWEST_FRAMES:
                t = np.arange(len(found)) / _PENN_FPS
                yield Stream(f"penn {name}", f"penn {name}", keypoints, t)


def playable(stream: Stream) -> bool:
    """Whether a stream has a rate that the recogniser is meant for."""
    return bool(np.median(np.diff(stream.t)) <= 1 / _SLOWEST_FPS)


def read_track(path: Path) -> tuple[Keypoints, Floats]:
    """Key points (T, 17, 3) in the order of BODY, of the first person, and times (T,) of a
    key-point file. Raises KeypointsError."""
    recording = read_npz(path)
    keypoints = np.zeros((len(recording.t), len(recording.skeleton), 3), np.float32)
    for frame, poses in zip(keypoints, recording.poses, strict=True):
        frame[:] = poses.keypoints[0] if len(poses.keypoints) else 0
    return convert(keypoints, recording.skeleton, BODY), recording.t
