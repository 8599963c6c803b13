from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.zone import Zone


@given(st.integers(0, 9999), st.integers(0, 9999), st.integers(1, 9999), st.integers(1, 9999))
def test_what_is_written_is_read(x, y, width, height):
    zone = Zone(x, y, width, height)
    assert Zone.parse(str(zone)) == zone


@given(st.text())
def test_any_text_gives_a_zone_or_one_clear_error(text):
    try:
        zone = Zone.parse(text)
    except ValueError as error:
        message = str(error)
        assert "expected x,y,width,height in pixels" in message
    else:
        assert zone.width > 0


@pytest.mark.parametrize("text", ["1,2,3", "0,0,0,5", "-1,0,5,5", "a,b,c,d", "1.5,2,3,4"])
def test_wrong_zones(text):
    with pytest.raises(ValueError, match="expected x,y,width,height in pixels"):
        Zone.parse(text)


def test_a_zone_must_lie_in_the_picture():
    Zone(0, 0, 1280, 720).check_inside(1280, 720)
    with pytest.raises(ValueError, match="reaches outside the picture of 640x480"):
        Zone(600, 0, 100, 100).check_inside(640, 480)
