"""Key-point clips joined to one stream in a way that a body could move.

Every part is scaled to one length of the legs and moved so that the feet begin where those of the
part before ended: same floor, same place (a camera that follows him). Between the two lies a
transition of about half a second, more after a landing: each bone turns the shorter way from its
last direction to its next one while its length changes evenly, the hips move across, all along
cubic curves that begin with the speed of the one part and end with that of the other (as far as a
body that catches itself would); the lowest joint stays on the floor. So a gymnast who has landed
bent straightens up, and nobody jumps, shrinks or slides from frame to frame. Joints have the
jitter of a pose network there; one that is missing at one of the ends is missing in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.flips_cases import Expected, Floats
from models.simulation.curves import hermite
from models.skeleton import BODY, Keypoints

FPS = 60.0
LEG_PX = 200.0

_JITTER = 0.008  # leg lengths
_EDGE = 4  # frames from which speeds at an edge are taken
_HELD = 9  # frames for which a missing joint is where it was
_FASTEST_TURN, _FASTEST_WAY = 6.0, 2.0  # rad/s, leg lengths/s
_CAUGHT_S = 0.3  # a movement is caught in so long

_Plane = NDArray[np.complex128]
"""Places or vectors in pixels, right + i down."""

_SIDES = ("left", "right")
_HIPS, _SHOULDERS = (
    [BODY.index(f"{side}_{joint}") for side in _SIDES] for joint in ("hip", "shoulder")
)
_NOSE = BODY.index("nose")
_LEGS = [[BODY.index(f"{side}_{part}") for part in ("hip", "knee", "ankle")] for side in _SIDES]
_BONES = [
    (BODY.index(f"{side}_{begin}"), BODY.index(f"{side}_{end}"))
    for side in _SIDES
    for begin, end in (
        *(("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle")),
        *(("ankle", "heel"), ("ankle", "toe")),
    )
]
_TRUNK, _LINKS = len(BODY), len(BODY) + 1
"""A link leads to each joint, from its neighbour or the middle of the hips or shoulders, and one
from there to there."""


@dataclass(frozen=True, eq=False)
class Part:
    """Key points (T, 17, 3) in the order of BODY at FPS, of somebody who begins and ends on his
    feet, and his elements in seconds from the part's beginning. `seam_s` is how long it takes from
    the part before to this one."""

    name: str
    keypoints: Keypoints
    seam_s: float
    truth: tuple[Expected, ...] = ()


def leg_px(keypoints: Keypoints) -> float:
    """The median over the frames of the longer leg; NaN when none is ever wholly seen."""
    points = keypoints[:, _LEGS].astype(np.float64)
    bones = np.linalg.norm(np.diff(points[..., :2], axis=2), axis=-1).sum(axis=-1)
    longer = np.where((points[..., 2] > 0).all(axis=-1), bones, 0.0).max(axis=1)
    known = longer[longer > 0]
    return float(np.median(known)) if len(known) else float("nan")


def join(parts: Sequence[Part], rng: np.random.Generator) -> tuple[Keypoints, tuple[Expected, ...]]:
    """The stream's key points (T, 17, 3) and elements."""
    stream = _scaled(parts[0])
    truth = list(parts[0].truth)
    for part in parts[1:]:
        following = _beside(_scaled(part), stream)
        between = _transition(stream, following, max(2, round(part.seam_s * FPS)), rng)
        by_s = (len(stream) + len(between)) / FPS
        truth += [
            replace(e, takeoff_s=e.takeoff_s + by_s, landing_s=e.landing_s + by_s)
            for e in part.truth
        ]
        stream = np.concatenate([stream, between, following])
    return stream.astype(np.float32), tuple(truth)


def _scaled(part: Part) -> Floats:
    scaled = part.keypoints.astype(np.float64)
    scaled[..., :2] *= LEG_PX / leg_px(part.keypoints)
    return scaled


def _beside(following: Floats, stream: Floats) -> Floats:
    """The next part, standing where he stood."""
    moved = following.copy()
    moved[..., :2] += _Edge(stream[::-1]).stand - _Edge(following).stand
    moved[moved[..., 2] <= 0] = 0
    return moved


