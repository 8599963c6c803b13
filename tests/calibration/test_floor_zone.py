"""The station's floor as a zone, against simulated cameras whose truth is exact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.floor_zone import REACH_M, FloorZone, usable
from calibration.ground import Ground
from calibration.lens import Intrinsics
from models.lens import LINEAR, WIDE, Lens

STATION = np.array([[0, 0], [4, 0], [4, 3], [0, 3.0]])


def ground(station: np.ndarray | None = STATION, **changes: object) -> Ground:
    pose = np.array([*np.radians([5.0, -12.0, 1.0]), 2.0, -6.0, 1.7, 0.02])
    plain = Ground((1280, 720), (900.0, 905.0), (640.0, 360.0), pose, np.eye(7) * 1e-6)
    return replace(plain, station=station, **changes)


def places(points: np.ndarray) -> np.ndarray:
    """From the camera's foot point."""
    return points - ground().position[:2]


def test_what_is_written_into_a_session_is_read_to_the_last_bit():
    zone = FloorZone.of(ground())
    again = FloorZone.from_numbers(zone.numbers)
    assert again.numbers == zone.numbers
    for x, y in np.random.default_rng(0).uniform(0, 720, (50, 2)).tolist():
        assert again.beneath(x, y, 0.05) == zone.beneath(x, y, 0.05)
    assert again.box((1280, 720)) == zone.box((1280, 720))


def test_the_factor_on_the_focal_length_is_in_it():
    point = np.array([1.0, 2.0, 0.05])
    pixel = ground().project(point)
    assert np.allclose(FloorZone.of(ground()).beneath(*pixel, 0.05), places(point[:2]))


def test_above_the_horizon_there_is_no_floor():
    assert FloorZone.of(ground()).beneath(640.0, 20.0, 0.05) is None


@given(st.floats(-3, 7), st.floats(-3, 6))
def test_metres_beyond_the_edge(x, y):
    zone = FloorZone.of(ground())
    outside = np.maximum(np.maximum(STATION.min(axis=0) - (x, y), (x, y) - STATION.max(axis=0)), 0)
    expected = float(np.hypot(*outside))
    assert zone.beyond(places(np.array([x, y]))) == pytest.approx(expected, abs=1e-6)


def test_a_station_need_not_be_a_rectangle():
    notched = np.array([[0, 0], [4, 0], [4, 4], [2, 1], [0, 4.0]])
    zone = FloorZone.of(ground(notched))
    assert zone.beyond(places(np.array([0.5, 2.0]))) == 0
    assert zone.beyond(places(np.array([2.0, 2.0]))) > 0.5


@pytest.mark.parametrize("lens", [LINEAR, Lens((-0.12, 0.02, 0, 0, 0))], ids=["linear", "bent"])
def test_the_picture_is_cut_around_all_that_can_be_seen_of_somebody_in_it(lens):
    size, centre = (1280, 720), (640.0, 360.0)
    camera = Intrinsics(size, (650.0, 650.0), centre, lens)
    here = ground(focal=(650.0, 650.0), pose=np.array([*ground().pose[:6], 0.0]))
    box = FloorZone.of(here).box(size, camera if lens.distorts else None)
    rng = np.random.default_rng(1)
    points = rng.uniform((0, 0, 0), (4, 3, 3), (500, 3))
    points[:, :2] += rng.uniform(-REACH_M, REACH_M, (500, 2))
    seen = camera.project((points - here.position) @ here.axes.T)
    seen = seen[np.all((seen > 0) & (seen < size), axis=1)]
    assert len(seen) > 200
    assert np.all(seen >= (box.x, box.y))
    assert np.all(seen <= (box.x + box.width, box.y + box.height))
    assert (box.x, box.y) >= (0, 0)
    assert box.x + box.width <= 1280
    assert box.y + box.height <= 720
    assert box.width < 1280


def test_a_camera_in_the_station_looks_at_the_whole_picture():
    inside = ground(STATION - np.array([0.0, 8.0]))
    assert str(FloorZone.of(inside).box((1280, 720))) == "0,0,1280,720"


def test_a_station_beside_the_picture_is_refused():
    with pytest.raises(ValueError, match=r"station: not in the picture of 1280x720; run"):
        FloorZone.of(ground(STATION + 90.0)).box((1280, 720))


def test_a_floor_without_a_station_is_refused():
    with pytest.raises(ValueError, match=r"station_m: expected the station's corners.*--corners"):
        FloorZone.of(ground(None))


@pytest.mark.parametrize(
    "change",
    [
        lambda n: n[:12],
        lambda n: n[:-1],
        lambda n: (),
        lambda n: (*n[:5], float("nan"), *n[6:]),
        lambda n: (*n[:2], 0.0, *n[3:]),
        lambda n: (*n[:11], -1.0, *n[12:]),
        lambda n: (*n, *n[-2:]),
    ],
)
def test_numbers_that_are_no_station_are_refused(change):
    with pytest.raises(ValueError, match="station: expected"):
        FloorZone.from_numbers(change(FloorZone.of(ground()).numbers))


def test_a_floor_that_was_measured_with_another_lens_is_refused():
    lens = Intrinsics((1280, 720), (900.0, 900.0), (655.0, 350.0), WIDE)
    assert usable(ground(), None)
    assert usable(ground(centre=(655.0, 350.0)), lens)
    for here, through in ((ground(), lens), (ground(centre=(655.0, 350.0)), None)):
        with pytest.raises(ValueError, match=r"another lens.*calibrate scale again"):
            usable(here, through)
