"""Who is where in real videos, labelled by hand, and who of them is found and followed.

The labels are in `bench/reference/real_people.json`, which says how they were made.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.skeleton import BODY, Keypoints, Skeleton, convert
from realtime.stream.ring import Floats

LABELS = Path(__file__).parent / "reference" / "real_people.json"

NEAR = 0.2
"""Heights from the labelled middle of somebody's trunk up to which a skeleton is his; the trunk's
own length is 0.3."""
ABOUT = 0.35
"""The same between two labels, where his place is interpolated: such a skeleton is not false."""
STAYS_S = 3.6
"""Somebody is in view between two labels that are no further apart, and not else."""
FALSE_S = 0.5
"""A skeleton on nobody for longer than this is a false person."""

_TRUNK = [
    BODY.index(f"{side}_{part}") for side in ("left", "right") for part in ("shoulder", "hip")
]


@dataclass(frozen=True, eq=False)
class Labelled:
    """One person's labels: frames (n,), middles of the trunk (n, 2) px, heights (n,) px."""

    letter: str
    frames: Floats
    places: Floats
    heights: Floats

    def at(self, frame: int, gap: float) -> tuple[Floats, float] | None:
        """Place and height, interpolated; None where he has no labels within `gap` frames."""
        after = int(np.searchsorted(self.frames, frame))
        if after == len(self.frames):
            return None
        if self.frames[after] == frame:
            return self.places[after], float(self.heights[after])
        if after == 0 or self.frames[after] - self.frames[after - 1] > gap:
            return None
        x, y, height = (
            float(np.interp(frame, self.frames, values))
            for values in (*self.places.T, self.heights)
        )
        return np.array([x, y]), height


@dataclass(frozen=True, eq=False)
class Clip:
    """A labelled video. `unlabelled` are boxes (x, y, x, y, from, to; px and frames) in which there
    are others, too. `counted` has the foot switches of those who jump, counted by eye: first and
    last frame, and how many."""

    name: str
    folder: str
    people: list[Labelled]
    unlabelled: list[list[int]]
    counted: dict[str, tuple[int, int, int]]


@dataclass(frozen=True, eq=False)
class Found:
    """What the engine found: times (T,) in seconds, the skeletons (n, J, 3) of each frame, and the
    shorter side of the picture in px."""

    skeleton: Skeleton
    t: Floats
    people: list[Keypoints]
    side: int

    @property
    def fps(self) -> float:
        return float((len(self.t) - 1) / (self.t[-1] - self.t[0]))


@dataclass(frozen=True)
class Followed:
    """The labels of one person, frame by frame: the identity on him, None for not found, -1 for
    found by the engine and not named by the tracker; and his height as a share of the picture's
    shorter side."""

    letter: str
    ids: dict[int, int | None]
    sizes: list[float]
    minutes: float

    @property
    def named(self) -> list[int]:
        return [
            identity for identity in self.ids.values() if identity is not None and identity >= 0
        ]

    @property
    def found(self) -> int:
        return sum(identity is not None for identity in self.ids.values())

    @property
    def switches(self) -> int:
        return sum(one != other for one, other in itertools.pairwise(self.named))

    def at(self, frame: int) -> int | None:
        """The identity at the label nearest to `frame`."""
        return self.ids[min(self.ids, key=lambda labelled: abs(labelled - frame))]

    @property
    def main(self) -> int | None:
        """The identity that he has most often."""
        return Counter(self.named).most_common(1)[0][0] if self.named else None

    @property
    def on_main(self) -> int:
        return self.named.count(self.main) if self.main is not None else 0


@dataclass(frozen=True)
class FalsePerson:
    """A skeleton on nobody, or a second one on somebody (`twice`): frames from first to last."""

    identity: int
    first: int
    last: int
    twice: bool
    x: int
    y: int


def clips(path: Path = LABELS) -> list[Clip]:
    videos = json.loads(path.read_text())["videos"]
    return [
        Clip(
            name,
            video["set"],
            [_labelled(letter, rows) for letter, rows in video["people"].items()],
            video["unlabelled"],
            {letter: (first, last, n) for letter, (first, last, n) in video["counted"].items()},
        )
        for name, video in videos.items()
    ]


def _labelled(letter: str, rows: Sequence[Sequence[int]]) -> Labelled:
    table = np.array(rows, float)
    return Labelled(letter, table[:, 0], table[:, 1:3], table[:, 3])


