"""What a flip recogniser is judged on: key points of one person, and what he truly does."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.counting import read_track
from models.skeleton import BODY, Keypoints, Skeleton

Floats = NDArray[np.float64]

ELEMENTS = ("backflip", "handspring")
GYM_FPS = 60.0
PENN_FPS = 30.0  # not known
_PENN_HEAD = 0


@dataclass(frozen=True)
class Expected:
    """A true element: its kind, take-off and landing in seconds."""

    kind: str
    takeoff_s: float
    landing_s: float


@dataclass(frozen=True, eq=False)
class Case:
    """Key points (T, joints, 3) at times `t` (T,) of one person and his true elements. `group` is
    the row of a table that it belongs to."""

    name: str
    group: str
    skeleton: Skeleton
    keypoints: Keypoints
    t: Floats
    truth: tuple[Expected, ...] = ()

    @property
    def seconds(self) -> float:
        return float(np.ptp(self.t))

    def seen(self, keypoints: Keypoints) -> Case:
        """The same with other key points of the same frames."""
        return replace(self, keypoints=keypoints.astype(np.float32))

    def part(self, keep: NDArray[np.bool_]) -> Case:
        """The frames where `keep` (T,) is true."""
        return replace(self, keypoints=self.keypoints[keep], t=self.t[keep])


def wanted(truth: Sequence[Expected]) -> tuple[Expected, ...]:
    """Those elements that are to be said."""
    return tuple(element for element in truth if element.kind in ELEMENTS)


def gym_cases(folder: Path) -> list[Case]:
    """The real recordings in the order of their index, grouped by kind and athlete."""
    with (folder / "index.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    cases = []
    for row in rows:
        track = read_track(folder / "clips" / f"{row['clip']}.npz")
        moments = (int(row[name]) / GYM_FPS for name in ("takeoff", "landing"))
        cases.append(
            Case(
                row["clip"],
                f"{row['label']}, {row['subject']}",
                track.skeleton,
                track.keypoints,
                track.t,
                (Expected(row["label"], *moments),),
            )
        )
    return cases


def video_cases(folder: Path) -> Iterator[Case]:
    """The tracks of one set of videos, without truth."""
    for path in sorted(folder.glob("*.npz")):
        track = read_track(path)
        if len(track.t):
            yield Case(path.stem, folder.name, track.skeleton, track.keypoints, track.t)


def _headless(body: Keypoints) -> Keypoints:
    body = body.copy()
    body[:, _PENN_HEAD] = 0
    return body


PENN_READINGS: dict[str, Callable[[Keypoints], Keypoints]] = {
    "penn_action, no nose": _headless,
    "penn_action, head as nose": lambda body: body,
}
"""Their "head" is none of our joints; who reads the annotations may take it for the nose."""


def penn_cases(folder: Path, every: int = 1) -> Iterator[Case]:
    """Every so many of the sequences of Penn Action in both readings, grouped by these: nobody
    does a backflip or a handspring in them."""
    with (folder / "index.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    with np.load(folder / "penn_action_xyv.npz") as archive:
        for row in rows[::every]:
            body = np.zeros((int(row["frames"]), len(BODY), 3), np.float32)
            body[:, :13] = archive[row["id"]]
            body[body[..., 2] <= 0] = 0
            t = np.arange(len(body)) / PENN_FPS
            name = f"{row['id']} {row['action']}"
            for group, reading in PENN_READINGS.items():
                yield Case(name, group, BODY, reading(body), t)
