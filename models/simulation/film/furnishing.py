"""What hangs on walls and stands about: wall bars, posters, windows, benches, mats, a crowd; and
the open air with its trees and houses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.simulation.curves import Floats
from models.simulation.film.camera import Camera
from models.simulation.film.hall import HallSettings
from models.simulation.film.shape import Colour, times
from models.simulation.film.surfaces import Scenery

_SLOT_M = 2.4
_WOOD: Colour = (96.0, 140.0, 178.0)
_FRAME: Colour = (70.0, 76.0, 82.0)
_SPRING_FLOOR: Colour = (168.0, 96.0, 44.0)
_BORDER: Colour = (222.0, 226.0, 228.0)
_SKY: Colour = (232.0, 206.0, 178.0)
_GROUNDS: tuple[Colour, ...] = ((70.0, 128.0, 96.0), (118.0, 120.0, 122.0), (80.0, 96.0, 168.0))
_SKIN_OF_CROWD = ((150.0, 180.0, 228.0), (92.0, 124.0, 178.0), (48.0, 66.0, 104.0))


@dataclass(frozen=True)
class Wall:
    """An upright wall from `corner` (x, y) along the unit vector `along`; the room is on its
    right."""

    corner: tuple[float, float]
    along: tuple[float, float]
    length: float
    height: float

    def at(self, along: float, up: float, out: float = 0.0) -> tuple[float, float, float]:
        """A place `along` the wall, `up` from the floor and `out` into the room, metres."""
        (x, y), (dx, dy) = self.corner, self.along
        return x + along * dx + out * dy, y + along * dy - out * dx, up

    def rectangle(
        self, left: float, right: float, low: float, high: float, out: float = 0.0
    ) -> list[tuple[float, float, float]]:
        """Corners of a rectangle parallel to the wall, metres as in `at`."""
        corners = (left, low), (right, low), (right, high), (left, high)
        return [self.at(along, up, out) for along, up in corners]

    def in_front_of(self, camera: Camera) -> bool:
        """Whether the camera is on the room's side of the wall."""
        (dx, dy), away = self.along, camera.position[:2] - self.corner
        return bool(away @ np.array([dy, -dx]) > 0)


Thing = Callable[[Scenery, Wall, float, np.random.Generator], None]


def furnish(scenery: Scenery, wall: Wall, hall: HallSettings, rng: np.random.Generator) -> None:
    """Things on a wall and in front of it, `hall.clutter` of all places taken; with a crowd its
    seats are in front of the wall."""
    places = np.arange(0.1, wall.length - _SLOT_M, _SLOT_M)
    for things, share in ((_HANGING, 0.9), (_STANDING, 0.0 if hall.crowd else 0.5)):
        taken = rng.random(len(places)) < share * hall.clutter
        for left in places[taken]:
            things[int(rng.integers(len(things)))](scenery, wall, float(left), rng)
    _seat_crowd(scenery, wall, hall, rng)


def paint_mat(scenery: Scenery, hall: HallSettings) -> None:
    """The mat on which the athlete performs."""
    if hall.mat == "none":
        return
    long, wide = (7.0, 1.0) if hall.mat == "strip" else (6.5, 3.2)
    for margin, colour in ((0.0, _BORDER), (0.06, _SPRING_FLOOR)):
        x, y = long - margin, wide - margin
        scenery.polygon([(-x, -y, 0), (x, -y, 0), (x, y, 0), (-x, y, 0)], colour)
    for seam in np.arange(-6.0, 6.5, 2.0):
        y = wide - 0.06
        ends = (seam - 0.008, seam + 0.008)
        corners = [(ends[0], -y, 0), (ends[1], -y, 0), (ends[1], y, 0), (ends[0], y, 0)]
        scenery.polygon(corners, times(_SPRING_FLOOR, 0.85))


def _seat_crowd(scenery: Scenery, wall: Wall, hall: HallSettings, rng: np.random.Generator) -> None:
    """Spectators on three rows of seats along a wall, painted as heads and shoulders."""
    if hall.crowd == 0:
        return
    for row in (2, 1, 0):
        out, up = 0.5 + 0.7 * (2 - row), 0.45 * row
        step = wall.rectangle(0.5, wall.length - 0.5, 0.0, up + 0.45, out + 0.35)
        scenery.polygon(step, (116.0 + 8 * row, 110.0 + 8 * row, 104.0 + 8 * row))
        for along in np.arange(0.8, wall.length - 0.6, 0.55):
            if rng.random() < hall.crowd:
                seat = wall.at(along + rng.uniform(-0.1, 0.1), up + 0.45, out + 0.35)
                _onlooker(scenery, np.array(seat), np.array([*wall.along, 0.0]), rng)