def places(people: Keypoints, skeleton: Skeleton) -> Floats:
    """Middles (n, 2) of the trunks of skeletons (n, J, 3); of all joints where no trunk is seen."""
    body = convert(people, skeleton, BODY)
    middles = []
    for person in body:
        trunk = person[_TRUNK]
        points = trunk if (trunk[:, 2] > 0).any() else person
        middles.append(points[points[:, 2] > 0, :2].mean(axis=0))
    return np.array(middles, float).reshape(-1, 2)


def assigned(
    where: Floats, people: Sequence[tuple[Floats, float]], near: float
) -> tuple[list[int | None], Floats]:
    """Which skeleton (of `where`, (n, 2)) is each person's, the nearest pairs first, and how far
    (people, n) each is from each, in heights."""
    apart = np.array(
        [np.hypot(*(where - place).T) / height for place, height in people], float
    ).reshape(len(people), len(where))
    mine: list[int | None] = [None] * len(people)
    for flat in np.argsort(apart, axis=None, kind="stable"):
        who, skeleton = divmod(int(flat), len(where))
        if apart[who, skeleton] > near:
            break
        if mine[who] is None and skeleton not in mine:
            mine[who] = skeleton
    return mine, apart


def follow(clip: Clip, found: Found, ids: Sequence[Sequence[int]]) -> list[Followed]:
    """Who of the labelled people has which identity at each of his labels; `ids` are those of each
    found person of each frame."""
    gap = STAYS_S * found.fps
    on: dict[str, dict[int, int | None]] = {person.letter: {} for person in clip.people}
    for frame in sorted({int(f) for person in clip.people for f in person.frames}):
        present = [p for p in clip.people if frame in p.frames]
        known = [place for p in present if (place := p.at(frame, gap))]
        mine, _ = assigned(places(found.people[frame], found.skeleton), known, NEAR)
        for person, skeleton in zip(present, mine, strict=True):
            on[person.letter][frame] = None if skeleton is None else ids[frame][skeleton]
    return [
        Followed(
            p.letter, on[p.letter], (p.heights / found.side).tolist(), _minutes(p, gap, found.fps)
        )
        for p in clip.people
    ]


def _minutes(person: Labelled, gap: float, fps: float) -> float:
    steps = np.diff(person.frames)
    return float(steps[steps <= gap].sum() / fps / 60)


def false_people(
    clip: Clip, found: Found, ids: Sequence[Sequence[int]], seconds: float = FALSE_S
) -> list[FalsePerson]:
    """Skeletons of one identity that for longer than `seconds` sit on nobody, or are the second on
    somebody, away from the boxes of those who are not labelled."""
    runs: dict[tuple[int, bool], list[tuple[int, Floats]]] = {}
    done: list[FalsePerson] = []
    for frame in range(len(found.t)):
        wrong = _wrong(clip, found, frame, ids[frame])
        for key in [key for key in runs if key not in wrong]:
            done += _lasting(key, runs.pop(key), found.t, seconds)
        for key, place in wrong.items():
            runs.setdefault(key, []).append((frame, place))
    for key, run in runs.items():
        done += _lasting(key, run, found.t, seconds)
    return sorted(done, key=lambda one: one.first)


def _wrong(
    clip: Clip, found: Found, frame: int, ids: Sequence[int]
) -> dict[tuple[int, bool], Floats]:
    """Place of each (identity, second on somebody) that is on nobody in this frame."""
    where = places(found.people[frame], found.skeleton)
    gap = STAYS_S * found.fps
    known = [place for person in clip.people if (place := person.at(frame, gap))]
    mine, apart = assigned(where, known, ABOUT)
    wrong = {}
    for i, place in enumerate(where):
        if i in mine or ids[i] < 0 or _boxed(clip, frame, place):
            continue
        wrong[ids[i], bool((apart[:, i] <= ABOUT).any())] = place
    return wrong


def _boxed(clip: Clip, frame: int, place: Floats) -> bool:
    x, y = place
    return any(
        left <= x <= right and top <= y <= bottom and first <= frame <= last
        for left, top, right, bottom, first, last in clip.unlabelled
    )


def _lasting(
    key: tuple[int, bool], run: list[tuple[int, Floats]], t: Floats, seconds: float
) -> list[FalsePerson]:
    first, last = run[0][0], run[-1][0]
    if t[last] - t[first] <= seconds:
        return []
    x, y = np.mean([place for _, place in run], axis=0).round().astype(int).tolist()
    return [FalsePerson(key[0], first, last, key[1], x, y)]
