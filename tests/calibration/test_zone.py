"""Zones in the picture as they are typed: rectangles and polygons."""

from __future__ import annotations

import math
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.zone import Polygon, Rectangle, parse_zone

GAPS = st.lists(st.floats(0.3, 1.0), min_size=5, max_size=9)
"""Between the corners as seen from the middle: each less than half a turn."""


def star(gaps: list[float], x: int = 400, y: int = 300, radius: int = 250) -> Polygon:
    """A polygon around a point that it contains."""
    angles = [math.tau * each / sum(gaps) for each in accumulate(gaps)]
    return Polygon(
        tuple((round(x + radius * math.cos(a)), round(y + radius * math.sin(a))) for a in angles)
    )


@given(st.integers(0, 9999), st.integers(0, 9999), st.integers(1, 9999), st.integers(1, 9999))
def test_a_rectangle_that_is_written_is_read(x, y, width, height):
    zone = Rectangle(x, y, width, height)
    assert parse_zone(str(zone)) == zone == zone.box


@given(GAPS)
def test_a_polygon_that_is_written_is_read(gaps):
    zone = star(gaps)
    assert parse_zone(str(zone)) == zone
    assert zone.contains(400, 300)


@given(GAPS, st.integers(0, 800), st.integers(0, 600))
def test_a_polygon_is_within_its_box_and_what_is_in_it_does_not_depend_on_the_order(gaps, x, y):
    zone = star(gaps)
    if zone.contains(x, y):
        assert zone.box.x <= x <= zone.box.x + zone.box.width
        assert zone.box.y <= y <= zone.box.y + zone.box.height
    assert Polygon(zone.corners[::-1]).contains(x, y) == zone.contains(x, y)
    assert Polygon(zone.corners[1:] + zone.corners[:1]).contains(x, y) == zone.contains(x, y)


@given(st.lists(st.integers(1, 99), min_size=4, max_size=4), st.integers(0, 199), st.data())
def test_a_polygon_of_right_angles_is_the_rectangle(sides, at_x, data):
    x, y, width, height = sides
    corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
    rectangle, at_y = Rectangle(x, y, width, height), data.draw(st.integers(0, 199))
    assert Polygon(corners).contains(at_x, at_y) == rectangle.contains(at_x, at_y)
    assert Polygon(corners).box == rectangle


def test_a_notch_is_outside():
    zone = Polygon(((0, 0), (100, 0), (100, 100), (50, 20), (0, 100)))
    assert zone.contains(10, 50)
    assert zone.contains(90, 50)
    assert not zone.contains(50, 60)


@given(st.one_of(st.text(), st.lists(st.integers(-9, 99), max_size=12).map(str)))
def test_any_text_gives_a_zone_or_one_clear_line(text):
    try:
        zone = parse_zone(text.strip("[]"))
    except ValueError as error:
        message = str(error)
        assert message.startswith("zone ")
        assert message.isprintable()
    else:
        assert zone.box.width > 0


@pytest.mark.parametrize(
    "text",
    ["", "1", "1,2,3", "0,0,0,5", "-1,0,5,5", "a,b,c,d", "1.5,2,3,4", "1,2,3,4,5", "1,2,3,4,5,6,7"],
)
def test_wrong_zones(text):
    with pytest.raises(ValueError, match="expected x,y,width,height or the corners x1,y1,x2,y2"):
        parse_zone(text)


CROSSING = {
    "a bow": "0,0,100,100,100,0,0,100",
    "a star": "50,0,80,90,0,35,100,35,20,90",
    "a corner on an edge": "0,0,100,0,100,100,50,0,0,100",
    "a corner twice": "0,0,100,0,100,0,50,80",
    "a spike": "0,0,100,0,50,0,50,80",
    "a spike at the end": "0,0,100,0,100,80,0,0,50,0",
    "two that share a corner": "0,0,100,0,50,50,100,100,0,100,50,50",
    "no area": "0,0,50,50,100,100",
    "one place": "5,5,5,5,5,5",
}


@pytest.mark.parametrize("text", CROSSING.values(), ids=CROSSING)
def test_edges_that_meet_are_refused(text):
    with pytest.raises(ValueError, match=r"meet; give the corners in their order"):
        parse_zone(text)


def test_a_zone_must_lie_in_the_picture():
    Rectangle(0, 0, 1280, 720).check_inside(1280, 720)
    with pytest.raises(ValueError, match="reaches outside the picture of 640x480"):
        Rectangle(600, 0, 100, 100).check_inside(640, 480)
    parse_zone("0,0,640,0,320,480").check_inside(640, 480)
    with pytest.raises(ValueError, match="641,0 outside the picture of 640x480"):
        parse_zone("0,0,641,0,320,480").check_inside(640, 480)
