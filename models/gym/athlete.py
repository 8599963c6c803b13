"""Who of several people in a recording is the athlete.

A pose network numbers people anew in every frame, so they are first linked to tracks: the nearest
to where somebody was last, in body sizes. The athlete is the one whose joints travel furthest about
the middle of his body, in body sizes and in all: turning over moves every joint, walking or running
past only some, standing none, wherever somebody stands and however small he is. Who is seen longer
has more time to, and a false detection of a few frames has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.poses import Poses
from models.skeleton import Keypoints, Skeleton

_LONGEST_GAP_S = 1.0  # a flip is often lost at its top, for less
_REACH = 0.5  # body sizes from one frame to the next: part of somebody is lost and found again;
_REACH_PER_S, _FURTHEST = 5.0, 1.5  # so much more with time, but no further
_SHRINKS = 0.98  # per frame, while less of somebody is seen than before
_STILL_PER_S = 0.6  # body sizes/s; key points of who stands still tremble by less
_FASTEST_PER_S = 8.0  # body sizes/s, about 14 m/s: a hand; what is faster is a wrong joint
_FEWEST_JOINTS = 4
_DOUBT = 0.5  # of the athlete's travel


@dataclass(frozen=True, eq=False)
class Track:
    """One person through a recording: `keypoints` float32 (T, J, 3), zeros where not seen;
    `travel` in body sizes, `frames` in which he is seen, `first` the first of them."""

    keypoints: Keypoints
    travel: float
    frames: int
    first: int


@dataclass(frozen=True, eq=False)
class Choice:
    """The athlete of a recording and the `others`, by how far they travel."""

    athlete: Track
    others: tuple[Track, ...]
    most_at_once: int

    @property
    def doubtful(self) -> bool:
        """Whether somebody else travels more than half as far."""
        return bool(self.others) and self.others[0].travel > _DOUBT * self.athlete.travel

    def __str__(self) -> str:
        if not self.others:
            return "one person"
        next_best = self.others[0].travel
        return (
            f"{self.most_at_once} at once, {len(self.others) + 1} tracks: the one from frame "
            f"{self.athlete.first} on, {self.athlete.frames} frames, who travels "
            f"{self.athlete.travel:.1f} body sizes, the next {next_best:.1f}"
            f"{'; look at it' if self.doubtful else ''}"
        )


def choose(skeleton: Skeleton, t: NDArray[np.float64], poses: Sequence[Poses]) -> Choice | None:
    """The athlete among `poses`, one entry per frame at `t` (T,) s; None when nobody is seen."""
    most = max((len(one.keypoints) for one in poses), default=0)
    tracks = _linked(t, poses) if most > 1 else _alone(poses)
    found = []
    for track in tracks:
        keypoints = np.zeros((len(t), len(skeleton), 3), np.float32)
        for frame, person in track:
            keypoints[frame] = poses[frame].keypoints[person]
        frames = [frame for frame, _ in track]
        found.append(Track(keypoints, _travel(t, keypoints, frames), len(frames), frames[0]))
    if not found:
        return None
    found.sort(key=lambda track: (-track.travel, -track.frames, track.first))
    return Choice(found[0], tuple(found[1:]), most)


def _people(poses: Poses) -> list[int]:
    """Those of whom enough is seen to say where they are; all, where that is nobody."""
    count = np.count_nonzero(poses.keypoints[..., 2] > 0, axis=1)
    return [int(i) for i in np.flatnonzero(count >= min(_FEWEST_JOINTS, max(count, default=0)))]


def _alone(poses: Sequence[Poses]) -> list[list[tuple[int, int]]]:
    """Never more than one person: whoever recorded that has chosen."""
    track = [(i, 0) for i, one in enumerate(poses) if (one.keypoints[..., 2] > 0).any()]
    return [track] if track else []


def _linked(t: NDArray[np.float64], poses: Sequence[Poses]) -> list[list[tuple[int, int]]]:
    """Tracks of (frame, person in it)."""
    tracks: list[list[tuple[int, int]]] = []
    last: list[tuple[float, NDArray[np.float64], float]] = []  # per track: when, where, size
    for frame, one in enumerate(poses):
        spots = {person: _spot(one.keypoints[person]) for person in _people(one)}
        pairs = sorted(
            (cost, k, person)
            for k, (when, where, size) in enumerate(last)
            if t[frame] - when <= _LONGEST_GAP_S
            for person, (place, _) in spots.items()
            if (cost := _cost(place - where, size, float(t[frame] - when))) < 1
        )
        taken: dict[int, int] = {}
        for _, k, person in pairs:
            if person in spots and person not in taken and k not in taken.values():
                taken[person] = k
        for person, (place, size) in spots.items():
            k = taken.get(person, len(tracks))
            if k == len(tracks):
                tracks.append([])
                last.append((0.0, place, size))
            tracks[k].append((frame, person))
            last[k] = (float(t[frame]), place, max(size, _SHRINKS * last[k][2]))
    return tracks


def _spot(keypoints: Keypoints) -> tuple[NDArray[np.float64], float]:
    """Middle of the joints that are seen, px, and their spread: the body's size."""
    points = keypoints[keypoints[:, 2] > 0, :2].astype(np.float64)
    return np.median(points, axis=0), max(float(np.linalg.norm(np.ptp(points, axis=0))), 1.0)


def _cost(way: NDArray[np.float64], size: float, passed_s: float) -> float:
    reach = min(_REACH + _REACH_PER_S * passed_s, _FURTHEST)
    return float(np.linalg.norm(way)) / (size * reach)


def _travel(t: NDArray[np.float64], keypoints: Keypoints, frames: Sequence[int]) -> float:
    """How far the mean joint goes about the body's middle, in all, in body sizes; trembling and
    wrong joints apart."""
    if len(frames) < 2:
        return 0.0
    points, passed = keypoints[list(frames)], np.diff(t[list(frames)])[:, None]
    spots = [_spot(one) for one in points]
    size = float(np.median([size for _, size in spots]))
    about = points[..., :2] - np.array([where for where, _ in spots])[:, None]
    both = (points[1:, :, 2] > 0) & (points[:-1, :, 2] > 0)
    steps = np.linalg.norm(np.diff(about, axis=0), axis=-1) / size
    steps = np.where(both, np.minimum(steps, _FASTEST_PER_S * passed), 0)
    moved = np.maximum(steps - _STILL_PER_S * passed, 0)
    return float((moved.sum(axis=1) / np.maximum(both.sum(axis=1), 1)).sum())
