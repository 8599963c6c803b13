"""Backflips, handsprings and what is neither as windows of key points; the real ones."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from bench.clips import SETS
from bench.counting import Track, read_track
from bench.windows import Floats, window
from models.skeleton import BODY, Keypoints, convert

Kind = Literal["backflip", "handspring", "neither"]
KINDS: tuple[Kind, ...] = ("backflip", "handspring", "neither")

LEAD_S = 0.3
"""Of the time before the take-off, what a window shows."""
_LEGS = [
    BODY.index(f"{side}_{part}") for side in ("left", "right") for part in ("hip", "knee", "ankle")
]
_GYM_FPS = 60.0
AROUND_S = 0.5
_EVERY_S = 0.5
FLIGHT_S = (0.45, 0.85)


@dataclass(frozen=True, eq=False)
class Clip:
    """Key points (T, 17, 3) in the order of BODY at times `t` (T,) of one athlete, with the
    take-off and the landing (of what is neither: two moments of no meaning)."""

    athlete: str
    kind: Kind
    keypoints: Keypoints
    t: Floats
    takeoff_s: float
    landing_s: float

    def window(self, takeoff_late_s: float = 0.0, landing_late_s: float = 0.0) -> Floats:
        """As `windows.window`, with errors in the two moments."""
        begin = self.takeoff_s - LEAD_S + takeoff_late_s
        return window(self.keypoints, self.t, begin, self.landing_s + landing_late_s)


def gym_clips(folder: Path) -> list[Clip]:
    """The real recordings in the order of their index."""
    with (folder / "index.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    kinds: dict[str, Kind] = {kind: kind for kind in KINDS}
    clips = []
    for row in rows:
        track = read_track(folder / "clips" / f"{row['clip']}.npz")
        moments = (int(row[name]) / _GYM_FPS for name in ("takeoff", "landing"))
        body = convert(track.keypoints, track.skeleton, BODY)
        clips.append(Clip(row["subject"], kinds[row["label"]], body, track.t, *moments))
    return clips


def filmed_backflips(tracks: Path, data: Path) -> list[Clip]:
    """The labelled backflips on the ground of `flips`, from tracks of the pose engine."""
    clips = []
    for name, entry in json.loads((data / "flips" / "labels.json").read_text()).items():
        for event in entry["events"]:
            if event["skill"] == "backflip":
                track = read_track(tracks / "flips" / f"{name}.npz")
                body = convert(track.keypoints, track.skeleton, BODY)
                moments = (float(track.t[event[edge]]) for edge in ("takeoff", "landing"))
                clips.append(Clip(name, "backflip", body, track.t, *moments))
    return clips


def others(tracks: Path, which: str) -> list[Clip]:
    """Windows all along the tracks of a set without backflips and handsprings."""
    if which not in SETS:
        raise ValueError(f"others: expected one of {', '.join(SETS)}, got {which}; name a set")
    clips: list[Clip] = []
    for path in sorted((tracks / which).glob("*.npz")):
        clips += _cut(read_track(path), path.stem)
    return clips


def _cut(track: Track, athlete: str) -> Iterator[Clip]:
    body = convert(track.keypoints, track.skeleton, BODY)
    middle = sum(FLIGHT_S) / 2
    for begin in np.arange(track.t[0] + LEAD_S, track.t[-1] - middle, _EVERY_S):
        clip = _around(Clip(athlete, "neither", body, track.t, float(begin), float(begin) + middle))
        if _seen(clip):
            yield clip


def _around(clip: Clip) -> Clip:
    """The frames of a clip that matter."""
    first, last = clip.takeoff_s - AROUND_S, clip.landing_s + AROUND_S
    kept = (clip.t >= first) & (clip.t <= last)
    moments = clip.takeoff_s, clip.landing_s
    return Clip(clip.athlete, clip.kind, clip.keypoints[kept], clip.t[kept], *moments)


def _seen(clip: Clip) -> bool:
    """Whether somebody's hips and legs are there in most frames."""
    return len(clip.t) > 0 and bool((clip.keypoints[:, _LEGS, 2] > 0).all(axis=1).mean() > 0.5)


def by_athlete(clips: Sequence[Clip]) -> dict[str, list[Clip]]:
    groups: dict[str, list[Clip]] = {}
    for clip in clips:
        groups.setdefault(clip.athlete, []).append(clip)
    return dict(sorted(groups.items()))
