"""Everybody's key points in clips that are filmed otherwise, and how they are kept."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.clips import data_folder, timed_pictures
from bench.counting import BOTH_KINDS, STEP_KINDS
from bench.filmed_otherwise_film import AS_FILMED, WAYS, Film, Shot
from models.pose.engines import DEFAULT, open_engine
from models.pose.options import PoseOptions
from models.pose.protocol import estimate_one
from models.skeleton import BLAZEPOSE_33, Keypoints
from realtime.stream.ring import Floats

OTHERS = (
    "3.mp4",
    "5.mp4",
    "jumping_jack.mp4",
    "jumping_jacks.mp4",
    "high-knees.mp4",
    "high_knees.mp4",
    "threadmill.mp4",
    "sample_video2.mp4",
    "exercise.avi",
    "posetrack2.gif",
    "burpees.mp4",
    "024_soccer_keepups.mp4",
    "rope.mp4",
)
"""Of the clips without a rope that is jumped over, those nearest to it: jumping jacks, knees, a
treadmill, aerobics, burpees, keeping up a ball, battle ropes."""
_REACH_PERCENT = (1.0, 99.0)


@dataclass(frozen=True)
class Clip:
    """A video of the set `which`."""

    which: str
    name: str

    @property
    def video(self) -> Path:
        return data_folder() / self.which / "videos" / self.name

    def kept(self, tracks: Path, way: str) -> Path:
        """Where its key points are, filmed in that way."""
        return tracks / way.replace(" ", "_").replace(",", "") / self.which / f"{self.name}.npz"


@dataclass(frozen=True, eq=False)
class Company:
    """Key points (T, people, 33, 3) of everybody in a clip at times `t` (T,) seconds; nobody where
    they are 0. The clip's own frames are at `clip_t` (n,)."""

    people: Keypoints
    t: Floats
    clip_t: Floats

    def played(self, pace: float) -> Company:
        """So many times as fast: the same pictures at other times."""
        return replace(self, t=self.t / pace, clip_t=self.clip_t / pace)


def clips() -> tuple[list[Clip], list[Clip]]:
    """Those in which somebody jumps over a rope, steps first, and the others."""
    labels = json.loads((data_folder() / "rope" / "labels.json").read_text())
    jumping = [Clip("rope", n) for n, entry in labels.items() if _is_jumping(entry["kind"])]
    jumping.sort(key=lambda clip: (labels[clip.name]["kind"] not in STEP_KINDS, clip.name))
    return jumping, [Clip("other", name) for name in OTHERS]


def _is_jumping(kind: str | None) -> bool:
    return kind in STEP_KINDS | BOTH_KINDS


def film_otherwise(clip: Clip, way: str, tracks: Path) -> None:
    """Run the default pose engine on the clip, filmed in that way, and keep what it finds."""
    shot = Shot(None if way == AS_FILMED else box_of(clip, tracks))
    clip_t: list[float] = []
    film = WAYS[way](_noting(clip, clip_t), shot)
    seen, t = [], []
    with closing(open_engine(DEFAULT, PoseOptions(threads=1))) as engine:
        for picture, time in film:
            seen.append(estimate_one(engine, picture).keypoints)
            t.append(time)
    people = np.zeros((len(seen), max(map(len, seen)), len(BLAZEPOSE_33), 3), np.float32)
    for frame, found in enumerate(seen):
        people[frame, : len(found)] = found
    target = clip.kept(tracks, way)
    target.parent.mkdir(parents=True, exist_ok=True)
    being_written = target.with_suffix(".part.npz")
    np.savez_compressed(being_written, people=people, t=np.array(t), clip_t=np.array(clip_t))
    being_written.replace(target)


def _noting(clip: Clip, clip_t: list[float]) -> Film:
    """The clip; the times of its frames go to `clip_t`."""
    for picture, _, t in timed_pictures(str(clip.video)):
        clip_t.append(t)
        yield picture, t


def kept(clip: Clip, way: str, tracks: Path) -> Company:
    """What was found in the clip, filmed in that way."""
    with np.load(clip.kept(tracks, way)) as file:
        t = file["t"]
        forward = t > np.maximum.accumulate(np.concatenate(([-np.inf], t[:-1])))
        return Company(file["people"][forward], t[forward], file["clip_t"])


def box_of(clip: Clip, tracks: Path) -> tuple[float, float, float, float]:
    """The pixels that the largest person is in, in nearly all labelled frames (left, top, right,
    bottom), filmed as it is. Raises ValueError when nobody is."""
    company = kept(clip, AS_FILMED, tracks)
    frames = _labelled_frames(clip)
    begin, end = (
        company.clip_t[[frames[0], frames[-1]]] if frames else company.t[[0, -1]]
    ).tolist()
    corners = [
        corner
        for people in company.people[(company.t >= begin) & (company.t <= end)]
        if (corner := _largest(people)) is not None
    ]
    if not corners:
        raise ValueError(f"{clip.name}: nobody is seen; expected somebody to cut the picture to")
    low, high = np.percentile(np.array(corners), _REACH_PERCENT, axis=0)
    return float(low[0]), float(low[1]), float(high[2]), float(high[3])


def _largest(people: Keypoints) -> tuple[float, float, float, float] | None:
    boxes = []
    for person in people:
        joints = person[person[:, 2] > 0, :2]
        if len(joints):
            boxes.append((*joints.min(axis=0).tolist(), *joints.max(axis=0).tolist()))
    return max(boxes, key=lambda b: (b[2] - b[0]) * (b[3] - b[1]), default=None)


def _labelled_frames(clip: Clip) -> list[int]:
    """Of the jumps over a rope; empty where none has a label."""
    labels = json.loads((data_folder() / clip.which / "labels.json").read_text())
    entry = labels.get(clip.name, {})
    return entry.get("frames", []) if _is_jumping(entry.get("kind")) else []