class _Edge:
    """The body at the first of `frames` (T, 17, 3), or as soon as a joint is seen after it; speeds
    are from the first on."""

    def __init__(self, frames: Floats) -> None:
        near = frames[:_HELD]
        seen = near[..., 2] > 0
        self.seen: NDArray[np.bool_] = np.asarray(seen.any(axis=0))
        first = near[seen.argmax(axis=0), np.arange(len(BODY))]
        later = np.where(seen[min(_EDGE, len(near)) - 1, :, None], near[_EDGE - 1], first)
        self.confidence = first[:, 2]
        place = first[:, 0] + 1j * first[:, 1]
        there = later[:, 0] + 1j * later[:, 1]
        span = (_EDGE - 1) / FPS
        self.lowest = float(place.imag[self.seen].max())
        self.hip = complex(_middle(place, self.seen, _HIPS))
        self.stand = np.array([self.hip.real, self.lowest])
        way = (_middle(there, self.seen, _HIPS).real - self.hip.real) / span
        self.way = float(np.clip(way, -_FASTEST_WAY * LEG_PX, _FASTEST_WAY * LEG_PX))
        self.links = _links(place, self.seen)
        turned = np.angle(_links(there, self.seen) * np.conj(self.links)) / span
        self.turning: Floats = np.clip(turned, -_FASTEST_TURN, _FASTEST_TURN)


def _middle(place: _Plane, seen: NDArray[np.bool_], pair: list[int]) -> np.complex128:
    known = [joint for joint in pair if seen[joint]]
    return np.complex128(place[known].mean() if known else 0.0)


def _links(place: _Plane, seen: NDArray[np.bool_]) -> _Plane:
    """(_LINKS,) of joints (17,)."""
    links = np.zeros(_LINKS, np.complex128)
    hip, neck = _middle(place, seen, _HIPS), _middle(place, seen, _SHOULDERS)
    links[_TRUNK] = neck - hip
    links[_NOSE] = place[_NOSE] - neck
    links[_HIPS] = place[_HIPS] - hip
    links[_SHOULDERS] = place[_SHOULDERS] - neck
    for begin, end in _BONES:
        links[end] = place[end] - place[begin]
    return links


def _paths() -> NDArray[np.bool_]:
    """(_LINKS, 17): which links lead from the middle of the hips to each joint."""
    paths = np.eye(_LINKS, len(BODY), dtype=bool)
    paths[_TRUNK, [_NOSE, *_SHOULDERS]] = True
    for begin, end in _BONES:  # from the trunk outwards
        paths[:, end] |= paths[:, begin]
    return paths


_PATHS = _paths().astype(np.complex128)


def _transition(stream: Floats, following: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Frames (count, 17, 3) between the last frame of `stream` and the first of `following`."""
    begin, end = _Edge(stream[::-1]), _Edge(following)
    seconds = (count + 1) / FPS
    caught = min(1.0, _CAUGHT_S / seconds)
    share = np.arange(1, count + 1) / (count + 1)

    def curve(a: Floats, b: Floats, slope_a: Floats, slope_b: Floats) -> Floats:
        values, slopes = np.stack([a, b]), caught * seconds * np.stack([slope_a, slope_b])
        return hermite(share, np.array([0.0, 1.0]), values, slopes)

    angle = np.angle(begin.links)
    turn = np.angle(end.links * np.conj(begin.links))  # the shorter way
    angles = curve(angle, angle + turn, -begin.turning, end.turning)
    lengths = np.abs(begin.links) + share[:, None] * (np.abs(end.links) - np.abs(begin.links))
    places = (lengths * np.exp(1j * angles)) @ _PATHS
    x = curve(*(np.array([v]) for v in (begin.hip.real, end.hip.real, -begin.way, end.way)))
    seen = begin.seen & end.seen
    lowest = places.imag[:, seen].max(axis=1)
    level = begin.lowest + share * (end.lowest - begin.lowest)
    places += x + 1j * (level - lowest)[:, None]
    noise = rng.normal(0, _JITTER * LEG_PX, (*places.shape, 2))
    frames = np.empty((count, len(BODY), 3))
    frames[..., 0], frames[..., 1] = places.real + noise[..., 0], places.imag + noise[..., 1]
    frames[..., 2] = np.minimum(begin.confidence, end.confidence)
    return np.where(seen[:, None], frames, 0.0)
