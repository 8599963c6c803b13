"""What moves during an exposure is drawn where the truth says, as the rows of a camera see it.

A marker on a moving point is found again in the picture.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from models.lens import LINEAR, WIDE, Lens
from models.simulation.curves import Floats
from models.simulation.figure import POINT, POINTS
from models.simulation.film.camera import Camera
from models.simulation.film.canvas import Canvas, canvas_camera
from models.simulation.film.exposure import Exposure
from models.simulation.film.film import Film
from models.simulation.film.render import Painter
from models.simulation.film.shake import draw_shake
from models.simulation.motion import NO_ROPE, Instants

Image = NDArray[np.uint8]
SIZE = 640, 360
MARKER = POINT["right_wrist"]
T = 0.4
PLAIN = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)


def camera(lens: Lens = LINEAR, roll: float = 0.0) -> Camera:
    position, target = np.array([0.3, -4.0, 1.2]), np.array([0.0, 0.0, 1.0])
    return Camera(position, target, 380.0, SIZE, lens, (0.0, 0.0, roll))


@dataclass(frozen=True)
class Straight:
    """Somebody who moves in a straight line, all of him at one place."""

    velocity: tuple[float, float, float]
    place: tuple[float, float, float] = (0.0, 0.0, 1.0)

    def at(self, t: Floats) -> Instants:
        place = np.array(self.place) + (t - T)[:, None] * np.array(self.velocity)
        points = np.repeat(place[:, None], len(POINTS), axis=1)
        return Instants(points, np.tile(NO_ROPE, (len(t), 1)))


class Marker(Painter):
    """Draws a dot at the wrist."""

    def __init__(self, radius: float = 5.0, colour: float = 255.0) -> None:
        self._radius, self._colour = radius, colour

    def paint(self, image: Image, camera: Camera, points: Floats, rope: Floats) -> None:
        x, y = np.round((camera.project(points[MARKER])[0] - 0.5) * 16).astype(int)
        radius = round(16 * self._radius)
        cv2.circle(image, (int(x), int(y)), radius, [self._colour] * 3, -1, cv2.LINE_AA, 4)


def found(image: Image) -> Floats:
    """The middle (2,) px of what is bright."""
    rows, columns = np.nonzero(image[..., 0])
    weight = image[rows, columns, 0].astype(np.float64)
    return np.array([columns @ weight, rows @ weight]) / weight.sum() + 0.5


def where(film: Film, camera: Camera, motion: Straight) -> Floats:
    pixels: Floats = film.pixels(camera, motion, T)[0][MARKER]
    return pixels


def line_by_line(film: Film, camera: Camera, motion: Straight) -> Image:
    """What a rolling shutter sees: each row out of a picture of its own time."""
    at_once = Film(replace(film.exposure, readout_s=0.0))
    picture = PLAIN.copy()
    for row in range(SIZE[1]):
        now = T + ((row + 0.5) / SIZE[1] - 0.5) * film.exposure.readout_s
        picture[row] = at_once.picture(camera, PLAIN, [(Marker(), motion)], now)[row]
    return picture


@pytest.mark.parametrize("velocity", [(6.0, 0.0, 2.0), (-3.0, 0.0, 7.0), (0.0, 0.0, -8.0)])
@pytest.mark.parametrize("degrees", [0.0, 2.0])
def test_the_truth_is_what_rows_see_that_are_read_one_after_the_other(
    velocity: tuple[float, float, float], degrees: float
) -> None:
    shake = draw_shake(degrees, np.random.default_rng(3)) if degrees else None
    film = Film(Exposure(readout_s=0.03, shake=shake))
    motion = Straight(velocity, (0.4, 0.0, 1.5))
    truth = where(film, camera(), motion)
    np.testing.assert_allclose(found(line_by_line(film, camera(), motion)), truth, atol=0.3)
    drawn = film.picture(camera(), PLAIN, [(Marker(), motion)], T)
    np.testing.assert_allclose(found(drawn), truth, atol=0.3)
    at_once = where(Film(Exposure(shake=shake)), camera(), motion)
    assert np.linalg.norm(truth - at_once) > 2


@pytest.mark.parametrize("height", [0.3, 1.8])
def test_rows_above_the_middle_are_earlier_than_those_below(height: float) -> None:
    film = Film(Exposure(readout_s=0.03))
    motion = Straight((5.0, 0.0, 0.0), (0.0, 0.0, height))
    late = where(film, camera(), motion) - where(Film(), camera(), motion)
    assert (late[0] > 2) == (height < 1)
    assert (late[0] < -2) == (height > 1)


@pytest.mark.parametrize("readout", [0.0, 0.02])
def test_blur_is_as_long_as_the_way_and_around_the_truth(readout: float) -> None:
    motion = Straight((6.0, 0.0, 0.0), (0.1, 0.0, 1.3))
    film = Film(Exposure(shutter_s=0.04, readout_s=readout))
    blurred = film.picture(camera(), PLAIN, [(Marker(), motion)], T)
    np.testing.assert_allclose(found(blurred), where(film, camera(), motion), atol=0.3)
    columns = np.flatnonzero(blurred.any(axis=(0, 2)))
    ends = [
        camera().project(motion.at(np.array([T + late])).points[0, 0])[0] for late in (-0.02, 0.02)
    ]
    way = ends[1][0] - ends[0][0]
    assert way > 20
    assert abs(np.ptp(columns) - (way + 10)) < 4
    sharp = Film().picture(camera(), PLAIN, [(Marker(), motion)], T)
    assert blurred.max() < 200
    assert blurred.sum() == pytest.approx(sharp.sum(), rel=0.02)


def test_only_where_somebody_moves_is_there_blur() -> None:
    film = Film(Exposure(shutter_s=0.02))
    noise = np.random.default_rng(0).integers(0, 255, PLAIN.shape).astype(np.uint8)
    still, fast = Straight((0, 0, 0), (-1.4, 0, 1.0)), Straight((9, 0, 0), (1.2, 0, 1.0))
    people = [(Marker(), still), (Marker(), fast)]
    taken = film.picture(camera(), noise, people, T)
    sharp = Film().picture(camera(), noise, people, T)
    np.testing.assert_array_equal(taken[:, :200], sharp[:, :200])
    assert np.any(taken != sharp)
    assert np.any(taken[:, :200] != noise[:, :200])


def test_somebody_who_is_nearer_hides_who_is_farther_in_whatever_order_they_come() -> None:
    near, far = Straight((2, 0, 0), (0.0, -1.0, 1.0)), Straight((0, 0, 0), (-0.2, 1.0, 0.93))
    for exposure in (Exposure(), Exposure(shutter_s=0.01), Exposure(readout_s=0.01)):
        people = [(Marker(30, 100), near), (Marker(8, 250), far)]
        one, other = (
            Film(exposure).picture(camera(), PLAIN, group, T) for group in (people, people[::-1])
        )
        np.testing.assert_array_equal(one, other)
        assert one.max() <= 101


def test_who_is_behind_the_camera_is_not_in_the_picture() -> None:
    behind = Straight((0, 0, 0), (0.3, -6.0, 1.2))
    for exposure in (Exposure(), Exposure(shutter_s=0.01)):
        assert not Film(exposure).picture(camera(), PLAIN, [(Marker(), behind)], T).any()


@pytest.mark.parametrize("lens", [LINEAR, WIDE])
@pytest.mark.parametrize("readout", [0.0, 0.03])
def test_the_hall_sways_with_the_people(lens: Lens, readout: float) -> None:
    shake = draw_shake(1.5, np.random.default_rng(1))
    film = Film(Exposure(readout_s=readout, shake=shake))
    steady = camera(lens, roll=0.15)
    level = canvas_camera(steady, shake.largest)
    for x, z in ((-0.9, 0.6), (0.0, 1.0), (1.1, 1.5)):
        spot = Straight((0, 0, 0), (x, 0.0, z))
        empty = np.zeros((level.size[1], level.size[0], 3), np.uint8)
        Marker(6).paint(empty, level, spot.at(np.array([T])).points[0], NO_ROPE)
        swaying = replace(film, canvas=Canvas(empty, level))
        hall = swaying.picture(steady, PLAIN, [], T)
        np.testing.assert_allclose(found(hall), where(film, steady, spot), atol=0.35)


def test_the_canvas_reaches_as_far_as_the_camera_sees() -> None:
    shake = draw_shake(1.0, np.random.default_rng(2))
    steady = camera(LINEAR, roll=0.1)
    level = canvas_camera(steady, shake.largest)
    white = np.full((level.size[1], level.size[0], 3), 255, np.uint8)
    white[[0, -1]] = white[:, [0, -1]] = 0  # what is outside repeats the edge
    film = Film(Exposure(shake=shake), Canvas(white, level))
    for t in np.linspace(0, 20, 40):
        assert film.picture(steady, PLAIN, [], float(t)).min() == 255


def test_a_hand_sways_as_much_as_it_is_told() -> None:
    t = np.arange(0, 200, 0.02)
    shake = draw_shake(0.4, np.random.default_rng(0))
    pan, tilt, roll = np.degrees(shake.at(t)).std(axis=0)
    assert (pan, tilt, roll) == pytest.approx((0.4, 0.4, 0.2), rel=0.15)
    # Band-limited: between pictures at 60 per second it hardly moves.
    assert np.degrees(np.abs(np.diff(shake.at(np.arange(0, 20, 1 / 60)), axis=0))).max() < 0.15
