"""Takes the pictures of a scene: the hall, the people, and what the camera makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from models.simulation.curves import Floats
from models.simulation.figure import POINT
from models.simulation.film.camera import Camera
from models.simulation.film.canvas import Canvas
from models.simulation.film.exposure import Exposure, Shot
from models.simulation.film.render import Painter
from models.simulation.film.sensor import Sensor
from models.simulation.motion import Instants, Motion

Image = NDArray[np.uint8]
Person = tuple[Painter, Motion]

_NEAREST_M = 0.3
_HANDS = [POINT["left_hand"], POINT["right_hand"]]
_BESIDE_M, _ABOVE_M = 0.6, 0.25  # what is drawn of somebody beyond his points, shadow included
_ROPE_M = 0.3
_STEP_PX = 3.0  # of a body, between the moments as which an exposure is drawn
_ROPE_STEP_PX = 14.0
_MOST_PARTS = 10


@dataclass(frozen=True, eq=False)
class Film:
    """How pictures are taken. `canvas` is the hall for a camera that does not stand still, None
    otherwise. `repeats` maps times to those whose picture is shown again."""

    exposure: Exposure = field(default_factory=Exposure)
    canvas: Canvas | None = None
    sensor: Sensor | None = None
    repeats: Mapping[float, float] = field(default_factory=dict)

    def moment(self, t: float) -> float:
        """The time whose picture is shown at time `t`."""
        return self.repeats.get(t, t)

    def pixels(self, camera: Camera, motion: Motion, t: float) -> tuple[Floats, Floats]:
        """Where somebody's points are seen in the picture of `t`: pixels (P, 2), depth (P,)."""
        shot = self.exposure.shot(camera, self.moment(t))
        return shot.camera.project(shot.figure(motion).points[0])

    def picture(self, camera: Camera, backdrop: Image, people: Sequence[Person], t: float) -> Image:
        """A fresh picture (H, W, 3) of `people` in front of a hall that is `backdrop` to the
        camera at rest."""
        shot = self.exposure.shot(camera, self.moment(t))
        canvas = self.canvas
        image = backdrop.copy() if canvas is None else canvas.seen_by(camera, shot.turns)
        if self.exposure.shutter_s:
            _expose(image, shot, people)
        else:
            _paint(image, shot, people)
        return image if self.sensor is None else self.sensor.develop(image, shot.t)


def _paint(image: Image, shot: Shot, people: Sequence[Person], late: float = 0.0) -> None:
    """Everybody as at one moment, the farthest first."""
    seen = []
    for painter, motion in people:
        there = shot.figure(motion, late)
        depth = float(shot.camera.project(there.points[0, POINT["pelvis"]])[1])
        seen.append((depth, painter, there))
    for depth, painter, there in sorted(seen, key=lambda one: -one[0]):
        if depth > _NEAREST_M:
            painter.paint(image, shot.camera, there.points[0], there.rope[0])


def _expose(image: Image, shot: Shot, people: Sequence[Person]) -> None:
    """The mean of several moments, where somebody is."""
    at_rest, scratch = image.copy(), image.copy()
    for group in _groups(shot, people):
        box = group.pixels(shot.steady.size)
        if not image[box].size:
            continue
        total = np.zeros(image[box].shape, np.float32)
        for late in shot.exposure.moments(group.parts):
            scratch[box] = at_rest[box]
            _paint(scratch, shot, group.people, float(late))
            cv2.accumulate(scratch[box], total)
        image[box] = cv2.convertScaleAbs(total, alpha=1 / group.parts)


@dataclass(frozen=True, eq=False)
class _Group:
    """People whose boxes in the picture touch. `low` and `high` (2,) px are the corners of the box
    around them all; the exposure is drawn as `parts` moments."""

    people: list[Person]
    low: Floats
    high: Floats
    parts: int

    def touches(self, other: _Group) -> bool:
        return bool(np.all(self.low <= other.high) and np.all(other.low <= self.high))

    def joined(self, other: _Group) -> _Group:
        return _Group(
            self.people + other.people,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
            max(self.parts, other.parts),
        )

    def pixels(self, size: tuple[int, int]) -> tuple[slice, slice]:
        """Rows and columns of the box, within the picture."""
        (left, top), (right, bottom) = np.clip([self.low, self.high], 0, size).astype(int)
        return slice(top, bottom), slice(left, right)


def _groups(shot: Shot, people: Sequence[Person]) -> list[_Group]:
    groups: list[_Group] = []
    for person in people:
        group = _alone(shot, person)
        while touching := [other for other in groups if group.touches(other)]:
            for other in touching:
                groups.remove(other)
                group = other.joined(group)
        groups.append(group)
    return groups


def _alone(shot: Shot, person: Person) -> _Group:
    half = shot.exposure.shutter_s / 2
    figures = [shot.figure(person[1], late) for late in (-half, 0.0, half)]
    corners = shot.camera.project(np.concatenate([_around(there) for there in figures]))[0]
    steps = _way(shot.camera, figures) / _STEP_PX, _rope_way(shot.camera, figures) / _ROPE_STEP_PX
    return _Group(
        [person],
        corners.min(axis=0) - 1,
        corners.max(axis=0) + 1,
        int(np.clip(np.ceil(max(steps)), 1, _MOST_PARTS)),
    )


def _way(camera: Camera, figures: Sequence[Instants]) -> float:
    """How far (px) the fastest point of the body goes from the first to the last."""
    begin, end = (camera.project(there.points[0])[0] for there in (figures[0], figures[-1]))
    return float(np.linalg.norm(end - begin, axis=-1).max())


def _rope_way(camera: Camera, figures: Sequence[Instants]) -> float:
    """How far (px) the middle of the rope goes; it hangs to the floor from the hands."""
    turns = abs(float(figures[-1].rope[0, 0] - figures[0].rope[0, 0]))
    if not np.isfinite(turns):
        return 0.0
    hands = figures[0].points[0, _HANDS].mean(axis=0)
    return 2 * np.pi * turns * float(hands[2] * camera.focal / camera.project(hands)[1])


def _around(there: Instants) -> Floats:
    """Corners (8, 3) of a block around somebody, his shadow and his rope."""
    points = there.points[0]
    margin = np.array([_BESIDE_M, _BESIDE_M, _ABOVE_M])
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    if np.isfinite(there.rope[0, 0]):
        hands = points[_HANDS]
        reach = hands[:, 2].max() + _ROPE_M
        low = np.minimum(low, hands.min(axis=0) - reach)
        high = np.maximum(high, hands.max(axis=0) + reach)
    low[2] = 0.0
    corners = np.stack(np.meshgrid(*np.stack([low, high], axis=1)), axis=-1)
    return corners.reshape(-1, 3)
