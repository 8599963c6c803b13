"""The hall, or the field, around the athlete: seen from any place, painted once for a scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.simulation.film.camera import Camera
from models.simulation.film.furnishing import (
    Wall,
    furnish,
    outdoors,
    paint_mat,
)
from models.simulation.film.hall import HallSettings
from models.simulation.film.shape import Colour, times
from models.simulation.film.surfaces import Image, Scenery

_EVERYWHERE_M = 80.0
_LINE: Colour = (205.0, 214.0, 222.0)
_SKIRTING: Colour = (96.0, 104.0, 112.0)
_GYM_WALL: Colour = (176.0, 184.0, 190.0)
_GYM_FLOOR: Colour = (120.0, 160.0, 196.0)
_WALLS: tuple[Colour, ...] = (_GYM_WALL, (150, 140, 120), (120, 150, 165), (205, 208, 210))
_FLOORS: tuple[Colour, ...] = (_GYM_FLOOR, (110, 130, 70), (150, 110, 70), (90, 130, 150))
_COURT_LINES: tuple[Colour, ...] = (_LINE, (60, 60, 190), (60, 190, 220), (150, 90, 40))


@dataclass(frozen=True)
class _Room:
    """Extent in metres; the far wall is behind the athlete as a camera at y < 0 sees him."""

    half_width: float
    near: float
    far: float
    height: float

    def walls(self) -> tuple[Wall, ...]:
        w, high = self.half_width, self.height
        return (
            Wall((-w, self.far), (1.0, 0.0), 2 * w, high),
            Wall((w, self.far), (0.0, -1.0), self.far - self.near, high),
            Wall((w, self.near), (-1.0, 0.0), 2 * w, high),
            Wall((-w, self.near), (0.0, 1.0), self.far - self.near, high),
        )


_GYM = _Room(9.0, -9.0, 3.5, 5.5)
_GYM_WITH_STANDS = _Room(11.0, -9.0, 7.0, 5.5)
_SPORTS_HALL = _Room(17.0, -15.0, 10.0, 8.5)


def draw_backdrop(
    camera: Camera, rng: np.random.Generator, hall: HallSettings | None = None
) -> Image:
    """What `camera` sees without people, uint8 BGR (H, W, 3); an empty gym without `hall`."""
    hall = hall or HallSettings()
    paint = outdoors if hall.kind == "outdoor" else _indoors
    scenery = paint(camera, hall, rng)
    return scenery.finished(rng, hall.brightness)


def _indoors(camera: Camera, hall: HallSettings, rng: np.random.Generator) -> Scenery:
    room = _GYM_WITH_STANDS if hall.crowd else _GYM
    if hall.kind == "sports_hall":
        room = _SPORTS_HALL
    wall, floor = _GYM_WALL, _GYM_FLOOR
    if hall.kind != "gym":
        wall, floor = (choice[int(rng.integers(len(choice)))] for choice in (_WALLS, _FLOORS))
    scenery = Scenery(camera, wall)
    _floor(scenery, hall, floor, rng)
    # A wall that has its back to the camera is between camera and athlete: it is left away.
    walls = [w for w in room.walls() if w.in_front_of(camera)]
    for one, shade in zip(walls, (1.0, 0.94, 0.97, 0.94), strict=False):
        scenery.polygon(one.rectangle(0, one.length, 0, one.height), times(wall, shade))
        if hall.kind != "plain":
            _panels(scenery, one, times(wall, 0.93 * shade))
    _ceiling(scenery, room, times(wall, 1.1))
    for one in walls:
        scenery.polygon(one.rectangle(0, one.length, 0, 0.10), _SKIRTING)
        furnish(scenery, one, hall, rng)
    return scenery


def _panels(scenery: Scenery, wall: Wall, colour: Colour) -> None:
    for left in np.arange(0.0, wall.length - 2.2, 2.4):
        scenery.polygon(wall.rectangle(left, left + 2.2, 0.3, 2.6), colour)


def _ceiling(scenery: Scenery, room: _Room, colour: Colour) -> None:
    if scenery.camera.position[2] >= room.height:
        return
    w, high = room.half_width, room.height
    corners = ((-w, room.near), (w, room.near), (w, room.far), (-w, room.far))
    scenery.polygon([(x, y, high) for x, y in corners], colour)
    for y in np.arange(room.near + 1, room.far, 2.5):
        for x in np.arange(-w + 1.5, w - 2, 4.0):
            lamp = [(x, y, high), (x + 1.6, y, high), (x + 1.6, y + 0.3, high), (x, y + 0.3, high)]
            scenery.polygon(lamp, (250.0, 252.0, 253.0))


def _floor(scenery: Scenery, hall: HallSettings, colour: Colour, rng: np.random.Generator) -> None:
    _rectangle(scenery, (-_EVERYWHERE_M, _EVERYWHERE_M), (-_EVERYWHERE_M, _EVERYWHERE_M), colour)
    if hall.kind != "plain":
        for x in np.arange(-18.0, 18.0, 0.6):
            plank = times(colour, 0.96 + 0.06 * float(rng.random()))
            _rectangle(scenery, (x, x + 0.59), (-15.0, 10.0), plank)
        for y in (-1.4, 1.9):
            _rectangle(scenery, (-18.0, 18.0), (y - 0.025, y + 0.025), _LINE)
    if hall.kind == "sports_hall":
        for line in _COURT_LINES:
            x, y = rng.uniform(-12, 12), rng.uniform(-8, 8)
            _rectangle(scenery, (x - 0.025, x + 0.025), (-13.0, 9.0), line)
            _rectangle(scenery, (-15.0, 15.0), (y - 0.025, y + 0.025), line)
    paint_mat(scenery, hall)


def _rectangle(
    scenery: Scenery, x: tuple[float, float], y: tuple[float, float], colour: Colour
) -> None:
    """A rectangle on the floor."""
    corners = [(x[0], y[0], 0.0), (x[1], y[0], 0.0), (x[1], y[1], 0.0), (x[0], y[1], 0.0)]
    scenery.polygon(corners, colour)