def _onlooker(scenery: Scenery, seat: Floats, along: Floats, rng: np.random.Generator) -> None:
    up = np.array([0.0, 0.0, 1.0])
    coat, hair = rng.uniform(20, 220, 3), rng.uniform(10, 90)
    skin = _SKIN_OF_CROWD[int(rng.integers(len(_SKIN_OF_CROWD)))]
    size = float(rng.uniform(0.8, 1.1))

    def blob(middle: float, wide: float, high: float, colour: Colour) -> None:
        angle = np.linspace(0, 2 * np.pi, 10, False)[:, None]
        ring = wide * np.cos(angle) * along + (middle + high * np.sin(angle)) * up
        scenery.polygon(seat + size * ring, colour)

    blob(0.28, 0.23, 0.33, (float(coat[0]), float(coat[1]), float(coat[2])))
    blob(0.76, 0.095, 0.13, (hair, hair, hair))
    blob(0.73, 0.080, 0.11, skin)


def _wall_bars(scenery: Scenery, wall: Wall, left: float, rng: np.random.Generator) -> None:
    for post in (0.0, 1.0, 2.0):
        scenery.polygon(wall.rectangle(left + post, left + post + 0.08, 0.1, 2.7, 0.1), _WOOD)
    for up in np.arange(0.25, 2.7, 0.17):
        bar = wall.rectangle(left, left + 2.08, up, up + 0.04, 0.12)
        scenery.polygon(bar, times(_WOOD, float(rng.uniform(0.85, 1.1))))


def _poster(scenery: Scenery, wall: Wall, left: float, rng: np.random.Generator) -> None:
    low, wide, high = rng.uniform(1.0, 1.6), rng.uniform(0.6, 1.9), rng.uniform(0.6, 1.3)
    scenery.polygon(wall.rectangle(left, left + wide, low, low + high, 0.01), _vivid(rng))
    for i in range(4):
        a, b = left + 0.1 * wide, left + rng.uniform(0.4, 0.9) * wide
        up = low + high * (0.15 + 0.2 * i)
        scenery.polygon(wall.rectangle(a, b, up, up + 0.08 * high, 0.02), _vivid(rng))


def _banner(scenery: Scenery, wall: Wall, left: float, rng: np.random.Generator) -> None:
    colour = _vivid(rng)
    scenery.polygon(wall.rectangle(left, left + 2.3, 2.75, 3.5, 0.02), colour)
    for letter in np.arange(0.2, 2.1, 0.26):
        mark = wall.rectangle(left + letter, left + letter + 0.17, 2.95, 3.3, 0.03)
        scenery.polygon(mark, times(colour, 0.5) if sum(colour) > 380 else _BORDER)


def _window(scenery: Scenery, wall: Wall, left: float, rng: np.random.Generator) -> None:
    scenery.polygon(wall.rectangle(left, left + 2.1, 2.4, 3.9, 0.01), _FRAME)
    bright = times(_SKY, float(rng.uniform(0.9, 1.1)))
    for pane in (0.06, 1.08):
        scenery.polygon(wall.rectangle(left + pane, left + pane + 0.96, 2.46, 3.84, 0.02), bright)


def _door(scenery: Scenery, wall: Wall, left: float, rng: np.random.Generator) -> None:
    colour = times(_vivid(rng), 0.7)
    scenery.polygon(wall.rectangle(left, left + 1.1, 0.0, 2.1, 0.01), _FRAME)
    scenery.polygon(wall.rectangle(left + 0.07, left + 1.03, 0.0, 2.03, 0.02), colour)


def _bench(scenery: Scenery, wall: Wall, left: float, rng: np.random.Generator) -> None:
    _box(scenery, wall, _Size((left, left + 2.1), (0.3, 0.42), (0.5, 0.8)), _WOOD)
    for leg in (0.15, 1.85):
        _box(scenery, wall, _Size((left + leg, left + leg + 0.1), (0.0, 0.3), (0.5, 0.8)), _FRAME)


def _mats(scenery: Scenery, wall: Wall, left: float, rng: np.random.Generator) -> None:
    for layer in range(int(rng.integers(1, 5))):
        colour = _vivid(rng)
        _box(
            scenery,
            wall,
            _Size((left, left + 2.0), (0.2 * layer, 0.2 * layer + 0.19), (0.3, 1.4)),
            colour,
        )


def _vaulting_box(scenery: Scenery, wall: Wall, left: float, rng: np.random.Generator) -> None:
    _box(scenery, wall, _Size((left, left + 1.4), (0.0, 0.9), (0.4, 0.9)), _WOOD)
    _box(scenery, wall, _Size((left, left + 1.4), (0.9, 1.1), (0.4, 0.9)), (70.0, 96.0, 130.0))


_HANGING: tuple[Thing, ...] = (_wall_bars, _poster, _banner, _window, _door)
_STANDING: tuple[Thing, ...] = (_bench, _mats, _vaulting_box)


@dataclass(frozen=True)
class _Size:
    """Extent of a box `along` a wall, `up` from the floor and `out` into the room."""

    along: tuple[float, float]
    up: tuple[float, float]
    out: tuple[float, float]


def _box(scenery: Scenery, wall: Wall, size: _Size, colour: Colour) -> None:
    spans = zip(size.along, size.up, size.out, strict=True)
    ends = np.array([wall.at(*place) for place in spans])
    scenery.box(ends.min(axis=0).tolist(), ends.max(axis=0).tolist(), colour)


def _vivid(rng: np.random.Generator) -> Colour:
    blue, green, red = rng.uniform(30, 225, 3)
    return float(blue), float(green), float(red)


def outdoors(camera: Camera, hall: HallSettings, rng: np.random.Generator) -> Scenery:
    """Sky, ground, and trees and houses all round."""
    scenery = Scenery(camera, times(_SKY, float(rng.uniform(0.85, 1.05))))
    ground = _GROUNDS[int(rng.integers(len(_GROUNDS)))]
    far = 300.0
    scenery.polygon([(-far, -far, 0), (far, -far, 0), (far, far, 0), (-far, far, 0)], ground)
    for y in (-1.4, 1.9):
        line = [(-30, y - 0.03, 0), (30, y - 0.03, 0), (30, y + 0.03, 0), (-30, y + 0.03, 0)]
        scenery.polygon(line, times(ground, 1.25))
    for angle in np.arange(0, 2 * np.pi, 0.09):
        _tree(scenery, angle, rng)
    for angle in rng.uniform(0, 2 * np.pi, round(14 * hall.clutter)):
        _house(scenery, float(angle), rng)
    if hall.crowd > 0:
        fence = Wall((-9.0, 6.0), (1.0, 0.0), 18.0, 1.0)
        if fence.in_front_of(camera):
            _seat_crowd(scenery, fence, hall, rng)
    paint_mat(scenery, hall)
    return scenery


def _tree(scenery: Scenery, angle: float, rng: np.random.Generator) -> None:
    """A crown as an upright disc that faces the middle of the field."""
    distance, high = rng.uniform(38, 60), rng.uniform(5, 11)
    place = distance * np.array([np.cos(angle), np.sin(angle), 0.0])
    aside = np.array([-np.sin(angle), np.cos(angle), 0.0])
    round_ = np.linspace(0, 2 * np.pi, 14, False)[:, None]
    bumpy = rng.uniform(0.8, 1.15, (14, 1))
    crown = bumpy * (rng.uniform(3, 5) * np.cos(round_) * aside)
    crown += (0.5 * high + 0.55 * high * bumpy * np.sin(round_)) * np.array([0.0, 0.0, 1.0])
    crown[:, 2] = np.maximum(crown[:, 2], 0.0)
    scenery.polygon(place + crown, times((58.0, 92.0, 66.0), float(rng.uniform(0.6, 1.2))))


def _house(scenery: Scenery, angle: float, rng: np.random.Generator) -> None:
    distance, wide, high = rng.uniform(16, 34), rng.uniform(2, 5), rng.uniform(2.5, 7)
    x, y = distance * np.cos(angle), distance * np.sin(angle)
    scenery.box((x - wide, y - wide, 0.0), (x + wide, y + wide, high), times(_vivid(rng), 0.9))
